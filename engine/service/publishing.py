"""From a signed text to a version in force.

Promises that a version decides nothing until its activation is in the log, and
that the activation names the exact text, each signature over it, and the
policies made of it. What is published stands in the register first, and is then
taken into the log as every other office takes it in; a crash between the two
leaves files that bind nobody, and the next intake completes them.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from agreements.errors import AgreementError
from agreements.findings import Finding, Severity
from agreements.lifecycle import Act, State, step
from agreements.model import Agreement
from engine import canonical
from engine.bundle import make_slice
from engine.canonical import Json
from engine.execution import Signature
from engine.service.borne import SIGNED_BY, unsigned
from engine.service.intake import activate
from engine.service.library import AGREEMENT, CLAUSES, FOR_PEOPLE, MANIFEST, folder_of
from engine.service.premises import Premises
from engine.service.shelf import Shelf
from engine.service.signing import folder_name
from engine.service.stand import Stand, named


@dataclass(frozen=True, slots=True)
class Published:
    """One version, just brought into force.

    Attributes:
        jti: The activation record.
        index: Its place in the log.
        in_force_from: When the version begins to decide, in every office.
        signed_by: The agencies whose signatures the activation names.
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
    stand: Stand,
    findings: Sequence[Finding],
    accept_findings: Sequence[str],
) -> Published:
    """Bring one version into force.

    Args:
        stand: Where it stands.
        findings: What checking its text turned up.
        accept_findings: Rules whose findings are let pass, by id.

    Raises:
        AgreementError: A finding stands against it, or a signature is missing.
        TransitionError: It is in no state to be published.
        CompileError: A clause cannot become a policy.
        BundleError: Its policies do not fit the schema.
    """
    key = stand.key
    if stand.state is State.PROPOSED:
        raise _unsigned(stand)
    if stand.state is not State.PUBLISHED or key in shelf.current().activations:
        # Else it was cut off between the register and the log, and is completed here.
        step(stand.state, Act.PUBLISH, about=named(key))
    agreement, text = stand.proposed()
    accepted = refuse_findings(agreement, findings, accept_findings, "published")
    law = shelf.current().bundle.law
    compiled, for_people = premises.compiler.compile(agreement, law)
    each = make_slice(law, compiled)
    folder = folder_of(key)
    place = premises.register.commit(
        {
            f"{folder}/{AGREEMENT}": text,
            f"{folder}/{CLAUSES}": each.policies_json,
            f"{folder}/{FOR_PEOPLE}": for_people.encode(),
            f"{folder}/{SIGNED_BY}": _signed_by(stand.signatures.valid),
            # Last: a folder without its manifest is not read.
            f"{folder}/{MANIFEST}": each.manifest,
        },
        f"{key[0]} {key[1]}: published",
        premises.clock.now(),
    )
    taken = activate(premises, shelf, key)
    return Published(
        agreement=key[0],
        version=key[1],
        jti=taken.jti,
        index=taken.index,
        in_force_from=datetime.fromtimestamp(taken.from_s, UTC),
        signed_by=_agencies(stand.signatures.valid),
        accepted_findings=accepted,
        manifest_sha256=each.sha256,
        commit=place.commit,
    )


def _agencies(signatures: Sequence[Signature]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(each.party for each in signatures))


def refuse_findings(
    agreement: Agreement, findings: Sequence[Finding], accept: Sequence[str], done: str
) -> tuple[str, ...]:
    """Refuse errors that were not accepted; return the rules that let something pass.

    Args:
        accept: Rules whose errors are let pass, by id.
        done: What cannot be done to the text while errors stand against it.

    Raises:
        AgreementError: An error stands against it, or a rule is accepted that finds none.
    """
    errors = [finding for finding in findings if finding.severity is Severity.ERROR]
    against = [finding for finding in errors if finding.rule not in accept]
    if against:
        said = "; ".join(f"{finding.rule}: {finding.message}" for finding in against[:5])
        more = f"; and {len(against) - 5} more" if len(against) > 5 else ""
        raise AgreementError(
            f"{named((agreement.id, agreement.version))} cannot be {done}: {said}{more}",
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


def _unsigned(stand: Stand) -> AgreementError:
    """Name everybody who has not signed, and each signature that cannot be relied on, at once."""
    said = [unsigned(stand.missing)] if stand.missing else []
    folder = folder_name(stand.key)
    said += [
        f"`{folder}/{name}` cannot be relied on: {fault}"
        for name, fault in stand.signatures.faults.items()
    ]
    return AgreementError(
        f"{named(stand.key)} cannot be published: {'; '.join(said)}",
        hint=f"each signs the text as it was proposed: `concordat sign {stand.key[0]} --as AGENCY`",
    )


def _signed_by(signatures: Sequence[Signature]) -> bytes:
    """Write which signatures a publication rests on."""
    found: list[Json] = [
        {"party": each.party, "role": each.role, "sha256": each.sha256}
        for each in sorted(signatures, key=lambda each: (each.party, each.role))
    ]
    return canonical.encode({"v": 1, "signatures": found})
