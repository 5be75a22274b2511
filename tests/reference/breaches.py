"""One way to break each row of the statute while every other is kept, as far as that can be.

A breach first draws a lawful question of the kind that the row speaks of, then takes away or
changes the one thing it asks for. The test of the second reading counts how often each decides.
"""

from collections.abc import Callable, Sequence
from datetime import datetime

from engine.request import Consent
from tests.reference import statute
from tests.reference.draft import (
    BODIES,
    CATEGORIES,
    COMMENCEMENTS,
    ORDINARY,
    QUALITY,
    SECOND,
    SUBJECTS,
    Draft,
    keep_the_law,
)
from tests.reference.statute import ACT_2018, LAW_FROM, RECOGNISED_INTERESTS

SPECIAL = ("health-mental", "substance-use", "ethnicity")
OFFENCES = ("conviction", "intelligence")
Breach = Callable[[Draft], None]


def since(draft: Draft, first: datetime) -> None:
    """Ask at an instant from that day, often its first second."""
    later = [one for one in (*ORDINARY, *COMMENCEMENTS) if one >= first]
    draft.at = first if draft.chance(30) else draft.rng.choice(later)


def about_one_of(draft: Draft, categories: Sequence[str]) -> None:
    """See that one of these categories is asked for."""
    if not set(draft.categories) & set(categories):
        draft.categories[0] = draft.rng.choice(categories)


def uk_gdpr(draft: Draft, categories: Sequence[str] = (), **basis: str) -> None:
    first = RECOGNISED_INTERESTS if basis.get("article6") == "6-1-ea" else ACT_2018
    since(draft, first)
    if categories:
        about_one_of(draft, categories)
    keep_the_law(draft, regime="UKGDPR", **basis)


def law_enforcement(draft: Draft, categories: Sequence[str] = (), **basis: str) -> None:
    since(draft, ACT_2018)
    if categories:
        about_one_of(draft, categories)
    keep_the_law(draft, regime="LE", **basis)


def under(draft: Draft, gateway: str) -> None:
    since(draft, LAW_FROM.get(gateway, COMMENCEMENTS[0]))
    keep_the_law(draft, gateway)


def outsider(draft: Draft, bodies: set[str]) -> str:
    """A kind of body that is not of the list; often an unknown one."""
    others = [one for one in BODIES if not statute.is_one_of(one, bodies)]
    return "" if draft.chance(20) else draft.rng.choice(others)


def outside(draft: Draft, bodies: set[str]) -> None:
    """Let one end be no body of the list."""
    if draft.chance(50):
        draft.holder_kind = outsider(draft, bodies)
    else:
        draft.recipient_kind = outsider(draft, bodies)


# --- data protection


def repealed_1998(draft: Draft) -> None:
    since(draft, ACT_2018)
    keep_the_law(draft, regime="DPA98")


def not_before_2018(draft: Draft) -> None:
    draft.at = ACT_2018 - SECOND
    regime = draft.rng.choice(("UKGDPR", "LE"))
    keep_the_law(draft, draft.rng.choice(("", "CA89-47")), regime=regime)


def intelligence_services(draft: Draft) -> None:
    since(draft, ACT_2018)
    keep_the_law(draft, regime="IS")


def uk_lawful_basis(draft: Draft) -> None:
    uk_gdpr(draft, article6="6-1-e")
    del draft.basis["article6"]


def public_authority_interests(draft: Draft) -> None:
    uk_gdpr(draft, article6=draft.rng.choice(("6-1-f", "6-1-ea")))
    draft.public = True


def recognised_interest_commenced(draft: Draft) -> None:
    since(draft, ACT_2018)
    draft.at = min(draft.at, RECOGNISED_INTERESTS - SECOND)
    keep_the_law(draft, regime="UKGDPR", article6="6-1-ea")


def recognised_interest_condition(draft: Draft) -> None:
    uk_gdpr(draft, article6="6-1-ea")
    del draft.basis["annex1"]


def public_task_stated(draft: Draft) -> None:
    uk_gdpr(draft, annex1="A1-1", article6=draft.rng.choice(("6-1-ea", "6-1-e")))
    draft.given.discard("public_task_statement")


def special_category(draft: Draft) -> None:
    uk_gdpr(draft, SPECIAL)
    draft.basis.pop("article9", None)


def criminal_offence(draft: Draft) -> None:
    uk_gdpr(draft, OFFENCES)
    draft.basis.pop("schedule1", None)
    draft.given.discard("official-authority")


def schedule_1_part_1(draft: Draft) -> None:
    condition = draft.rng.choice(("9-2-b", "9-2-h", "9-2-i", "9-2-j"))
    uk_gdpr(draft, SPECIAL, article9=condition)
    draft.basis["schedule1"] = draft.rng.choice(("6", "28", "29"))
    if draft.chance(40):
        del draft.basis["schedule1"]


def schedule_1_part_2(draft: Draft) -> None:
    uk_gdpr(draft, SPECIAL, article9="9-2-g")
    draft.basis["schedule1"] = draft.rng.choice(("1", "4", "29"))
    if draft.chance(40):
        del draft.basis["schedule1"]


def uk_safeguarding(draft: Draft) -> None:
    uk_gdpr(draft, article9="9-2-g", schedule1="18")
    draft.given.discard("no_consent_reason")


# --- law enforcement


def le_lawful_basis(draft: Draft) -> None:
    law_enforcement(draft, law_enforcement="LE-task")
    del draft.basis["law_enforcement"]


def competent_authority(draft: Draft) -> None:
    law_enforcement(draft)
    draft.competent = False


def sensitive_processing(draft: Draft) -> None:
    law_enforcement(draft, SPECIAL, law_enforcement="LE-task")
    if draft.chance(50):
        draft.given.discard("strictly-necessary")
    else:
        draft.basis.pop("schedule8", None)


def le_safeguarding(draft: Draft) -> None:
    law_enforcement(draft, schedule8="4")
    draft.given.discard("no_consent_reason")


def quality_stated(draft: Draft) -> None:
    law_enforcement(draft)
    draft.given -= set(draft.some(QUALITY, 1, 3))


def other_purpose(draft: Draft) -> None:
    keep_the_law(draft, "", regime="DPA98" if draft.at < ACT_2018 else "UKGDPR")
    draft.stated["collected_under"] = "LE"


# --- handling, and decisions without a human


def classification(draft: Draft) -> None:
    keep_the_law(draft)
    draft.stated["classification"] = draft.rng.choice(("SECRET", "TOP-SECRET"))


def conditions(draft: Draft) -> None:
    keep_the_law(draft)
    draft.stated["handling"] = "C"
    draft.given.discard("handling_conditions")


def automated_interest(draft: Draft) -> None:
    draft.categories = [one for one in draft.categories if one not in SPECIAL] or ["identity"]
    uk_gdpr(draft, article6="6-1-ea")
    draft.given.add("solely-automated")


def automated_special(draft: Draft) -> None:
    if draft.chance(50):
        condition = draft.rng.choice(("9-2-b", "9-2-c", "9-2-h", "9-2-j"))
        uk_gdpr(draft, SPECIAL, article6="6-1-c", article9=condition)
    else:
        law_enforcement(draft, SPECIAL)
    draft.given.add("solely-automated")


# --- gateways


def no_power(draft: Draft) -> None:
    keep_the_law(draft, draft.rng.choice(("IPA16", "CTSA15-26", "DAA21")))


def not_yet_law(draft: Draft) -> None:
    gateway = draft.rng.choice(tuple(LAW_FROM))
    draft.at = LAW_FROM[gateway] - SECOND
    keep_the_law(draft, gateway)


def relevant_authority(draft: Draft) -> None:
    under(draft, "CDA98-115")
    draft.recipient_kind = outsider(draft, statute.RELEVANT_AUTHORITIES)


def depersonalised(draft: Draft) -> None:
    if draft.chance(30):
        under(draft, "CDA98-17A")
        outside(draft, statute.RELEVANT_AUTHORITIES)
        return
    draft.categories = draft.some([one for one in CATEGORIES if one != "depersonalised"], 1)
    keep_the_law(draft, "")
    draft.basis["gateway"] = "CDA98-17A"
    bodies = statute.RELEVANT_AUTHORITIES
    draft.holder_kind, draft.recipient_kind = draft.body(bodies), draft.body(bodies)


def serious_violence_patients(draft: Draft) -> None:
    since(draft, LAW_FROM["PCSC22-16"])
    about_one_of(draft, ("health-mental", "substance-use"))
    keep_the_law(draft, "")
    draft.basis["gateway"] = "PCSC22-16"
    bodies = statute.SERIOUS_VIOLENCE
    lay = {one for one in bodies if not statute.is_one_of(one, statute.HEALTH_OR_SOCIAL_CARE)}
    draft.holder_kind = draft.body(lay - {"council"})
    draft.recipient_kind = draft.body(bodies)


def serious_violence_health_bodies(draft: Draft) -> None:
    since(draft, LAW_FROM["PCSC22-16"])
    about_one_of(draft, ("identity", "housing", "ethnicity", "pseudonymised", *OFFENCES))
    keep_the_law(draft, "")
    draft.basis["gateway"] = "PCSC22-16"
    listed = ("nhs-trust", "icb", "council-adults", "council-public-health")
    draft.holder_kind = draft.rng.choice(listed)
    draft.recipient_kind = draft.body(statute.SERIOUS_VIOLENCE)


def serious_violence_bodies(draft: Draft) -> None:
    if draft.chance(30):
        under(draft, "PCSC22-17")
        draft.recipient_kind = outsider(draft, {"local-policing-body"})
    else:
        under(draft, "PCSC22-16")
        outside(draft, statute.SERIOUS_VIOLENCE)


def channel_partners(draft: Draft) -> None:
    under(draft, draft.rng.choice(("CTSA15-36", "CTSA15-38")))
    draft.holder_kind = outsider(draft, statute.CHANNEL_PARTNERS)


def adults_board(draft: Draft) -> None:
    under(draft, "CA14-45")
    draft.recipient_kind = outsider(draft, {"safeguarding-adults-board"})


def direct_care(draft: Draft) -> None:
    under(draft, "HSCA12-251B")
    if draft.chance(30):
        draft.purpose = "marac"
    else:
        outside(draft, statute.HEALTH_OR_SOCIAL_CARE)


def direct_care_objection(draft: Draft) -> None:
    under(draft, "HSCA12-251B")
    draft.given.add("subject-objected")


def child_welfare(draft: Draft) -> None:
    if draft.chance(30):
        more_than_an_identifier(draft)
        return
    under(draft, "CA04-16LA")
    if draft.chance(40):
        draft.about = draft.some([one for one in SUBJECTS if one in ("victim", "suspect")], 1)
    else:
        outside(draft, statute.CHILD_WELFARE)


def more_than_an_identifier(draft: Draft) -> None:
    if draft.chance(30):
        under(draft, "CA04-16LC")
        draft.about = draft.some(("unborn", "victim", "suspect"), 1)
        return
    since(draft, LAW_FROM["CA04-16LC"])
    draft.categories = draft.some([one for one in CATEGORIES if one != "identity"], 1)
    draft.about[0] = draft.rng.choice(("child", "looked-after-child"))
    keep_the_law(draft, "")
    draft.basis["gateway"] = "CA04-16LC"


def child_welfare_detriment(draft: Draft) -> None:
    under(draft, "CA04-16LA")
    draft.given.add("more-detrimental")


def digital_economy(draft: Draft) -> None:
    under(draft, draft.rng.choice(tuple(statute.OBJECTIVES)))
    if draft.chance(30):
        draft.purpose = "marac"
    else:
        draft.given.discard("dea-register-entry")


def mappa_bodies(draft: Draft) -> None:
    if draft.chance(30):
        under(draft, "CJA03-327A")
        draft.holder_kind = outsider(draft, statute.RESPONSIBLE_AUTHORITY)
    else:
        under(draft, "CJA03-325")
        outside(draft, statute.MAPPA)


def police_common_law(draft: Draft) -> None:
    under(draft, "COMMON-POLICE")
    draft.holder_kind = outsider(draft, {"police-force"})


def consent_held(draft: Draft) -> None:
    if draft.chance(50):
        uk_gdpr(draft, article6="6-1-a")
    else:
        law_enforcement(draft, law_enforcement="LE-consent")
    draft.consent = draft.rng.choice((None, Consent.REFUSED, Consent.EXPIRED, Consent.WITHDRAWN))


BREACHES: dict[str, Breach] = {
    "data-protection/repealed-1998": repealed_1998,
    "data-protection/not-before-2018": not_before_2018,
    "data-protection/intelligence-services": intelligence_services,
    "uk-gdpr/lawful-basis": uk_lawful_basis,
    "uk-gdpr/public-authority-interests": public_authority_interests,
    "uk-gdpr/recognised-interest-commenced": recognised_interest_commenced,
    "uk-gdpr/recognised-interest-condition": recognised_interest_condition,
    "uk-gdpr/public-task-stated": public_task_stated,
    "uk-gdpr/special-category": special_category,
    "uk-gdpr/criminal-offence": criminal_offence,
    "dpa-2018/schedule-1-part-1": schedule_1_part_1,
    "dpa-2018/schedule-1-part-2": schedule_1_part_2,
    "dpa-2018/safeguarding-without-consent": uk_safeguarding,
    "law-enforcement/lawful-basis": le_lawful_basis,
    "law-enforcement/competent-authority": competent_authority,
    "law-enforcement/sensitive-processing": sensitive_processing,
    "law-enforcement/safeguarding-without-consent": le_safeguarding,
    "law-enforcement/quality-stated": quality_stated,
    "law-enforcement/other-purpose": other_purpose,
    "handling/classification": classification,
    "handling/conditions": conditions,
    "automated/recognised-interest": automated_interest,
    "automated/special-category": automated_special,
    "gateways/no-power": no_power,
    "gateways/not-yet-law": not_yet_law,
    "gateways/relevant-authority": relevant_authority,
    "gateways/depersonalised": depersonalised,
    "gateways/serious-violence-patients": serious_violence_patients,
    "gateways/serious-violence-health-bodies": serious_violence_health_bodies,
    "gateways/serious-violence-bodies": serious_violence_bodies,
    "gateways/channel-partners": channel_partners,
    "gateways/adults-board": adults_board,
    "gateways/direct-care": direct_care,
    "gateways/direct-care-objection": direct_care_objection,
    "gateways/child-welfare": child_welfare,
    "gateways/child-welfare-detriment": child_welfare_detriment,
    "gateways/digital-economy": digital_economy,
    "gateways/mappa-bodies": mappa_bodies,
    "gateways/police-common-law": police_common_law,
    "consent/held": consent_held,
}
"""How each row of the statute is broken, by its name."""
