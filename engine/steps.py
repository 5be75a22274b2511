"""The steps of verification, by number and in plain words, and how one of them fails.

The numbers are a contract with whoever reads a verdict: a step keeps its number
and its meaning. Their order is that of `engine.verify`. Nothing here checks.
"""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from engine.errors import ConcordatError, ProofError

WHAT: Final[Mapping[str, str]] = {
    "V1": "the evidence has the one form we read",
    "V2": "the record is written in its one spelling",
    "V3": "the record's header says what it is, and nothing else",
    "V4": "the key is one you trust, for this issuer",
    "V5": "the signature is that key's, over these very bytes",
    "V6": "the record has every part it must have, and does not contradict itself",
    "V7": "the key spoke for the office on the record's date",
    "V8": "the record names the log it is in, and you trust that log",
    "V9": "the head of the log is signed by the log's key",
    "V10": "witnesses have signed the head of the log",
    "V11": "witnesses saw the record in time",
    "V12": "the record is in the log",
    "V13": "what is shown of the hidden claims is what was sealed",
    "V14": "law, agreements and signatures are the ones the record names",
    "V15": "the agreement was in force between the two agencies",
    "V16": "deciding again gives the same answer",
    "V17": "no record of the office is missing from its chain",
    "V18": "an independent time-stamp covers the head of the log",
    "V19": "the head of the log agrees with every other one seen",
    "V20": "nothing later corrects or revokes the record",
}
"""What each step establishes, as a sentence about what holds if it passes."""

_HINTS: Final[Mapping[str, str]] = {
    "V1": "ask the office for the proof anew: `concordat log proof`",
    "V5": "one changed character is enough; fetch the record again, and keep both copies",
    "V6": "obtain the record as it was issued; this one was not made by a sound office",
    "V8": "a record counts in the one log it names; ask for a proof from that log",
    "V9": "fetch the proof again; if the head fails twice, keep it: it is evidence",
    "V12": "ask the office for a proof against a newer head of the log",
    "V13": "show the hidden claims exactly as the office keeps them, or leave them out",
    "V14": "ask the office for the proof anew; materials must be passed on unchanged",
    "V15": "read the agreement beside the record: the record claims more than it gives",
}
_HINT: Final = "ask the office for the proof anew; if that fails too, tell the parties"


class State(StrEnum):
    """What became of a step."""

    DONE = "done"
    NOT_DONE = "not-done"
    """It should have been done, and what it needs is not there: the verdict is incomplete."""
    NOT_ASKED = "not-asked"
    NOT_APPLICABLE = "not-applicable"


@dataclass(frozen=True, slots=True)
class Step:
    """One step of a verification that was not refused.

    Attributes:
        id: ``V1`` … ``V20``.
        what: What holds if the step passes.
        note: What a reader should know besides; empty if nothing.
    """

    id: str
    what: str
    state: State
    note: str = ""


@contextmanager
def failing(step: str, *, about: str = "") -> Iterator[None]:
    """Say of whatever fails inside which step it fails, and what to do.

    Args:
        step: The step's number; a fault that already names its step keeps it.
        about: What is looked at, to begin the message with; such a fault is this
            step's own, whatever it was there.
    """
    try:
        yield
    except ConcordatError as fault:
        known = fault.step if isinstance(fault, ProofError) else ""
        named = step if about else known or step
        said = f"{about}: {fault}" if about else str(fault)
        kind = type(fault) if isinstance(fault, ProofError) else ProofError
        raise kind(said, hint=fault.hint or _HINTS.get(named, _HINT), step=named) from fault
