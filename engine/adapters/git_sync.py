"""The history of a register: read at any commit, brought here, joined and offered.

Promises that fetching moves nothing of the register itself, and that a move to
another commit is finished the next time if it was cut short. A commit is read
without its files being written out. Plain git can read and continue all of it.
"""

import os
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import datetime
from typing import Final

from dulwich.objects import ObjectID
from dulwich.refs import Ref
from dulwich.repo import Repo

from engine.adapters import disk, git_history, git_index, git_remote, git_tree
from engine.adapters.git_objects import commit as find_commit
from engine.adapters.git_objects import content, named, told
from engine.adapters.git_register import GitRegister, faults_told
from engine.canonical import escaped
from engine.errors import NotFoundError
from engine.ports import Commit
from engine.ports_sync import Alteration, Entry, Step, Told

_REMOTE: Final = (b"remote", b"origin")
_SEEN: Final = Ref(b"refs/remotes/origin/main")
_ACCEPTED: Final = Ref(b"refs/concordat/accepted")
_MOVING: Final = "concordat.moving"


class GitSync(GitRegister):
    """A register that is shared with other offices by way of one git repository."""

    # ---- the place

    def address(self) -> str:
        return git_remote.shown(self._address())

    def _address(self) -> str:
        with self._open() as repository:
            try:
                return repository.get_config().get(_REMOTE, b"url").decode()
            except KeyError:
                return ""

    def share(self, address: str) -> None:
        whole = git_remote.whole_address(address, self.root)
        with self.locked(), self._open() as repository:
            settings = repository.get_config()
            settings.set(_REMOTE, b"url", whole.encode())
            settings.set(_REMOTE, b"fetch", b"+refs/heads/main:" + _SEEN)
            settings.write_to_path()

    def fetch(self) -> str | None:
        # Not locked: a place that answers slowly must not keep anybody here from signing.
        with self._open() as repository:
            newest = git_remote.fetch_pack(repository, self._address())
        if newest is not None:
            self._point(_SEEN, newest)
        return newest

    def push(self, commit: str) -> str:
        with self._open() as repository:
            refused = git_remote.push(repository, self._address(), named(commit))
        if not refused:
            self._point(_SEEN, commit)
            self._point(_ACCEPTED, commit)
        return refused

    def seen(self) -> str | None:
        return self._ref(_SEEN)

    def accepted(self) -> str | None:
        return self._ref(_ACCEPTED)

    def newest(self) -> str | None:
        return self._ref(git_remote.BRANCH)

    def accept(self, commit: str) -> None:
        self._point(_ACCEPTED, commit)

    def set_aside(self, commit: str) -> str:
        name = f"refs/concordat/aside/{commit[:12]}"
        self._point(Ref(name.encode()), commit)
        return name

    def _point(self, name: Ref, commit: str) -> None:
        with self.locked(), self._open() as repository:
            repository.refs[name] = named(commit)

    def _ref(self, name: Ref) -> str | None:
        with self._open() as repository:
            found = repository.refs.as_dict().get(name)
        return found.decode("ascii") if found else None

    # ---- history

    def read_at(self, commit: str, name: str) -> bytes:
        with self._open() as repository:
            entry = git_tree.entry_at(
                repository.object_store, find_commit(repository, commit).tree, name
            )
            if entry is None:
                raise NotFoundError(f"there is no file `{escaped(name)}` in {commit[:12]}")
            return content(repository, entry)

    def read_entry(self, entry: Entry) -> bytes:
        with self._open() as repository:
            return content(repository, entry)

    def files_at(self, commit: str) -> dict[str, Entry]:
        with self._open() as repository:
            tree = find_commit(repository, commit).tree
            return git_tree.files(repository.object_store, tree)

    def alterations(self, old: str | None, new: str) -> list[Alteration]:
        with self._open() as repository:
            before = find_commit(repository, old).tree if old else None
            return git_tree.alterations(
                repository.object_store, before, find_commit(repository, new).tree
            )

    def commits(self, since: str | None, until: str) -> list[Told]:
        with self._open() as repository:
            found = git_history.between(repository, named(since) if since else None, named(until))
            return [told(each) for each in found]

    def steps(self, since: str | None, until: str) -> Iterator[Step]:
        told = self.commits(since, until)
        with self._open() as repository:
            for each in told:
                tree = find_commit(repository, each.commit).tree
                for parent in each.parents or (None,):
                    before = find_commit(repository, parent).tree if parent else None
                    altered = git_tree.alterations(repository.object_store, before, tree)
                    yield Step(each, parent, altered)

    def told(self, commit: str) -> Told:
        with self._open() as repository:
            return told(find_commit(repository, commit))

    def descends(self, commit: str, ancestor: str) -> bool:
        with self._open() as repository:
            return git_history.descends(repository, named(commit), named(ancestor))

    def meeting(self, ours: str, theirs: str) -> str | None:
        with self._open() as repository:
            found = git_history.meeting(repository, named(ours), named(theirs))
        return found.decode("ascii") if found else None

    def refuse_malformed(self, since: str | None, until: str) -> None:
        with self._open() as repository:
            known: set[ObjectID] = set()
            for each in [*self.commits(since, until)]:
                commit = find_commit(repository, each.commit)
                git_tree.refuse_malformed(repository.object_store, commit, known)

    # ---- moving

    def forward(self, commit: str) -> None:
        with self.locked(), self._open() as repository:
            self._move(repository, named(commit))

    def join(
        self,
        parents: Sequence[str],
        changes: Mapping[str, bytes | Entry | None],
        message: str,
        now: datetime,
    ) -> Commit:
        with self.locked(), self._open() as repository:
            known = find_commit(repository, parents[0]).tree
            stamp = int(now.timestamp())
            made = git_tree.commit_of(
                git_tree.tree_with(repository.object_store, known, changes),
                [named(each) for each in parents],
                author=self.author,
                at_s=stamp,
                message=message,
            )
            repository.object_store.add_object(made)
            self._move(repository, made.id)
        return self.head()

    def finish(self) -> None:
        with self.locked():
            pass  # Whoever takes the lock finishes first what was cut short.

    @contextmanager
    def locked(self) -> Iterator[None]:
        with super().locked():
            self._finish()
            yield

    def _finish(self) -> None:
        journal = self.root / ".git" / _MOVING
        if not journal.exists():
            return
        old, new = disk.read_file(journal, max_bytes=128).split()
        with self._open() as repository:
            self._carry_out(repository, old, ObjectID(new))

    def _move(self, repository: Repo, new: ObjectID) -> None:
        old = repository.refs.as_dict().get(git_remote.BRANCH, b"-")
        # INVARIANT: what is under way is written down before the first file changes.
        disk.write_file(self.root / ".git" / _MOVING, old + b" " + new + b"\n")
        self._carry_out(repository, old, new)

    def _carry_out(self, repository: Repo, old: bytes, new: ObjectID) -> None:
        before = None if old == b"-" else find_commit(repository, old.decode()).tree
        after = find_commit(repository, new.decode()).tree
        altered = git_tree.alterations(repository.object_store, before, after)
        for each in altered:
            if before is None:
                self._write_anew(repository, each)
            else:
                self._place(repository, each)
        if before is None:
            os.sync()
        repository.refs[git_remote.BRANCH] = new
        git_index.stage(repository, [each.name for each in altered])
        (self.root / ".git" / _MOVING).unlink(missing_ok=True)
        disk.sync_folder(self.root / ".git")

    def _write_anew(self, repository: Repo, altered: Alteration) -> None:
        """Write one file of a register that is just being made; all are put on the disk at once."""
        if altered.after is not None:
            path = self.path(altered.name)
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(content(repository, altered.after))

    def _place(self, repository: Repo, altered: Alteration) -> None:
        """Write one file as it shall stand; what somebody wrote there meanwhile is kept beside."""
        path = self.path(altered.name)
        there = self.read(altered.name) if path.is_file() else None
        before, after = (
            content(repository, each) if each is not None else None
            for each in (altered.before, altered.after)
        )
        if there is not None and there not in (before, after):
            self.keep_beside(altered.name, there)
        if after is None:
            path.unlink(missing_ok=True)
        elif there != after:
            self.write(altered.name, after)

    def keep_beside(self, name: str, data: bytes) -> str:
        stem, dot, ending = name.rpartition(".")
        number = 1
        while True:
            kept_as = f"{stem}.mine{'' if number == 1 else f'-{number}'}{dot}{ending}"
            if not self.holds(kept_as):
                break
            if self.read(kept_as) == data:
                return kept_as
            number += 1
        exclude = self.root / ".git" / "info" / "exclude"
        said = exclude.read_text("utf-8") if exclude.is_file() else ""
        if f"/{kept_as}\n" not in said:
            exclude.parent.mkdir(exist_ok=True)
            disk.write_file(exclude, f"{said}/{kept_as}\n".encode())
        self.create(kept_as, data)
        return kept_as

    @contextmanager
    def _open(self) -> Iterator[Repo]:
        with faults_told(self.root), self.repository() as repository:
            yield repository
