"""What a version of an agreement changes, by meaning, and which recorded answers it would turn."""

import re
from typing import TYPE_CHECKING, Annotated, Any

import typer

from cli import drafts, output
from cli.exits import Exit, UsageError
from cli.options import AsJson, OfficeFolder, opened

if TYPE_CHECKING:
    from engine.bundle import Slice
    from engine.compare import Change
    from engine.compare_rows import Row
    from engine.english import Names
    from engine.service import Office
    from engine.service.whatif import Replayed

Old = Annotated[
    str,
    typer.Argument(
        metavar="A", help="What is replaced: `ID@VERSION`, `ID` for its draft, or a file."
    ),
]
New = Annotated[str, typer.Argument(metavar="B", help="What replaces it, named likewise.")]
Span = Annotated[
    str | None,
    typer.Option(
        "--replay",
        metavar="SPAN",
        help="Ask what was recorded in this span again, with B in place of A: `90d`.",
        show_default=False,
    ),
]

_MARGIN = 16
_DAY_S = 86_400
_LISTS = (
    ("newly_permitted", "Newly permitted", "+", "permit"),
    ("no_longer_permitted", "No longer permitted", "-", "deny"),
    ("newly_referred", "Newly referred to a person", "?", "refer"),
    ("no_longer_referred", "No longer referred to a person", "-", "quiet"),
)
_TWINS = {"newly_referred": "newly_permitted", "no_longer_referred": "no_longer_permitted"}
_TEXTS = (
    ("deciding", "Told by these rows"),
    ("other", "Agreed otherwise, deciding nothing"),
    ("wording", "Worded otherwise, meaning the same"),
)


def diff(
    old: Old,
    new: New,
    *,
    replay: Span = None,
    office: OfficeFolder = None,
    as_json: AsJson = False,
) -> int:
    """Show what B newly permits, no longer permits and refers in place of A.

    Compared by meaning, under the law of the office, or the law that comes with this version if
    both are files. Ends with 0 if the texts are the same, with 6 if they differ.
    """
    since_s = None if replay is None else _span_s(replay)
    files_alone = drafts.names_a_file(old) and drafts.names_a_file(new)
    here = None if files_alone and replay is None else opened(office)
    before, after = _found(old, here), _found(new, here)
    with output.working("comparing what the two permit"):
        change = _compared(before, after, here)
    again = None
    if since_s is not None and here is not None:
        with output.working("asking again what was recorded"):
            again = here.what_if.replay(before, after, here.premises.now_s() - since_s)
    if as_json:
        output.document_json(_as_json(change, again))
    else:
        _show(change, _names(before, after))
        if again is not None:
            _show_flips(again, str(replay))
    same = change.same and not (again and again.flips)
    return Exit.DONE if same else Exit.DIFFERS


def _span_s(text: str) -> int:
    match = re.fullmatch(r"([1-9][0-9]{0,4})d", text)
    if match is None:
        raise UsageError(f"`--replay`: `{text}` is no number of days", hint="write `90d`")
    return int(match[1]) * _DAY_S


def _found(target: str, here: "Office | None") -> "Slice":
    if drafts.names_a_file(target):
        agreement = drafts.find(target, None).document.agreement
        if here is not None:
            return here.what_if.read(agreement)
        from engine.bundle import make_slice
        from engine.compile import compile_agreement

        law = drafts.law()
        return make_slice(law, compile_agreement(agreement, law.vocabulary))
    if here is None:
        raise UsageError(
            f"`{target}` is no file", hint="name an agreement of the office, or a file"
        )
    name, at, version = target.partition("@")
    return here.what_if.version(name, version if at else None)


def _compared(before: "Slice", after: "Slice", here: "Office | None") -> "Change":
    if here is not None:
        return here.what_if.change(before, after)
    from engine.compare import compare

    return compare(drafts.law(), before, after)


def _names(*versions: "Slice") -> "Names":
    """What the texts call agencies and conditions; the later text if they differ."""
    from agreements.vocabulary import current
    from engine.english import Names

    called = [Names.of(each.agreement, current()) for each in versions]
    agencies = {code: name for each in called for code, name in each.agencies.items()}
    conditions = {code: text for each in called for code, text in each.conditions.items()}
    return Names(current(), agencies, conditions)


# What a person reads


def _show(change: "Change", names: "Names") -> None:
    for name, heading, mark, style in _LISTS:
        rows = getattr(change, name)
        if rows:
            output.say(output.paint(style, f"{heading} ({len(rows)})"))
            for row in rows:
                if _is_while_overdue(change, name, row):
                    continue
                _show_row(change, row, names, output.paint(style, mark))
            _show_overdue(change, name, output.paint(style, mark))
            output.say()
    for name, heading in _TEXTS:
        paths = getattr(change.text, name)
        if paths:
            output.say(output.paint("strong", heading))
            for path in paths:
                output.say(f"  {output.plain(path)}")
            output.say()
    if change.same:
        output.say(f"{output.paint('good', '✓')} the two texts are the same")
    elif not change.rows:
        output.say(f"{output.paint('good', '✓')} the two permit and refer the same")
    else:
        output.note("what the law forbids stays forbidden; `docs/compare.md` says how to read this")


def _is_while_overdue(change: "Change", name: str, row: "Row") -> bool:
    """Whether a row says of the time of an overdue review what another says of the time before."""
    twins = _TWINS.get(name)
    same = _but_time(row)
    return twins is not None and any(_but_time(each) == same for each in getattr(change, twins))


def _but_time(row: "Row") -> object:
    limits = tuple(limit for limit in row.limits if limit[0] != "at")
    return limits, row.about, row.given


def _show_overdue(change: "Change", name: str, mark: str) -> None:
    count = sum(_is_while_overdue(change, name, row) for row in getattr(change, name))
    if count:
        rows = "one row" if count == 1 else f"{count} rows"
        said = f"the {_TWINS[name].replace('_', ' ')} above, in the time after the review is due"
        output.tell(f"{said} ({rows}; `--json` has them)", indent=4, first=f"  {mark} ")


def _show_row(change: "Change", row: "Row", names: "Names", mark: str) -> None:
    from engine.compare_words import row_in_words

    (_, who), *lines = row_in_words(change.dimensions, row, names)
    output.tell(who, indent=4, first=f"  {mark} ", style="strong")
    for label, text in lines:
        first = "    " + output.paint("quiet", label.ljust(_MARGIN - 4))
        output.tell(text, indent=_MARGIN, first=first)


def _show_flips(again: "Replayed", span: str) -> None:
    said = f"{again.asked_again} recorded questions of the last {span[:-1]} days asked again"
    if not again.flips:
        output.say(f"{output.paint('good', '✓')} {said}: each is answered as it was")
    else:
        output.say(output.paint("warn", f"{said}: {len(again.flips)} would be answered otherwise"))
    for flip in again.flips:
        (then, _), (would_be, code) = flip.then, flip.would_be
        turned = f"{output.paint(then, then)}, would be {output.paint(would_be, would_be)}"
        output.say(f"  {flip.jti}  {turned} ({output.plain(code)})")
        who = f"{flip.holder} to {flip.recipient}, {flip.purpose}: {', '.join(flip.changed)}"
        output.tell(who, indent=4, first="    ", style="quiet")
    if again.withheld:
        output.note(f"{again.withheld} could not be asked again: their questions were erased")


# What a machine reads. Any: JSON.


def _as_json(change: "Change", again: "Replayed | None") -> dict[str, Any]:
    from engine.compare import change_document, change_sha256

    said: dict[str, Any] = dict(change_document(change))
    said["change_sha256"] = change_sha256(change)
    if again is not None:
        said["replay"] = {
            "asked_again": again.asked_again,
            "withheld": again.withheld,
            "flips": [
                {
                    "jti": flip.jti,
                    "at": flip.at_s,
                    "from": flip.holder,
                    "to": flip.recipient,
                    "purpose": flip.purpose,
                    "then": dict(zip(("outcome", "code"), flip.then, strict=True)),
                    "would_be": dict(zip(("outcome", "code"), flip.would_be, strict=True)),
                    "changed": list(flip.changed),
                }
                for flip in again.flips
            ],
        }
    return said
