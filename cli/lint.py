"""What the agreements of an office say together that none of them says alone."""

from typing import TYPE_CHECKING, Annotated, Any

import typer

from cli import output
from cli.as_of import AsOf
from cli.exits import Exit, UsageError
from cli.options import AsJson, At, KnownAt, OfficeFolder, instant, opened

if TYPE_CHECKING:
    from engine.english import Names
    from engine.lint import ClauseName, Linted, Together

Drafts = Annotated[
    bool, typer.Option("--drafts", help="Look at drafts too, each in place of what is published.")
]

_HEADINGS = {
    "contradiction": ("Contradictions", "bad"),
    "looser": ("The same for less", "warn"),
    "overlap": ("Overlaps", "name"),
}
_MARGIN = 16


def lint(
    *,
    drafts: Drafts = False,
    at: At = None,
    known_at: KnownAt = None,
    office: OfficeFolder = None,
    as_json: AsJson = False,
) -> int:
    """Find where agreements overlap, contradict each other, or allow the same for less.

    Looks at the newest published version of each agreement that has not ended. Ends with 6 if
    anything is found.
    """
    when = AsOf(instant(at), instant(known_at, "--known-at"))
    if drafts and when.known_at:
        raise UsageError(
            "of drafts nothing is known but what they say now", hint="leave `--known-at` out"
        )
    here = opened(office)
    with output.working("reading every clause against every other"):
        slices = here.what_if.newest(drafts=drafts, at=when.at, known_at=when.known_at)
        found = here.what_if.lint(slices)
    bundle = here.shelf.at(when.known_at).bundle.sha256
    if as_json:
        output.document_json(_as_json(found) | when.as_json(bundle))
    else:
        _show(found, here.what_if.names(slices), len(slices))
        when.tell(bundle)
    return Exit.DIFFERS if found.found else Exit.DONE


def _show(linted: "Linted", names: "Names", count: int) -> None:
    for problem, (heading, style) in _HEADINGS.items():
        found = [each for each in linted.found if each.problem == problem]
        if found:
            output.say(output.paint(style, f"{heading} ({len(found)})"))
            for each in found:
                _show_one(linted, each, names)
            output.say()
    if not linted.found:
        among = "one agreement" if count == 1 else f"{count} agreements"
        output.say(f"{output.paint('good', '✓')} nothing found in {among}")


def _show_one(linted: "Linted", each: "Together", names: "Names") -> None:
    from engine.compare_words import row_in_words

    output.tell(_said(each), indent=4, first="  - ", style="strong")
    (_, who), *lines = row_in_words(linted.dimensions, each.rows[0], names)
    shown = [("who", who), *(line for line in lines if line[0] in ("information", "purpose"))]
    for label, text in shown:
        first = "    " + output.paint("quiet", label.ljust(_MARGIN - 4))
        output.tell(text, indent=_MARGIN, first=first)


def _said(each: "Together") -> str:
    first, second = _clause(each.first), _clause(each.second)
    match each.problem.value:
        case "contradiction":
            return f"{first} excludes what {second} permits"
        case "looser":
            return f"{second} permits without {', '.join(each.lacks)} what {first} permits with it"
        case _:
            return f"{first} and {second} permit the same"


def _clause(name: "ClauseName") -> str:
    (agreement, version), clause = name
    return f"{agreement} {version} clause {clause}"


def _as_json(linted: "Linted") -> dict[str, Any]:  # Any: JSON.
    from engine.compare_document import RowDocuments

    documents = RowDocuments(linted.dimensions)

    def named(name: "ClauseName") -> dict[str, str]:
        (agreement, version), clause = name
        return {"agreement": agreement, "version": version, "clause": clause}

    return {
        "found": [
            {
                "problem": each.problem.value,
                "first": named(each.first),
                "second": named(each.second),
                "lacks": list(each.lacks),
                "rows": [documents.of(row) for row in each.rows],
            }
            for each in linted.found
        ]
    }
