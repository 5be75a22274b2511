"""What an office looks up for a question; no caller supplies any of it.

An agency that no published agreement knows counts as a public authority and as
no competent authority, which closes more than it opens.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from agreements.bodies import is_competent_authority, is_public_authority
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
            public = is_public_authority(party, vocabulary)
            competent = is_competent_authority(party, vocabulary)
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
        each.asks_consent
        for each in bundle.between(asked.holder, asked.recipient)
        if asked.agreement in (None, each.agreement.id)
    )
