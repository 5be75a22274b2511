"""The files of a commit, as git keeps them: listed, compared, and written anew.

Promises that the name of a file is shown even if it could be no file's here, so
that whoever looks can refuse it by name. Nothing is written outside the objects.
"""

import stat
from collections.abc import Mapping, Sequence
from typing import Any, Final, TypeAlias

from dulwich.diff_tree import tree_changes
from dulwich.errors import ObjectFormatException
from dulwich.object_store import BaseObjectStore, iter_tree_contents
from dulwich.objects import Blob, Commit, ObjectID, Tree

from engine.canonical import escaped
from engine.errors import StorageError
from engine.ports_sync import PLAIN_FILE, Alteration, Entry

_SUBMODULE: Final = 0o160000
Changes: TypeAlias = Mapping[str, bytes | Entry | None]


def files(store: BaseObjectStore, tree: ObjectID) -> dict[str, Entry]:
    """Every file of a tree, by name."""
    return {_name(each.path): _entry(each) for each in iter_tree_contents(store, tree)}


def entry_at(store: BaseObjectStore, tree: ObjectID, name: str) -> Entry | None:
    """The one file of that name in a tree; None if there is none."""
    mode, found = stat.S_IFDIR, tree
    for part in name.encode().split(b"/"):
        folder = store[found] if stat.S_ISDIR(mode) else None
        if not isinstance(folder, Tree) or part not in folder:
            return None
        mode, found = folder[part]
    return None if stat.S_ISDIR(mode) else Entry(mode, found.decode("ascii"))


def alterations(
    store: BaseObjectStore, before: ObjectID | None, after: ObjectID
) -> list[Alteration]:
    """What differs between two trees, by name."""
    found: dict[str, list[Entry | None]] = {}
    for each in tree_changes(store, before, after, change_type_same=True):
        for side, entry in ((0, each.old), (1, each.new)):
            if entry is not None and entry.path is not None:
                found.setdefault(_name(entry.path), [None, None])[side] = _entry(entry)
    return [Alteration(name, *sides) for name, sides in sorted(found.items())]


def refuse_malformed(store: BaseObjectStore, commit: Commit, known: set[ObjectID]) -> None:
    """Refuse a commit of which something is missing or is not as git writes it.

    Args:
        known: Trees and files that were looked at before; those of this commit are added.

    Raises:
        StorageError: The message names the object.
    """
    _refuse_misshapen(commit)
    waiting = [(commit.tree, stat.S_IFDIR)]
    while waiting:
        name, mode = waiting.pop()
        if name in known:
            continue
        known.add(name)
        if name not in store:
            raise StorageError(f"object `{name.decode()[:12]}` is missing from what was sent")
        found = store[name] if stat.S_ISDIR(mode) else None
        if isinstance(found, Tree):
            _refuse_misshapen(found)
            below = (each for each in found.iteritems() if each.mode != _SUBMODULE)
            waiting += [(each.sha, each.mode) for each in below]


def _refuse_misshapen(found: Commit | Tree) -> None:
    try:
        found.check()
    except ObjectFormatException as fault:
        said = escaped(str(fault)).lower()
        raise StorageError(f"object `{found.id.decode()[:12]}` is malformed: {said}") from fault


def tree_with(store: BaseObjectStore, tree: ObjectID | None, changes: Changes) -> ObjectID:
    """Write a tree that differs from another in some files; say which it is."""
    made = Tree()
    if tree is not None:
        for entry in store[tree].iteritems():  # type: ignore[attr-defined]  # A tree.
            made.add(entry.path, entry.mode, entry.sha)
    below: dict[str, dict[str, bytes | Entry | None]] = {}
    for name, change in changes.items():
        first, _, rest = name.partition("/")
        if rest:
            below.setdefault(first, {})[rest] = change
        else:
            _put(store, made, first.encode(), change)
    for name, inside in below.items():
        _put_folder(store, made, name.encode(), inside)
    store.add_object(made)
    return made.id


def commit_of(
    tree: ObjectID, parents: Sequence[ObjectID], *, author: bytes, at_s: int, message: str
) -> Commit:
    """Write down who made a tree of which others, and why; times are UTC."""
    made = Commit()
    made.tree = tree
    made.parents = list(parents)
    made.author = made.committer = author
    made.author_time = made.commit_time = at_s
    made.author_timezone = made.commit_timezone = 0
    made.message = message.encode()
    return made


def _put(store: BaseObjectStore, made: Tree, name: bytes, change: bytes | Entry | None) -> None:
    if isinstance(change, Entry):
        made.add(name, change.mode, ObjectID(change.id.encode()))
    elif change is not None:
        blob = Blob.from_string(change)
        store.add_object(blob)
        made.add(name, PLAIN_FILE, blob.id)
    elif name in made:
        del made[name]


def _put_folder(store: BaseObjectStore, made: Tree, name: bytes, inside: Changes) -> None:
    known = name in made and stat.S_ISDIR(made[name][0])
    folder = tree_with(store, made[name][1] if known else None, inside)
    if len(store[folder]):  # type: ignore[arg-type]  # A tree has a length.
        made.add(name, stat.S_IFDIR, folder)
    elif known:
        del made[name]


def _name(path: bytes) -> str:
    return path.decode("utf-8", "backslashreplace")


def _entry(found: Any) -> Entry:  # Any: two kinds of entry that say the same.
    return Entry(found.mode, found.sha.decode("ascii"))
