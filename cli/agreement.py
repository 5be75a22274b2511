"""Writing an agreement: begin it, check it, read it in other words, try it."""

from datetime import UTC, date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from cli import output
from cli.as_of import AsOf
from cli.exits import Exit, UsageError
from cli.options import AsJson, At, KnownAt, OfficeFolder, instant, opened, usable_id

if TYPE_CHECKING:
    from agreements.model import Agreement
    from cli.drafts import Draft

Target = Annotated[
    str,
    typer.Argument(
        metavar="ID|FILE",
        help="An agreement of the office, `ID@VERSION`, `ID@draft`, a file, or `-`.",
    ),
]
Targets = Annotated[
    list[str] | None,
    typer.Argument(
        metavar="ID|FILE…",
        help="Agreements of the office, files, or `-`; every agreement of the office if none.",
        show_default=False,
    ),
]
Spelling = Annotated[
    str, typer.Option("--as", metavar="FORM", help="One of `english`, `cedar`, `yaml`.")
]
OneClause = Annotated[
    str | None,
    typer.Option("--clause", metavar="N", help="This clause alone.", show_default=False),
]
WithLaw = Annotated[
    bool, typer.Option("--law", help="Show the law it relies on, and how sure we are of each.")
]
Today = Annotated[
    str | None,
    typer.Option(
        "--at",
        metavar="INSTANT",
        help="Check as of a date or an instant, such as `2026-11-23`; else as of today.",
        show_default=False,
    ),
]
NewId = Annotated[str, typer.Argument(metavar="ID", help="Its id, such as `northshire-mash`.")]
Title = Annotated[str, typer.Option("--title", metavar="WORDS", help="What it is called.")]


def new(
    agreement: NewId, *, title: Title, office: OfficeFolder = None, as_json: AsJson = False
) -> int:
    """Begin an agreement: a text with a comment at each field, ready to be filled in."""
    usable_id(agreement, "ID")
    here = opened(office)
    if any(row.id == agreement for row in here.author.drafts()):
        raise UsageError(
            f"there is an agreement `{agreement}` already", hint=f"concordat show {agreement}"
        )
    path = here.author.new(agreement, title)
    if as_json:
        output.document_json({"agreement": agreement, "path": str(path)})
        return Exit.DONE
    output.say(f"{output.paint('good', '✓')} {path}")
    output.note(f"write in it, then: concordat check {agreement}")
    return Exit.DONE


def check(
    targets: Targets = None,
    *,
    law: WithLaw = False,
    at: Today = None,
    office: OfficeFolder = None,
    as_json: AsJson = False,
) -> int:
    """List everything to know before anybody signs: faults, doubts, the law behind each.

    Ends with 5 if there is a fault (E); doubts (W) alone end with 0.
    """
    from cli import reliance
    from cli.drafts import find_draft
    from cli.drafts import law as shipped

    today = (instant(at) or datetime.now(UTC)).date()
    named = targets or _all_of(office)
    if not named:
        raise UsageError("this office has no agreement yet", hint="`concordat new ID --title …`")
    drafts = [find_draft(target, office) for target in named]
    faults = 0
    said: list[dict[str, Any]] = []  # Any: JSON.
    for draft in drafts:
        found = _findings(draft, today)
        faults += sum(each["severity"] == "E" for each in found)
        said.append({"agreement": draft.document.agreement.id, "findings": found})
        if draft.altered:
            said[-1]["draft_differs_from"] = draft.altered
        draft.tell()
        if not as_json:
            _show_findings(draft, found)
        if law:
            said[-1]["law"] = reliance.rows(draft.document.agreement, shipped())
            if not as_json:
                reliance.show(draft.name, said[-1]["law"])
    if as_json:
        output.document_json({"faults": faults, "agreements": said})
    return Exit.INVALID if faults else Exit.DONE


def show(
    target: Target,
    *,
    spelling: Spelling = "english",
    clause: OneClause = None,
    at: At = None,
    known_at: KnownAt = None,
    office: OfficeFolder = None,
    as_json: AsJson = False,
) -> int:
    """Say what an agreement means: in plain English, read from what the engine enforces.

    With `--at` or `--known-at`, the version that was in force. Else what was fixed of it, unless
    its draft is a version that nobody has proposed.
    """
    from cli.drafts import find, in_force, refuse_instant

    if spelling not in ("english", "cedar", "yaml"):
        raise UsageError(f"`{spelling}` is no form", hint="choose english, cedar or yaml")
    then = instant(at), instant(known_at, "--known-at")
    when = AsOf(*then)
    if when.asked:
        refuse_instant(target)
    draft = in_force(target, office, *then) if when.asked else find(target, office)
    draft.tell()
    if when.asked:
        when.tell(opened(office).shelf.at(when.known_at).bundle.sha256)
    agreement = draft.document.agreement
    if clause is not None and all(each.id != clause for each in agreement.clauses):
        numbers = ", ".join(each.id for each in agreement.clauses)
        raise UsageError(f"there is no clause `{clause}`", hint=f"its clauses are: {numbers}")
    if as_json and spelling == "yaml":
        output.document_json(
            agreement.model_dump(mode="json", by_alias=True, exclude_defaults=True)
        )
    elif spelling == "yaml" and clause is None:
        output.document(draft.document.text)
    elif spelling == "yaml":
        output.document(_excerpt(draft, str(clause)))
    else:
        _show_compiled(agreement, spelling, clause, as_json=as_json)
    return Exit.DONE


# check


def _all_of(office: Path | None) -> list[str]:
    """Every agreement of the office; the scenarios beside them are none."""
    ids = [row.id for row in opened(office).author.drafts()]
    return [each for each in ids if not each.endswith(".scenarios")]


def _findings(draft: "Draft", today: date) -> list[dict[str, Any]]:  # Any: JSON.
    from engine.service.documents import findings_document

    return findings_document(draft.document, draft.findings(today))


def _show_findings(draft: "Draft", found: list[dict[str, Any]]) -> None:
    for each in found:
        style, word = ("bad", "E") if each["severity"] == "E" else ("warn", "W")
        where = f"{draft.name}:{each['line']}:{each['column']}"
        rule = output.paint(style, f"{word} {each['rule']}")
        sure = f" [{each['sure']}]" if each["sure"] else ""
        law = output.paint("quiet", each["citation"] + sure)
        output.say(f"{rule}  {output.paint('name', where)}  {law}")
        output.tell(each["message"], indent=7, first=" " * 7)
        output.tell(each["mend"], indent=9, first="       " + output.paint("good", "→ "))
        output.say()
    faults = sum(each["severity"] == "E" for each in found)
    doubts = len(found) - faults
    clauses = len(draft.document.agreement.clauses)
    mark = output.paint("bad", "✗") if faults else output.paint("good", "✓")
    said = f"{_count(faults, 'fault')}, {_count(doubts, 'doubt')} in {_count(clauses, 'clause')}"
    output.say(f"{mark} {output.plain(draft.name)}: {said}")


def _count(number: int, noun: str) -> str:
    return f"{number or 'no'} {noun}{'' if number == 1 else 's'}"


# show


def _excerpt(draft: "Draft", clause: str) -> str:
    """The lines of one clause, as they stand in the text."""
    numbers = [each.id for each in draft.document.agreement.clauses]
    at = numbers.index(clause)
    places, lines = draft.document.places, draft.document.text.split("\n")
    begin = places.value(("clauses", at)).line - 1
    end = len(lines)
    if at + 1 < len(numbers):
        end = places.value(("clauses", at + 1)).line - 1
    else:
        rest = range(begin + 1, len(lines))
        end = next((n for n in rest if lines[n][:1] not in ("", " ", "#", "-")), end)
    return "\n".join(lines[begin:end])


def _show_compiled(
    agreement: "Agreement", spelling: str, clause: str | None, *, as_json: bool
) -> None:
    import json

    from agreements.vocabulary import current
    from engine.compile import compile_agreement

    compiled = compile_agreement(agreement, current())
    policies = json.loads(compiled.policies_json)["staticPolicies"]
    wanted = {
        f"{agreement.id}/{each.id}": each for each in agreement.clauses if clause in (None, each.id)
    }
    if spelling == "cedar":
        if as_json:
            output.document_json({name: policies[name] for name in wanted})
        else:
            _show_cedar(compiled, wanted.keys())
        return
    from engine.english import Names, in_english

    names = Names.of(agreement, current())
    said = {name: in_english(policies[name], names) for name in wanted}
    if as_json:
        output.document_json({wanted[name].id: words for name, words in said.items()})
        return
    if clause is None:
        output.say(output.paint("strong", agreement.title))
        output.say(output.paint("quiet", f"{agreement.id} {agreement.version}"))
    for name, words in said.items():
        each = wanted[name]
        style = "bad" if each.exclude else "warn" if each.refer else "good"
        if clause is None:
            output.say()
        output.say(f"{output.paint(style, each.id)}  {output.paint('strong', each.title)}")
        output.tell(words, indent=4, first="    ")


def _show_cedar(compiled: Any, wanted: Any) -> None:  # Any: two types of the engine's.
    import json
    from dataclasses import replace

    from engine.bundle import cedar_text

    policies = json.loads(compiled.policies_json)
    policies["staticPolicies"] = {name: policies["staticPolicies"][name] for name in wanted}
    output.document(cedar_text(replace(compiled, policies_json=json.dumps(policies).encode())))
