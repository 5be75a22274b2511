"""What an office looks up for a question; no caller supplies any of it.

An agency that no published agreement knows counts as a public authority and as
no competent authority, which closes more than it opens.
"""

from collections.abc import Mapping

from agreements.bodies import UNKNOWN, Status
from engine.bundle import Bundle, SliceKey
from engine.request import Consent, Disclosure, Facts
from engine.standing import Standing


def facts_for(
    asked: Disclosure,
    bundle: Bundle,
    standing: Mapping[SliceKey, Standing],
    known: Mapping[str, Status],
) -> Facts:
    """Look up the facts for one question."""
    status = known.get(asked.asker, UNKNOWN)
    return Facts(
        standing=standing,
        # This release keeps no register of consent, so none can have been found.
        consent=Consent.NOT_RECORDED if _turns_on_consent(bundle, asked) else None,
        asker_public_authority=status.public_authority,
        asker_competent_authority=status.competent_authority,
        holder_kind=known.get(asked.holder, UNKNOWN).kind,
        recipient_kind=known.get(asked.recipient, UNKNOWN).kind,
    )


def _turns_on_consent(bundle: Bundle, asked: Disclosure) -> bool:
    if asked.basis.rests_on_consent:
        return True
    return any(
        each.asks_consent
        for each in bundle.between(asked.holder, asked.recipient)
        if asked.agreement in (None, each.agreement.id)
    )
