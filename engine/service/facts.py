"""What an office looks up for a question; no caller supplies any of it.

An agency that no published agreement knows counts as a public authority and as
no competent authority, which closes more than it opens.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import NamedTuple

from agreements.bodies import UNKNOWN, Status
from agreements.model import Clause
from agreements.vocabulary import Kind
from engine.asking import Asking, Evidence
from engine.bundle import Bundle, SliceKey
from engine.consent import ConsentKind
from engine.decide import Code, Decision
from engine.request import Consent, Disclosure, Facts
from engine.standing import Standing


class ConsentFound(NamedTuple):
    """What was found of a person's consent; none of a kind on which a question does not turn."""

    basis: Consent | None = None
    confidence: Consent | None = None


def facts_for(
    asked: Disclosure,
    standing: Mapping[SliceKey, Standing],
    known: Mapping[str, Status],
    consent: ConsentFound,
    at: datetime,
    evidence: Mapping[str, Evidence] | None = None,
) -> Facts:
    """Put together the facts for one question, as of an instant."""
    status = known.get(asked.asker, UNKNOWN)
    holder, recipient = known.get(asked.holder, UNKNOWN), known.get(asked.recipient, UNKNOWN)
    return Facts(
        standing=standing,
        consent=consent.basis,
        confidence_consent=consent.confidence,
        asker_public_authority=status.public_authority,
        asker_competent_authority=status.competent_authority,
        holder_kind=holder.kind,
        recipient_kind=recipient.kind,
        status_unclear=holder.has_ended_by(at) or recipient.has_ended_by(at),
        evidence=evidence,
    )


def strangers(
    decision: Decision, asked: Disclosure, asking: Asking | None, known: Mapping[str, Status]
) -> tuple[str, ...]:
    """Those ends of a question that neither an agreement nor the register has.

    Args:
        asking: Who asks over HTTP; as whom, a credential says, so that end is no stranger.
    """
    if decision.code not in (Code.NO_AGREEMENT, Code.UNKNOWN_TERM):
        return ()
    ends = [end for end in (asked.holder, asked.recipient) if end not in known]
    return tuple(end for end in ends if asking is None or end != asked.asker)


def turns_on(bundle: Bundle, asked: Disclosure) -> frozenset[ConsentKind]:
    """The kinds of consent on which a question turns; none if it turns on none."""
    found = {ConsentKind.DP_BASIS} if asked.basis.rests_on_consent else set()
    for each in bundle.between(asked.holder, asked.recipient):
        if (
            each.asks_consent
            and asked.agreement in (None, each.key[0])
            and any(_may_match(bundle, clause, asked) for clause in each.clauses().consented)
        ):
            found.add(ConsentKind.CONFIDENTIALITY)
    return frozenset(found)


def _may_match(bundle: Bundle, clause: Clause, asked: Disclosure) -> bool:
    """Whether a clause speaks of what is asked; in doubt it does, so that more is looked up."""
    words = bundle.law.vocabulary
    for kind, codes, listed in (
        (Kind.INFORMATION, asked.information, clause.information),
        (Kind.PURPOSE, (asked.purpose,), clause.purposes),
    ):
        if listed and not any(
            code in listed
            or not words.has(kind, code)
            or not words.ancestors(kind, code).isdisjoint(listed)
            for code in codes
        ):
            return False
    return True
