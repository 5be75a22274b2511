"""How a change of an agreement looks on a terminal: its rows, newly permitted first.

One form for whoever compares two versions and for whoever is about to sign one.
"""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Final

from cli import output

if TYPE_CHECKING:
    from agreements.model import Agreement
    from engine.compare import Change
    from engine.compare_rows import Row
    from engine.english import Names
    from engine.service.offers import Offer

ROWS_SHOWN: Final = 5
"""How many rows a signer is shown of each list; `concordat diff ID` shows all."""

_MARGIN = 16
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


def names_of(texts: "Sequence[Agreement]") -> "Names":
    """What texts call agencies and conditions; the later text if they differ."""
    from agreements.vocabulary import current
    from engine.english import Names

    called = [Names.of(each, current()) for each in texts]
    agencies = {code: name for each in called for code, name in each.agencies.items()}
    conditions = {code: text for each in called for code, text in each.conditions.items()}
    return Names(current(), agencies, conditions)


def show_offer(offer: "Offer") -> None:
    """Show what a text would change to whoever is about to propose or sign it."""
    agreement, change = offer.agreement, offer.change
    if change.old is None:
        count = len(change.newly_permitted)
        rows = "1 row" if count == 1 else f"{count} rows"
        said = f"against nothing before it: everything it permits is new: {rows}"
    else:
        said = f"against {change.old.version}: {_counts(change)}"
    output.tell(f"{agreement.id} {agreement.version}, {said}", indent=2)
    output.say()
    texts = [agreement] if offer.before is None else [offer.before, agreement]
    cut = show_rows(change, names_of(texts), at_most=ROWS_SHOWN)
    if change.old is not None:
        show_fields(change)
    if cut:
        left = "one row is" if cut == 1 else f"{cut} rows are"
        output.note(f"{left} not shown; all of them: concordat diff {agreement.id}")


def _counts(change: "Change") -> str:
    """The size of a change, in a line."""
    said = [
        f"{len(getattr(change, name))} {heading.lower()}"
        for name, heading, _, _ in _LISTS
        if getattr(change, name)
    ]
    return ", ".join(said) or "no answer changes"


def show_rows(change: "Change", names: "Names", *, at_most: int | None = None) -> int:
    """Show the rows of each list.

    Args:
        at_most: Show so many of each list; all if none is given.

    Returns:
        How many rows were left out for that.
    """
    cut = 0
    for name, heading, mark, style in _LISTS:
        rows = getattr(change, name)
        if not rows:
            continue
        output.say(output.paint(style, f"{heading} ({len(rows)})"))
        told = [row for row in rows if not _is_while_overdue(change, name, row)]
        for row in told[:at_most]:
            _show_row(change, row, names, output.paint(style, mark))
        left = len(told) - len(told[:at_most])
        if left:
            output.say(f"  {output.paint(style, mark)} {output.paint('quiet', f'… {left} more')}")
        cut += left
        _show_overdue(change, name, output.paint(style, mark))
        output.say()
    return cut


def show_fields(change: "Change") -> None:
    """Show which fields of the text differ."""
    for name, heading in _TEXTS:
        paths = getattr(change.text, name)
        if paths:
            output.say(output.paint("strong", heading))
            for path in paths:
                output.say(f"  {output.plain(path)}")
            output.say()


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
