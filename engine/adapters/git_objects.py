"""Single objects of a repository, by the names git gives them."""

from typing import Final

from dulwich.objects import Blob, ObjectID
from dulwich.objects import Commit as GitCommit
from dulwich.repo import BaseRepo, Repo

from engine.canonical import escaped
from engine.errors import StorageError
from engine.ports_sync import Entry, Told

_LONGEST_LINE: Final = 200


def named(text: str) -> ObjectID:
    """The name git gives an object."""
    return ObjectID(text.encode("ascii"))


def commit(repository: BaseRepo, name: str) -> GitCommit:
    """Find a commit."""
    found = repository[named(name)]
    if not isinstance(found, GitCommit):
        raise StorageError(f"`{name[:12]}` is no commit of the register")
    return found


def content(repository: Repo, entry: Entry) -> bytes:
    """The bytes of a file."""
    found = repository[named(entry.id)]
    if not isinstance(found, Blob):
        raise StorageError(f"`{entry.id[:12]}` is no file of the register")
    return bytes(found.data)


def told(found: GitCommit) -> Told:
    """What a commit says of itself, each part on one short line."""
    author = found.author.decode("utf-8", "replace").partition(" <")[0]
    line = found.message.decode("utf-8", "replace").partition("\n")[0]
    return Told(
        commit=found.id.decode("ascii"),
        parents=tuple(each.decode("ascii") for each in found.parents),
        author=escaped(author[:_LONGEST_LINE]),
        at_s=found.author_time,
        message=escaped(line[:_LONGEST_LINE]),
    )
