"""An office, opened as a counter needs it, by whoever starts one."""

from pathlib import Path
from typing import Final, NamedTuple, Self

from engine.bootstrap import SteadyClock, open_office
from engine.marks import marks_of
from engine.service import Office

TIMEOUT_S: Final = 5.0
"""How long to wait for another program that is appending to the log."""


class Beforehand(NamedTuple):
    """An open office, that whoever looked at it first hands to its counter.

    Attributes:
        marks: Those of its register, from before it was read.
    """

    marks: str
    office: Office

    @classmethod
    def of(cls, folder: Path, *, timeout_s: float = TIMEOUT_S) -> Self:
        """Open an office.

        Raises:
            ConcordatError: It will not open.
        """
        marks = marks_of(folder)
        return cls(marks, open_office(folder, clock=SteadyClock(), timeout_s=timeout_s))
