"""Asking whether a disclosure may be made, and asking why not."""

from typing import TYPE_CHECKING, Annotated

import typer

from cli import files, output
from cli.answer_json import (
    admin_as_json,
    as_json_of,
    decided_by,
    explained_as_json,
    next_step_of,
)
from cli.as_of import AsOf
from cli.exits import Exit
from cli.options import AsJson, At, KnownAt, OfficeFolder, instant, opened
from cli.question import asks

if TYPE_CHECKING:
    from engine.decide import Decision
    from engine.explain import CategoryExplained, Explanation, NearMiss
    from engine.guard import GuardAnswer
    from engine.request import Disclosure

_MARGIN = 14
_NEAREST = 4
_EFFECTS = {"grant": ("✓", "good"), "referral": ("?", "warn"), "exclusion": ("✗", "bad")}

Save = Annotated[
    str | None,
    typer.Option(
        "--save",
        metavar="FILE",
        help="Also write the proof bundle of the record there.",
        show_default=False,
    ),
]
AsDpo = Annotated[
    bool, typer.Option("--as-dpo", help="Also say what comes nearest; not for whoever asks.")
]
Everything = Annotated[bool, typer.Option("--all", help="Show every clause, however distant.")]


@asks
def ask(
    question: bytes,
    *,
    at: At = None,
    known_at: KnownAt = None,
    save: Save = None,
    as_dpo: AsDpo = False,
    office: OfficeFolder = None,
    as_json: AsJson = False,
) -> int:
    """Ask whether a disclosure may be made; the answer is recorded.

    Ends with 0 if permitted, 3 if denied or referred, and with `--known-at` always with 3: it says
    how it would have been answered, and nothing may be shared on that. Every field of the question
    may also be given as an option.
    """
    when = AsOf(instant(at), instant(known_at, "--known-at"))
    known = when.known_at
    if save is not None:
        files.refuse_destination(save)
    here = opened(office)
    answered = here.desk.ask(question, at=when.at, known_at=known)
    decision = answered.decision
    if as_json:
        said = as_json_of(decision, when, answered.disclosure)
        said |= {"jti": answered.jti, "index": answered.index, "record": answered.jws}
        said |= decided_by(answered.bundle_sha256, known_at)
        if as_dpo:
            said |= admin_as_json(here.desk.explain(question, at=decision.at, known_at=known))
        output.document_json(said | {"disclosures": list(answered.disclosures)})
    else:
        _show(decision, answered.disclosure)
        _row("record", answered.jti, f"entry {answered.index} of the log")
        _row("bundle", answered.bundle_sha256, f"as known on {known_at}" if known_at else "")
        if as_dpo:
            _show_admin(here.desk.explain(question, at=decision.at, known_at=known))
        _last_words(decision, when)
    if save is not None:
        # Last: the answer has been given and recorded, whatever becomes of the file.
        files.write(save, here.evidence.proof(answered.jti))
        output.note(f"check it with: concordat verify {save} --trust trust.json")
    return _ending(decision, when)


@asks
def explain(
    question: bytes,
    *,
    everything: Everything = False,
    at: At = None,
    known_at: KnownAt = None,
    office: OfficeFolder = None,
    as_json: AsJson = False,
) -> int:
    """Show which clauses come nearest and what each still wants; nothing is recorded.

    For data-protection officers and auditors. Takes the same question as `ask`, and ends with the
    same exit code.
    """
    when = AsOf(instant(at), instant(known_at, "--known-at"))
    explained = opened(office).desk.explain(question, at=when.at, known_at=when.known_at)
    if as_json:
        output.document_json(
            explained_as_json(explained, when) | decided_by(explained.bundle_sha256, known_at)
        )
    else:
        _show_outcome(explained.decision)
        for each in explained.decision.guards:
            output.tell(f"the guard of {each.agency} was not asked", indent=2, first="  ")
        for category in explained.categories:
            output.say()
            _show_category(category, _NEAREST if not everything else len(category.near))
        _last_words(explained.decision, when)
        when.tell(explained.bundle_sha256)
    return _ending(explained.decision, when)


def _ending(decision: "Decision", when: AsOf) -> int:
    # A permit by what was known then is no permit: something since may stand against it.
    permitted = decision.outcome == "permit" and when.known_at is None
    return Exit.DONE if permitted else Exit.NOT_PERMITTED


def _row(label: str, text: object, aside: str = "", style: str = "") -> None:
    """One line of an answer: what it is, then what it says."""
    first = "  " + output.paint("quiet", label.ljust(_MARGIN - 2))
    if aside and len(str(text)) + len(aside) + _MARGIN + 3 <= output.width():
        output.say(f"{first}{output.paint(style, text)}   {output.paint('quiet', aside)}")
        return
    output.tell(text, indent=_MARGIN, first=first, style=style)
    if aside:
        output.tell(aside, indent=_MARGIN, first=" " * _MARGIN, style="quiet")


def _rows(label: str, lines: list[tuple[str, str]], style: str = "") -> None:
    for place, (text, aside) in enumerate(lines):
        _row(label if not place else "", text, aside, style)


def _show_outcome(decision: "Decision") -> None:
    from engine.reasons import IN_WORDS

    outcome = decision.outcome.value
    output.say()
    output.say(
        f"  {output.paint(outcome, outcome.upper())}  {output.paint('quiet', decision.code)}"
    )
    output.tell(IN_WORDS[decision.code].meaning, indent=2, first="  ")
    for each in decision.unknown:
        output.tell(each, indent=4, first="  - ")


def _show(decision: "Decision", disclosure: "Disclosure") -> None:
    from agreements.values import format_instant
    from agreements.vocabulary import Kind, current

    words = current()

    def named(categories: tuple[str, ...]) -> list[tuple[str, str]]:
        return [
            (code, words.term(Kind.INFORMATION, code).label)
            if words.has(Kind.INFORMATION, code)
            else (code, "")
            for code in categories
        ]

    _show_outcome(decision)
    output.say()
    ends = f"{disclosure.holder}  to  {disclosure.recipient}"
    _row("from", ends, f"as of {format_instant(decision.at)}")
    _rows("permitted", named(decision.permitted), "good")
    _rows("to be asked", named(decision.referred), "warn")
    _rows("refused", named(decision.refused), "bad")
    _rows("because of", _reasons(decision))
    _rows("guard", [_guard(each) for each in decision.guards])
    _rows("then", [(_upper_first(each), "") for each in _obligations(decision)])
    _rows("error", [(each, "") for each in decision.errors], "bad")


def _guard(said: "GuardAnswer") -> tuple[str, str]:
    """What one guard made of it, and whose it is."""
    answer = said.answer.value.replace("_", " ")
    return f"{answer}: {said.reason}" if said.reason else answer, said.agency


def _reasons(decision: "Decision") -> list[tuple[str, str]]:
    """The clauses and statutes that settled it, each with its title."""
    titles = {
        f"{each.agreement.id}/{clause.id}": clause.title
        for each, _ in decision.candidates
        for clause in each.agreement.clauses
    }
    settled = [(reason, titles.get(reason, "the law")) for reason in decision.reasons]
    if settled:
        return settled
    return [
        (f"{each.agreement.id} {each.agreement.version}", state.value.replace("_", " "))
        for each, state in decision.candidates
    ]


def _obligations(decision: "Decision") -> list[str]:
    from agreements.vocabulary import current
    from engine.obligations import obligation

    duties = [
        each.model_dump(mode="json", by_alias=True, exclude_none=True)
        for each in decision.obligations
    ]
    return [obligation(duty, current()) for duty in duties]


def _last_words(decision: "Decision", when: AsOf) -> None:
    from engine.reasons import EMERGENCY

    _row("next step", _upper_first(next_step_of(decision, when)) + ".")
    if decision.outcome != "permit":
        output.say()
        output.tell(EMERGENCY, indent=2, first="  ", style="strong")
    output.say()


def _show_admin(explained: "Explanation") -> None:
    from engine.reasons import reason_admin

    for each in reason_admin(explained):
        _rows(f"{each.category[: _MARGIN - 3]}", [(said, "") for said in each.english])


def _show_category(category: "CategoryExplained", shown: int) -> None:
    output.say("  " + output.paint("strong", category.category))
    for barrier in category.barriers:
        output.tell(f"the law: {barrier.says}", indent=6, first="    " + output.paint("bad", "✗ "))
        output.tell(f"{barrier.citation}; {barrier.mend}", indent=6, first=" " * 6, style="quiet")
    for miss in category.near[:shown]:
        _show_miss(miss)
    hidden = len(category.near) - shown
    if hidden > 0:
        output.tell(f"{hidden} more, farther away: --all", indent=4, first="    ", style="quiet")
    for said in category.hindrances if category.near else ():
        output.tell(f"asking otherwise does not help: {said}", indent=4, first="    ")
    if not category.near and not category.barriers:
        output.tell("no agreement is between these two agencies", indent=4, first="    ")


def _show_miss(miss: "NearMiss") -> None:
    mark, style = _EFFECTS[miss.effect] if not miss.missing else ("·", "quiet")
    state = "" if miss.state.value == "in_force" else f", {miss.state.value.replace('_', ' ')}"
    fits = "" if miss.missing else ", fits"
    named = f"{miss.effect} {miss.clause} of {miss.agreement} {miss.version}"
    output.tell(
        f"{named}{state}{fits}: {miss.title}",
        indent=6,
        first=f"    {output.paint(style, mark)} ",
        style="" if miss.missing else style,
    )
    for missing in miss.missing:
        label = output.paint("warn", missing.condition.ljust(15))
        output.tell(missing.wants, indent=21, first=f"      {label}")
    if miss.missing and miss.met:
        output.tell(f"met: {', '.join(miss.met)}", indent=6, first=" " * 6, style="quiet")


def _upper_first(words: str) -> str:
    return words[:1].upper() + words[1:]
