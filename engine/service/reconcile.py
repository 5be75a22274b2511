"""Two histories of one register made into one, file by file.

Promises that whatever only one side touched stands as that side has it; that a
text both edited holds both edits if they are in different fields; and that else
theirs, which was shared first, stands, while ours is kept beside it, with word
of who changed which field and when. Nobody ever reads a mark of conflict.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from agreements import merging
from engine import trust_chain
from engine.errors import TrustError
from engine.ports_sync import Alteration, Entry, SharedRegister
from engine.service.history import ADD_ONLY
from engine.service.library import PUBLISHED

_VERSIONED: Final = ("proposals/", "signatures/", "acts/", f"{PUBLISHED}/")
_TRUST: Final = "trust/"
_SIGNATURES: Final = ".signatures.json"


@dataclass(frozen=True, slots=True)
class FieldChange:
    """One field that somebody else changed.

    Attributes:
        field: Its name for people, such as ``Purposes of clause 4.2``.
        by: The agency whose office made the change, as its commit says.
        at_s: When, in seconds since 1970-01-01T00:00:00Z.
        ours_too: Whether this office changed it as well.
    """

    field: str
    by: str
    at_s: int
    ours_too: bool


@dataclass(frozen=True, slots=True)
class Overtaken:
    """A text both sides edited where only one could stand: theirs does.

    Attributes:
        name: Where theirs stands.
        ours: What this office had written; None if it had removed the text.
        theirs: What they changed.
    """

    name: str
    ours: bytes | None
    theirs: tuple[FieldChange, ...]


@dataclass(frozen=True, slots=True)
class Reconciled:
    """What both histories come to.

    Attributes:
        outcome: Every file that either side touched, as it shall stand.
        merged: Texts that hold the edits of both.
        overtaken: Texts of which ours is to be kept beside theirs.
        dropped: Files of ours that were only ever to be added once, and that
            somebody else shared first with other content.
    """

    outcome: Mapping[str, bytes | Entry | None]
    merged: tuple[str, ...]
    overtaken: tuple[Overtaken, ...]
    dropped: tuple[str, ...]


def reconcile(shared: SharedRegister, base: str, ours: str, theirs: str) -> Reconciled:
    """Make one of two histories that parted.

    Args:
        base: The commit at which they parted.
        ours: Our newest commit.
        theirs: Their newest commit.
    """
    mine = {each.name: each for each in shared.alterations(base, ours)}
    their = {each.name: each for each in shared.alterations(base, theirs)}
    outcome: dict[str, bytes | Entry | None] = {name: each.after for name, each in mine.items()}
    outcome |= {name: each.after for name, each in their.items()}
    merged, overtaken = [], []
    both = [name for name in mine if name in their and mine[name].after != their[name].after]
    dropped = _dropped(mine, [name for name in both if name.startswith(ADD_ONLY)])
    for name in both:
        if name.startswith(ADD_ONLY):
            continue
        if name.startswith(_TRUST):
            text = _signed_by_both(shared, mine, their, name)
        else:
            text = _merged(shared, mine[name], their[name])
        if text is not None:
            outcome[name] = text
            merged.append(name)
        else:
            overtaken.append(_overtaken(shared, base, theirs, mine[name], their[name]))
    for name in dropped:
        outcome[name] = their[name].after if name in their else None
    return Reconciled(outcome, tuple(merged), tuple(overtaken), dropped)


def _dropped(mine: Mapping[str, Alteration], clashes: list[str]) -> tuple[str, ...]:
    """What of ours cannot stand: of a proposal all that rests on it, else the file alone."""
    found = set(clashes)
    for clash in clashes:
        if clash.startswith("proposals/"):
            version = "/".join(clash.split("/")[1:3]) + "/"
            found |= {
                name for name in mine for folder in _VERSIONED if name.startswith(folder + version)
            }
    return tuple(sorted(found))


def _signed_by_both(
    shared: SharedRegister,
    mine: Mapping[str, Alteration],
    their: Mapping[str, Alteration],
    name: str,
) -> bytes | None:
    """Signatures under one version of the trust root, given here and there at once."""
    document = name.removesuffix(_SIGNATURES) + ".json"
    versions = {each[document].after for each in (mine, their) if document in each}
    ours, theirs = mine[name].after, their[name].after
    if not name.endswith(_SIGNATURES) or len(versions) > 1 or ours is None or theirs is None:
        return None
    try:
        given = [trust_chain.read_signatures(shared.read_entry(each)) for each in (ours, theirs)]
    except TrustError:
        return None
    return trust_chain.write_signatures([*given[0], *given[1]])


def _merged(shared: SharedRegister, mine: Alteration, their: Alteration) -> bytes | None:
    texts = (mine.before, mine.after, their.after)
    if any(each is None for each in texts) or not mine.name.endswith(".yaml"):
        return None
    base, ours, theirs = (shared.read_entry(each) for each in texts if each is not None)
    return merging.merge(base, ours, theirs)


def _overtaken(
    shared: SharedRegister, base: str, theirs: str, mine: Alteration, their: Alteration
) -> Overtaken:
    before = _bytes(shared, mine.before)
    ours = _bytes(shared, mine.after)
    told = _last_changes(shared, base, theirs, mine.name)
    changed = merging.changed_fields(before, _bytes(shared, their.after))
    also = merging.changed_fields(before, ours)
    named = [name for name in changed if name in told] or list(told)
    changes = tuple(FieldChange(name, *told[name], ours_too=name in also) for name in named)
    return Overtaken(mine.name, ours, changes)


def _last_changes(
    shared: SharedRegister, base: str, theirs: str, name: str
) -> dict[str, tuple[str, int]]:
    """Who changed each field of one text last, and when, on their side."""
    found: dict[str, tuple[str, int]] = {}
    for told in shared.commits(base, theirs):
        if len(told.parents) != 1:
            continue  # A merge repeats what its parents changed.
        for each in shared.alterations(told.parents[0], told.commit):
            if each.name == name:
                before, after = _bytes(shared, each.before), _bytes(shared, each.after)
                fields = merging.changed_fields(before, after) or ("Text",)
                found |= dict.fromkeys(fields, (told.author, told.at_s))
    return found


def _bytes(shared: SharedRegister, entry: Entry | None) -> bytes | None:
    return None if entry is None else shared.read_entry(entry)
