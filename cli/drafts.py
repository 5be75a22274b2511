"""Finding the agreement that somebody named: by its id in the office, or as a file."""

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from cli import files
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
    """

    name: str
    document: "Document"

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
    """Read the agreement that was named.

    Raises:
        UsageError: It is a file that cannot be read.
        DocumentError: The text is not an agreement; the message says where.
        NotFoundError: The office has no agreement of that id.
    """
    from agreements import document
    from agreements.errors import DocumentError

    if not names_a_file(target):
        return Draft(f"{target}.yaml", opened(office).author.read(target))
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
