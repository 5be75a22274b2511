"""A question in the making: who asks whom for what, resting on what, within the law.

Everything is drawn by the die that a draft carries. What is drawn here no row of the statute
forbids; ``breaches`` breaks one row, and ``tests.generators`` writes agreements around it.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from random import Random

from agreements.model import Agreement
from engine.request import Consent
from engine.standing import Standing
from tests.reference import statute
from tests.reference.question import ancestors, hierarchy
from tests.reference.statute import ACT_2018, LAW_FROM, RECOGNISED_INTERESTS

AGENCIES = ("police", "council", "trust", "eastvale", "westmere", "homes")
CATEGORIES = (
    *("identity", "housing", "pseudonymised", "depersonalised"),
    *("health-mental", "substance-use", "ethnicity"),
    *("conviction", "intelligence"),
)
DE_IDENTIFIED = ("pseudonymised", "depersonalised")
NOT_PERSONAL = ("depersonalised",)
GROUPS = (
    "any",
    "personal",
    "special-category",
    "le-sensitive",
    "health",
    "offence",
    "de-identified",
)
PURPOSES = (
    *("child-protection-enquiry", "marac", "housing-management", "crime-investigation"),
    "direct-care",
)
ROLES = ("social-worker", "investigating-officer", "designated-nurse", "housing-officer")
CHILDREN = ("child", "looked-after-child", "unborn")
SUBJECTS = (*CHILDREN, "victim", "suspect")
BODIES = ("", *hierarchy("bodies"))
MARKINGS = ("OFFICIAL", "OFFICIAL-SENSITIVE", "PROTECT", "CONFIDENTIAL")
BY_STATEMENT = ("necessity", "no_consent_reason", "public_task_statement", "handling_conditions")
QUALITY = ("quality_statement", "assertion_type", "subject_class")
HARMFUL = ("solely-automated", "subject-objected", "more-detrimental")
CONFIRMABLE = ("proportionality", "official-authority", "strictly-necessary", *QUALITY)
CONDITIONS = ("met-in-person", "plan-in-place")
SECOND = timedelta(seconds=1)
COMMENCEMENTS = tuple(sorted({ACT_2018, RECOGNISED_INTERESTS, *LAW_FROM.values()}))
ORDINARY = (
    datetime(2026, 6, 15, 10, 30, tzinfo=UTC),
    datetime(2026, 5, 31, 1, 0, tzinfo=UTC),
    datetime(2024, 2, 29, 23, 59, 59, tzinfo=UTC),
    datetime(2027, 1, 1, tzinfo=UTC),
)
FREE_GATEWAYS = ("CA89-47", "LGA72-111", "CA04-11", "CA04-10", "NHSA06-251")
"""Gateways of which part 4 says nothing."""


@dataclass(slots=True)
class Draft:
    """A case in the making."""

    rng: Random
    at: datetime
    course: str
    holder: str
    recipient: str
    asker: str
    categories: list[str]
    about: list[str]
    purpose: str
    role: str
    basis: dict[str, str] = field(default_factory=dict)
    given: set[str] = field(default_factory=set)
    stated: dict[str, str] = field(default_factory=dict)
    public: bool = True
    competent: bool = False
    holder_kind: str = ""
    recipient_kind: str = ""
    consent: Consent | None = None
    agreements: list[Agreement] = field(default_factory=list)
    standing: dict[tuple[str, str], Standing] = field(default_factory=dict)

    def chance(self, percent: float) -> bool:
        return self.rng.random() * 100 < percent

    def past(self) -> datetime:
        """An instant that has been reached, often only just."""
        return self.at - self.rng.choice((0, 1, 2, 1500)) * self.rng.choice(
            (SECOND, 86_400 * SECOND)
        )

    def future(self) -> datetime:
        """An instant that has not been reached, often by a second."""
        return self.at + self.rng.choice((1, 1, 2, 1500)) * self.rng.choice(
            (SECOND, 86_400 * SECOND)
        )

    def some(self, pool: Sequence[str], least: int = 0, most: int = 2) -> list[str]:
        return self.rng.sample(pool, self.rng.randint(least, min(most, len(pool))))

    def among(self, wanted: Sequence[str], pool: Sequence[str], empty: float = 45) -> list[str]:
        """A list that holds what is wanted, or that is empty and does not limit."""
        if self.chance(empty):
            return []
        listed = list(dict.fromkeys((*wanted, *self.some(pool))))
        self.rng.shuffle(listed)
        return listed

    def body(self, bodies: set[str]) -> str:
        """A kind of body of one of the statute's lists, the parts of a council included."""
        return self.rng.choice([one for one in BODIES if statute.is_one_of(one, bodies)])

    def reset(self) -> None:
        """Forget what was asserted, given and stated, to assert anew."""
        self.basis, self.given, self.stated = {}, set(), {}


def question(rng: Random, course: str) -> Draft:
    """Draw who asks whom for what, at which instant."""
    holder, recipient = rng.sample(AGENCIES, 2)
    on_a_day_of_law = rng.random() < 0.15
    day_of_law = rng.choice(COMMENCEMENTS) - rng.choice((0, 1)) * SECOND
    return Draft(
        rng=rng,
        at=day_of_law if on_a_day_of_law else rng.choice(ORDINARY),
        course=course,
        holder=holder,
        recipient=recipient,
        asker=rng.choice((recipient, recipient, holder)),
        categories=rng.sample(CATEGORIES, rng.choices((1, 2, 3), (60, 28, 12))[0]),
        about=rng.sample(SUBJECTS, rng.choices((1, 2), (70, 30))[0]),
        purpose=rng.choice(PURPOSES),
        role=rng.choice(ROLES),
    )


def keep_the_law(draft: Draft, gateway: str | None = None, **basis: str) -> None:
    """Assert and give what no row of the statute forbids, for these categories at this instant.

    Args:
        gateway: The gateway asserted; drawn if left out, and empty for none.
        basis: What is asserted in any case: the regime, and conditions of it.
    """
    draft.reset()
    draft.public, draft.competent = draft.chance(75), draft.chance(30)
    draft.consent = draft.rng.choice((None, Consent.GIVEN, Consent.NOT_RECORDED, Consent.REFUSED))
    draft.holder_kind, draft.recipient_kind = draft.rng.choices(BODIES, k=2)
    draft.given |= set(draft.some((*BY_STATEMENT, "proportionality", *QUALITY), 0, 3))
    draft.given |= set(draft.some(CONDITIONS, 1)) if draft.chance(20) else set()
    assert_gateway(draft, gateway)
    draft.basis |= basis
    groups = frozenset[str]().union(*(ancestors(category) for category in draft.categories))
    if draft.basis.setdefault("regime", usual_regime(draft)) == "LE":
        assert_law_enforcement(draft, groups)
    elif draft.basis["regime"] == "UKGDPR":
        assert_uk_gdpr(draft, groups)
    if draft.basis.get("schedule1") == "18" or draft.basis.get("schedule8") == "4":
        draft.given.add("no_consent_reason")
    if rests_on_consent(draft):
        draft.consent = Consent.GIVEN
    state_what_harms_nothing(draft)


def usual_regime(draft: Draft) -> str:
    if draft.at < ACT_2018:
        return "DPA98"
    return "LE" if draft.chance(27) else "UKGDPR"


def assert_law_enforcement(draft: Draft, groups: frozenset[str]) -> None:
    wants_consent = draft.course.startswith("consent") or draft.chance(15)
    draft.competent = True
    draft.given |= set(QUALITY)
    said = draft.basis.setdefault("law_enforcement", "LE-consent" if wants_consent else "LE-task")
    if "schedule8" in draft.basis or (
        "le-sensitive" in groups and (said != "LE-consent" or draft.chance(30))
    ):
        draft.basis.setdefault("schedule8", draft.rng.choice(("1", "4", "6")))
        draft.given.add("strictly-necessary")


def assert_uk_gdpr(draft: Draft, groups: frozenset[str]) -> None:
    rng, basis = draft.rng, draft.basis
    choices = ["6-1-e", "6-1-e", "6-1-c", "6-1-d"]
    choices += ["6-1-a"] * (8 if draft.course.startswith("consent") else 1)
    if not draft.public:
        choices += ["6-1-f", "6-1-ea", "6-1-ea"] if draft.at >= RECOGNISED_INTERESTS else ["6-1-f"]
    if basis.setdefault("article6", rng.choice(choices)) in ("6-1-f", "6-1-ea"):
        draft.public = False
    if basis["article6"] == "6-1-ea" or draft.chance(3):
        basis.setdefault("annex1", rng.choice(("A1-1", "A1-6")))
    draft.given |= {"public_task_statement"} if basis.get("annex1") == "A1-1" else set()
    if "special-category" in groups or draft.chance(15):
        conditions = ("9-2-g", "9-2-g", "9-2-h", "9-2-b", "9-2-a", "9-2-c", "9-2-j")
        basis.setdefault("article9", rng.choice(conditions))
    paragraphs = {
        "9-2-g": ("6", "18", "18", "28"),
        "9-2-h": ("2", "1", "4"),
        "9-2-i": ("3",),
        "9-2-j": ("4",),
        "9-2-b": ("1",),
    }.get(basis.get("article9", ""))
    if paragraphs is not None:
        basis.setdefault("schedule1", rng.choice(paragraphs))
    if "offence" in groups and "schedule1" not in basis and draft.chance(50):
        basis["schedule1"] = rng.choice(("6", "18", "36"))
    elif "offence" in groups or draft.chance(4):
        draft.given.add("official-authority")


def rests_on_consent(draft: Draft) -> bool:
    return bool({"6-1-a", "9-2-a", "LE-consent"} & set(draft.basis.values()))


# --- gateways


def assert_gateway(draft: Draft, gateway: str | None) -> None:
    """Assert a gateway, and bring about all that part 4 asks of it."""
    if gateway is None:
        chosen = draft.rng.choice((*FREE_GATEWAYS, *SCENES, *LAW_FROM))
        gateway = chosen if draft.chance(45) and is_law(chosen, draft.at) else ""
    if gateway:
        draft.basis["gateway"] = gateway
        SCENES.get(gateway, lambda _: None)(draft)


def is_law(gateway: str, at: datetime) -> bool:
    return gateway not in LAW_FROM or at >= LAW_FROM[gateway]


def between(bodies: set[str]) -> Callable[[Draft], None]:
    def scene(draft: Draft) -> None:
        draft.holder_kind, draft.recipient_kind = draft.body(bodies), draft.body(bodies)

    return scene


def to_a_relevant_authority(draft: Draft) -> None:
    draft.recipient_kind = draft.body(statute.RELEVANT_AUTHORITIES)


def to_the_adults_board(draft: Draft) -> None:
    draft.recipient_kind = "safeguarding-adults-board"


def from_a_channel_partner(draft: Draft) -> None:
    draft.holder_kind = draft.body(statute.CHANNEL_PARTNERS)


def without_names(draft: Draft) -> None:
    between(statute.RELEVANT_AUTHORITIES)(draft)
    draft.categories = ["depersonalised"]


def for_direct_care(draft: Draft) -> None:
    between(statute.HEALTH_OR_SOCIAL_CARE)(draft)
    draft.purpose = "direct-care"


def for_a_child(draft: Draft) -> None:
    between(statute.CHILD_WELFARE)(draft)
    if not set(draft.about) & set(CHILDREN):
        draft.about[0] = draft.rng.choice(CHILDREN)


def who_a_child_is(draft: Draft) -> None:
    draft.categories = ["identity"]
    if not set(draft.about) & {"child", "looked-after-child"}:
        draft.about[0] = draft.rng.choice(("child", "looked-after-child"))


def against_serious_violence(draft: Draft) -> None:
    between(statute.SERIOUS_VIOLENCE)(draft)
    by_health = statute.is_one_of(draft.holder_kind, statute.HEALTH_OR_SOCIAL_CARE)
    bodies_pool = NOT_PERSONAL if by_health else CATEGORIES
    kept = [
        one for one in draft.categories if one in bodies_pool and "health" not in ancestors(one)
    ]
    draft.categories = kept or [draft.rng.choice(NOT_PERSONAL)]


def asked_by_the_local_policing_body(draft: Draft) -> None:
    draft.holder_kind = draft.body(statute.SERIOUS_VIOLENCE)
    draft.recipient_kind = "local-policing-body"


def by_the_responsible_authority(draft: Draft) -> None:
    draft.holder_kind = draft.body(statute.RESPONSIBLE_AUTHORITY)


def by_the_police(draft: Draft) -> None:
    draft.holder_kind = "police-force"


def entered_in_the_register(gateway: str) -> Callable[[Draft], None]:
    def scene(draft: Draft) -> None:
        draft.given.add("dea-register-entry")
        draft.purpose = statute.OBJECTIVES[gateway]

    return scene


SCENES: dict[str, Callable[[Draft], None]] = {
    "CDA98-115": to_a_relevant_authority,
    "CDA98-17A": without_names,
    "PCSC22-16": against_serious_violence,
    "PCSC22-17": asked_by_the_local_policing_body,
    "CTSA15-36": from_a_channel_partner,
    "CTSA15-38": from_a_channel_partner,
    "CA14-45": to_the_adults_board,
    "HSCA12-251B": for_direct_care,
    "CA04-16LA": for_a_child,
    "CA04-16LC": who_a_child_is,
    **{gateway: entered_in_the_register(gateway) for gateway in statute.OBJECTIVES},
    "CJA03-325": between(statute.MAPPA),
    "CJA03-327A": by_the_responsible_authority,
    "COMMON-POLICE": by_the_police,
}
"""What makes a disclosure under each gateway lawful."""


# --- what is stated beside


def state_what_harms_nothing(draft: Draft) -> None:
    """State a marking, a handling code and more, and confirm what matters elsewhere."""
    rng, stated, basis = draft.rng, draft.stated, draft.basis
    if draft.chance(15):
        stated["classification"] = rng.choice(MARKINGS)
    if draft.chance(20):
        stated["handling"] = rng.choice(("P", "C"))
        draft.given |= {"handling_conditions"} if stated["handling"] == "C" else set()
    if draft.chance(20):
        stated["collected_under"] = rng.choice(("LE", "LE", "UKGDPR", "DPA98"))
        if stated["collected_under"] == "LE" != basis["regime"] and "gateway" not in basis:
            del stated["collected_under"]
    if draft.chance(8):
        draft.given.add(rng.choice((*HARMFUL, "dea-register-entry")))
    sensitive = any("special-category" in ancestors(one) for one in draft.categories)
    excused = basis.get("article9") in ("9-2-a", "9-2-g")
    if basis.get("article6") == "6-1-ea" or (sensitive and not excused):
        draft.given.discard("solely-automated")
    if basis.get("gateway") == "HSCA12-251B":
        draft.given.discard("subject-objected")
    if basis.get("gateway") == "CA04-16LA":
        draft.given.discard("more-detrimental")
