"""Whether what stands in a register is borne out: by keys, digests and the compiler.

Promises to believe no file for being there. Each text is the one its proposal
froze, each signature and act is that of the agency it names, and each published
version is what the signed text compiles to, with every seat filled. The first
thing that does not hold is raised, named by its file. Writes nothing.
"""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, Final

from agreements import document
from agreements.lifecycle import Act
from agreements.model import Agreement
from agreements.signatories import Seat
from engine import act, canonical, shape
from engine.act import Acted
from engine.bundle import Slice, SliceKey, cedar_text, make_slice
from engine.canonical import digest_hex
from engine.compile import Compiled, agencies_of, agreement_bytes
from engine.errors import BundleError, ConcordatError, KeyExpiredError
from engine.execution import Signature
from engine.law import Law
from engine.service.library import AGREEMENT, CLAUSES, FOR_PEOPLE, MANIFEST, folder_of
from engine.service.signing import (
    TEXT,
    Signatures,
    check_signature,
    effective_s,
    empty_seats,
    proposal_name,
    proposed,
    refuse_stranger,
    signature_name,
)
from engine.service.tree import Tree
from engine.trust import TrustRoot

PROPOSALS: Final = "proposals"
SIGNATURES: Final = "signatures"
ACTS: Final = "acts"
SIGNED_BY: Final = "signatures.json"
"""Which signatures a publication rests on: what comes later changes nothing about it."""

_BEFORE: Final = (Act.SEND_BACK, Act.WITHDRAW)
"""The acts on a version that is not published."""

_SIGNED_BY = shape.members(
    {
        "v": shape.one_of(1),
        "signatures": shape.listed(
            shape.members({"party": shape.IDENTIFIER, "role": shape.LINE, "sha256": shape.SHA256}),
            at_least=1,
        ),
    }
)


@dataclass(frozen=True, slots=True)
class Publication:
    """A published version, borne out.

    Attributes:
        signatures: Those it rests on.
        effective_s: From when it has effect, in seconds since 1970-01-01T00:00:00Z.
    """

    agreement: Agreement
    text: bytes
    signatures: tuple[Signature, ...]
    effective_s: int


@contextmanager
def in_file(name: str) -> Iterator[None]:
    """Say of whatever fails inside in which file of the register it stands."""
    try:
        yield
    except KeyExpiredError:
        raise
    except ConcordatError as fault:
        said = str(fault) if f"`{name}" in str(fault) else f"`{name}`: {fault}"
        raise type(fault)(said, hint=fault.hint) from fault


def versions(tree: Tree, top: str) -> list[SliceKey]:
    """Every version for which a folder stands below one of these, by id and number."""
    found = [(name, version) for name in tree.names(top) for version in tree.names(f"{top}/{name}")]
    return sorted(found, key=lambda key: (key[0], _number(key[1])))


def _number(version: str) -> tuple[int, ...]:
    parts = version.split(".")
    return tuple(int(part) for part in parts) if all(part.isdecimal() for part in parts) else (-1,)


def proposal(tree: Tree, key: SliceKey) -> tuple[Agreement, bytes]:
    """The text that was proposed as a version, in the words and in the one form.

    Raises:
        ConcordatError: There is none, or the two do not say the same.
    """
    found = proposed(tree, key)
    folder = proposal_name(key)
    if found is None:
        raise BundleError(
            f"`{folder}` holds no text: nobody proposed `{key[0]}` {key[1]}",
            hint="a text is signed once it is proposed: `concordat propose`",
        )
    with in_file(f"{folder}/{TEXT}"):
        said = document.parse(tree.read(f"{folder}/{TEXT}")).agreement
        if agreement_bytes(said) != found[1]:
            raise BundleError(
                f"`{folder}/{TEXT}` says something else than what is signed",
                hint="the two are written together, and never changed",
            )
    return found


def publication(tree: Tree, key: SliceKey, trust: TrustRoot) -> Publication:
    """Check whose signatures a published version rests on.

    Raises:
        ConcordatError: It is not the text that was proposed, a signature does not count,
            or a seat is empty.
    """
    agreement, text = proposal(tree, key)
    name = f"{folder_of(key)}/{AGREEMENT}"
    if tree.read(name) != text:
        raise BundleError(
            f"`{name}` is not the text that was proposed and signed",
            hint="compare it with the proposal; nobody signed this one",
        )
    found = tuple(_listed(tree, key, agreement, text, trust))
    empty = empty_seats(agreement, Signatures(found), 0)
    if empty:
        raise BundleError(
            f"`{folder_of(key)}` rests on too few signatures: {unsigned(empty)}",
            hint="a version binds nobody until each of its parties has signed it",
        )
    return Publication(agreement, text, found, effective_s(agreement, found))


def held_back(tree: Tree, key: SliceKey, trust: TrustRoot, law: Law) -> str:
    """Why a published version is not taken in and yet holds nobody up; empty otherwise.

    It rests on a signature by a key that was revoked by then, or was compiled under a law that
    this office does not decide by. Files are only ever added, so refusing the register for it
    would be refusing it for good.
    """
    under = _law_of(tree, key)
    if under not in ("", law.sha256):
        return (
            f"it was published under another law, `{under[:12]}…`, than this office decides by,"
            f" `{law.sha256[:12]}…`"
        )
    try:
        publication(tree, key, trust)
    except KeyExpiredError as fault:
        return f"it was signed with a revoked key: {fault}" if fault.revoked else ""
    except ConcordatError:
        return ""  # Whoever takes it in raises this, and names it.
    return ""


def _law_of(tree: Tree, key: SliceKey) -> str:
    """The digest of the law that a published version says it was compiled under; empty if none."""
    try:
        # Any: what is no digest names no law, and is refused by whoever takes it in.
        said: Any = canonical.parse_canonical(tree.read(f"{folder_of(key)}/{MANIFEST}"))
        shape.SHA256(said["law_sha256"], "law_sha256")
    except (ConcordatError, LookupError, TypeError):
        return ""
    return str(said["law_sha256"])


def unsigned(seats: Sequence[Seat]) -> str:
    """Say who has not signed."""
    return "; ".join(f"`{seat.agency}` has not signed as {seat.role}" for seat in seats)


def _listed(
    tree: Tree, key: SliceKey, agreement: Agreement, text: bytes, trust: TrustRoot
) -> Iterator[Signature]:
    name = f"{folder_of(key)}/{SIGNED_BY}"
    with in_file(name):
        # Any: the shape is checked in the next line, which mypy cannot see.
        listed: Any = canonical.parse_canonical(tree.read(name))
        _SIGNED_BY(listed, "")
        seats = [(each["party"], each["role"]) for each in listed["signatures"]]
        if seats != sorted(set(seats)):
            raise BundleError("its signatures are not sorted, or one is there twice")
    for each in listed["signatures"]:
        named = signature_name(key, each["party"], each["role"])
        with in_file(named):
            if digest_hex(tree.read(named)) != each["sha256"]:
                raise BundleError(f"`{named}` is not the signature that was counted")
            yield check_signature(tree, agreement, text, named.rpartition("/")[2], trust)


def compiled(tree: Tree, key: SliceKey, of: Publication, law: Law, found: Compiled) -> Slice:
    """Hold the published policies to those the signed text compiles to.

    Args:
        found: What this office's own compiler makes of the text.

    Raises:
        BundleError: They differ.
    """
    folder = folder_of(key)
    ours = Compiled(of.agreement, of.text, found.policies_json, agencies_of(of.agreement))
    each = make_slice(law, ours)
    files = (
        (CLAUSES, each.policies_json),
        (MANIFEST, each.manifest),
        (FOR_PEOPLE, cedar_text(found).encode()),
    )
    for name, made in files:
        if tree.read(f"{folder}/{name}") != made:
            raise BundleError(
                f"`{folder}/{name}` is not what this office compiles from the signed text",
                hint="compare the law and the version of concordat with those of whoever published",
            )
    return each


@dataclass(frozen=True, slots=True)
class Upon:
    """A version as acts on it are held to it.

    Attributes:
        published: Whether there is anything in it that can stop.
    """

    key: SliceKey
    agreement: Agreement
    terms_sha256: str
    published: bool


def upon(tree: Tree, key: SliceKey) -> Upon:
    """Read what acts on a version are held to.

    Raises:
        ConcordatError: Nobody proposed it, or what was proposed is not one text.
    """
    agreement, text = proposal(tree, key)
    return Upon(key, agreement, digest_hex(text), MANIFEST in tree.names(folder_of(key)))


def acted(tree: Tree, of: Upon, name: str, trust: TrustRoot) -> Acted:
    """Check one act on a version.

    Args:
        name: The file's name in the folder of that version's acts.

    Raises:
        KeyExpiredError: The key did not speak for the agency then: the act counts for nothing.
        ConcordatError: It is not that agency's act on this text.
    """
    file = f"{ACTS}/{of.key[0]}/{of.key[1]}/{name}"
    with in_file(file):
        jws = tree.read(file).decode("latin-1")
        found = act.check(jws, trust, terms_sha256=of.terms_sha256)
        if (found.agreement, found.version) != of.key or found.file_name != name:
            raise BundleError(
                f"it is `{found.file_name}`, on `{found.agreement}` {found.version}",
                hint="an act stands under its own name, with the version it names",
            )
        refuse_stranger(of.agreement, found.party, found.role)
        if found.act not in _BEFORE and not of.published:
            raise BundleError(
                f"`{of.key[0]}` {of.key[1]} is not published, so nothing in it can stop"
            )
    return found


def acts_on(tree: Tree, key: SliceKey, trust: TrustRoot) -> list[Acted]:
    """The acts on a version that count, by when they were signed.

    Raises:
        ConcordatError: One is not borne out.
    """
    names = tree.names(f"{ACTS}/{key[0]}/{key[1]}")
    if not names:
        return []
    of, found = upon(tree, key), []
    for name in names:
        try:
            found.append(acted(tree, of, name, trust))
        except KeyExpiredError:
            # Signed with a key that was no longer, or not yet, the agency's: it counts for
            # nothing, and cannot be removed either, so it holds nobody up.
            continue
    return sorted(found, key=lambda each: (each.iat, each.sha256))
