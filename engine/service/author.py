"""The data-protection officer's desk: texts, findings, signatures, publication.

Promises that what is signed is the one canonical form of the text that was
proposed, and that nothing signed can be changed unnoticed. Proposing and signing
are in `engine.service.proposing`, publishing in `engine.service.publishing`.
"""

import re
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Final

from agreements import document, validate
from agreements.document import Document
from agreements.errors import DocumentError, TransitionError
from agreements.findings import Finding
from agreements.model import Agreement
from agreements.values import format_instant
from engine.bundle import SliceKey
from engine.errors import ConcordatError, StorageError
from engine.service.premises import Premises
from engine.service.proposing import Proposals
from engine.service.publishing import Published, publish
from engine.service.shelf import Shelf
from engine.service.signing import draft_name
from engine.service.stand import named
from engine.service.starter import starter
from engine.service.texts import (
    DRAFT,
    Text,
    fixed,
    is_altered,
    no_version,
    refuse_name,
    to_read,
    without_draft,
)

_ENDING: Final = ".yaml"
_NO_TEXT: Final = re.compile(r"\.(scenarios|mine(-\d+)?)\.yaml$")
"""Scenarios beside a text, and what a pull kept beside it."""


@dataclass(frozen=True, slots=True)
class DraftRow:
    """One text of the register.

    Attributes:
        version: The version it says it is; empty if it cannot be read.
        published: Whether that version has been activated.
        altered: Whether it says something else than was fixed as that version.
        fault: Why it cannot be read; empty if it can.
    """

    id: str
    version: str = ""
    title: str = ""
    published: bool = False
    altered: bool = False
    fault: str = ""


class Author:
    """Writes, checks, signs and publishes agreements."""

    def __init__(self, premises: Premises, shelf: Shelf) -> None:
        self._premises: Final = premises
        self._shelf: Final = shelf
        self.proposals: Final = Proposals(premises, shelf, self.read)
        self.propose: Final = self.proposals.propose
        self.sign: Final = self.proposals.sign

    def drafts(self) -> list[DraftRow]:
        """Every text of the register, by id; one that cannot be read says why."""
        return [self._row(agreement_id) for agreement_id in self.draft_ids()]

    def draft_ids(self) -> list[str]:
        """By which id each text of the register stands there; none of them is read."""
        names = self._premises.register.names("agreements")
        texts = (name for name in names if not _NO_TEXT.search(name))
        return [name.removesuffix(_ENDING) for name in texts if name.endswith(_ENDING)]

    def read(self, agreement_id: str) -> Document:
        """Read the draft of an agreement; if there is none, what was published or proposed.

        Raises:
            NotFoundError: The office has no such agreement.
            DocumentError: The text is not one, or is that of another agreement.
        """
        refuse_name(agreement_id)
        if not self._premises.register.path(draft_name(agreement_id)).exists():
            return without_draft(self._premises, self._shelf.current(), agreement_id)
        text = self._premises.register.read(draft_name(agreement_id))
        read = document.parse(text)
        if read.agreement.id != agreement_id:
            raise DocumentError(
                f"`{draft_name(agreement_id)}` is the text of `{read.agreement.id}`",
                hint="name the file after the agreement's `id`, or correct the `id`",
            )
        return read

    def text(self, agreement_id: str, version: str | None = None) -> Text:
        """The text by which an agreement is read: what is fixed of it, before its draft.

        Args:
            version: One that was proposed or published, or `draft`; else the published one
                that binds, unless the draft is a version that nobody has proposed.

        Raises:
            NotFoundError: The office has no such agreement, or no such version of it.
            ConcordatError: The text is not to be relied on.
        """
        refuse_name(agreement_id)
        premises, shelved = self._premises, self._shelf.current()
        if version == DRAFT:
            if not premises.register.path(draft_name(agreement_id)).exists():
                raise no_version((agreement_id, DRAFT))
            read = self.read(agreement_id)
            return Text(read, altered=self.altered(agreement_id))
        if version is not None:
            return Text(fixed(premises, shelved, (agreement_id, version)))
        return to_read(premises, shelved, self.read(agreement_id))

    def altered(self, agreement_id: str) -> str:
        """The version of which a draft says something else than was fixed; empty if none.

        A draft that cannot be read is no version at all.
        """
        try:
            read = self.read(agreement_id)
        except ConcordatError:
            return ""
        return read.agreement.version if self._is_altered(read) else ""

    def all_altered(self) -> list[SliceKey]:
        """Versions of which the drafts of the register say something else than was fixed."""
        return [(row.id, row.version) for row in self.drafts() if row.altered]

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

    def write(self, agreement_id: str, text: bytes) -> Document:
        """Put a text into the register as the draft of an agreement, and keep it in its history.

        Args:
            text: UTF-8; its words and comments stay as they are.

        Raises:
            DocumentError: The text is not one, or is that of another agreement.
            TransitionError: It bears the number of a version whose text was fixed otherwise.
        """
        refuse_name(agreement_id)
        read = document.parse(text)
        if read.agreement.id != agreement_id:
            raise DocumentError(f"the text is that of `{read.agreement.id}`, not `{agreement_id}`")
        key = agreement_id, read.agreement.version
        if is_altered(self._premises, self._shelf.current(), read):
            raise TransitionError(
                f"the text of {named(key)} was fixed, and this is another",
                hint="give the text a new `version`",
            )
        said = f"{key[0]} {key[1]}: drafted"
        register = self._premises.register
        register.commit({draft_name(agreement_id): text}, said, self._premises.clock.now())
        return read

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

    def publish(self, agreement_id: str, *, accept_findings: Sequence[str] = ()) -> Published:
        """Bring a signed agreement into force.

        Args:
            agreement_id: One of the register.
            accept_findings: Rules whose findings are let pass, by id; the
                activation names them.

        Raises:
            AgreementError: A finding stands against it, or a signature is
                missing; the message names all of them.
            TransitionError: The version is in no state to be published.
            CompileError: A clause cannot become a policy.
            BundleError: Its policies do not fit the schema.
        """
        of = self.proposals.to_publish(agreement_id)
        findings = self._findings(of.agreement) if of.agreement else ()
        return publish(self._premises, self._shelf, of, findings, accept_findings)

    def _findings(self, agreement: Agreement) -> tuple[Finding, ...]:
        return validate.check(agreement, self._shelf.current().bundle.law.vocabulary)

    def _row(self, agreement_id: str) -> DraftRow:
        try:
            read = self.read(agreement_id)
        except ConcordatError as fault:
            return DraftRow(agreement_id, fault=str(fault))
        key = read.agreement.id, read.agreement.version
        shelved = self._shelf.current()
        return DraftRow(
            *key,
            title=read.agreement.title,
            published=key in shelved.activations,
            altered=self._is_altered(read),
        )

    def _is_altered(self, draft: Document) -> bool:
        # What was proposed and is not to be relied on fixes nothing; where it stands it is told.
        with suppress(ConcordatError):
            return is_altered(self._premises, self._shelf.current(), draft)
        return False
