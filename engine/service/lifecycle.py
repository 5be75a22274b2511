"""What an agency does about a version: sends it back, suspends it, leaves it, ends it.

Promises that whatever is done stands in the register as a file that is only ever
added, signed by the agency that did it, and that what changes decisions is in
the log before it is said to be done. What is possible in which state is
`agreements.lifecycle`'s; nothing here decides it.
"""

from dataclasses import replace
from datetime import datetime
from typing import Final

from agreements import document
from agreements.document import Document
from agreements.lifecycle import Act, State
from agreements.values import epoch_s
from engine import act
from engine.act import Acted
from engine.bundle import SliceKey
from engine.canonical import escaped
from engine.errors import NotFoundError, RecordError, RequestError
from engine.record import Kind
from engine.service.accession import Acceded, accede
from engine.service.acting import Done, keep_act, refuse_out_of_turn, take_act
from engine.service.borne import PROPOSALS, versions
from engine.service.filing import of_kind
from engine.service.library import PUBLISHED
from engine.service.lifting import opened_by, step_of
from engine.service.premises import PARTY_KEY, Premises
from engine.service.proposing import Drafts
from engine.service.shelf import Shelf
from engine.service.signing import TEXT, office_of, proposal_name, refuse_stranger
from engine.service.stand import (
    Stand,
    instant,
    later_that_day,
    open_proposals,
    published_state,
    running,
    stand,
)


class Lifecycle:
    """Does what agencies do about versions, each for itself."""

    def __init__(self, premises: Premises, shelf: Shelf, drafts: Drafts) -> None:
        self._premises: Final = premises
        self._shelf: Final = shelf
        self._drafts: Final = drafts

    def act(
        self,
        what: Act,
        agreement_id: str,
        *,
        party: str | None = None,
        role: str | None = None,
        said: str | None = None,
        from_: datetime | None = None,
        version: str | None = None,
    ) -> Done:
        """Do something about a version for one of its agencies.

        Args:
            what: One of `agreements.lifecycle.BY_A_PARTY`.
            party: The agency that acts; that of this office if none is given.
            role: The office of whoever acts; the first that signs for it if none is given.
            said: Why, in one line; a question or a suspension needs it.
            from_: From when it counts; now if nothing is given.
            version: Which one; else the one that is open for signature, or in force.

        Raises:
            AgreementError: The agency has no part in it, or the office may not act.
            TransitionError: The version is in no state for it.
            RequestError: It says nothing where it must, or is dated back.
        """
        premises = self._premises
        who = party or premises.settings.agency
        of = self.concerned(what, agreement_id, version)
        leads_to = step_of(of, what)
        agreement, _ = of.proposed()
        acting_as = role or office_of(agreement, who)
        refuse_stranger(agreement, who, acting_as)
        iat = premises.now_s()
        from_s = iat if from_ is None else epoch_s(from_)
        refuse_out_of_turn(of, what, who, iat)
        if what is Act.RESUME:
            from_s = max(from_s, opened_by(of, who))
        key = premises.keys.read(f"{PARTY_KEY}{who}")
        premises.trust().party_key(key.public.kid, who, iat)
        try:
            jws = act.perform(
                what,
                of.terms_sha256,
                *of.key,
                party=who,
                role=acting_as,
                from_s=from_s,
                iat=iat,
                said=said,
                key=key,
            )
        except RecordError as fault:
            raise RequestError(str(fault), hint=fault.hint) from fault
        done = act.check(jws, premises.trust())
        return keep_act(premises, self._shelf, of, leads_to, done, jws)

    def take(self, done: Acted, jws: str) -> Done:
        """Take in an act that an agency signed just now, with a key that is held elsewhere.

        Args:
            done: The act, as `engine.service.acting.checked_act` found it.

        Raises:
            NotFoundError: There is no such version.
            ConcordatError: It could not have been done here.
        """
        of = self._named(done.agreement, done.version)
        return take_act(self._premises, self._shelf, of, done, jws)

    def accede(
        self, agreement_id: str, agency: str, *, name: str, kind: str, class_: str | None = None
    ) -> Acceded:
        """Write a party into a text, as a version that all then sign."""
        return accede(
            self._premises,
            self._shelf,
            self._drafts,
            agreement_id,
            agency,
            name=name,
            kind=kind,
            class_=class_,
        )

    def versions(
        self, agreement_id: str, *, at: datetime | None = None, known_at: datetime | None = None
    ) -> list[Stand]:
        """Where each version of an agreement stands, the newest last; a draft is one as well.

        Args:
            at: Say where published versions stand at this instant; now if none is given.
            known_at: By what was on record then; texts not published by then are left out.

        Raises:
            NotFoundError: The office has no such agreement.
            RequestError: Nobody knows yet what will be known then.
        """
        if known_at is not None or at is not None:
            return self._versions_then(agreement_id, at, known_at)
        register = self._premises.register
        keys = {
            key: None
            for key in (*versions(register, PROPOSALS), *versions(register, PUBLISHED))
            if key[0] == agreement_id
        }
        draft = self._drafts(agreement_id).agreement
        found = [self.stand(key) for key in (*keys, (draft.id, draft.version))]
        unique = {each.key: each for each in found}
        return sorted(unique.values(), key=lambda each: tuple(map(int, each.key[1].split("."))))

    def _versions_then(
        self, agreement_id: str, at: datetime | None, known_at: datetime | None
    ) -> list[Stand]:
        shelved, at_s = self._shelf.at(known_at), self._premises.now_s()
        recorded = of_kind(self._premises, Kind.AGREEMENT_ACT, known_at=known_at)
        known = {record.payload["sha256"] for _, record in recorded}
        found = []
        for each in sorted(
            shelved.bundle.versions.get(agreement_id, ()), key=lambda each: each.version
        ):
            then_s = at_s if at is None else epoch_s(at)
            then = stand(self._premises, shelved, each.key, at_s=then_s)
            acts = tuple(done for done in then.acts if done.sha256 in known)
            found.append(replace(then, acts=acts))
        if not found:
            raise NotFoundError(
                f"no version of `{escaped(agreement_id)}` was published by then",
                hint="without `--at` and `--known-at` drafts and proposals are shown as well",
            )
        return found

    def text_at(
        self, agreement_id: str, *, at: datetime | None = None, known_at: datetime | None = None
    ) -> Document:
        """The text by which an agreement decides, or decided.

        Args:
            at: The instant; now if none is given.
            known_at: By what was on record then.

        Raises:
            NotFoundError: No version of it was in force then, or known to be.
        """
        shelved = self._shelf.at(known_at)
        at_s = self._premises.now_s() if at is None else epoch_s(at)
        for each in shelved.bundle.versions.get(agreement_id, ()):
            if published_state(shelved, each.key, at_s) in (State.IN_FORCE, State.OVERDUE):
                name = f"{proposal_name(each.key)}/{TEXT}"
                return document.parse(self._premises.register.read(name))
        raise NotFoundError(
            f"no version of `{escaped(agreement_id)}` was in force at"
            f" {instant(at_s):%Y-%m-%dT%H:%M:%SZ}",
            hint=later_that_day(shelved, agreement_id, at_s)
            or "`concordat status ID` shows each version and where it stands",
        )

    def stand(self, key: SliceKey) -> Stand:
        """Where a version stands now."""
        return stand(self._premises, self._shelf.current(), key)

    def concerned(self, what: Act, agreement_id: str, version: str | None) -> Stand:
        """The version that an act is about: the named one, else the one it can be about.

        Raises:
            NotFoundError: There is no such agreement, or no such version of it.
        """
        if version is not None:
            return self._named(agreement_id, version)
        before = what in (Act.SEND_BACK, Act.WITHDRAW)
        shelved = self._shelf.current()
        live = running(shelved, agreement_id, self._premises.now_s())
        opened = open_proposals(self._premises, shelved, agreement_id)
        if before and opened:
            return opened[-1]
        if live is not None:
            return self.stand(live)
        if opened:
            return opened[-1]
        draft = self._drafts(agreement_id).agreement
        return self.stand((draft.id, draft.version))

    def _named(self, agreement_id: str, version: str) -> Stand:
        """The version that somebody named.

        Raises:
            NotFoundError: There is none of that number, not even a draft.
        """
        of = self.stand((agreement_id, version))
        if of.state is not State.DRAFT:
            return of
        names = [each.key[1] for each in self.versions(agreement_id)]
        if version in names:
            return of
        known = ", ".join(names)
        raise NotFoundError(
            f"`{escaped(agreement_id)}` has no version `{escaped(version)}`",
            hint=f"it has {known}: `concordat status {escaped(agreement_id)}` shows each",
        )
