"""The data-protection officer's desk: texts, findings, signatures, publication.

Promises that what is signed is the one canonical form of the text as it stands,
and that nothing signed can be changed unnoticed. Publishing is in
`engine.service.publishing`.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Final

from agreements import document, validate
from agreements.document import Document
from agreements.errors import AgreementError, DocumentError, TransitionError
from agreements.findings import Finding
from agreements.model import Agreement
from agreements.values import format_instant
from engine import canonical, execution
from engine.compile import agencies_of, agreement_bytes
from engine.errors import ConcordatError, NotFoundError, StorageError
from engine.service.premises import PARTY_KEY, Premises
from engine.service.publishing import Published, publish
from engine.service.shelf import Shelf
from engine.service.signing import draft_name, signature_name, signatures_of, signers
from engine.service.starter import starter

_ENDING: Final = ".yaml"
_SCENARIOS: Final = ".scenarios.yaml"


@dataclass(frozen=True, slots=True)
class DraftRow:
    """One text of the register.

    Attributes:
        version: The version it says it is; empty if it cannot be read.
        published: Whether that version has been activated.
        signed_by: Agencies whose signature is over this very text.
        missing: Agencies that have yet to sign it.
        fault: Why it cannot be read; empty if it can.
    """

    id: str
    version: str = ""
    title: str = ""
    published: bool = False
    signed_by: tuple[str, ...] = ()
    missing: tuple[str, ...] = ()
    fault: str = ""


@dataclass(frozen=True, slots=True)
class Signed:
    """One signature, just made.

    Attributes:
        terms_sha256: Digest of the text that was signed, in hex.
        missing: Agencies that have yet to sign it.
    """

    agreement: str
    version: str
    party: str
    role: str
    kid: str
    terms_sha256: str
    path: Path
    missing: tuple[str, ...]


class Author:
    """Writes, checks, signs and publishes agreements."""

    def __init__(self, premises: Premises, shelf: Shelf) -> None:
        self._premises: Final = premises
        self._shelf: Final = shelf

    def drafts(self) -> list[DraftRow]:
        """Every text of the register, by id; one that cannot be read says why."""
        names = self._premises.register.names("agreements")
        texts = (name for name in names if not name.endswith(_SCENARIOS))
        found = [name.removesuffix(_ENDING) for name in texts if name.endswith(_ENDING)]
        return [self._row(agreement_id) for agreement_id in found]

    def read(self, agreement_id: str) -> Document:
        """Read a text of the register.

        Raises:
            NotFoundError: The office has no such agreement.
            DocumentError: The text is not one, or is that of another agreement.
        """
        try:
            text = self._premises.register.read(draft_name(agreement_id))
        except NotFoundError as fault:
            raise NotFoundError(
                f"office has no agreement `{canonical.escaped(agreement_id)}`",
                hint="`concordat status` lists those there are; `concordat new` begins one",
            ) from fault
        read = document.parse(text)
        if read.agreement.id != agreement_id:
            raise DocumentError(
                f"`{draft_name(agreement_id)}` is the text of `{read.agreement.id}`",
                hint="name the file after the agreement's `id`, or correct the `id`",
            )
        return read

    def new(self, agreement_id: str, title: str) -> Path:
        """Begin an agreement with a commented text.

        Raises:
            StorageError: The id cannot be one, or there is such an agreement already.
        """
        register, settings = self._premises.register, self._premises.settings
        now = self._premises.now().replace(hour=0, minute=0, second=0)
        text = starter(
            agreement_id,
            title,
            agency=settings.agency,
            name=settings.name,
            today=format_instant(now),
            next_year=format_instant(now + timedelta(days=365)),
        )
        name = draft_name(agreement_id)
        path = register.path(name)
        if register.holds(name):
            raise StorageError(
                f"there is an agreement `{agreement_id}` already", hint=f"it stands in `{path}`"
            )
        document.parse(text)  # So that a strange id or title is refused before it is written.
        register.create(name, text.encode())
        return path

    def check(self, agreement: str | Path) -> tuple[Document, tuple[Finding, ...]]:
        """Read a text and find everything to know before it is signed.

        Args:
            agreement: The id of one in the register, or where another text stands.

        Raises:
            DocumentError: The text is not an agreement.
        """
        if isinstance(agreement, Path):
            read = document.parse(self._premises.register.read_foreign(agreement))
        else:
            read = self.read(agreement)
        return read, self._findings(read.agreement)

    def sign(self, agreement_id: str, party_agency: str, *, role: str | None = None) -> Signed:
        """Sign the text of an agreement for one of its agencies, as it stands now.

        Args:
            agreement_id: One of the register.
            party_agency: The agency to sign for; its key must be here.
            role: The office held by whoever signs; the first one the agreement
                names for that party if none is given.

        Raises:
            AgreementError: The agency has no part in it, or the role may not sign.
            TransitionError: This version is published, so its text is fixed.
        """
        agreement = self.read(agreement_id).agreement
        key_of = (agreement.id, agreement.version)
        if key_of in self._shelf.current().activations:
            raise TransitionError(
                f"`{agreement.id}` {agreement.version} is published, and its text is fixed",
                hint="give the changed text a new `version`, then sign that",
            )
        signing_as = _role(agreement, party_agency, role)
        premises = self._premises
        key = premises.keys.read(f"{PARTY_KEY}{party_agency}")
        iat = premises.now_s()
        premises.trust().party_key(key.public.kid, party_agency, iat)
        text = agreement_bytes(agreement)
        jws = execution.countersign(
            text, *key_of, party=party_agency, role=signing_as, iat=iat, key=key
        )
        name = signature_name(key_of, party_agency)
        draft = draft_name(agreement_id)
        premises.register.commit(
            {draft: premises.register.read(draft), name: jws.encode()},
            f"{agreement.id} {agreement.version}: signed by {party_agency}",
            premises.clock.now(),
        )
        return Signed(
            agreement=agreement.id,
            version=agreement.version,
            party=party_agency,
            role=signing_as,
            kid=key.public.kid,
            terms_sha256=canonical.digest_hex(text),
            path=premises.register.path(name),
            missing=self._signatures(agreement)[1],
        )

    def publish(self, agreement_id: str, *, accept_findings: Sequence[str] = ()) -> Published:
        """Bring a signed agreement into force.

        Args:
            agreement_id: One of the register.
            accept_findings: Rules whose findings are let pass, by id; the
                activation names them.

        Raises:
            AgreementError: A finding stands against it, or a signature is
                missing or over another text; the message names all of them.
            TransitionError: This version is published already.
            CompileError: A clause cannot become a policy.
            BundleError: Its policies do not fit the schema.
        """
        agreement = self.read(agreement_id).agreement
        findings = self._findings(agreement)
        return publish(self._premises, self._shelf, agreement, findings, accept_findings)

    def _findings(self, agreement: Agreement) -> tuple[Finding, ...]:
        return validate.check(agreement, self._shelf.current().bundle.law.vocabulary)

    def _signatures(self, agreement: Agreement) -> tuple[tuple[str, ...], tuple[str, ...]]:
        """Who signed this very text, and who has yet to."""
        found = signatures_of(self._premises, agreement)
        signed = tuple(each.party for each in found.valid)
        wanted = signers(agreement, self._premises.now())
        return signed, tuple(agency for agency in wanted if agency not in signed)

    def _row(self, agreement_id: str) -> DraftRow:
        try:
            agreement = self.read(agreement_id).agreement
            signed, missing = self._signatures(agreement)
        except ConcordatError as fault:
            return DraftRow(agreement_id, fault=str(fault))
        return DraftRow(
            id=agreement.id,
            version=agreement.version,
            title=agreement.title,
            published=(agreement.id, agreement.version) in self._shelf.current().activations,
            signed_by=signed,
            missing=missing,
        )


def _role(agreement: Agreement, agency: str, role: str | None) -> str:
    """The office in which somebody signs for an agency.

    Raises:
        AgreementError: The agency has no part in the agreement, or the role may not sign.
    """
    parties = [party for party in agreement.parties if agency in party.agencies]
    if not parties:
        listed = ", ".join(f"`{each}`" for each in sorted(agencies_of(agreement)))
        raise AgreementError(
            f"`{canonical.escaped(agency)}` has no part in `{agreement.id}`",
            hint=f"its agencies are {listed}",
        )
    named = [signatory.role for party in parties for signatory in party.signatories]
    if role is None:
        return named[0] if named else "authorised signatory"
    if named and role not in named:
        raise AgreementError(
            f"`{canonical.escaped(role)}` does not sign for `{agency}` in `{agreement.id}`",
            hint=f"its signatories are {', '.join(f'`{each}`' for each in named)}",
        )
    return role
