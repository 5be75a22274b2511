"""Part 4 of ``docs/decision.md``, row by row, in its order.

Each row is a sentence about one question. Where the page names no regime, none is asked for.
"""

from collections.abc import Callable
from datetime import UTC, datetime

from tests.reference.question import Question


def day(said: str) -> datetime:
    """The first instant of a day."""
    return datetime.fromisoformat(f"{said}T00:00:00+00:00").astimezone(UTC)


ACT_2018 = day("2018-05-25")
RECOGNISED_INTERESTS = day("2026-02-05")
PART_1 = {str(paragraph) for paragraph in range(1, 5)}
PART_2 = {str(paragraph) for paragraph in range(6, 29)}

LAW_FROM = {
    **dict.fromkeys(("CA14-6", "CA14-7", "CA14-42", "CA14-45"), day("2015-04-01")),
    **dict.fromkeys(("CTSA15-36", "CTSA15-38"), day("2015-04-12")),
    "HSCA12-251B": day("2015-10-01"),
    "HA96-213B": day("2018-10-01"),
    **dict.fromkeys(("PCSC22-16", "PCSC22-17"), day("2023-01-31")),
    **dict.fromkeys(("CA04-16LA", "CA04-16LC"), day("2026-04-29")),
}
"""When each gateway that part 4 dates became law."""

# Every `council-…` counts wherever `council` does: `is_one_of` sees to it.
RELEVANT_AUTHORITIES = {
    *("police-force", "local-policing-body", "council", "probation", "icb", "nhs-trust"),
    *("ambulance", "fire", "social-housing-provider", "youth-offending-team"),
}
HEALTH_OR_SOCIAL_CARE = {
    *("nhs-trust", "icb", "gp-practice", "ambulance", "council-adults"),
    *("council-public-health", "care-provider"),
}
SERIOUS_VIOLENCE = {
    *("police-force", "local-policing-body", "council", "probation", "youth-offending-team"),
    *("icb", "nhs-trust", "fire", "school", "academy", "prison"),
}
CHANNEL_PARTNERS = {
    *("police-force", "council", "probation", "prison", "youth-offending-team", "nhs-trust"),
    *("icb", "school", "academy", "government-department", "home-office"),
}
CHILD_WELFARE = {
    *("council", "police-force", "local-policing-body", "nhs-trust", "icb", "gp-practice"),
    *("probation", "prison", "youth-offending-team", "school", "academy", "charity"),
    "care-provider",
}
MAPPA = {
    *("police-force", "probation", "prison", "council", "youth-offending-team", "dwp"),
    *("nhs-trust", "icb", "social-housing-provider", "home-office"),
}
RESPONSIBLE_AUTHORITY = {"police-force", "probation", "prison"}
OBJECTIVES = {
    "DEA17-35": "supporting-families",
    "DEA17-48": "debt-recovery",
    "DEA17-56": "fraud-against-public",
}


def is_one_of(kind: str, bodies: set[str]) -> bool:
    """Whether a kind of body is in one of the lists; an unknown kind is in none."""
    return kind in bodies or ("council" in bodies and kind.startswith("council-"))


def both_are(question: Question, bodies: set[str]) -> bool:
    """Whether holder and recipient are both in one of the lists."""
    facts = question.facts
    return is_one_of(facts.holder_kind, bodies) and is_one_of(facts.recipient_kind, bodies)


def regime(question: Question, *names: str) -> bool:
    """Whether one of these regimes is asserted."""
    return question.disclosure.basis.regime in names


def article6(question: Question, *codes: str) -> bool:
    """Whether one of these conditions is asserted."""
    return question.disclosure.basis.article6 in codes


def article9(question: Question, *codes: str) -> bool:
    """Whether one of these conditions is asserted."""
    return question.disclosure.basis.article9 in codes


def gateway(question: Question, *codes: str) -> bool:
    """Whether one of these gateways is asserted."""
    return question.disclosure.basis.gateway in codes


def lacks(question: Question, *needs: str) -> bool:
    """Whether anything of these was not given."""
    return not set(needs) <= question.given


def gives(question: Question, need: str) -> bool:
    """Whether this was given."""
    return need in question.given


STATUTE: dict[str, Callable[[Question], bool]] = {
    "data-protection/repealed-1998": lambda q: regime(q, "DPA98") and q.at >= ACT_2018,
    "data-protection/not-before-2018": lambda q: (
        regime(q, "UKGDPR", "LE", "IS") and q.at < ACT_2018
    ),
    "data-protection/intelligence-services": lambda q: regime(q, "IS"),
    "uk-gdpr/lawful-basis": lambda q: regime(q, "UKGDPR") and q.disclosure.basis.article6 is None,
    "uk-gdpr/public-authority-interests": lambda q: (
        regime(q, "UKGDPR") and article6(q, "6-1-f", "6-1-ea") and q.facts.asker_public_authority
    ),
    "uk-gdpr/recognised-interest-commenced": lambda q: (
        regime(q, "UKGDPR") and article6(q, "6-1-ea") and q.at < RECOGNISED_INTERESTS
    ),
    "uk-gdpr/recognised-interest-condition": lambda q: (
        regime(q, "UKGDPR") and article6(q, "6-1-ea") and q.disclosure.basis.annex1 is None
    ),
    "uk-gdpr/public-task-stated": lambda q: (
        regime(q, "UKGDPR")
        and q.disclosure.basis.annex1 == "A1-1"
        and lacks(q, "public_task_statement")
    ),
    "uk-gdpr/special-category": lambda q: (
        regime(q, "UKGDPR")
        and q.lies_in("special-category")
        and q.disclosure.basis.article9 is None
    ),
    "uk-gdpr/criminal-offence": lambda q: (
        regime(q, "UKGDPR")
        and q.lies_in("offence")
        and lacks(q, "official-authority")
        and q.disclosure.basis.schedule1 is None
    ),
    "dpa-2018/schedule-1-part-1": lambda q: (
        regime(q, "UKGDPR")
        and q.lies_in("special-category")
        and article9(q, "9-2-b", "9-2-h", "9-2-i", "9-2-j")
        and q.disclosure.basis.schedule1 not in PART_1
    ),
    "dpa-2018/schedule-1-part-2": lambda q: (
        regime(q, "UKGDPR")
        and q.lies_in("special-category")
        and article9(q, "9-2-g")
        and q.disclosure.basis.schedule1 not in PART_2
    ),
    "dpa-2018/safeguarding-without-consent": lambda q: (
        regime(q, "UKGDPR")
        and q.disclosure.basis.schedule1 == "18"
        and lacks(q, "no_consent_reason")
    ),
    "law-enforcement/lawful-basis": lambda q: (
        regime(q, "LE") and q.disclosure.basis.law_enforcement is None
    ),
    "law-enforcement/competent-authority": lambda q: (
        regime(q, "LE") and not q.facts.asker_competent_authority
    ),
    "law-enforcement/sensitive-processing": lambda q: (
        regime(q, "LE")
        and q.lies_in("le-sensitive")
        and q.disclosure.basis.law_enforcement != "LE-consent"
        and (lacks(q, "strictly-necessary") or q.disclosure.basis.schedule8 is None)
    ),
    "law-enforcement/safeguarding-without-consent": lambda q: (
        regime(q, "LE") and q.disclosure.basis.schedule8 == "4" and lacks(q, "no_consent_reason")
    ),
    "law-enforcement/quality-stated": lambda q: (
        regime(q, "LE") and lacks(q, "quality_statement", "assertion_type", "subject_class")
    ),
    "law-enforcement/other-purpose": lambda q: (
        q.disclosure.collected_under == "LE"
        and not regime(q, "LE")
        and q.disclosure.basis.gateway is None
    ),
    "handling/classification": lambda q: q.disclosure.classification in ("SECRET", "TOP-SECRET"),
    "handling/conditions": lambda q: (
        q.disclosure.handling == "C" and lacks(q, "handling_conditions")
    ),
    "automated/recognised-interest": lambda q: (
        gives(q, "solely-automated") and article6(q, "6-1-ea")
    ),
    "automated/special-category": lambda q: (
        gives(q, "solely-automated")
        and q.lies_in("special-category")
        and not article9(q, "9-2-a", "9-2-g")
    ),
    "gateways/no-power": lambda q: gateway(q, "IPA16", "CTSA15-26", "DAA21"),
    "gateways/not-yet-law": lambda q: (
        q.disclosure.basis.gateway in LAW_FROM and q.at < LAW_FROM[q.disclosure.basis.gateway]
    ),
    "gateways/relevant-authority": lambda q: (
        gateway(q, "CDA98-115") and not is_one_of(q.facts.recipient_kind, RELEVANT_AUTHORITIES)
    ),
    "gateways/depersonalised": lambda q: (
        gateway(q, "CDA98-17A")
        and (q.category != "depersonalised" or not both_are(q, RELEVANT_AUTHORITIES))
    ),
    "gateways/serious-violence-patients": lambda q: gateway(q, "PCSC22-16") and q.lies_in("health"),
    "gateways/serious-violence-health-bodies": lambda q: (
        gateway(q, "PCSC22-16")
        and is_one_of(q.facts.holder_kind, HEALTH_OR_SOCIAL_CARE)
        and (not q.lies_in("de-identified") or q.lies_in("personal"))
    ),
    "gateways/serious-violence-bodies": lambda q: (
        (gateway(q, "PCSC22-16") and not both_are(q, SERIOUS_VIOLENCE))
        or (
            gateway(q, "PCSC22-17")
            and not (
                is_one_of(q.facts.holder_kind, SERIOUS_VIOLENCE)
                and q.facts.recipient_kind == "local-policing-body"
            )
        )
    ),
    "gateways/channel-partners": lambda q: (
        gateway(q, "CTSA15-36", "CTSA15-38")
        and not is_one_of(q.facts.holder_kind, CHANNEL_PARTNERS)
    ),
    "gateways/adults-board": lambda q: (
        gateway(q, "CA14-45") and q.facts.recipient_kind != "safeguarding-adults-board"
    ),
    "gateways/direct-care": lambda q: (
        gateway(q, "HSCA12-251B")
        and not (both_are(q, HEALTH_OR_SOCIAL_CARE) and q.disclosure.purpose == "direct-care")
    ),
    "gateways/direct-care-objection": lambda q: (
        gateway(q, "HSCA12-251B") and gives(q, "subject-objected")
    ),
    "gateways/child-welfare": lambda q: (
        (
            gateway(q, "CA04-16LA")
            and not (
                both_are(q, CHILD_WELFARE)
                and not {"child", "looked-after-child", "unborn"}.isdisjoint(q.disclosure.about)
            )
        )
        or (
            gateway(q, "CA04-16LC")
            and (
                q.category != "identity"
                or {"child", "looked-after-child"}.isdisjoint(q.disclosure.about)
            )
        )
    ),
    "gateways/child-welfare-detriment": lambda q: (
        gateway(q, "CA04-16LA") and gives(q, "more-detrimental")
    ),
    "gateways/digital-economy": lambda q: (
        gateway(q, *OBJECTIVES)
        and (
            lacks(q, "dea-register-entry")
            or q.disclosure.purpose != OBJECTIVES[q.disclosure.basis.gateway or ""]
        )
    ),
    "gateways/mappa-bodies": lambda q: (
        (gateway(q, "CJA03-325") and not both_are(q, MAPPA))
        or (gateway(q, "CJA03-327A") and not is_one_of(q.facts.holder_kind, RESPONSIBLE_AUTHORITY))
    ),
    "gateways/police-common-law": lambda q: (
        gateway(q, "COMMON-POLICE") and q.facts.holder_kind != "police-force"
    ),
    "consent/held": lambda q: (
        (
            article6(q, "6-1-a")
            or article9(q, "9-2-a")
            or q.disclosure.basis.law_enforcement == "LE-consent"
        )
        and not q.consented
    ),
}
"""What each policy of the statute forbids, by its name."""


def forbidden_by_statute(question: Question) -> frozenset[str]:
    """Name every policy of the statute that forbids."""
    return frozenset(policy for policy, forbids in STATUTE.items() if forbids(question))
