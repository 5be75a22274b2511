"""What may follow a trust root, and who must have signed it."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

import pytest

from engine import canonical, jose, trust, trust_chain
from engine.errors import TrustError
from engine.keys import PrivateKey
from engine.trust import Role, RootKey, TrustedKey, TrustRoot
from engine.trust_changes import Changes
from tests.office import ISSUER, KEYS_FROM, KEYS_TO, LOG, ROOTS, key, rooted, trusted

NOW = KEYS_FROM + 100 * 86_400
DECISION = trusted("decision", Role.DECISION, "council", iss=ISSUER)
LOGS = trusted("log", Role.LOG, "council", origin=LOG)
PARTY = trusted("party-trust", Role.PARTY, "trust")
GONE = trusted("party-old", Role.PARTY, "trust", valid_to=NOW, revoked_from=NOW, reason="lost")
FIRST = rooted(1, [DECISION, LOGS, PARTY, GONE])
SUCCESSOR = trusted("decision-2", Role.DECISION, "council", iss=ISSUER, valid_from=NOW)
NEW_ROOT = RootKey(key("root-4").public, "harbour", "Harbour")
OTHER_ROOTS = tuple(RootKey(key(f"root-{n}").public, "harbour", "Harbour") for n in (4, 5, 6))
BY_TWO = ("root-1", "root-2")


def following(*keys: TrustedKey, **more: Any) -> TrustRoot:
    """The version after the first, with these keys in the place of, or beside, its own."""
    placed = {each.kid: each for each in keys}
    kept = [placed.pop(each.kid, each) for each in FIRST.keys]
    said: dict[str, Any] = {"version": 2, "issued": NOW, "previous_sha256": FIRST.sha256} | more
    return rooted(keys=[*kept, *placed.values()], **said)


def signed(document: bytes, *by: str) -> bytes:
    return trust_chain.write_signatures(trust_chain.sign(document, key(name)) for name in by)


def accepted(root: TrustRoot, *by: str) -> TrustRoot:
    document = trust.write(root)
    return trust_chain.accept(FIRST, document, signed(document, *by))


ROTATED = following(SUCCESSOR, replace(DECISION, valid_to=NOW + 86_400))


# ---- what is accepted

GOOD: Mapping[str, tuple[TrustRoot, tuple[str, ...]]] = {
    "a new key, signed by two of three": (ROTATED, BY_TWO),
    "signed by all three": (ROTATED, ("root-1", "root-2", "root-3")),
    "nothing changed": (following(), BY_TWO),
    "a key ended at the instant of the version": (following(replace(PARTY, valid_to=NOW)), BY_TWO),
    "a key revoked long ago": (
        following(replace(PARTY, revoked_from=KEYS_FROM, reason="found in a bin")),
        BY_TWO,
    ),
    "a revocation moved earlier": (following(replace(GONE, revoked_from=NOW - 5)), BY_TWO),
    "one root holder replaced": (
        following(root_keys=[*ROOTS[:2], NEW_ROOT]),
        BY_TWO,
    ),
    "two root holders replaced, signed by old and new": (
        following(root_keys=[ROOTS[0], *OTHER_ROOTS[:2]]),
        ("root-1", "root-2", "root-4"),
    ),
    "a threshold raised, and met": (following(threshold=3), ("root-1", "root-2", "root-3")),
    "a log with a new key beside the old for a while": (
        following(
            replace(LOGS, valid_to=NOW + 86_400),
            trusted("log-2", Role.LOG, "council", origin=LOG, valid_from=NOW),
        ),
        BY_TWO,
    ),
}


@pytest.mark.parametrize(("root", "by"), GOOD.values(), ids=GOOD)
def test_a_version_that_follows_is_accepted(root: TrustRoot, by: tuple[str, ...]) -> None:
    assert accepted(root, *by) == root


# ---- what is refused


def forged(change: Callable[[dict[str, Any]], object]) -> bytes:
    """The next version with its document changed, signed as it then stands."""
    document: Any = canonical.parse(trust.write(ROTATED))
    change(document)
    return canonical.encode(document)


def weak(x: str) -> bytes:
    """The next version with a root key that is no sound key."""

    def change(document: dict[str, Any]) -> None:
        document["root_keys"][2]["jwk"]["x"] = x

    return forged(change)


def signature(typ: str = "trust-root+jws", by: str = "root-2", **changes: Any) -> str:
    said: dict[str, Any] = {"ver": 1, "version": 2, "sha256": ROTATED.sha256} | changes
    return jose.sign_compact(canonical.encode(said), typ=typ, key=key(by))


def with_one(jws: str) -> bytes:
    """One good signature, and this one."""
    return trust_chain.write_signatures([trust_chain.sign(DOCUMENT, key("root-1")), jws])


def flipped(jws: str) -> str:
    return jws[:-10] + ("A" if jws[-10] != "A" else "B") + jws[-9:]


DOCUMENT = trust.write(ROTATED)
TWICE = [trust_chain.sign(DOCUMENT, key("root-1"))] * 2
SIGNATURES: Mapping[str, tuple[bytes, bytes, str]] = {
    "by nobody": (DOCUMENT, signed(DOCUMENT), "signed by 0 root keys of version 1; 2 must"),
    "by one of three": (DOCUMENT, signed(DOCUMENT, "root-1"), "signed by 1 root keys of version 1"),
    "by one, twice": (
        DOCUMENT,
        canonical.encode({"ver": 1, "signatures": [*TWICE]}),
        "signed by 1 root keys of version 1; 2 must",
    ),
    "by a stranger beside one": (
        DOCUMENT,
        signed(DOCUMENT, "root-1", "root-9"),
        "which is no root key",
    ),
    "by a listed key that is no root key": (
        DOCUMENT,
        signed(DOCUMENT, "root-1", "decision"),
        "which is no root key",
    ),
    "over another document": (
        DOCUMENT,
        signed(trust.write(following()), *BY_TWO),
        "signed another trust root than version 2",
    ),
    "over another version's number": (
        DOCUMENT,
        with_one(signature(version=3)),
        "signed another trust root",
    ),
    "of another kind of thing": (
        DOCUMENT,
        with_one(signature(typ="agreement-signature+jws")),
        "is not the signature of a trust root",
    ),
    "with a member more": (DOCUMENT, with_one(signature(said="well")), "`said` is not allowed"),
    "with a bit changed": (DOCUMENT, with_one(flipped(signature())), "signature"),
    "not canonical": (DOCUMENT, signed(DOCUMENT, *BY_TWO) + b"\n", "not in canonical form"),
    "that are no list": (DOCUMENT, b'{"signatures":7,"ver":1}', "is not a list"),
    "for a document changed by one byte": (
        DOCUMENT.replace(b"Council", b"Councel"),
        signed(DOCUMENT, *BY_TWO),
        "another `name`|signed another trust root",
    ),
}


@pytest.mark.parametrize(("document", "signatures", "said"), SIGNATURES.values(), ids=SIGNATURES)
def test_a_version_not_signed_as_it_must_be_is_refused(
    document: bytes, signatures: bytes, said: str
) -> None:
    with pytest.raises(TrustError, match=said):
        trust_chain.accept(FIRST, document, signatures)


THRESHOLDS: Mapping[str, tuple[TrustRoot, tuple[str, ...], str]] = {
    "by two old keys but too few new ones": (
        following(root_keys=[ROOTS[0], *OTHER_ROOTS[:2]]),
        BY_TWO,
        "signed by 1 root keys of its own; 2 must",
    ),
    "by two new keys but no old ones": (
        following(root_keys=OTHER_ROOTS),
        ("root-4", "root-5"),
        "signed by 0 root keys of version 1; 2 must",
    ),
    "by the old threshold where the new is higher": (
        following(threshold=3),
        BY_TWO,
        "signed by 2 root keys of its own; 3 must",
    ),
    "by the new threshold where the old is higher": (
        following(threshold=1),
        ("root-1",),
        "signed by 1 root keys of version 1; 2 must",
    ),
}


@pytest.mark.parametrize(("root", "by", "said"), THRESHOLDS.values(), ids=THRESHOLDS)
def test_old_and_new_root_keys_must_both_agree(
    root: TrustRoot, by: tuple[str, ...], said: str
) -> None:
    with pytest.raises(TrustError, match=said):
        accepted(root, *by)


def without(kid: str) -> TrustRoot:
    keys = [each for each in FIRST.keys if each.kid != kid]
    return rooted(2, keys, issued=NOW, previous_sha256=FIRST.sha256)


SUCCESSIONS: Mapping[str, tuple[TrustRoot, str]] = {
    "a version skipped": (following(version=3), "skips a version: 3 after 1"),
    "the same version again": (FIRST, "goes back: version 1 after 1"),
    "another version before": (following(previous_sha256="0" * 64), "another version 1 than yours"),
    "dated before": (following(issued=KEYS_FROM - 1), "dated before the version it follows"),
    "a key removed": (without(PARTY.kid), "of `trust` is no longer listed"),
    "a revoked key removed": (without(GONE.kid), "of `trust` is no longer listed"),
    "a key that begins earlier": (
        following(replace(PARTY, valid_from=KEYS_FROM - 1)),
        "another `valid_from`",
    ),
    "a key that begins later": (following(replace(PARTY, valid_from=NOW)), "another `valid_from`"),
    "a key that lasts longer": (
        following(replace(PARTY, valid_to=KEYS_TO + 1)),
        "speak for longer",
    ),
    "a key that lasts for ever": (following(replace(PARTY, valid_to=None)), "speak for longer"),
    "a key that ended before the version": (
        following(replace(PARTY, valid_to=NOW - 1)),
        "before this version was made",
    ),
    "a revocation lifted": (
        following(replace(GONE, revoked_from=None, reason=None)),
        "be revoked later",
    ),
    "a revocation put off": (following(replace(GONE, revoked_from=NOW + 1)), "be revoked later"),
    "a reason taken back": (following(replace(GONE, reason=None)), "for another reason"),
    "a reason changed": (following(replace(GONE, reason="stolen")), "for another reason"),
    "a key of another role": (
        following(trusted("party-trust", Role.DECISION, "trust", iss=ISSUER + "/2")),
        "another `role`",
    ),
    "a key of another owner": (following(replace(PARTY, owner="council")), "another `owner`"),
    "a key under another name": (following(replace(PARTY, name="Other")), "another `name`"),
    "a key for another issuer": (
        following(replace(DECISION, iss=ISSUER + "/2")),
        "another `iss`",
    ),
    "a key for another log": (following(replace(LOGS, origin=LOG + "/2")), "another `origin`"),
    "a new key dated back": (
        following(trusted("stranger", Role.PARTY, "harbour")),
        "is new and would speak from 2026-01-01T00:00:00Z, before version 2",
    ),
}


@pytest.mark.parametrize(("root", "said"), SUCCESSIONS.values(), ids=SUCCESSIONS)
def test_a_version_that_may_not_follow_is_refused_whoever_signed(
    root: TrustRoot, said: str
) -> None:
    with pytest.raises(TrustError, match=said):
        accepted(root, "root-1", "root-2", "root-3")


def test_a_version_rewound_is_refused() -> None:
    document = trust.write(FIRST)

    with pytest.raises(TrustError, match="goes back: version 1 after 2"):
        trust_chain.accept(ROTATED, document, signed(document, *BY_TWO))


MALFORMED: Mapping[str, tuple[bytes, str]] = {
    "a root key of small order": (
        weak("AQAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"),
        "small order",
    ),
    "a root key in a second spelling": (
        weak(canonical.b64url_encode((2**255 - 18).to_bytes(32, "little"))),
        "second spelling",
    ),
    "a root key that is not on the curve": (
        weak(canonical.b64url_encode((2).to_bytes(32, "little"))),
        "not a point of the curve",
    ),
    "a root key under another's thumbprint": (
        weak(canonical.b64url_encode(key("stranger").public.x)),
        "not the one its `kid` names",
    ),
    "a root key listed twice": (
        forged(lambda said: said["root_keys"].append(said["root_keys"][0])),
        "stands twice",
    ),
    "a root key that also signs records": (
        forged(lambda said: said["root_keys"].append(
            {name: said["keys"][0][name] for name in said["root_keys"][0]}
        )),
        "stands twice",
    ),
    "a threshold that cannot be met": (
        forged(lambda said: said.update(threshold=4)),
        "asks for 4 signatures and has 3 root keys",
    ),
    "a threshold of none": (forged(lambda said: said.update(threshold=0)), "`threshold` is below"),
    "another form": (forged(lambda said: said.update(ver=1)), "`ver` is not `2`"),
    "a second key for a log": (
        forged(lambda said: said["keys"].append(
            said["keys"][1] | {"kid": key("log-2").public.kid}
            | {"jwk": said["keys"][1]["jwk"] | {"x": key("log-2").public.to_jwk()["x"]}}
        )),
        "a log has one key, or two for at most 31 days",
    ),
}  # fmt: skip


@pytest.mark.parametrize(("document", "said"), MALFORMED.values(), ids=MALFORMED)
def test_a_malformed_version_is_refused(document: bytes, said: str) -> None:
    with pytest.raises(TrustError, match=said):
        trust_chain.accept(FIRST, document, trust_chain.write_signatures(()))


# ---- many versions


def register(*versions: tuple[TrustRoot, tuple[str, ...]]) -> dict[str, bytes]:
    """The files of these versions, each signed by these keys."""
    files = {}
    for root, by in versions:
        document = trust.write(root)
        files[trust_chain.document_name(root.version)] = document
        files[trust_chain.signatures_name(root.version)] = signed(document, *by)
    return files


THIRD = rooted(3, ROTATED.keys, issued=NOW + 1, previous_sha256=ROTATED.sha256)
CHAIN = ((FIRST, BY_TWO), (ROTATED, BY_TWO), (THIRD, BY_TWO))


def test_a_walk_takes_every_version_in_order() -> None:
    assert trust_chain.walk(FIRST, register(*CHAIN).get) == [ROTATED, THIRD]
    assert trust_chain.walk(THIRD, register(*CHAIN).get) == []


def test_a_walk_begins_with_a_first_version_that_signed_itself() -> None:
    document = trust.write(FIRST)

    assert trust_chain.first(document, signed(document, *BY_TWO)) == FIRST
    with pytest.raises(TrustError, match="signed by 1 root keys"):
        trust_chain.first(document, signed(document, "root-1"))
    with pytest.raises(TrustError, match="is version 2, not the first"):
        trust_chain.first(DOCUMENT, signed(DOCUMENT, *BY_TWO))


def test_a_version_that_waits_for_signatures_stops_a_walk() -> None:
    files = register(*CHAIN[:2], (THIRD, ("root-3",)))

    assert trust_chain.walk(FIRST, files.get) == [ROTATED]
    assert trust_chain.weigh(ROTATED, trust.write(THIRD), files["trust/3.signatures.json"]).signers


def test_a_version_without_signatures_beside_it_stops_a_walk() -> None:
    files = register(*CHAIN)
    del files["trust/3.signatures.json"]

    assert trust_chain.walk(FIRST, files.get) == [ROTATED]


WALKS: Mapping[str, tuple[TrustRoot, Mapping[str, bytes], str]] = {
    "over a version that is not signed": (
        FIRST,
        register((FIRST, BY_TWO), (ROTATED, ("root-1",)), (THIRD, BY_TWO)),
        "version 2 is signed by 1 root keys",
    ),
    "in a register put back": (THIRD, register(*CHAIN[:2]), "no longer holds version 3"),
    "in a register that was rewritten": (
        ROTATED,
        register((FIRST, BY_TWO), (following(), BY_TWO)),
        "another version 2 of the trust root than this office believes",
    ),
    "over a version that another hand signed": (
        FIRST,
        register((FIRST, BY_TWO), (ROTATED, ("root-1", "root-9"))),
        "which is no root key",
    ),
}


@pytest.mark.parametrize(("current", "files", "said"), WALKS.values(), ids=WALKS)
def test_a_walk_is_refused(current: TrustRoot, files: Mapping[str, bytes], said: str) -> None:
    with pytest.raises(TrustError, match=said):
        trust_chain.walk(current, files.get)


def test_a_file_of_an_accepted_version_is_settled() -> None:
    assert trust_chain.is_settled("trust/2.json", 2)
    assert trust_chain.is_settled("trust/2.signatures.json", 2)
    assert not trust_chain.is_settled("trust/3.json", 2)
    assert trust_chain.is_settled("agreements/x.yaml", 2)


# ---- words


def test_what_changes_is_said_in_words() -> None:
    root = following(
        SUCCESSOR,
        replace(DECISION, valid_to=NOW + 86_400),
        replace(PARTY, revoked_from=NOW, reason="found in a bin"),
        root_keys=[*ROOTS[:2], NEW_ROOT],
        threshold=1,
    )

    said = "\n".join(Changes.between(FIRST, root).sentences())

    for words in (
        f"signs records with a new key `{SUCCESSOR.kid}` from 2026-04-11",
        f"key `{DECISION.kid}` of `council`, which signs records, ends on 2026-04-12",
        f"key `{PARTY.kid}` of `trust`, which signs agreements, is revoked from 2026-04-11",
        "found in a bin",
        "Harbour (`harbour`) may sign trust roots",
        "(`regulator`) no longer signs trust roots",
        "1 root keys must sign from now on, where 2 had to",
    ):
        assert words in said


def test_a_signature_is_the_same_each_time() -> None:
    stranger = PrivateKey.generate(bytes(32))

    assert trust_chain.sign(DOCUMENT, stranger) == trust_chain.sign(DOCUMENT, stranger)
