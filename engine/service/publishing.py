"""From a signed text to a version in force.

Promises that a version decides nothing until its activation is in the log, and
that the activation names the exact text, each signature over it, and the
policies made of it. A crash before that record leaves files that bind nobody;
publishing again completes them.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from agreements.errors import AgreementError, TransitionError
from agreements.findings import Finding, Severity
from agreements.model import Agreement
from engine.bundle import assemble, make_slice
from engine.execution import Signature
from engine.ports import Change, Kept
from engine.record import Kind, Link, seal_activation
from engine.service.premises import Premises
from engine.service.shelf import AGREEMENT, CLAUSES, FOR_PEOPLE, MANIFEST, Shelf, folder_of
from engine.service.signing import draft_name, signature_name, signatures_of, signers
from engine.trust import Role


@dataclass(frozen=True, slots=True)
class Published:
    """One version, just brought into force.

    Attributes:
        jti: The activation record.
        index: Its place in the log.
        in_force_from: When the version begins to decide.
        signed_by: Whose signatures the activation names.
        accepted_findings: Rules whose findings were let pass.
        manifest_sha256: Names the exact files that were published.
        commit: The commit of the register that holds them.
    """

    agreement: str
    version: str
    jti: str
    index: int
    in_force_from: datetime
    signed_by: tuple[str, ...]
    accepted_findings: tuple[str, ...]
    manifest_sha256: str
    commit: str


def publish(
    premises: Premises,
    shelf: Shelf,
    agreement: Agreement,
    findings: Sequence[Finding],
    accept_findings: Sequence[str],
) -> Published:
    """Bring one version into force.

    Raises:
        AgreementError: A finding stands against it, or a signature is missing.
        TransitionError: The version is published already.
        CompileError: A clause cannot become a policy.
        BundleError: Its policies do not fit the schema.
    """
    key = agreement.id, agreement.version
    shelved = shelf.current()
    if key in shelved.activations:
        raise _published_already(agreement)
    accepted = _refuse_findings(agreement, findings, accept_findings)
    signatures = _refuse_unsigned(premises, agreement)
    law = shelved.bundle.law
    compiled, text = premises.compiler.compile(agreement, law)
    each = make_slice(law, compiled)
    others = [other for other in shelved.bundle.slices.values() if other.key != key]
    bundle = assemble(law, [*others, each])
    folder, draft = folder_of(key), draft_name(agreement.id)
    names = [draft, *(signature_name(key, signature.party) for signature in signatures)]
    place = premises.register.commit(
        {
            **{name: premises.register.read(name) for name in names},
            f"{folder}/{AGREEMENT}": each.agreement_json,
            f"{folder}/{CLAUSES}": each.policies_json,
            f"{folder}/{FOR_PEOPLE}": text.encode(),
            # Last: a folder without its manifest is not read.
            f"{folder}/{MANIFEST}": each.manifest,
        },
        f"{agreement.id} {agreement.version}: published",
        premises.clock.now(),
    )
    root = premises.trust()
    stamp = premises.stamp(root)

    def seal(link: Link) -> Kept:
        # Nobody else can append now, so nobody can have published it since.
        if premises.records.last_change() != shelved.last_change:
            raise TransitionError(
                "another agreement was published meanwhile", hint="publish this one again"
            )
        iat = premises.now_s()
        root.key(stamp.key.public.kid, Role.DECISION).require_at(iat, "record")
        sealed = seal_activation(
            each,
            signatures,
            bundle,
            stamp,
            link,
            jti=premises.new_jti(),
            iat=iat,
            accepted_findings=accepted,
        )
        return Kept(sealed, Kind.ACTIVATION.value, None, iat, [(key, Change.ACTIVATED)])

    index, kept = premises.records.append(seal)
    shelf.forget()
    begins = datetime.fromtimestamp(max(each.in_force_s, kept.iat_s), UTC)
    return Published(
        agreement=agreement.id,
        version=agreement.version,
        jti=kept.sealed.jti,
        index=index,
        in_force_from=begins,
        signed_by=tuple(signature.party for signature in signatures),
        accepted_findings=accepted,
        manifest_sha256=each.sha256,
        commit=place.commit,
    )


def _refuse_findings(
    agreement: Agreement, findings: Sequence[Finding], accept: Sequence[str]
) -> tuple[str, ...]:
    """Refuse errors that were not accepted; return the rules that let something pass."""
    errors = [finding for finding in findings if finding.severity is Severity.ERROR]
    against = [finding for finding in errors if finding.rule not in accept]
    if against:
        said = "; ".join(f"{finding.rule}: {finding.message}" for finding in against[:5])
        more = f"; and {len(against) - 5} more" if len(against) > 5 else ""
        raise AgreementError(
            f"`{agreement.id}` {agreement.version} cannot be published: {said}{more}",
            hint=f"`concordat check {agreement.id}` says how to mend each",
        )
    found = {finding.rule for finding in errors}
    needless = sorted(set(accept) - found)
    if needless:
        raise AgreementError(
            f"`{needless[0]}` is accepted, but it finds no error in `{agreement.id}`",
            hint="accept only what `concordat check` reports as an error",
        )
    return tuple(sorted(found))


def _refuse_unsigned(premises: Premises, agreement: Agreement) -> tuple[Signature, ...]:
    """Refuse a text that some agency has not signed; name every one at once."""
    found = signatures_of(premises, agreement)
    wanted = signers(agreement, premises.now())
    signed = {signature.party for signature in found.valid}
    said = []
    for agency in wanted:
        if agency in found.faults:
            said.append(f"the signature of `{agency}` cannot be relied on: {found.faults[agency]}")
        elif agency in found.stale:
            said.append(f"`{agency}` signed another text of this version")
        elif agency not in signed:
            said.append(f"`{agency}` has not signed")
    if said:
        raise AgreementError(
            f"`{agreement.id}` {agreement.version} cannot be published: {'; '.join(said)}",
            hint=f"each signs the text as it now is: `concordat sign {agreement.id} --as AGENCY`",
        )
    return tuple(signature for signature in found.valid if signature.party in wanted)


def _published_already(agreement: Agreement) -> TransitionError:
    return TransitionError(
        f"`{agreement.id}` {agreement.version} is published already",
        hint="give a changed text a new `version`",
    )
