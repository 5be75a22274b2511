"""The register of an office: its files, and a git history of each change.

Promises that a commit holds exactly the files it was given beside those already
there. Ids of git locate a version; they are SHA-1 and prove nothing, so records
carry digests of their own. Runs no hook, and reads no settings but the register's.
"""

import fcntl
import os
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from datetime import datetime
from pathlib import Path
from typing import Final, Self

from dulwich import porcelain
from dulwich.errors import NotGitRepository
from dulwich.objects import ObjectID
from dulwich.refs import Ref
from dulwich.repo import Repo

from engine.adapters import git_index, git_tree
from engine.adapters.git_objects import commit, content
from engine.adapters.register_files import FileTree
from engine.canonical import escaped
from engine.errors import ConcordatError, StorageError
from engine.ports import Commit

_NOBODY: Final = b"concordat <concordat@localhost>"
_BRANCH: Final = b"main"
_MAIN: Final = Ref(b"refs/heads/main")
_LOCK: Final = "concordat.lock"


class GitRegister(FileTree):
    """A git repository of agreements, signatures and policies.

    Args:
        root: The folder it stands in.
        author: Who makes its commits, as git writes a person.
    """

    def __init__(self, root: Path, author: bytes = _NOBODY) -> None:
        super().__init__(root)
        self.author: Final = author

    @classmethod
    def make(cls, folder: Path, author: bytes = _NOBODY) -> Self:
        """Make an empty register."""
        with faults_told(folder):
            folder.mkdir()
            Repo.init(str(folder), default_branch=_BRANCH).close()
        return cls(folder, author)

    def commit(self, files: Mapping[str, bytes], message: str, now: datetime) -> Commit:
        with self.locked(), faults_told(self.root):
            for name, data in files.items():
                self.write(name, data)
            return self._commit(files, message, now)

    def remove(self, names: Sequence[str], message: str, now: datetime) -> Commit:
        with self.locked(), faults_told(self.root):
            for name in names:
                self.path(name).unlink(missing_ok=True)
            return self._commit(dict.fromkeys(names), message, now)

    def _commit(self, changes: Mapping[str, bytes | None], message: str, now: datetime) -> Commit:
        with self.repository() as repository:
            store, head = repository.object_store, _head(repository)
            # A commit writes what it changes, however much stands beside that.
            before = None if head is None else repository[head].tree  # type: ignore[attr-defined]
            tree = git_tree.tree_with(store, before, changes)
            if tree != before:
                made = git_tree.commit_of(
                    tree,
                    [] if head is None else [head],
                    author=self.author,
                    at_s=int(now.timestamp()),
                    message=message,
                )
                store.add_object(made)
                if not repository.refs.set_if_equals(_MAIN, head, made.id):
                    raise StorageError(
                        f"register `{self.root}` was changed by another program meanwhile",
                        hint="do it again",
                    )
            git_index.stage(repository, list(changes))
        return self.head()

    def head(self) -> Commit:
        with faults_told(self.root), self.repository() as repository:
            try:
                commit = repository.head()
            except KeyError as fault:
                raise StorageError(f"register `{self.root}` has no commit yet") from fault
            tree = repository[commit].tree  # type: ignore[attr-defined]  # A head is a commit.
            return Commit(commit.decode("ascii"), tree.decode("ascii"))

    def read_then(self, name: str, at_s: int) -> bytes | None:
        with faults_told(self.root), self.repository() as repository:
            tree = _tree_then(repository, at_s)
            store = repository.object_store
            found = None if tree is None else git_tree.entry_at(store, tree, name)
            return None if found is None else content(repository, found)

    def changed(self) -> list[str]:
        with faults_told(self.root), self.repository() as repository:
            status = porcelain.status(repository, untracked_files="all")
            staged = [name for names in status.staged.values() for name in names]
            found = [*staged, *status.unstaged, *status.untracked]
        return sorted({name if isinstance(name, str) else os.fsdecode(name) for name in found})

    @contextmanager
    def repository(self) -> Iterator[Repo]:
        """Open the repository, and close it again."""
        repository = Repo(str(self.root))
        repository.hooks.clear()
        try:
            yield repository
        finally:
            repository.close()

    @contextmanager
    def locked(self) -> Iterator[None]:
        """Let one program at a time commit; the lock goes with the program that held it."""
        with faults_told(self.root):
            descriptor = os.open(self.root / ".git" / _LOCK, os.O_CREAT | os.O_RDWR, 0o644)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX)
            # Left by a program that was killed: nobody else can hold it now.
            with suppress(FileNotFoundError):
                (self.root / ".git" / "index.lock").unlink()
            yield
        finally:
            os.close(descriptor)


def _head(repository: Repo) -> ObjectID | None:
    try:
        return repository.head()
    except KeyError:
        return None


def _tree_then(repository: Repo, at_s: int) -> ObjectID | None:
    """What the newest commit held at an instant; none if nothing had been committed.

    Of a commit that joined two lines, the line it went on from is followed.
    """
    name = _head(repository)
    while name is not None:
        each = commit(repository, name.decode("ascii"))
        if each.commit_time <= at_s:
            return ObjectID(each.tree)
        name = each.parents[0] if each.parents else None
    return None


def author_of(agency: str, name: str) -> bytes:
    """How git writes an agency that makes commits; the address is nobody's."""
    plain = "".join(each for each in name if each.isprintable() and each not in "<>").strip()
    return f"{plain or agency} <{agency}@concordat.invalid>".encode()


@contextmanager
def faults_told(folder: Path) -> Iterator[None]:
    """Turn whatever a damaged repository raises into one clear line."""
    try:
        yield
    except ConcordatError:
        raise
    except NotGitRepository as fault:
        raise StorageError(
            f"register `{folder}` is not a git repository",
            hint="restore it from a backup or from another copy of the register",
        ) from fault
    # git's own library raises errors of many kinds for a damaged repository.
    except Exception as fault:
        said = escaped(str(fault)).lower()
        raise StorageError(
            f"register `{folder}` cannot be used: {said}",
            hint=f"`git -C {folder} fsck` says more",
        ) from fault
