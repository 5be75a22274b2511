"""What a reader of an agreement should know before anybody signs it."""

from dataclasses import dataclass
from enum import StrEnum


class Severity(StrEnum):
    """How much a finding weighs."""

    ERROR = "E"
    """The agreement must not be used as it stands."""

    WARNING = "W"
    """Somebody should look."""


@dataclass(frozen=True, slots=True)
class Finding:
    """One fault or doubt in an agreement.

    Attributes:
        rule: Its stable name, such as ``R05`` or ``S02``.
        path: The field it is about, as in ``("clauses", 0, "basis")``; the field may be missing.
        message: What is wrong, in one sentence without a full stop.
        citation: The law or the practice behind the rule.
        mend: What to write, and in which field.
    """

    rule: str
    severity: Severity
    path: tuple[str | int, ...]
    message: str
    citation: str
    mend: str
