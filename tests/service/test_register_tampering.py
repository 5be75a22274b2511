"""Whatever is done to a shared register behind its offices' backs is refused, in its own words.

One good register is altered with plain git, in one way at a time. An office that had it pulls, and
a newcomer copies it as if it had always been so; neither takes over anything.
"""

import re
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from agreements import document
from agreements.lifecycle import Act
from engine import canonical, trust_chain
from engine.adapters.key_files import KeyFiles
from engine.compile import agreement_bytes
from engine.decide import Code
from engine.errors import ArrivalError
from engine.joining import join_register
from engine.service import Office
from tests.service.conftest import AGREEMENT, COUNCIL, TRUST, asked, write_text
from tests.service.insider import Insider
from tests.service.sharing import Shared, begin, copied, git

PROPOSED = f"proposals/{AGREEMENT}/1.0"
SIGNED = f"signatures/{AGREEMENT}/1.0"
PUBLISHED = f"policies/published/{AGREEMENT}/1.0"
ACTS = f"acts/{AGREEMENT}/1.0"
STATUTE = "policies/statute/consent.cedar"
BY_COUNCIL = f"{COUNCIL}.data-protection-officer.jws"
BY_TRUST = f"{TRUST}.caldicott-guardian.jws"


# ---- the good register: published, suspended and resumed, and the next version half signed


@pytest.fixture(scope="module")
def good(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Shared, Path]]:
    made = tmp_path_factory.mktemp("made")
    begin(made)
    folder = tmp_path_factory.mktemp("good")
    shared = copied(made, folder)
    shared.trust.lifecycle.act(Act.SUSPEND, AGREEMENT, said="looked into")
    shared.trust.lifecycle.act(Act.RESUME, AGREEMENT)
    words = shared.trust.premises.register.read(f"agreements/{AGREEMENT}.yaml").decode()
    write_text(shared.trust, words.replace('"1.0"', '"1.1"').replace("section 47", "s.47"))
    shared.trust.author.propose(AGREEMENT)
    shared.trust.author.sign(AGREEMENT, TRUST)
    shared.trust.sync.push()
    shared.council.sync.pull()
    yield shared, folder
    shared.close()


@pytest.fixture(scope="module")
def mirror(good: tuple[Shared, Path]) -> Path:
    """The good register once more, to put back what a case did."""
    shared, folder = good
    git(folder, "clone", "-q", "--mirror", str(shared.place), "mirror.git")
    return folder / "mirror.git"


@pytest.fixture
def insider(good: tuple[Shared, Path], mirror: Path, tmp_path: Path) -> Iterator[Insider]:
    shared, folder = good
    git(tmp_path, "clone", "-q", str(shared.place), "clone")
    keys = {COUNCIL: KeyFiles(folder / "council/keys"), TRUST: KeyFiles(folder / "trust/keys")}
    yield Insider(tmp_path / "clone", shared.place, keys)
    git(mirror, "push", "-q", "--mirror", str(shared.place))


def put_back(insider: Insider) -> None:
    insider.remove(f"{SIGNED}/{BY_COUNCIL}")
    insider.commit(push=False)
    git(insider.folder, "revert", "--no-edit", "HEAD")
    git(insider.folder, "push", "-q", "origin", "HEAD:main")


def rewritten(insider: Insider) -> None:
    git(insider.folder, "reset", "-q", "--hard", "HEAD~2")
    insider.write("README.md", b"another past\n")
    insider.commit()


def another(insider: Insider) -> None:
    git(insider.folder, "checkout", "-q", "--orphan", "new")
    insider.commit()


def dropped_by_merge(insider: Insider) -> None:
    first = git(insider.folder, "rev-list", "--max-parents=0", "HEAD").strip()
    git(insider.folder, "checkout", "-q", "-b", "old", first)
    insider.write("README.md", b"old\n")
    insider.commit(push=False)
    git(insider.folder, "merge", "-q", "-s", "ours", "-m", "merge", "main")
    git(insider.folder, "push", "-q", "origin", "HEAD:main")


def linked(insider: Insider) -> None:
    (insider.folder / "agreements/x.yaml").symlink_to("/etc/passwd")


def program(insider: Insider) -> None:
    insider.write("agreements/x.yaml", b"x\n")
    (insider.folder / "agreements/x.yaml").chmod(0o755)


def swapped(insider: Insider) -> None:
    insider.swap(f"{SIGNED}/{BY_COUNCIL}", f"{SIGNED}/{BY_TRUST}")


def softened(insider: Insider) -> None:
    insider.write(STATUTE, insider.read(STATUTE).replace(b"forbid", b"forbid "))


def republished(insider: Insider) -> None:
    insider.replace(f"{PUBLISHED}/policies.json", "social-worker", "midwife")
    manifest: Any = canonical.parse(insider.read(f"{PUBLISHED}/manifest.json"))
    for each in manifest["files"]:
        if each["path"] == "policies.json":
            data = insider.read(f"{PUBLISHED}/policies.json")
            each |= {"bytes": len(data), "sha256": canonical.digest_hex(data)}
    insider.write(f"{PUBLISHED}/manifest.json", canonical.encode(manifest))


def unlisted(document: dict[str, Any]) -> None:
    document["keys"] = [key for key in document["keys"] if key["owner"] != TRUST]


def reowned(document: dict[str, Any]) -> None:
    for key in document["keys"]:
        key["owner"] = COUNCIL


def longer(document: dict[str, Any]) -> None:
    for key in document["keys"]:
        key["valid_to"] += 1


def nothing(document: dict[str, Any]) -> None:
    pass


def skipped(insider: Insider) -> None:
    insider.follow(nothing)
    for name in ("3.json", "3.signatures.json"):
        insider.write(f"trust/{name.replace('3', '4')}", insider.read(f"trust/{name}"))
        (insider.folder / "trust" / name).unlink()


def overtaken(insider: Insider) -> None:
    insider.follow(nothing, signed_by=1)
    for name in ("3.json", "3.signatures.json"):
        insider.write(f"trust/{name.replace('3', '4')}", insider.read(f"trust/{name}"))


def replayed_root(insider: Insider) -> None:
    for name in ("1.json", "1.signatures.json"):
        insider.write(f"trust/{name.replace('1', '3')}", insider.read(f"trust/{name}"))


def replayed_signature(insider: Insider) -> None:
    name = f"signatures/{AGREEMENT}/1.1/{BY_COUNCIL}"
    insider.write(name, insider.read(f"{SIGNED}/{BY_COUNCIL}"))


def published_half_signed(insider: Insider) -> None:
    insider.publish("1.1")


def forged_signature(insider: Insider) -> None:
    name = f"signatures/{AGREEMENT}/1.1/{BY_COUNCIL}"
    insider.write(name, insider.sign(COUNCIL, "1.1", key=TRUST))


def copied_beside_published(insider: Insider) -> None:
    insider.write(f"{SIGNED}/{COUNCIL}.clerk.jws", insider.read(f"{SIGNED}/{BY_COUNCIL}"))


def stranger_signed_published(insider: Insider) -> None:
    insider.write(f"{SIGNED}/{COUNCIL}.clerk.jws", insider.sign(COUNCIL, "1.0", role="clerk"))


def stranger_signed(insider: Insider) -> None:
    name = f"signatures/{AGREEMENT}/1.1/{COUNCIL}.clerk.jws"
    insider.write(name, insider.sign(COUNCIL, "1.1", role="clerk"))


def dated_ahead(insider: Insider) -> None:
    ahead = int(datetime.now(UTC).timestamp()) + 86_400
    name = f"signatures/{AGREEMENT}/1.1/{BY_COUNCIL}"
    insider.write(name, insider.sign(COUNCIL, "1.1", iat=ahead))


def signed_before_its_key(insider: Insider) -> None:
    name = f"signatures/{AGREEMENT}/1.1/{BY_COUNCIL}"
    insider.write(name, insider.sign(COUNCIL, "1.1", iat=1_600_000_000))
    insider.publish("1.1")


def renumbered(insider: Insider) -> None:
    for name in ("agreement.json", "text.yaml"):
        insider.write(f"proposals/{AGREEMENT}/9.0/{name}", insider.read(f"{PROPOSED}/{name}"))


def hidden_file(insider: Insider) -> None:
    insider.write(".gitattributes", b"* text eol=crlf\n")


def late_party(insider: Insider) -> None:
    """The real case: the named party is replaced in the text that others had accepted."""
    for name in ("agreement.json", "text.yaml"):
        insider.replace(f"{PROPOSED}/{name}", "Northshire Council", "Northshire and Town Council")
    insider.publish()


def joined_later(insider: Insider) -> None:
    folder = f"proposals/{AGREEMENT}/1.1"
    text = insider.read(f"{folder}/text.yaml").decode()
    begin, _, rest = text.partition("parties:\n")
    party = (
        "  - id: northshire-police\n    name: Northshire Police\n    kind: police\n"
        "    capacity: controller\n"
    )
    insider.write(f"{folder}/text.yaml", f"{begin}parties:\n{party}{rest}".encode())
    read = document.parse(insider.read(f"{folder}/text.yaml")).agreement
    insider.write(f"{folder}/agreement.json", agreement_bytes(read))


def in_turn(*steps: Callable[[Insider], object]) -> Callable[[Insider], object]:
    def all_of_them(insider: Insider) -> None:
        for step in steps:
            step(insider)

    return all_of_them


def first_of(folder: str, part: str) -> Callable[[Insider], str]:
    return lambda insider: next(
        f"{folder}/{name}" for name in insider.names(folder) if part in name
    )


SUSPENSION = first_of(ACTS, "suspend")
CHANGED = "was changed after it was shared; Somebody committed that"

PULLED: dict[str, tuple[Callable[[Insider], object], str]] = {
    # what is made once
    "one byte of a signed text": (
        lambda on: on.flip(f"{PROPOSED}/agreement.json"),
        rf"`{PROPOSED}/agreement\.json` {CHANGED}",
    ),
    "one byte of the words of a signed text": (
        lambda on: on.flip(f"{PROPOSED}/text.yaml"),
        rf"`{PROPOSED}/text\.yaml` {CHANGED}",
    ),
    "a party renamed after others signed": (
        late_party,
        rf"`{PUBLISHED}/agreement\.json` {CHANGED}",
    ),
    "a party added after others signed": (
        joined_later,
        rf"`proposals/{AGREEMENT}/1\.1/agreement\.json` {CHANGED}",
    ),
    "two signatures swapped": (swapped, rf"`{SIGNED}/{BY_COUNCIL}` {CHANGED}"),
    "a signature dropped": (
        lambda on: on.remove(f"{SIGNED}/{BY_TRUST}"),
        rf"`{SIGNED}/{BY_TRUST}` was removed after it was shared",
    ),
    "a change put back by a later commit": (
        put_back,
        rf"`{SIGNED}/{BY_COUNCIL}` was removed after it was shared",
    ),
    "a merge that drops what one side had": (dropped_by_merge, "`acts/.*` was removed after"),
    "policies altered, the list of files made anew": (
        republished,
        rf"`{PUBLISHED}/manifest\.json` {CHANGED}",
    ),
    "a published version removed": (
        lambda on: on.remove(PUBLISHED),
        rf"`{PUBLISHED}/agreement\.json` was removed",
    ),
    "an act altered": (lambda on: on.flip(SUSPENSION(on)), rf"`{ACTS}/.*suspend.*` {CHANGED}"),
    "an act removed": (lambda on: on.remove(SUSPENSION(on)), rf"`{ACTS}/.*suspend.*` was removed"),
    # history
    "branch rewound": (
        lambda on: git(on.place, "update-ref", "refs/heads/main", "refs/heads/main~1"),
        "was put back to .* 1 newer commits, up to .* are gone",
    ),
    "history rewritten by force": (rewritten, "was rewritten: .* does not descend from"),
    "another register": (another, "is another one: .* has no history in common"),
    "everything gone": (
        lambda on: git(on.place, "update-ref", "-d", "refs/heads/main"),
        "lost all that was shared",
    ),
    # the law
    "a statute softened": (softened, rf"`{STATUTE}` is not the law this office knows; Somebody"),
    "a statute taken out": (lambda on: on.remove(STATUTE), rf"`{STATUTE}` is missing from the law"),
    "a statute put in": (
        lambda on: on.write("policies/statute/x.cedar", b"permit (principal, action, resource);"),
        r"`policies/statute/x\.cedar` is added to the law",
    ),
    "the law gone": (lambda on: on.remove("policies/concordat.cedarschema"), "is no register"),
    "a list of agencies nobody can rely on": (
        lambda on: on.write("agencies.yaml", b"agencies: nonsense\n"),
        r"`agencies\.yaml` cannot be relied on: .*; Somebody committed that",
    ),
    # the trust root
    "a believed trust root altered": (
        lambda on: on.flip("trust/1.json"),
        r"`trust/1\.json` was changed, though it was believed",
    ),
    "a believed trust root removed": (
        lambda on: on.remove("trust/2.json"),
        r"`trust/2\.json` was removed, though it was believed",
    ),
    "signatures under a trust root taken out": (
        lambda on: on.write("trust/2.signatures.json", trust_chain.write_signatures(())),
        r"`trust/2\.signatures\.json` was changed, though",
    ),
    "a version of the trust root skipped": (skipped, "version 3 of the trust root was left out"),
    "a trust root signed by too few, and one after it": (overtaken, "version 3.* signed by|lacks"),
    "an old trust root as a new one": (replayed_root, "trust root goes back: version 1 after 2"),
    "a key taken off the trust root": (lambda on: on.follow(unlisted), "is no longer listed"),
    "keys given to another agency": (lambda on: on.follow(reowned), "has another `owner`"),
    "keys that speak for longer": (lambda on: on.follow(longer), "would speak for longer"),
    # acts and signatures nobody made
    "an act by the key of another agency": (
        lambda on: on.do(Act.SUSPEND, TRUST, key=on.key(COUNCIL)),
        f"is that of `{COUNCIL}`, not of `{TRUST}`",
    ),
    "an act of an agency that has no part": (
        lambda on: on.do(Act.SUSPEND, "northshire-police"),
        "is that of .*, not of `northshire-police`",
    ),
    "an act about another text": (
        lambda on: on.do(Act.SUSPEND, COUNCIL, terms_sha256="0" * 64),
        "acted on another text",
    ),
    "an act by an office that does not sign": (
        lambda on: on.do(Act.SUSPEND, COUNCIL, role="clerk"),
        "`clerk` does not sign for",
    ),
    "an act under another name": (
        lambda on: on.do(Act.SUSPEND, COUNCIL, name="1-resume-x-000000000000.jws"),
        r"1-resume-x-000000000000\.jws.*it is `",
    ),
    "an act on a version that is not published": (
        lambda on: on.do(Act.LEAVE, COUNCIL, version="1.1", terms_sha256=on.terms("1.1")),
        r"1\.1 is not published",
    ),
    "an act on a text nobody proposed": (
        lambda on: on.do(Act.SUSPEND, COUNCIL, version="7.0"),
        r"nobody proposed `northshire-s47` 7\.0",
    ),
    "a signature of the version before": (replayed_signature, "signed another text"),
    "a signature by another agency's key": (
        forged_signature,
        f"is that of `{TRUST}`, not of `{COUNCIL}`",
    ),
    "a signature by an office that does not sign": (stranger_signed, "`clerk` does not sign for"),
    "a signature copied under an office that does not sign, beside a published version": (
        copied_beside_published,
        rf"`{SIGNED}/{COUNCIL}\.clerk\.jws`: it is that of `{COUNCIL}` as data-protection-officer",
    ),
    "a signature by an office that does not sign, beside a published version": (
        stranger_signed_published,
        rf"`{SIGNED}/{COUNCIL}\.clerk\.jws`: `clerk` does not sign for `{COUNCIL}`",
    ),
    "a signature dated ahead": (dated_ahead, r"is dated 86\d+ seconds ahead of this office"),
    "a version resting on a signature dated before its key": (
        signed_before_its_key,
        "spoke for .* from .*; the signature is dated 2020-09-13",
    ),
    "a version published half signed": (
        published_half_signed,
        f"rests on too few signatures: `{COUNCIL}` has not signed",
    ),
    "a proposal whose words say something else": (
        in_turn(
            lambda on: on.propose("1.2"),
            lambda on: on.replace(
                f"proposals/{AGREEMENT}/1.2/text.yaml", "social-worker", "midwife"
            ),
        ),
        "says something else than what is signed",
    ),
    "a proposal under another's number": (
        renumbered,
        "is not the text of `northshire-s47` 9.0",
    ),
    # files
    "a symbolic link": (linked, r"`agreements/x\.yaml` is a symbolic link"),
    "a program": (program, r"`agreements/x\.yaml` is marked as a program"),
    "a hidden file": (hidden_file, r"`\.gitattributes` cannot be the name of a file here"),
    "a giant text": (
        lambda on: on.write("agreements/x.yaml", bytes((1 << 20) + 1)),
        r"`agreements/x\.yaml` is 1,048,577 bytes long",
    ),
    "a giant file": (
        lambda on: on.write("x.bin", bytes((1 << 24) + 1)),
        r"`x\.bin` is 16,777,217 bytes long",
    ),
    "a file that has no place": (
        lambda on: on.write(f"acts/{AGREEMENT}/1.0/x.exe", b"x"),
        r"x\.exe` has no place in `acts`",
    ),
}

_BLOB = "e69de29bb2d1d6434b8b29ae775ad8c2e48c5391"
ENTRIES = {
    "a submodule": (f"160000 commit {'1' * 40}\tsub", "`sub` is another git repository"),
    "a path that climbs": (f"100644 blob {_BLOB}\t..", "malformed: invalid name"),
    "git's own folder": (f"100644 blob {_BLOB}\t.git", "malformed: invalid name"),
}


def refused(office: Office, said: str) -> None:
    """It is refused in those words, nothing moved, and the office decides as before."""
    register, records = office.premises.register, office.premises.records
    before = register.head(), records.head().size, office.premises.trust().version

    with pytest.raises(ArrivalError, match=said) as told:
        office.sync.pull()

    assert told.value.hint
    assert "\n" not in str(told.value)
    assert (register.head(), records.head().size, office.premises.trust().version) == before
    assert register.changed() == []
    kept = office.sync.report().refused
    assert kept is not None
    assert kept.message == str(told.value)
    assert office.desk.ask(asked()).decision.code is Code.PERMITTED


@pytest.mark.parametrize("case", PULLED)
def test_what_was_tampered_with_is_refused_by_an_office_that_had_it(
    good: tuple[Shared, Path], insider: Insider, case: str
) -> None:
    tamper, said = PULLED[case]
    tamper(insider)
    if git(insider.folder, "status", "--porcelain"):
        insider.commit()

    refused(good[0].council, said)


@pytest.mark.parametrize("case", ENTRIES)
def test_entries_that_git_would_not_stage_are_refused(
    good: tuple[Shared, Path], insider: Insider, case: str, tmp_path: Path
) -> None:
    entry, said = ENTRIES[case]
    git(insider.folder, "hash-object", "-w", "--stdin")
    there = git(insider.folder, "ls-tree", "HEAD")
    tree = raw_tree(insider, f"{there}{entry}")
    made = git(insider.folder, "commit-tree", tree, "-p", "HEAD", "-m", "odd").strip()
    git(insider.folder, "push", "-qf", "origin", f"{made}:main")

    refused(good[0].council, said)


def raw_tree(insider: Insider, listed: str) -> str:
    """Write a tree byte by byte, whatever its names are."""
    rows = []
    for line in listed.strip().split("\n"):
        about, name = line.split("\t")
        mode, _, digest = about.split()
        rows.append((name, mode.lstrip("0"), digest))
    data = b"".join(
        f"{mode} {name}".encode() + b"\0" + bytes.fromhex(digest)
        for name, mode, digest in sorted(rows, key=lambda row: row[0] + "/" * (row[1] == "40000"))
    )
    said = ("hash-object", "-w", "-t", "tree", "--literally", "--stdin")
    return git(insider.folder, *said, stdin=data).strip()


# ---- a newcomer, to whom it is shown as if it had always been so


def signed_again(insider: Insider) -> None:
    late_party(insider)
    insider.write(f"{SIGNED}/{BY_TRUST}", insider.sign(TRUST, "1.0", key=COUNCIL))
    insider.publish()


def dropped(insider: Insider) -> None:
    insider.remove(f"{SIGNED}/{BY_TRUST}")
    insider.publish()


def older(insider: Insider) -> None:
    for name in ("agreement.json", "text.yaml"):
        insider.write(f"proposals/{AGREEMENT}/1.1/{name}", insider.read(f"{PROPOSED}/{name}"))


SHOWN: dict[str, tuple[Callable[[Insider], object], str]] = {
    "one byte of a signed text": (
        lambda on: on.flip(f"{PROPOSED}/agreement.json"),
        r"agreement\.json` is (no agreement|not the text)",
    ),
    "a party renamed after others signed": (late_party, "signed another text"),
    "a renamed party, signed again by whoever renamed it": (
        signed_again,
        "is that of|signed another",
    ),
    "two signatures swapped": (in_turn(swapped, Insider.publish), "it is that of"),
    "a signature dropped": (dropped, f"too few signatures: `{TRUST}` has not signed"),
    "policies altered, the list of files made anew": (
        republished,
        "is not what this office compiles from the signed text",
    ),
    "policies shown to people altered": (
        lambda on: on.replace(f"{PUBLISHED}/policy.cedar", "social-worker", "midwife"),
        r"policy\.cedar` is not what this office compiles",
    ),
    "an older text as the next version": (older, r"is not the text of `northshire-s47` 1\.1"),
    "the trust root put back": (
        in_turn(
            lambda on: on.remove("trust/2.json"),
            lambda on: on.remove("trust/2.signatures.json"),
        ),
        "no longer holds version 2 of the trust root",
    ),
    "another trust root of that number": (
        lambda on: on.write("trust/2.json", on.read("trust/1.json")),
        "holds another version 2 of the trust root",
    ),
    "a statute softened": (softened, "is not the law this office knows"),
}


@pytest.mark.parametrize("case", SHOWN)
def test_what_was_tampered_with_is_refused_by_a_newcomer(
    good: tuple[Shared, Path], insider: Insider, case: str, tmp_path: Path
) -> None:
    tamper, said = SHOWN[case]
    git(insider.folder, "checkout", "-q", "--orphan", "new")
    tamper(insider)
    insider.commit()

    with pytest.raises(ArrivalError, match=said) as told:
        join_register(
            tmp_path / "office",
            str(insider.place),
            agency="northshire-police",
            name="Northshire Police",
            trust_root=good[0].council.premises.files.read("trust.json"),
            now=datetime.now(UTC),
        )

    assert told.value.hint
    assert [path.name for path in tmp_path.iterdir()] == ["clone"]


# ---- what may stand there and counts for nothing


def revoke(document: dict[str, Any]) -> None:
    for key in document["keys"]:
        if key["owner"] == TRUST and key["role"] == "party":
            # After all that the agency signed, however long that took; the act below comes later.
            later_s = int(datetime.now(UTC).timestamp()) + 2
            key |= {"revoked_from": later_s, "reason": "stolen"}


def test_an_act_by_a_revoked_key_counts_for_nothing(
    good: tuple[Shared, Path], tmp_path: Path
) -> None:
    shared = copied(good[1], tmp_path)
    git(tmp_path, "clone", "-q", str(shared.place), "clone")
    keys = {name: KeyFiles(office.folder / "keys") for name, office in
            ((COUNCIL, shared.council), (TRUST, shared.trust))}  # fmt: skip
    insider = Insider(tmp_path / "clone", shared.place, keys)
    insider.follow(revoke)
    insider.do(Act.SUSPEND, TRUST, iat=int(datetime.now(UTC).timestamp()) + 5)
    insider.commit()

    pulled = shared.council.sync.pull()

    assert pulled.trust_version == 3
    assert pulled.taken == ()
    assert shared.council.desk.ask(asked()).decision.code is Code.PERMITTED
    shared.close()


def test_a_trust_root_that_too_few_signed_is_not_believed_yet(
    good: tuple[Shared, Path], tmp_path: Path
) -> None:
    shared = copied(good[1], tmp_path)
    git(tmp_path, "clone", "-q", str(shared.place), "clone")
    insider = Insider(
        tmp_path / "clone", shared.place, {COUNCIL: KeyFiles(shared.council.folder / "keys")}
    )
    insider.follow(nothing, signed_by=1)
    insider.commit()

    assert shared.trust.sync.pull().trust_version == 2
    assert shared.trust.premises.trust().version == 2
    insider.follow(nothing, signed_by=2)
    insider.commit()
    assert shared.trust.sync.pull().trust_version == 3
    shared.close()


def test_each_refusal_has_its_own_words() -> None:
    said = [words for _, words in [*PULLED.values(), *ENTRIES.values(), *SHOWN.values()]]

    assert len(PULLED) + len(ENTRIES) + len(SHOWN) >= 30
    assert len({re.sub(r"\\", "", words) for words in said}) >= len(said) - 3
