"""Finding the agreement that somebody named: by its id in the office, or as a file."""

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from cli import files, output
from cli.exits import UsageError
from cli.options import opened

if TYPE_CHECKING:
    from datetime import date, datetime

    from agreements.document import Document
    from agreements.errors import DocumentError
    from agreements.findings import Finding
    from engine.law import Law

_ENDINGS = (".yaml", ".yml")


@dataclass(frozen=True, slots=True)
class Draft:
    """One agreement as it was found.

    Attributes:
        name: How messages call the text.
        notes: What to know of it before it is taken for the agreement, a line each.
        altered: The version of which the draft says something else than was fixed; empty if
            it does not.
    """

    name: str
    document: "Document"
    notes: tuple[str, ...] = ()
    altered: str = ""

    def tell(self) -> None:
        """Say what is to be known of it, beside the result."""
        for line in self.notes:
            output.note(line)

    def findings(self, today: "date") -> "list[Finding]":
        """Everything to know about it before it is signed, errors first, then by line."""
        from agreements.findings import Severity
        from agreements.validate import check
        from agreements.vocabulary import current

        found = check(self.document.agreement, current(), now=today)
        return sorted(
            found, key=lambda each: (each.severity is not Severity.ERROR, self.place(each))
        )

    def place(self, finding: "Finding") -> tuple[int, int]:
        """Line and column a finding is about."""
        place = self.document.places.of(finding.path)
        return place.line, place.column


def names_a_file(target: str) -> bool:
    """Whether this is the name of a file rather than the id of an agreement."""
    return target == "-" or target.endswith(_ENDINGS) or "/" in target or Path(target).is_file()


def find(target: str, office: Path | None) -> Draft:
    """Read the agreement that was named, by what is fixed of it before its draft.

    Raises:
        UsageError: It is a file that cannot be read.
        DocumentError: The text is not an agreement; the message says where.
        NotFoundError: The office has no agreement of that id, or no such version of it.
    """
    if names_a_file(target):
        return _file(target)
    name, at, version = target.partition("@")
    found = opened(office).author.text(name, version if at else None)
    read, notes = found.document, list[str]()
    exact = f"{name}@{read.agreement.version}"
    if at and version != "draft":
        return Draft(target, read)
    if found.altered:
        notes += altered_notes(name, found.altered)
    if not at and found.altered:
        notes.append(f"read is {exact}, as its text was fixed; the draft is {name}@draft")
    elif found.removed:
        notes.append(f"the register has no draft of `{name}`: read is {exact}")
    if found.published:
        notes.append(
            f"{exact} decides nothing here yet; what was published is {name}@{found.published}"
        )
    called = exact if found.removed or (found.altered and not at) else f"{name}.yaml"
    return Draft(called, read, tuple(notes), found.altered)


def altered_notes(agreement: str, version: str) -> tuple[str, str]:
    """What to say of a draft that differs from the text that was fixed as its version."""
    from engine.service.texts import differs

    return differs((agreement, version))


def find_draft(target: str, office: Path | None) -> Draft:
    """Read the draft of the agreement that was named, whatever is published of it.

    Raises:
        UsageError: It is a file that cannot be read.
        DocumentError: The text is not an agreement; the message says where.
        NotFoundError: The office has no agreement of that id, or no such version of it.
    """
    if names_a_file(target) or "@" in target:
        return find(target, office)
    author = opened(office).author
    if author.text(target).removed:
        return find(target, office)
    read, altered = author.read(target), author.altered(target)
    notes = altered_notes(target, altered) if altered else ()
    return Draft(f"{target}.yaml", read, notes, altered)


def _file(target: str) -> Draft:
    from agreements import document
    from agreements.errors import DocumentError

    name = "standard input" if target == "-" else target
    try:
        return Draft(name, document.parse(files.read(target, what="an agreement")))
    except DocumentError as fault:
        raise placed(fault, name) from None


def in_force(
    target: str, office: Path | None, at: "datetime | None", known_at: "datetime | None"
) -> Draft:
    """Read the version of an agreement that was in force.

    Raises:
        NotFoundError: The office has none that was, or none that was known to be.
    """
    found = opened(office).lifecycle.text_at(target, at=at, known_at=known_at)
    return Draft(f"{target} {found.agreement.version}", found)


def refuse_instant(target: str) -> None:
    """Refuse to find a version by an instant where one is named."""
    if "@" in target and not names_a_file(target):
        raise UsageError(
            f"`{target}` names its version, so there is no instant to find one by",
            hint="leave the version out, or `--at` and `--known-at`",
        )


def placed(fault: "DocumentError", name: str) -> "DocumentError":
    """Say of a fault in which file it is."""
    from agreements.errors import DocumentError

    line, column = fault.line, fault.column
    where = f"{name}:{line}:{column}" if line else name
    return DocumentError(f"{where}: {fault}", hint=fault.hint, line=line, column=column)


def law() -> "Law":
    """The law that comes with this version of Concordat."""
    from agreements.vocabulary import current
    from engine.adapters.seed import seed
    from engine.law import read_law

    shipped = seed()
    return read_law(shipped.schema, shipped.statute, current())
