"""What an office looks up for a question; no caller supplies any of it.

An agency that no published agreement knows counts as a public authority and as
no competent authority, which closes more than it opens.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from agreements.model import Party
from agreements.vocabulary import Kind, Vocabulary
from engine.bundle import Bundle, SliceKey
from engine.request import Consent, Disclosure, Facts
from engine.standing import Standing


@dataclass(frozen=True, slots=True)
class Status:
    """What kind of body an agency is before the law."""

    public_authority: bool = True
    competent_authority: bool = False


_UNKNOWN: Final = Status()


def statuses(bundle: Bundle) -> dict[str, Status]:
    """What each agency is, by everything the agreements say of it."""
    vocabulary = bundle.law.vocabulary
    found: dict[str, Status] = {}
    for each in bundle.slices.values():
        for party in each.agreement.parties:
            public = _is_public_authority(party, vocabulary)
            competent = _is_competent_authority(party, vocabulary)
            for agency in party.agencies:
                known = found.get(agency, Status(public_authority=False))
                found[agency] = Status(
                    public or known.public_authority, competent or known.competent_authority
                )
    return found


def facts_for(
    asked: Disclosure,
    bundle: Bundle,
    standing: Mapping[SliceKey, Standing],
    known: Mapping[str, Status],
) -> Facts:
    """Look up the facts for one question."""
    status = known.get(asked.asker, _UNKNOWN)
    return Facts(
        standing=standing,
        # This release keeps no register of consent, so none can have been found.
        consent=Consent.NOT_RECORDED if _turns_on_consent(bundle, asked) else None,
        asker_public_authority=status.public_authority,
        asker_competent_authority=status.competent_authority,
    )


def _turns_on_consent(bundle: Bundle, asked: Disclosure) -> bool:
    if asked.basis.rests_on_consent:
        return True
    return any(
        clause.confidence == "consent"
        for each in bundle.between(asked.holder, asked.recipient)
        if asked.agreement in (None, each.agreement.id)
        for clause in each.agreement.clauses
    )


def _is_public_authority(party: Party, vocabulary: Vocabulary) -> bool:
    if party.public_authority is not None:
        return party.public_authority
    return _body_is(party, "public_authority", vocabulary, unknown=True)


def _is_competent_authority(party: Party, vocabulary: Vocabulary) -> bool:
    authority = party.competent_authority
    if authority is not None:
        return authority.schedule7 or authority.function is not None
    return _body_is(party, "schedule7", vocabulary, unknown=False)


def _body_is(party: Party, flag: str, vocabulary: Vocabulary, *, unknown: bool) -> bool:
    if not vocabulary.has(Kind.BODY, party.kind):
        return unknown
    return bool(vocabulary.term(Kind.BODY, party.kind).extra.get(flag, unknown))
