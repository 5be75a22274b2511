"""git's list of what stands in the working folder, judged by git itself."""

import os
import random
from collections.abc import Callable
from pathlib import Path

import pytest
from dulwich.repo import Repo

from engine.adapters import git_index
from tests.service.sharing import git

NAMES = [
    *("a.b", "a-b", "a/b", "a/b.c", "a0", "ab/c/d", "ä", "z" * 200),
    *(f"published/agreement-{number:03}/{name}" for number in range(12) for name in ("m", "t")),
]


def listed(folder: Path) -> str:
    """What git reads there, all stages and every field; it refuses what is damaged or unsorted."""
    return git(folder, "ls-files", "--stage", "--debug")


def stage(folder: Path, *names: str) -> None:
    with Repo(str(folder)) as repository:
        git_index.stage(repository, names)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    git(tmp_path, "init", "--quiet", "register")
    return tmp_path / "register"


def put(folder: Path, name: str, data: bytes) -> None:
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(data)


@pytest.mark.parametrize("seed", range(8))
def test_it_is_the_list_that_git_would_have_written(folder: Path, seed: int) -> None:
    chance = random.Random(seed)
    index = folder / ".git" / "index"
    for step in range(6):
        changed = chance.sample(NAMES, chance.randrange(1, 12))
        for name in changed:
            if chance.random() < 0.3:
                (folder / name).unlink(missing_ok=True)
            else:
                put(folder, name, f"{seed} {step} {name}".encode())
                (folder / name).chmod(chance.choice([0o644, 0o755]))
        before = index.read_bytes() if index.exists() else b""
        written_ns = index.stat().st_mtime_ns if before else 0
        stage(folder, *changed)

        ours = listed(folder)
        index.unlink()
        if before:
            index.write_bytes(before)
            # As old as it was, or git takes a file that was changed in the same tick for unchanged.
            os.utime(index, ns=(written_ns, written_ns))
        git(folder, "add", "--all", "--", ".")
        assert ours == listed(folder)
        assert not git(folder, "diff-files", "--name-only")
        if step % 2:
            # Git writes extensions of its own, which name trees that are then no longer so.
            git(folder, "-c", "user.name=x", "-c", "user.email=x@y", "commit", "-qm", str(step))


def test_what_git_could_not_merge_is_one_entry_again(folder: Path) -> None:
    who = ("-c", "user.name=x", "-c", "user.email=x@y")
    for branch, text in (("one", "1"), ("two", "2")):
        git(folder, "checkout", "--quiet", "--orphan", branch)
        put(folder, "b", text.encode())
        git(folder, "add", "b")
        git(folder, *who, "commit", "-qm", branch)
    with pytest.raises(AssertionError):
        git(folder, *who, "merge", "--quiet", "--allow-unrelated-histories", "one")
    assert listed(folder).count("\tb\n") == 2
    put(folder, "b", b"3")

    stage(folder, "b")

    assert listed(folder).count("\tb\n") == 1
    assert not git(folder, "diff-files", "--name-only")


def version_four(folder: Path) -> None:
    git(folder, "update-index", "--index-version", "4")


def flagged(folder: Path) -> None:
    git(folder, "update-index", "--skip-worktree", "b")


@pytest.mark.parametrize("form", [version_four, flagged], ids=["names shortened", "flags beyond"])
def test_a_form_that_is_not_known_here_is_left_to_the_library(
    folder: Path, form: Callable[[Path], None]
) -> None:
    for name in ("b", "bc"):
        put(folder, name, name.encode())
    git(folder, "add", ".")
    form(folder)
    put(folder, "bcd", b"new")

    stage(folder, "bcd")

    assert [line.split("\t")[1] for line in git(folder, "ls-files", "-s").splitlines()] == [
        "b",
        "bc",
        "bcd",
    ]
    assert not git(folder, "diff-files", "--name-only")


def test_a_list_without_a_digest_is_read_and_a_damaged_one_never_written_anew(folder: Path) -> None:
    put(folder, "b", b"b")
    git(folder, "add", ".")
    index = folder / ".git" / "index"
    sound = index.read_bytes()
    index.write_bytes(sound[:-20] + bytes(20))
    put(folder, "c", b"c")
    stage(folder, "c")
    assert listed(folder).count("mtime") == 2

    whole = index.read_bytes()
    for place in range(0, len(whole) - 20, 7):
        damaged = bytearray(whole)
        damaged[place] ^= 0x55
        index.write_bytes(damaged)
        with pytest.raises(Exception):  # noqa: B017, PT011 -- The library's own, of many kinds.
            stage(folder, "c")
        assert index.read_bytes() == damaged


def test_a_name_longer_than_its_length_can_say(folder: Path) -> None:
    long = "/".join(["n" * 200] * 21)
    blob = git(folder, "hash-object", "-w", "--stdin", stdin=b"x").strip()
    git(folder, "update-index", "--add", "--cacheinfo", f"100644,{blob},{long}")
    put(folder, "a", b"a")
    put(folder, "z", b"z")

    stage(folder, "a", "z")

    assert git(folder, "ls-files").split() == ["a", long, "z"]


def test_a_link_or_a_folder_in_its_place_is_no_file(folder: Path) -> None:
    for name in ("b", "c"):
        put(folder, name, b"1")
    git(folder, "add", ".")
    (folder / "b").unlink()
    (folder / "b").symlink_to("c")
    (folder / "c").unlink()
    (folder / "c").mkdir()

    stage(folder, "b", "c")

    assert not listed(folder)
