"""The counter at which applications ask.

Promises that an answer is given only once its record is durable, and that what
is explained is what would be decided. A consent on which the answer turns is looked
up while nobody else can append, so that no withdrawal that was recorded is missed.
Questions of many askers are answered by one bundle and kept together, yet what goes
wrong with one of them is told to its asker alone.
"""

from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import replace
from datetime import datetime
from functools import partial
from typing import Final

from engine import request
from engine.asking import Asking
from engine.decision_record import ENTROPY_BYTES, seal_decision
from engine.errors import ConcordatError, RequestError
from engine.explain import Explanation, explain
from engine.ports import Kept
from engine.record import Kind, Link, Stamp
from engine.request import Disclosure
from engine.service.consent_book import ConsentBook
from engine.service.facts import strangers
from engine.service.guards import Guards, UnheardError
from engine.service.narrowing import Narrowing, Permit
from engine.service.premises import Premises
from engine.service.series import Answered, NotReachedError, Pending, Put, Running, Series
from engine.service.settling import Settling
from engine.service.shelf import Shelf, Shelved
from engine.trust import Role

__all__ = ["Answered", "Desk", "Put", "Series"]

_TRIES: Final = 5


class _OvertakenError(Exception):
    """Somebody changed what is decided by, after it was read and before the record was kept."""


class Desk:
    """Answers whether a disclosure may be made.

    Args:
        guards: The services by which agencies apply rules of their own to permits.
    """

    def __init__(
        self, premises: Premises, shelf: Shelf, consents: ConsentBook, guards: Guards
    ) -> None:
        self._premises: Final = premises
        self._shelf: Final = shelf
        self._settling: Final = Settling(premises, consents)
        self._guards: Final = guards

    def ask(
        self,
        question: bytes,
        *,
        at: datetime | None = None,
        known_at: datetime | None = None,
        asking: Asking | None = None,
    ) -> Answered:
        """Answer a question, and keep the record of the answer first.

        Args:
            question: The proposed disclosure, as JSON.
            at: The instant asked about; now if none is given.
            known_at: Answer by what was known then; by what is known now if none is given.
            asking: Who asks; none at the terminal.

        Raises:
            RequestError: The question is malformed, or nobody knows yet what will be known then.
            StorageError: The record could not be kept, so there is no answer.
            TrustError: The office's key may not sign now.
        """
        (answer,) = self.ask_many([question], at=at, known_at=known_at, askings=[asking])
        if isinstance(answer, ConcordatError):
            raise answer
        return answer

    def ask_many(
        self,
        questions: Sequence[bytes],
        *,
        at: datetime | None = None,
        known_at: datetime | None = None,
        askings: Sequence[Asking | None] | None = None,
    ) -> list[Answered | ConcordatError]:
        """Answer questions by one bundle, and keep the records of all answers first, together.

        Args:
            questions: Proposed disclosures, as JSON; answered in that order.
            at: The instant asked about; now if none is given.
            known_at: Answer by what was known then; by what is known now if none is given.
            askings: For each question who asks it; nobody at the terminal.

        Returns:
            For each question its answer, or the error that `ask` would raise for it alone.

        Raises:
            RequestError: Nobody knows yet what will be known then.
            StorageError: The records could not be kept, so there is no answer to any.
        """
        parsed = [_parsed(each) for each in questions]
        named = askings or [None] * len(parsed)
        well_put = [
            Put(each, asking)
            for each, asking in zip(parsed, named, strict=True)
            if isinstance(each, Disclosure)
        ]
        (answered,) = self._answers([Series(well_put)], at, known_at) if well_put else ([],)
        # Whoever may wait for guards is never told to hear them elsewhere.
        answers = iter([] if isinstance(answered, UnheardError) else answered)
        return [next(answers) if isinstance(each, Disclosure) else each for each in parsed]

    def ask_together(
        self, several: Sequence[Series]
    ) -> list[list[Answered | ConcordatError] | UnheardError]:
        """Answer series of questions by one bundle, and keep the records of all answers together.

        Returns:
            For each series the answers to those of its questions that were asked, in order; each
            may be the error that `ask` would raise for it alone. Or what guards must be asked
            first: then nothing of that series is kept, nor is it refused.

        Raises:
            StorageError: The records could not be kept, so there is no answer to any.
        """
        return self._answers(several, None, None)

    def _answers(
        self, several: Sequence[Series], at: datetime | None, known_at: datetime | None
    ) -> list[list[Answered | ConcordatError] | UnheardError]:
        about_now = at is None and known_at is None
        narrowing = Narrowing(self._guards, about_now) if self._guards else None
        # Mostly nothing changed since the last questions, and each seal looks whether it did.
        shelved = self._shelf.held() if known_at is None else self._shelf.at(known_at)
        for _ in range(_TRIES - 1):
            with suppress(_OvertakenError):
                return self._answers_by(shelved, several, at, narrowing)
            shelved = self._shelf.at(known_at)
        return self._answers_by(shelved, several, at, narrowing)

    def _answers_by(
        self,
        shelved: Shelved,
        several: Sequence[Series],
        at: datetime | None,
        narrowing: Narrowing | None,
    ) -> list[list[Answered | ConcordatError] | UnheardError]:
        if narrowing is None:
            return [*self._kept(shelved, several, at, None)]
        unheard = [narrowing.hear_first(s, self._permits(shelved, s)) for s in several]
        heard = [series for series, waits in zip(several, unheard, strict=True) if waits is None]
        kept = iter(self._kept(shelved, heard, at, narrowing))
        return [next(kept) if waits is None else waits for waits in unheard]

    def _permits(self, shelved: Shelved, series: Series) -> Iterator[Permit]:
        """What of a series is permitted as things stand now, consent included."""
        for put in series.puts:
            if self._guards.concerns(put.asked.holder, put.asked.recipient):
                # What fails here fails again in its place, and is told there.
                with suppress(ConcordatError):
                    yield put.asked, self._settling.settle(shelved, put, None, None)[0]

    def _kept(
        self,
        shelved: Shelved,
        several: Sequence[Series],
        at: datetime | None,
        narrowing: Narrowing | None,
    ) -> list[list[Answered | ConcordatError]]:
        stamp = self._shelf.stamp()
        instant = self._settling.instant_beforehand(at)
        pending = [self._settled(shelved, each, instant, narrowing) for each in several]
        seals = [
            partial(self._seal, shelved, stamp, each, at, narrowing)
            for series in pending
            for each in series
        ]
        outcomes = iter(self._premises.records.append_many(seals))
        told = [[_told(shelved, each, next(outcomes)) for each in series] for series in pending]
        return [
            [each for each in series if not isinstance(each, NotReachedError)] for series in told
        ]

    def _settled(
        self,
        shelved: Shelved,
        several: Series,
        instant: datetime | None,
        narrowing: Narrowing | None,
    ) -> list[Pending]:
        """Decide in order whatever can be decided before anything is kept."""
        running = Running(several.stops)
        pending = [Pending(put, running) for put in several.puts]
        for place, each in enumerate(pending):
            each.settled = self._settling.beforehand(shelved, each.put, instant, narrowing)
            if each.ends_series():
                return pending[: place + 1]
        return pending

    def _seal(
        self,
        shelved: Shelved,
        stamp: Stamp,
        one: Pending,
        at: datetime | None,
        narrowing: Narrowing | None,
        link: Link,
    ) -> Kept:
        premises = self._premises
        if shelved.known_s is None and premises.records.last_change() != shelved.last_change:
            # INVARIANT: nobody else can append now, so what was suspended or published by now
            # is in the bundle that answers.
            raise _OvertakenError
        if one.series.ended:
            raise NotReachedError("an answer before it ended the series")
        # Until it is kept, so that one that cannot be is the last of its series too.
        one.series.ended = one.series.stops is not None
        if one.settled is None:
            # INVARIANT: nobody else can append now, so what is found of consent holds
            # until this record stands behind it.
            one.settled = self._settling.settle(shelved, one.put, at, narrowing)
        decision, facts = one.settled
        asked, asking = one.put.asked, one.put.asking
        jti, iat = premises.made_now()
        shelved.trust.key(stamp.key.public.kid, Role.DECISION).require_at(iat, "record")
        sealed = seal_decision(
            decision,
            asked,
            facts,
            shelved.bundle,
            stamp,
            link,
            jti=jti,
            iat=iat,
            entropy=premises.chance.draw(ENTROPY_BYTES),
            known_at=shelved.known_s,
            asking=asking,
            strangers=strangers(decision, asked, asking, shelved.statuses),
        )
        one.series.ended = one.ends_series()
        return Kept(sealed, Kind.DECISION.value, decision.outcome.value, iat)

    def explain(
        self,
        question: bytes | Disclosure,
        *,
        at: datetime | None = None,
        known_at: datetime | None = None,
        asking: Asking | None = None,
    ) -> Explanation:
        """Say what each category asked would have needed; nothing is recorded, no guard asked.

        Raises:
            RequestError: The question is malformed, or nobody knows yet what will be known then.
        """
        asked = question if isinstance(question, Disclosure) else request.parse(question)
        shelved = self._shelf.at(known_at)
        instant, facts = self._settling.looked_up(shelved, Put(asked, asking), at)
        explained = explain(shelved.bundle, asked, facts, instant)
        if not self._guards:
            return explained
        narrowing = Narrowing(self._guards, about_now=False)
        return replace(explained, decision=narrowing.narrowed(asked, explained.decision))


def _parsed(question: bytes) -> Disclosure | RequestError:
    try:
        return request.parse(question)
    except RequestError as fault:
        return fault


def _told(
    shelved: Shelved, one: Pending, outcome: tuple[int, Kept] | ConcordatError
) -> Answered | ConcordatError:
    if isinstance(outcome, ConcordatError):
        return outcome
    assert one.settled is not None  # noqa: S101 -- What was kept had been settled.
    index, kept = outcome
    sealed, decision, asking = kept.sealed, one.settled[0], one.put.asking
    return Answered(
        decision,
        one.put.asked,
        sealed.jti,
        index,
        sealed.jws,
        sealed.disclosures,
        bundle_sha256=shelved.bundle.sha256,
        known_s=shelved.known_s,
        use_by_s=kept.iat_s + asking.life_s if asking else None,
    )
