"""Bad inputs at every door of the terminal: each is refused as its row says, and changes nothing.

The rows stand in `bad_inputs.yaml`; how each is made stands here, under the same name.
"""

import hashlib
import json
import re
import subprocess
from collections.abc import Callable, Collection
from dataclasses import replace
from pathlib import Path
from shutil import rmtree
from typing import Any

import pytest
from ruamel.yaml import YAML

from cli.main import main
from engine import canonical
from engine import trust as roots
from engine.trust import Role
from tests.api import test_bad_inputs as counter

ROWS: dict[str, Any] = YAML(typ="safe").load(Path(__file__).with_name("bad_inputs.yaml"))
AGREEMENT = "northshire-mash"
Run = Callable[..., tuple[int, str]]


@pytest.fixture
def run(office: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Run:
    """A command in an office of this test's own: how it ended, and all it said."""
    monkeypatch.chdir(office)
    monkeypatch.setenv("COLUMNS", "200")
    monkeypatch.setenv("NO_COLOR", "1")

    def ran(*words: str) -> tuple[int, str]:
        capsys.readouterr()
        code = int(main(list(words)))
        said = capsys.readouterr()
        assert "Traceback" not in said.err
        return code, said.out + said.err

    return ran


def digests(office: Path) -> dict[str, str]:
    """Everything that an office keeps, but for what readers of its database leave beside it."""
    return {
        str(path.relative_to(office)): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(office.rglob("*"))
        if path.is_file() and not path.name.endswith(("-wal", "-shm", ".lock"))
    }


def test_every_row_is_made_here_and_nothing_else() -> None:
    made: dict[str, Collection[str]] = {
        "agreement": TEXTS,
        "command": COMMANDS,
        "record": RECORDS,
        "key": KEYS,
        "register": REGISTERS,
        "taken": TAKEN,
    }
    assert {door: set(rows) for door, rows in made.items()} == {
        door: set(ROWS[door]) for door in made
    }
    of_the_counter = {*counter.SHARED, *counter.MISSHAPEN, *counter.UNSHOWN, *counter.KINDS}
    assert set(ROWS["counter"]) <= of_the_counter


# --- agreements


def first(pattern: str, new: str) -> Callable[[str], str]:
    """The text with something else in one place."""

    def changed(text: str) -> str:
        assert re.search(pattern, text, re.MULTILINE)
        return re.sub(pattern, lambda _: new, text, count=1, flags=re.MULTILINE)

    return changed


PARTY = r"^  - id: \S+"
QUOTE = 'x", action, resource); permit(principal, action, resource); //'
TEXTS: dict[str, Callable[[str], str]] = {
    "yaml-dupkey-top": lambda text: text + '\nversion: "2.0"\n',
    "yaml-norway": first(PARTY, "  - id: NO"),
    "yaml-alias-simple": lambda text: first(r"purposes: \[", "purposes: &a [")(text) + "\nmore: *a",
    "yaml-tag-python": first("^title: .*", "title: !!python/name:os.system ''"),
    "yaml-tab-indent": first("^    name:", "\tname:"),
    "yaml-depth-100": lambda text: f"{text}\ndeep: {'[' * 100}{']' * 100}\n",
    "yaml-empty-purposes": first(r"purposes: \[.*\]", "purposes: []"),
    "yaml-unknown-field": first("^review_due:", "reveiw_due:"),
    "yaml-dates-reversed": first("^in_force_from: .*", "in_force_from: 2099-01-01"),
    "yaml-grant-unknown-party": first(r"^    to: \[.*\]", "    to: [riverton-fire]"),
    "yaml-id-traversal": first("^id: .*", "id: ../../etc/passwd"),
    "yaml-cedar-quote": first(PARTY, f"  - id: '{QUOTE}'"),
    "yaml-utf16": lambda text: text,
}
TAKEN: dict[str, Callable[[str], str]] = {
    "ok-base": lambda text: text,
    "ok-crlf": lambda text: text.replace("\n", "\r\n"),
    "ok-comments": lambda text: "# One.\n\n" + text.replace("\nparties:", "\n\n# Two.\nparties:"),
    "ok-title-unicode": first("^title: .*", "title: Llŷn ac Ó Briain’s 🤝 agreement"),
    "ok-title-quotes": first("^title: .*", "title: 'The \"hub\" \\ // and what is in it'"),
}


def text_of(office: Path) -> str:
    return (office / f"register/agreements/{AGREEMENT}.yaml").read_text(encoding="utf-8")


@pytest.mark.parametrize("name", TEXTS)
def test_a_bad_text_is_no_agreement(run: Run, office: Path, tmp_path: Path, name: str) -> None:
    row = ROWS["agreement"][name]
    encoding = "utf-16" if name == "yaml-utf16" else "utf-8"
    bad = TEXTS[name](text_of(office)).encode(encoding)
    for path in (tmp_path / "bad.yaml", office / f"register/agreements/{AGREEMENT}.yaml"):
        path.write_bytes(bad)
    before = digests(office)

    code, said = run("check", str(tmp_path / "bad.yaml"))
    proposed, _ = run("propose", AGREEMENT)

    assert (code, row["says"] in said) == (row["ends"], True), said
    assert re.search(r"bad\.yaml(:\d+:\d+|` is not UTF-8)", said), said
    assert proposed in (row["ends"], 5)
    assert digests(office) == before


@pytest.mark.parametrize("name", TAKEN)
def test_a_text_that_is_merely_unusual_is_taken(
    run: Run, office: Path, tmp_path: Path, name: str
) -> None:
    (tmp_path / "odd.yaml").write_bytes(TAKEN[name](text_of(office)).encode())

    code, said = run("check", str(tmp_path / "odd.yaml"))

    assert code == 0, said


# --- commands

QUESTION = "questions/permit.json"
COMMANDS: dict[str, tuple[str, ...]] = {
    "cli-missing-file": ("check", "nothing.yaml"),
    "cli-nonutf8-arg": ("check", b"\xff\xfe".decode(errors="surrogateescape")),
    "cli-bad-date": ("log", "--at", "2026-13-01"),
    "cli-key-mode": ("ask", QUESTION),
}


@pytest.mark.parametrize("name", COMMANDS)
def test_a_bad_command_does_nothing(run: Run, office: Path, name: str) -> None:
    row = ROWS["command"][name]
    if name == "cli-key-mode":
        (office / "keys/decision.jwk").chmod(0o644)
    before = digests(office)

    code, said = run(*COMMANDS[name])

    assert (code, row["says"] in said) == (row["ends"], True), said
    assert digests(office) == before


# --- records

Bundle = dict[str, Any]


def header(**members: str) -> Callable[[Bundle], str]:
    def changed(bundle: Bundle) -> str:
        head, payload, signature = bundle["record"].split(".")
        said = canonical.parse(canonical.b64url_decode(head)) | members  # type: ignore[operator]
        spelt = canonical.b64url_encode(canonical.encode(said))
        return ".".join((spelt, payload, "" if members.get("alg") == "none" else signature))

    return changed


def signature(change: Callable[[bytearray], bytearray]) -> Callable[[Bundle], str]:
    def changed(bundle: Bundle) -> str:
        head, payload, signed = bundle["record"].split(".")
        other = bytes(change(bytearray(canonical.b64url_decode(signed))))
        return ".".join((head, payload, canonical.b64url_encode(other)))

    return changed


def flipped(data: bytearray, place: int = 10) -> bytearray:
    data[place] ^= 1
    return data


def another_purpose(bundle: Bundle) -> str:
    head, payload, signed = bundle["record"].split(".")
    said: Any = canonical.parse(canonical.b64url_decode(payload))
    spelt = canonical.b64url_encode(canonical.encode(said | {"purpose": "research"}))
    return ".".join((head, spelt, signed))


def line(number: int, change: Callable[[str], list[str]]) -> Callable[[Bundle], str]:
    """The proof of its place in the log with one line changed."""

    def changed(bundle: Bundle) -> str:
        lines = bundle["tlogProof"].split("\n")
        lines[number : number + 1] = change(lines[number])
        return "\n".join(lines)

    return changed


def other_hash(text: str) -> list[str]:
    return [canonical.b64_encode(bytes(flipped(bytearray(canonical.b64_decode(text)))))]


def root_line(bundle: Bundle) -> str:
    lines = bundle["tlogProof"].split("\n")
    place = lines.index("", 2) + 3
    lines[place : place + 1] = other_hash(lines[place])
    return "\n".join(lines)


RECORDS: dict[str, tuple[str, Callable[[Bundle], str]]] = {
    "rec-bitflip": ("record", signature(flipped)),
    "rec-alg-none": ("record", header(alg="none")),
    "rec-sig-trunc": ("record", signature(lambda data: data[:-1])),
    "rec-purpose-edit": ("record", another_purpose),
    "rec-incl-flip": ("tlogProof", line(2, other_hash)),
    "rec-incl-drop": ("tlogProof", line(2, lambda _: [])),
    "rec-cp-root-flip": ("tlogProof", root_line),
    "rec-jku": ("record", header(jku="https://elsewhere.example/keys")),
}


@pytest.mark.parametrize("name", RECORDS)
def test_a_bad_record_is_told_by_the_step_at_which_it_fails(
    run: Run, bundle: Path, trust: Path, tmp_path: Path, name: str
) -> None:
    row, (member, change) = ROWS["record"][name], RECORDS[name]
    said = json.loads(bundle.read_bytes())
    changed = said | {member: change(said)}
    assert changed != said
    (tmp_path / "bad.json").write_bytes(canonical.encode(changed))

    code, told = run("verify", str(tmp_path / "bad.json"), "--trust", str(trust))

    assert (code, row["says"] in told) == (row["ends"], True), told


def test_a_good_record_is_believed(run: Run, bundle: Path, trust: Path) -> None:
    assert run("verify", str(bundle), "--trust", str(trust))[0] == 0


# --- keys

KEYS: dict[str, dict[str, str] | None] = {
    "key-truncated-x": {
        "kty": "OKP",
        "crv": "Ed25519",
        "x": canonical.b64url_encode(bytes([3] * 31)),
    },
    "key-unknown-crv": {
        "kty": "OKP",
        "crv": "X25519",
        "x": canonical.b64url_encode(bytes([3] * 32)),
    },
    "key-expired": None,
}


@pytest.mark.parametrize("name", [name for name, key in KEYS.items() if key])
def test_a_bad_key_is_not_taken_in(run: Run, office: Path, tmp_path: Path, name: str) -> None:
    row, path = ROWS["key"][name], tmp_path / "bad.jwk"
    path.write_text(json.dumps(KEYS[name]), encoding="utf-8")
    before = digests(office)

    for command in (
        ("keys", "import", str(path), "--agency", "riverton"),
        ("clients", "add", "riverton", "--agency", "northshire-council", "--key", str(path)),
    ):
        code, said = run(*command)
        assert (code, row["says"] in said) == (row["ends"], True), said

    assert digests(office) == before


def test_a_key_whose_time_is_over_is_not_believed(
    run: Run, bundle: Path, trust: Path, tmp_path: Path
) -> None:
    row, root = ROWS["key"]["key-expired"], read_root(trust)
    keys = tuple(
        replace(each, valid_from=each.valid_from - 2, valid_to=each.valid_from - 1)
        if each.role is Role.DECISION
        else each
        for each in root.keys
    )
    (tmp_path / "trust.json").write_bytes(
        written(replace(root, version=root.version + 1, previous_sha256=root.sha256, keys=keys))
    )

    code, said = run("verify", str(bundle), "--trust", str(tmp_path / "trust.json"))

    assert (code, row["says"] in said) == (row["ends"], True), said


def read_root(path: Path) -> roots.TrustRoot:
    return roots.read(path.read_bytes())


def written(root: roots.TrustRoot) -> bytes:
    return roots.write(root)


# --- the register


def git(register: Path, *words: str) -> None:
    who = ("-c", "user.name=somebody", "-c", "user.email=somebody@example.org")
    subprocess.run(["git", "-C", str(register), *who, *words], check=True, capture_output=True)


def empty(register: Path) -> None:
    rmtree(register / ".git")
    git(register, "init", "--quiet")


def one_bad_file(register: Path) -> None:
    (register / "agreements/broken.yaml").write_text("a: [", encoding="utf-8")
    git(register, "add", ".")
    git(register, "commit", "--quiet", "-m", "broken")


REGISTERS: dict[str, Callable[[Path], None]] = {
    "repo-not-git": lambda register: rmtree(register / ".git"),
    "repo-empty": empty,
    "repo-missing-head": lambda register: git(register, "symbolic-ref", "HEAD", "refs/heads/none"),
    "repo-one-bad-file": one_bad_file,
}


@pytest.mark.parametrize("name", REGISTERS)
def test_a_bad_register_decides_nothing_that_was_not_agreed(
    run: Run, office: Path, name: str
) -> None:
    row = ROWS["register"][name]
    REGISTERS[name](office / "register")

    code, said = run("ask", QUESTION)

    assert (code, row["says"] in said) == (row["ends"], True), said
    if name == "repo-one-bad-file":
        code, said = run("check", "broken")
        assert (code, "line 1, column 5" in said) == (5, True), said
