"""Which fields of two texts differ, and what their difference is.

Every field that differs is in exactly one list: what decides and so is told by the
rows of a comparison; what is agreed besides, such as obligations, signatories and
contacts; and mere wording, which includes a deciding field that is written otherwise
and means the same.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Final

from agreements.model import Agreement

_NOTHING: Final = object()

_DECIDING: Final = frozenset({"asking", "in_force_from", "review_due", "review_grace"})
_DECIDING_OF_PARTY: Final = frozenset(
    {"id", "members", "direction", "since", "until", "accepted_parent"}
)
_DECIDING_OF_CLAUSE: Final = frozenset(
    {
        *("exclude", "refer", "from", "to", "information", "about", "purposes", "roles"),
        *("basis", "needs", "since", "until", "confidence"),
    }
)
_WORDS: Final = frozenset(
    {"title", "name", "wording", "reason", "version", "silent_on", "class_citation", "concordat"}
)
_DECIDING_OF_BASIS: Final = frozenset(
    {
        *("regime", "article6", "annex1", "article9", "schedule1", "official_authority"),
        *("law_enforcement", "schedule8", "strictly_necessary", "gateways"),
    }
)
_WORDS_OF_BASIS: Final = frozenset({"duty", "function", "law"})


@dataclass(frozen=True, slots=True)
class TextChange:
    """The fields of two texts that differ, by their paths, each in exactly one list.

    Attributes:
        deciding: What the rows of the comparison tell.
        other: What decides nothing and is agreed all the same.
        wording: What is said otherwise and means the same.
    """

    deciding: tuple[str, ...] = ()
    other: tuple[str, ...] = ()
    wording: tuple[str, ...] = ()

    @property
    def paths(self) -> tuple[str, ...]:
        """Every field that differs."""
        return (*self.deciding, *self.other, *self.wording)


def text_change(
    old: Agreement | None, new: Agreement | None, same: frozenset[str], *, told: bool
) -> TextChange:
    """Find every field in which two texts differ; none if there is only one text.

    Args:
        same: The numbers of the clauses that are of one meaning in both.
        told: Whether the comparison has any row.
    """
    if old is None or new is None:
        return TextChange()
    lists: dict[str, list[str]] = {"deciding": [], "other": [], "wording": []}
    for path in _differing(_keyed(old), _keyed(new)):
        lists[_list_of(path, same, told=told)].append("/".join(path))
    return TextChange(**{name: tuple(paths) for name, paths in lists.items()})


def _keyed(agreement: Agreement) -> dict[str, Any]:  # Any: JSON.
    """The text as JSON, with parties and clauses under their ids, and their order beside them."""
    said = agreement.model_dump(mode="json", by_alias=True, exclude_defaults=True)
    for name in ("parties", "clauses"):
        listed = said[name]
        said[name] = {each["id"]: each for each in listed}
        said[f"order of {name}"] = [each["id"] for each in listed]
    return said


def _differing(old: Any, new: Any, path: tuple[str, ...] = ()) -> Iterator[tuple[str, ...]]:
    """Paths of the fields that differ; a list is one field."""
    if old == new:
        return
    if not (isinstance(old, dict) and isinstance(new, dict)):
        yield path
        return
    for name in sorted({*old, *new}):
        was, becomes = old.get(name, _NOTHING), new.get(name, _NOTHING)
        if name.startswith("order of "):
            common = [each for each in was if each in becomes]
            if common != [each for each in becomes if each in was]:
                yield (*path, name)
        elif {type(was), type(becomes)} == {dict, object} and path and path[0] != "particulars":
            yield from _whole_or_parts(was, becomes, (*path, name))
        else:
            yield from _differing(was, becomes, (*path, name))


def _whole_or_parts(was: Any, becomes: Any, path: tuple[str, ...]) -> Iterator[tuple[str, ...]]:
    """A party or clause that is new or gone is one difference; else each of its fields."""
    if len(path) == 2 and path[0] in ("parties", "clauses"):
        yield path
        return
    yield from _differing(
        was if isinstance(was, dict) else {}, becomes if isinstance(becomes, dict) else {}, path
    )


def _list_of(path: tuple[str, ...], same: frozenset[str], *, told: bool) -> str:
    kind = _kind_of(path)
    if kind != "deciding":
        return kind
    if not told or (path[0] == "clauses" and path[1] in same):
        return "wording"
    return "deciding"


def _kind_of(path: tuple[str, ...]) -> str:
    match path:
        case ("order of parties",) | ("parties", _, "class_of"):
            return "wording"
        case (name,) if name in _DECIDING:
            return "deciding"
        case ("end", "on"):
            return "deciding"
        case ("clauses" | "parties", _):
            return "deciding"
        case ("parties", _, name, *_) if name in _DECIDING_OF_PARTY:
            return "deciding"
        case ("clauses", _, "basis", _, name, *_):
            if name in _WORDS_OF_BASIS:
                return "wording"
            return "deciding" if name in _DECIDING_OF_BASIS else "other"
        case ("clauses", _, name, *_) if name in _DECIDING_OF_CLAUSE:
            return "deciding"
        case (*_, name) if name in _WORDS:
            return "wording"
        case _:
            return "other"
