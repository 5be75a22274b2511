"""What the demo shows: at most one screen, and the next thing to try."""

import shutil
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from cli import output

if TYPE_CHECKING:
    from agreements.model import Agreement
    from engine.decide import Decision
    from engine.service.desk import Answered
    from engine.service.publishing import Published

AGREEMENT = "northshire-mash"
_MARGIN = 11


@dataclass(frozen=True, slots=True)
class Agreed:
    """The agreement of the story, in force."""

    agreement: "Agreement"
    doubts: int
    published: "Published"


def _heading(number: int, words: str) -> None:
    output.say()
    output.say(f"{output.paint('name', number)}  {output.paint('strong', words)}")


def show_agreed(agreed: "Agreed") -> None:
    """Say what was agreed, and how it came into force."""
    tick = "   " + output.paint("good", "✓ ")
    agreement, published = agreed.agreement, agreed.published
    _heading(1, f"An agreement: {agreement.title}")
    output.say(f"{tick}checked: no faults, {agreed.doubts or 'no'} doubts")
    signed = ", ".join(published.signed_by)
    output.tell(f"signed: {signed}", indent=5, first=tick)
    policies = (
        f"compiled: {len(agreement.clauses)} clauses, each one Cedar policy, strictly checked"
    )
    output.say(f"{tick}{policies}")
    output.say(f"{tick}published: logged as entry {published.index}; it decides from now on")


def why(answered: "Answered") -> str:
    """Why it was answered so; read from the agreement, so asked while that is where it was."""
    from engine.reasons import IN_WORDS, next_step

    decision = answered.decision
    said = " ".join(_settled(decision))
    if decision.outcome.value == "refer":
        return f"{said} Next: {next_step(decision)}."
    return f"{said} {IN_WORDS[decision.code].meaning}"


def show_answers(answers: "Mapping[str, Answered]", reasons: "Mapping[str, str]") -> None:
    """Say what was asked, and what was answered."""
    from agreements.vocabulary import Kind, current

    _heading(2, "Three questions, at ten to five on Friday 20 November 2026")
    for name, answered in answers.items():
        asked, outcome = answered.disclosure, answered.decision.outcome.value
        information = current().term(Kind.INFORMATION, asked.information[0]).label
        purpose = current().term(Kind.PURPOSE, asked.purpose).label
        first = "   " + output.paint(outcome, outcome.upper().ljust(8))
        output.tell(
            f"May the trust give the council {information}, for {purpose}?",
            indent=_MARGIN,
            first=first,
            style="strong",
        )
        output.tell(reasons[name], indent=_MARGIN, first=" " * _MARGIN)
        record = f"record {answered.jti}, entry {answered.index}"
        output.tell(record, indent=_MARGIN, first=" " * _MARGIN, style="quiet")


def _settled(decision: "Decision") -> Iterator[str]:
    """The clauses that settled it, as sentences."""
    for each, _ in decision.candidates:
        for clause in each.agreement.clauses:
            if f"{each.agreement.id}/{clause.id}" in decision.reasons:
                yield f"Clause {clause.id}: {clause.title}."


def show_checked(checked: "Mapping[str, Mapping[str, Any]]") -> None:  # Any: JSON.
    """Say what the checks found."""
    _heading(3, "Three proofs, each checked by a process that has only the public keys")
    for name, found in checked.items():
        done = sum(step["state"] == "done" for step in found["steps"])
        size = found["place"]["size"]
        said = f"{done} steps hold: signature, place in a log of {size}, law, signatures of all"
        file = f"{name}.proof.json".ljust(18)
        output.say(f"   {output.paint('good', '✓')} {output.paint('name', file)} {said}")
    output.tell(
        "The child's name is in none of the records: it is sealed beside them, and can be erased.",
        indent=5,
        first="     ",
    )


def show_next(keep: Path) -> None:
    """Say what to try next, in commands that work."""
    _heading(4, "Your turn")
    at = "--at 2026-11-20T16:50:00Z"
    lines = [
        (f"cd {keep}", "an office of your own"),
        (f"concordat explain questions/deny.json {at}", "what stood in its way"),
        ("concordat verify permit.proof.json --trust trust.json", "each step of the check"),
        ("concordat replay permit.proof.json --trust trust.json", "decide it again"),
        (f"concordat show {AGREEMENT} --clause 4.3", "a clause in plain English"),
        ("concordat serve", "ask it over HTTP, with curl"),
    ]
    program = Path(sys.argv[0]).absolute()
    if shutil.which("concordat") is None and program.name == "concordat":
        lines.insert(0, (f'export PATH="{program.parent}:$PATH"', "so that it is found"))
    for command, why in lines:
        output.say(f"   {output.paint('name', command.ljust(64))} {output.paint('quiet', why)}")
    output.say()
