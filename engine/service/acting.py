"""An agency's act about a version, put into the register and the log once it may be.

Promises that what is refused when an agency acts here is refused when it signed the
act elsewhere: out of turn, by a stranger, about another text, or long ago.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from agreements.errors import TransitionError
from agreements.lifecycle import Act, State, Step
from engine import act
from engine.act import Acted
from engine.bundle import SliceKey
from engine.errors import SignatureError
from engine.record import Kind
from engine.service.borne import ACTS, acts_on
from engine.service.filing import of_kind
from engine.service.intake import Taken, record_act, take_in
from engine.service.lifting import is_lifted, opened_by, step_of
from engine.service.premises import Premises
from engine.service.shelf import Shelf
from engine.service.signing import refuse_stranger
from engine.service.stand import Stand, instant, named, stand
from engine.verify_materials import CLOCK_SKEW_S


@dataclass(frozen=True, slots=True)
class Done:
    """One act of an agency, just done.

    Attributes:
        leads_to: Where the version stands now.
        once: What must also be so before the act has its effect; empty if it has it.
        from_: From when the act counts.
        to_come: What acts already on record will make of the version later, a sentence each.
        taken: Its record in the log; none of an act before publication.
        terms_sha256: Digest of the text it is about, in hex.
        changes_signed: Who signed that text, by the digest of the change each was shown.
    """

    agreement: str
    version: str
    act: Act
    party: str
    role: str
    said: str | None
    from_: datetime
    leads_to: State
    once: str
    to_come: tuple[str, ...]
    path: Path
    taken: Taken | None
    terms_sha256: str
    changes_signed: Mapping[str, tuple[str, ...]]


def refuse_out_of_turn(of: Stand, what: Act, who: str, iat: int) -> None:
    """Refuse an agency that has nothing to take back, or has left.

    Raises:
        TransitionError: It cannot do that any more, or not yet.
    """
    if what is Act.WITHDRAW and not any(each.party == who for each in of.signatures.valid):
        raise TransitionError(
            f"`{who}` has not signed {named(of.key)}", hint="there is nothing to take back"
        )
    if what in (Act.LEAVE, Act.END, Act.SUSPEND) and of.left.get(who, iat + 1) <= iat:
        raise TransitionError(
            f"`{who}` has left {named(of.key)}",
            hint="it is no longer a party to anything in it",
        )


def keep_act(
    premises: Premises, shelf: Shelf, of: Stand, leads_to: Step, done: Acted, jws: str
) -> Done:
    """Put an act that was checked into the register, and then into the log.

    Args:
        of: Where the version stood before.
    """
    name = f"{ACTS}/{of.key[0]}/{of.key[1]}/{done.file_name}"
    message = f"{of.key[0]} {of.key[1]}: {done.act} by {done.party}"
    premises.register.commit({name: jws.encode()}, message, premises.clock.now())
    taken = record_act(premises, shelf, done)
    return _done(premises, shelf, done, taken, leads_to)


def find_act(
    premises: Premises, shelf: Shelf, key: SliceKey, is_it: Callable[[Acted], bool]
) -> Done | None:
    """An act on a version that was done before, if it was; what the register alone has is taken in.

    Args:
        is_it: Knows the act that is looked for.
    """
    take_in(premises, shelf)
    found = next(filter(is_it, acts_on(premises.register, key, premises.trust())), None)
    if found is None:
        return None
    for entry, record in of_kind(premises, Kind.AGREEMENT_ACT):
        if record.payload["sha256"] == found.sha256:
            of = found.agreement, found.version
            taken = Taken(of, found.act, found.party, found.from_s, record.jti, entry.index)
            return _done(premises, shelf, found, taken, None)
    return None


def _done(
    premises: Premises, shelf: Shelf, done: Acted, taken: Taken, leads_to: Step | None
) -> Done:
    key = done.agreement, done.version
    after = stand(premises, shelf.current(), key)
    settled = leads_to is None or after.state is leads_to.to
    settled = settled or (done.act is Act.END and after.ends is not None)
    return Done(
        agreement=key[0],
        version=key[1],
        act=done.act,
        party=done.party,
        role=done.role,
        said=done.said,
        from_=instant(done.from_s),
        leads_to=after.state,
        once="" if settled or leads_to is None or is_lifted(done.act, after) else leads_to.once,
        to_come=after.to_come,
        path=premises.register.path(f"{ACTS}/{key[0]}/{key[1]}/{done.file_name}"),
        taken=taken,
        terms_sha256=after.terms_sha256,
        changes_signed=after.changes_signed,
    )


def take_act(premises: Premises, shelf: Shelf, of: Stand, done: Acted, jws: str) -> Done:
    """Take in an act that an agency signed with a key that is held elsewhere.

    Args:
        of: Where the version it is about stands.
        done: The act, its signature checked.

    Raises:
        ConcordatError: It could not have been done here, or was not signed just now.
    """
    leads_to = step_of(of, done.act)
    agreement, _ = of.proposed()
    if done.terms_sha256 != of.terms_sha256:
        raise SignatureError(
            f"`{done.party}` acted on another text of {named(of.key)} than this one",
            hint="an act counts for the text it names and for no other",
        )
    refuse_stranger(agreement, done.party, done.role)
    refuse_stale(premises, done.iat)
    refuse_out_of_turn(of, done.act, done.party, done.iat)
    if done.act is Act.RESUME and done.from_s < (opened := opened_by(of, done.party)):
        raise TransitionError(
            f"the resumption of {named(of.key)} is dated before its suspension",
            hint=f"date it {instant(opened):%Y-%m-%dT%H:%M:%SZ} or later",
        )
    return keep_act(premises, shelf, of, leads_to, done, jws)


def checked_act(premises: Premises, jws: str, party: str) -> Acted:
    """Check an act that an agency signed elsewhere.

    Raises:
        RecordError: It is not written as it must be.
        TrustError: The key is not the agency's, or did not speak for it then.
    """
    done = act.check(jws, premises.trust())
    if done.party != party:
        raise SignatureError(f"the act is that of `{done.party}`, not of `{party}`")
    return done


def refuse_stale(premises: Premises, iat: int) -> None:
    """Refuse what was not signed just now: nothing is dated back, and nothing ahead.

    Raises:
        SignatureError: It was signed too long ago, or is still to come; clocks may differ a little.
    """
    if abs(premises.now_s() - iat) > CLOCK_SKEW_S:
        raise SignatureError(
            f"it says that it was signed at {instant(iat):%Y-%m-%dT%H:%M:%SZ}, which is not now",
            hint="sign it and send it at once; check the clock of whoever signs",
        )
