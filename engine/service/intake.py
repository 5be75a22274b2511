"""What the register holds and the office's own log does not: verified, then written there.

Promises that nothing of the register has effect for being there: a published
version is activated only if each signature it rests on holds and its policies
are those that this office compiles from the signed text; an act counts only if
the agency's own key signed it. What is refused here is not in the log, and the
office goes on deciding by what it had.
"""

from collections.abc import Callable, Container, Mapping
from contextlib import suppress
from dataclasses import dataclass
from typing import Final, TypeAlias

from agreements import validate
from agreements.findings import Severity
from agreements.model import Agreement
from engine import jose
from engine.act import Acted
from engine.bundle import SliceKey, assemble
from engine.canonical import digest_hex
from engine.chronicle import effects_of
from engine.compile import Compiled, compile_agreement
from engine.errors import (
    ConcordatError,
    KeyExpiredError,
    SignatureError,
    TransitionError,
)
from engine.law import Law
from engine.ports import Kept
from engine.record import Kind, Link, read, seal_activation
from engine.service import borne, unborne
from engine.service.filing import file, of_kind
from engine.service.library import MANIFEST, PUBLISHED, folder_of
from engine.service.premises import Premises
from engine.service.shelf import Shelf, Shelved
from engine.trust import Role, TrustRoot
from engine.verify_materials import CLOCK_SKEW_S

Read: TypeAlias = Callable[[str], bytes]
"""The bytes of one file of a tree, by its name; raises NotFoundError if there is none."""

Names: TypeAlias = Callable[[str], list[str]]
"""What stands directly in a folder of a tree, sorted; nothing if there is no such folder."""

PUBLICATION: Final = "publish"


@dataclass(frozen=True, slots=True)
class Taken:
    """One thing that was taken in, and its record.

    Attributes:
        key: The agreement's id and version.
        what: `publish`, or the act: `suspend`, `leave` …
        party: The agency that acted; empty of a publication.
        from_s: From when it has effect, in seconds since 1970-01-01T00:00:00Z.
        jti: Its record.
        index: The record's place in the log.
    """

    key: SliceKey
    what: str
    party: str
    from_s: int
    jti: str
    index: int


@dataclass(frozen=True, slots=True)
class Pending:
    """What the register holds and the log does not.

    Attributes:
        published: Versions to be activated.
        acts: Files of acts, each with its version.
        held_back: Why a version is not taken in, and holds nobody up; by version.
    """

    published: tuple[SliceKey, ...]
    acts: tuple[tuple[SliceKey, str], ...]
    held_back: Mapping[SliceKey, str]


@dataclass(frozen=True, slots=True)
class _Given:
    """A tree given by the two functions that read it."""

    read: Read
    names: Names


def take_in(premises: Premises, shelf: Shelf) -> list[Taken]:
    """Verify whatever is new in the register, and write each into the office's own log.

    Stops at the first that does not hold; what came before it stands. A version that rests on
    a signature by a revoked key is left out, with the acts on it: it decides nothing here.

    Raises:
        ConcordatError: Something is not borne out; the message names it.
    """
    found_new = pending(premises, shelf)
    taken = [activate(premises, shelf, key) for key in found_new.published]
    for key, name in found_new.acts:
        try:
            of = borne.upon(premises.register, key)
            found = borne.acted(premises.register, of, name, premises.trust())
        except KeyExpiredError:
            continue  # It counts for nothing, as `borne.acts_on` says.
        taken.append(record_act(premises, shelf, found))
    return taken


def complete(premises: Premises, shelf: Shelf) -> None:
    """Take in what a crash left between the register and the log.

    What cannot be taken in changes nothing: the office opens, and decides by what it had.
    """
    with suppress(ConcordatError):
        take_in(premises, shelf)


def held_back(premises: Premises, shelved: Shelved) -> dict[SliceKey, str]:
    """Published versions that this office leaves out, each with the reason."""
    root, register, law = premises.trust(), premises.register, shelved.bundle.law
    waiting = _unactivated(premises, shelved)
    why = {key: borne.held_back(register, key, root, law) for key in waiting}
    return {key: said for key, said in why.items() if said}


def _unactivated(premises: Premises, shelved: Shelved) -> list[SliceKey]:
    register = premises.register
    return [
        key
        for key in borne.versions(register, PUBLISHED)
        if key not in shelved.activations and MANIFEST in register.names(folder_of(key))
    ]


def pending(premises: Premises, shelf: Shelf) -> Pending:
    """What the register holds and the log does not."""
    register, shelved = premises.register, shelf.current()
    held = held_back(premises, shelved)
    published = [key for key in _unactivated(premises, shelved) if key not in held]
    found = [
        (key, name)
        for key in borne.versions(register, borne.ACTS)
        if key not in held
        for name in register.names(f"{borne.ACTS}/{key[0]}/{key[1]}")
    ]
    known = _recorded(premises) if found else frozenset()
    acts = [
        (key, name)
        for key, name in found
        if digest_hex(register.read(f"{borne.ACTS}/{key[0]}/{key[1]}/{name}")) not in known
    ]
    return Pending(tuple(published), tuple(acts), held)


def refuse_unborne(
    read: Read, names: Names, trust: TrustRoot, law: Law, *, known: Container[str] = ()
) -> None:
    """Verify every proposal, signature, publication and act in a tree, and write nothing.

    Args:
        read: Reads a file of the tree.
        names: Lists a folder of the tree.
        trust: Whose key is whose.
        law: What published versions must have been compiled under.
        known: Folders ``policies/published/<id>/<version>`` that need no look: the
            office's own log has them, and their files have not changed.

    Raises:
        ConcordatError: Something is not borne out; the message names the file.
    """

    def compiler(agreement: Agreement) -> Compiled:
        return compile_agreement(agreement, law.vocabulary)

    unborne.refuse_unborne(_Given(read, names), trust, law, compiler, known)


def activate(premises: Premises, shelf: Shelf, key: SliceKey) -> Taken:
    """Verify one published version, and bring it into force here.

    Raises:
        ConcordatError: It is not borne out, or was activated meanwhile.
    """
    shelved, root, register = shelf.current(), premises.trust(), premises.register
    law = shelved.bundle.law
    of = borne.publication(register, key, root)
    for signature in of.signatures:
        _refuse_to_come(premises, signature.iat, f"signature of `{signature.party}`")
    made, _ = premises.compiler.compile(of.agreement, law)
    each = borne.compiled(register, key, of, law, made)
    bundle = assemble(law, [*shelved.bundle.slices.values(), each])
    stamp = premises.stamp(root)
    findings = validate.check(of.agreement, law.vocabulary)

    def seal(link: Link) -> Kept:
        # Nobody else can append now, so nothing can have changed since.
        if premises.records.last_change() != shelved.last_change:
            raise TransitionError(
                "another agreement was published meanwhile", hint="publish this one again"
            )
        jti, iat = premises.made_now()
        root.key(stamp.key.public.kid, Role.DECISION).require_at(iat, "record")
        sealed = seal_activation(
            each,
            of.signatures,
            bundle,
            stamp,
            link,
            jti=jti,
            iat=iat,
            accepted_findings=[one.rule for one in findings if one.severity is Severity.ERROR],
        )
        effects = effects_of(read(jose.split(sealed.jws)))
        return Kept(sealed, Kind.ACTIVATION.value, None, iat, effects)

    index, kept = premises.records.append(seal)
    shelf.forget()
    return Taken(key, PUBLICATION, "", of.effective_s, kept.sealed.jti, index)


def record_act(premises: Premises, shelf: Shelf, found: Acted) -> Taken:
    """Write an act that was verified into the log.

    Raises:
        TransitionError: It is there already.
    """
    _refuse_to_come(premises, found.iat, f"`{found.act}` of `{found.party}`")

    def refuse() -> None:
        if found.sha256 in _recorded(premises):
            raise TransitionError("the act was recorded meanwhile", hint="nothing needs to be done")

    index, jti = file(
        premises,
        shelf,
        Kind.AGREEMENT_ACT,
        {
            "agreement": {
                "id": found.agreement,
                "version": found.version,
                "terms_sha256": found.terms_sha256,
            },
            "act": found.act.value,
            "party": found.party,
            "role": found.role,
            "from": found.from_s,
            "signed": found.iat,
            "kid": found.kid,
            "sha256": found.sha256,
            "said": found.said,
        },
        {},
        refuse=refuse,
    )
    shelf.forget()
    key = found.agreement, found.version
    return Taken(key, found.act.value, found.party, found.from_s, jti, index)


def _refuse_to_come(premises: Premises, iat: int, what: str) -> None:
    """Refuse what says it was signed after now; clocks may differ a little."""
    if iat > premises.now_s() + CLOCK_SKEW_S:
        raise SignatureError(
            f"{what} is dated {iat - premises.now_s()} seconds ahead of this office's clock",
            hint="check the clock here first, then ask whoever signed",
        )


def _recorded(premises: Premises) -> frozenset[str]:
    """Digests of the acts that the log has."""
    return frozenset(
        record.payload["sha256"] for _, record in of_kind(premises, Kind.AGREEMENT_ACT)
    )
