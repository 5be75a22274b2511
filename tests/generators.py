"""Small made-up worlds, drawn by a seeded die, for laws that must hold in all of them.

A case is built towards a permit, clause around question, and then pushed off course in one way
chosen beforehand; so permits are common and every answer occurs. Intervals are drawn so that the
instant asked often falls exactly on an end of them, or one second beside it.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from random import Random
from typing import Any

from agreements.model import (
    Agreement,
    Basis,
    Clause,
    Condition,
    Direction,
    End,
    Member,
    Obligation,
    Party,
    Referral,
)
from agreements.values import epoch_s
from engine.request import Consent, Disclosure, Facts, LawfulBasis
from engine.standing import Standing
from tests.reference.evaluator import ancestors, stands_in

AGENCIES = ("police", "council", "trust", "eastvale", "westmere", "homes")
CATEGORIES = (
    *("identity", "housing", "pseudonymised"),
    *("health-mental", "substance-use", "ethnicity"),
    *("conviction", "intelligence"),
)
GROUPS = (
    "any",
    "personal",
    "special-category",
    "le-sensitive",
    "health",
    "offence",
    "de-identified",
)
PURPOSES = ("child-protection-enquiry", "marac", "housing-management", "crime-investigation")
ROLES = ("social-worker", "investigating-officer", "designated-nurse", "housing-officer")
SUBJECTS = ("child", "looked-after-child", "victim", "suspect")
GATEWAYS = ("CA89-47", "CDA98-115", "COMMON-POLICE")
TERMS_OF_NEED = ("necessity", "no_consent_reason", "public_task_statement")
CONFIRMABLE = ("proportionality", "quality_statement", "official-authority", "strictly-necessary")
CONDITIONS = ("met-in-person", "plan-in-place")
VERSIONS = (("1", "2"), ("9", "10"), ("1.9", "1.10"), ("1.2", "2"), ("1", "1.1"), ("2.0.9", "2.1"))
ACT_2018 = datetime(2018, 5, 25, tzinfo=UTC)
RECOGNISED_INTERESTS = datetime(2026, 2, 5, tzinfo=UTC)
SECOND = timedelta(seconds=1)

COURSES = {
    "permit": 33,
    "referral": 6,
    "overdue": 5,
    "consent-unknown": 5,
    "not-signed": 3,
    "not-yet-in-force": 3,
    "ended": 2,
    "expired": 2,
    "superseded": 3,
    "suspended": 4,
    "no-agreement": 3,
    "consent": 6,
    "statute": 10,
    "exclusion": 7,
    "mismatch": 11,
    "anything": 6,
}
"""What becomes of a case that began as a permit, with weights out of about a hundred."""


@dataclass(frozen=True, slots=True)
class Case:
    """One question in one world; `course` says which way it was pushed, not what is right."""

    seed: int
    course: str
    agreements: tuple[Agreement, ...]
    disclosure: Disclosure
    facts: Facts
    at: datetime


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
    public: bool = True
    competent: bool = False
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


def case(seed: int) -> Case:
    """Draw the case of that number: the same number, the same case."""
    draft = question(Random(seed))
    choose_basis(draft)
    main = build_main(draft)
    steer(draft, main)
    for index in range(draft.rng.choices((0, 1, 2), (55, 30, 15))[0]):
        if len(draft.agreements) < 4:
            build_other(draft, f"other-{index}")
    draft.rng.shuffle(draft.agreements)
    return finish(draft, seed)


# --- the question


def question(rng: Random) -> Draft:
    boundaries = (ACT_2018, ACT_2018 - SECOND, RECOGNISED_INTERESTS, RECOGNISED_INTERESTS - SECOND)
    ordinary = (
        datetime(2026, 6, 15, 10, 30, tzinfo=UTC),
        datetime(2026, 3, 29, 1, 0, tzinfo=UTC),
        datetime(2024, 2, 29, 23, 59, 59, tzinfo=UTC),
        datetime(2027, 1, 1, tzinfo=UTC),
    )
    holder, recipient = rng.sample(AGENCIES, 2)
    course = rng.choices(tuple(COURSES), tuple(COURSES.values()))[0]
    on_a_day_of_law = rng.random() < (0.4 if course == "statute" else 0.15)
    return Draft(
        rng=rng,
        at=rng.choice(boundaries if on_a_day_of_law else ordinary),
        course=course,
        holder=holder,
        recipient=recipient,
        asker=rng.choice((recipient, recipient, holder)),
        categories=rng.sample(CATEGORIES, rng.choices((1, 2, 3), (60, 28, 12))[0]),
        about=rng.sample(SUBJECTS, rng.choices((1, 2), (70, 30))[0]),
        purpose=rng.choice(PURPOSES),
        role=rng.choice(ROLES),
    )


def choose_basis(draft: Draft) -> None:
    """Assert a basis that the law accepts for these categories, at this instant."""
    groups = frozenset[str]().union(*(ancestors(category) for category in draft.categories))
    draft.public = draft.chance(75)
    draft.competent = draft.chance(30)
    draft.consent = draft.rng.choice((None, Consent.GIVEN, Consent.NOT_RECORDED, Consent.REFUSED))
    draft.given |= set(draft.some((*TERMS_OF_NEED, "proportionality", "quality_statement"), 0, 3))
    draft.given |= set(draft.some(CONDITIONS, 1)) if draft.chance(20) else set()
    before_2018 = draft.at < ACT_2018
    if draft.course == "statute" and abs(draft.at - ACT_2018) <= SECOND and draft.chance(60):
        before_2018 = not before_2018
    if before_2018:
        draft.basis["regime"] = "DPA98"
    elif draft.chance(27):
        assert_law_enforcement(draft, groups)
    else:
        assert_uk_gdpr(draft, groups)
    if draft.chance(35):
        draft.basis["gateway"] = draft.rng.choice(GATEWAYS)
    if draft.basis.get("schedule1") == "18" or draft.basis.get("schedule8") == "4":
        draft.given.add("no_consent_reason")
    if rests_on_consent(draft):
        draft.consent = Consent.GIVEN


def assert_law_enforcement(draft: Draft, groups: frozenset[str]) -> None:
    wants_consent = draft.course.startswith("consent") or draft.chance(15)
    draft.competent = True
    draft.basis["regime"] = "LE"
    draft.basis["law_enforcement"] = "LE-consent" if wants_consent else "LE-task"
    if "le-sensitive" in groups and (not wants_consent or draft.chance(30)):
        draft.basis["schedule8"] = draft.rng.choice(("1", "4", "6"))
        draft.given.add("strictly-necessary")


def assert_uk_gdpr(draft: Draft, groups: frozenset[str]) -> None:
    rng, basis = draft.rng, draft.basis
    choices = ["6-1-e", "6-1-e", "6-1-c", "6-1-d"]
    choices += ["6-1-a"] * (8 if draft.course.startswith("consent") else 1)
    if not draft.public:
        commenced = draft.at >= RECOGNISED_INTERESTS or draft.course == "statute"
        choices += ["6-1-f", "6-1-ea", "6-1-ea"] if commenced else ["6-1-f"]
    if draft.chance(90):
        basis["regime"] = "UKGDPR"
    basis["article6"] = rng.choice(choices)
    if basis["article6"] == "6-1-ea" or draft.chance(3):
        basis["annex1"] = rng.choice(("A1-1", "A1-6"))
        draft.given |= {"public_task_statement"} if basis["annex1"] == "A1-1" else set()
    if "special-category" in groups or draft.chance(15):
        basis["article9"] = rng.choice(("9-2-g", "9-2-g", "9-2-h", "9-2-b", "9-2-a", "9-2-c"))
        paragraphs = {
            "9-2-g": ("6", "18", "18", "28"),
            "9-2-h": ("2", "1", "4"),
            "9-2-b": ("1",),
        }.get(basis["article9"])
        if paragraphs is not None:
            basis["schedule1"] = rng.choice(paragraphs)
    if "offence" in groups and "schedule1" not in basis and draft.chance(50):
        basis["schedule1"] = rng.choice(("6", "18", "36"))
    elif "offence" in groups or draft.chance(4):
        draft.given.add("official-authority")


def rests_on_consent(draft: Draft) -> bool:
    return bool({"6-1-a", "9-2-a", "LE-consent"} & set(draft.basis.values()))


# --- agreements


def build_main(draft: Draft) -> Agreement:
    """Write an agreement that permits what is asked, and sign it."""
    parties = build_parties(draft, [draft.holder, draft.recipient])
    clauses = [covering(draft, parties, "1.1")]
    if len(draft.categories) > 1 and draft.chance(40):
        clauses = [
            covering(draft, parties, f"1.{index}", [category])
            for index, category in enumerate(draft.categories, 1)
        ]
    for index in range(draft.rng.choices((0, 1, 2), (50, 35, 15))[0]):
        clauses.append(beside(draft, parties, f"2.{index + 1}"))
    return register(draft, build_agreement(draft, "main", "1", parties, clauses), current(draft))


def build_agreement(
    draft: Draft, name: str, version: str, parties: Sequence[Party], clauses: Sequence[Clause]
) -> Agreement:
    rng = draft.rng
    ends = (None, End(open_ended=True), End(event="the project closes"), End(on=draft.future()))
    # No particular of the whole text decides anything: docs/decision.md, part 2.
    odd = draft.chance(10)
    return Agreement(
        concordat="1",
        id=name,
        version=version,
        title=f"Agreement {name}",
        kind="isp",
        jurisdiction=("england",),
        in_force_from=rng.choice((None, draft.past())),
        end=rng.choice(ends),
        review_due=rng.choice((None, draft.future())),
        parties=tuple(parties),
        purposes=tuple(draft.some(PURPOSES, 1)) if odd else (),
        not_for=(draft.purpose,) if odd and draft.chance(50) else (),
        about=tuple(draft.some(SUBJECTS, 1)) if odd else (),
        conditions=tuple(Condition(id=name, text=f"It is {name}.") for name in CONDITIONS),
        clauses=tuple(clauses),
    )


def build_parties(draft: Draft, agencies: Sequence[str]) -> list[Party]:
    """Stand each agency in a party, some by class, each able to do its part."""
    others = [agency for agency in AGENCIES if agency not in agencies]
    wanted = [*agencies, *draft.some(others, 0, 2)]
    if len(wanted) < 2:
        wanted.append(others[0])
    by_class = [agency for agency in wanted if draft.chance(28)]
    if by_class and len(wanted) - len(by_class) == 0:
        by_class.pop()
    parties = [build_party(draft, agency, agency) for agency in wanted if agency not in by_class]
    if len(by_class) == 2 and draft.chance(50):
        parties += [build_party(draft, f"class-{agency}", agency) for agency in by_class]
    elif by_class:
        parties.append(build_party(draft, "class", *by_class))
    if draft.chance(8):
        parties.append(build_party(draft, "former", draft.rng.choice(wanted), former=True))
    if len(parties) < 2:
        parties.append(build_party(draft, others[-1], others[-1]))
    draft.rng.shuffle(parties)
    return parties


def build_party(draft: Draft, name: str, *agencies: str, former: bool = False) -> Party:
    ways = {Direction.BOTH, Direction.PROVIDE, Direction.RECEIVE}
    if draft.holder in agencies:
        ways.discard(Direction.RECEIVE)
    if draft.recipient in agencies:
        ways.discard(Direction.PROVIDE)
    direction = draft.rng.choice(sorted(ways, key=str)) if draft.chance(45) else Direction.BOTH
    by_class = name not in AGENCIES
    members = []
    for agency in agencies if by_class else ():
        if draft.chance(15):
            left = draft.past() - draft.rng.choice((1, 86_400)) * SECOND
            members.append(member(agency, left - 99 * SECOND, left))
        since = draft.rng.choice((None, draft.past()))
        until = draft.rng.choice((None, draft.future()))
        if former:
            since, until = None, draft.past()
        members.append(member(agency, since, until))
    return Party(
        id=name,
        name=name.title(),
        kind="police-force" if name == "police" else "council",
        members=tuple(members),
        class_of="every body of this kind" if by_class else None,
        direction=direction,
        capacity="controller",
    )


def member(agency: str, since: datetime | None, until: datetime | None) -> Member:
    return Member(agency=agency, name=agency.title(), since=since, until=until)


def current(draft: Draft) -> Standing:
    """A standing in which an agreement may be put."""
    past, future = epoch_s(draft.past()), epoch_s(draft.future())
    suspensions: list[tuple[int, int | None]] = []
    if draft.chance(15):
        suspensions.append((past - 500, past))
    if draft.chance(8):
        suspensions.append((future, draft.rng.choice((None, future + 500))))
    return Standing(past, draft.rng.choice((None, None, future)), tuple(suspensions))


def register(draft: Draft, agreement: Agreement, standing: Standing | None) -> Agreement:
    draft.agreements.append(agreement)
    if standing is not None:
        draft.standing[agreement.id, agreement.version] = standing
    return agreement


# --- clauses


def covering(
    draft: Draft, parties: Sequence[Party], name: str, categories: Sequence[str] | None = None
) -> Clause:
    """Write a grant that matches what is asked."""
    rng = draft.rng
    listed = [
        category if draft.chance(45) else rng.choice(sorted(ancestors(category) & set(GROUPS)))
        for category in (draft.categories if categories is None else categories)
    ]
    if draft.chance(25):
        listed += draft.some((*CATEGORIES, *GROUPS), 1)
    confidence = rng.choice((None, None, None, "statute", "public-interest"))
    wants_consent = draft.course.startswith("consent") and not rests_on_consent(draft)
    if draft.consent is Consent.GIVEN and draft.chance(20):
        confidence = "consent"
    if wants_consent and draft.chance(90):
        confidence, draft.consent = "consent", Consent.GIVEN
    fields: dict[str, Any] = {
        "id": name,
        "title": f"Clause {name}",
        "holders": party_list(draft, parties, draft.holder),
        "recipients": party_list(draft, parties, draft.recipient),
        "information": tuple(dict.fromkeys(listed)),
        "about": tuple(draft.among(draft.about, SUBJECTS)),
        "purposes": tuple(draft.among([draft.purpose], PURPOSES)),
        "roles": tuple(draft.among([draft.role], ROLES)),
        "basis": bases(draft, parties) if draft.chance(50) else {},
        "needs": tuple(draft.some(sorted(draft.given), 0, 2)) if draft.chance(35) else (),
        "since": rng.choice((None, draft.past())),
        "until": rng.choice((None, draft.future())),
        "confidence": confidence,
        "obligations": (Obligation(do="record-on-case-file"),) if draft.chance(30) else (),
    }
    return Clause(**fields)


def party_list(draft: Draft, parties: Sequence[Party], agency: str) -> tuple[str, ...]:
    """Name the parties of one end, or leave it empty."""
    own = [party.id for party in parties if stands_in(agency, party, draft.at)]
    return tuple(draft.among(own, [party.id for party in parties]))


def bases(draft: Draft, parties: Sequence[Party]) -> dict[str, Basis]:
    """State, for the parties of whoever asks, a basis that what is asserted fits."""
    stated = {}
    for party in parties:
        own = stands_in(draft.asker, party, draft.at)
        if own or draft.chance(25):
            stated[party.id] = basis(draft)
    return stated


def basis(draft: Draft) -> Basis:
    said = draft.basis

    def listing(name: str, pool: Sequence[str]) -> tuple[str, ...]:
        asserted = [said[name]] if name in said else []
        return tuple(draft.among(asserted, pool, empty=50)) if asserted else ()

    return Basis(
        regime=said.get("regime", "UKGDPR"),
        article6=listing("article6", ("6-1-c", "6-1-e")),
        annex1=listing("annex1", ("A1-1", "A1-6")),
        article9=listing("article9", ("9-2-g", "9-2-h")),
        schedule1=listing("schedule1", ("6", "18")),
        official_authority="the Chief Constable's powers" if draft.chance(20) else None,
        law_enforcement=listing("law_enforcement", ("LE-task",)),
        schedule8=listing("schedule8", ("1", "4")),
        strictly_necessary="strictly-necessary" in draft.given and draft.chance(60),
        gateways=listing("gateway", GATEWAYS),
    )


def beside(draft: Draft, parties: Sequence[Party], name: str) -> Clause:
    """Write a clause that most likely does not match."""
    kind = draft.rng.choice(("grant", "grant", "exclusion", "referral"))
    clause = covering(draft, parties, name)
    if kind == "exclusion":
        clause = as_exclusion(draft, clause)
    elif kind == "referral":
        clause = as_referral(draft, clause)
    return clause if draft.chance(12) else off_course(draft, clause, parties)


def as_exclusion(draft: Draft, clause: Clause) -> Clause:
    about = clause.about
    if about and draft.chance(50):
        about = tuple(dict.fromkeys((draft.rng.choice(draft.about), *draft.some(SUBJECTS))))
    update = {
        "exclude": True,
        "basis": {},
        "obligations": (),
        "about": about,
        "reason": "It harms.",
    }
    return rewrite(clause, **update)


def as_referral(draft: Draft, clause: Clause) -> Clause:
    to = Referral(role="the lead for safeguarding")
    confidence = "consent" if draft.chance(15) else clause.confidence
    return rewrite(clause, refer=True, refer_to=to, obligations=(), confidence=confidence)


def rewrite(clause: Clause, **update: object) -> Clause:
    """Write a clause anew with some fields changed, and check it again."""
    fields: dict[str, Any] = {name: getattr(clause, name) for name in Clause.model_fields}
    return Clause(**{**fields, **update})


def off_course(draft: Draft, clause: Clause, parties: Sequence[Party]) -> Clause:
    """Change one condition, most often so that it no longer holds."""
    rng = draft.rng
    others = [party.id for party in parties]
    stranger = [one for one in ("plan-in-place", "case_reference") if one not in draft.given]
    subject = rng.choice(draft.about)
    ways: list[dict[str, Any]] = [
        {"purposes": tuple(one for one in PURPOSES if one != draft.purpose)[: rng.randint(1, 3)]},
        {"roles": tuple(one for one in ROLES if one != draft.role)[: rng.randint(1, 3)]},
        {"about": tuple(one for one in SUBJECTS if one != subject)[: rng.randint(1, 3)]},
        {"information": (rng.choice(CATEGORIES),)},
        {"needs": (*clause.needs, rng.choice(stranger))},
        {"since": draft.future(), "until": None},
        {"since": None, "until": draft.past()},
        {"holders": (rng.choice(others),)},
        {"recipients": (rng.choice(others),)},
    ]
    if clause.basis:
        key = rng.choice(sorted(clause.basis))
        ways += [
            {"basis": {name: stated for name, stated in clause.basis.items() if name != key}},
            {"basis": {**clause.basis, key: spoilt(draft, clause.basis[key])}},
            {"basis": {name: spoilt(draft, stated) for name, stated in clause.basis.items()}},
        ]
    changed = rewrite(clause, **rng.choice(ways))
    return changed if is_open(changed, parties) else rewrite(clause, **ways[0])


def spoilt(draft: Draft, stated: Basis) -> Basis:
    ways: list[dict[str, Any]] = [
        {"regime": "LE" if stated.regime == "UKGDPR" else "UKGDPR"},
        {"article6": ("6-1-b",)},
        {"article9": ("9-2-f",)},
        {"schedule1": ("29",)},
        {"schedule8": ("9",)},
        {"gateways": ("CA89-17",)},
        {"law_enforcement": ("LE-consent",)},
        {"annex1": ("A1-3",)},
        {"official_authority": "a power", "schedule1": ()},
        *({"strictly_necessary": True} for _ in range(3)),
    ]
    fields = {name: getattr(stated, name) for name in Basis.model_fields}
    return Basis(**{**fields, **draft.rng.choice(ways)})


def is_open(clause: Clause, parties: Sequence[Party]) -> bool:
    """Whether somebody may hold and somebody may receive, once direction is observed."""
    if clause.exclude:
        return True

    def end(listed: Sequence[str], barred: Direction) -> bool:
        return any(
            party.direction is not barred and (not listed or party.id in listed)
            for party in parties
        )

    return end(clause.holders, Direction.RECEIVE) and end(clause.recipients, Direction.PROVIDE)


# --- off course


def steer(draft: Draft, main: Agreement) -> None:
    """Push the case the way chosen for it."""
    match draft.course:
        case "permit":
            maybe_second_version(draft, main, 12)
        case "referral" | "exclusion" | "mismatch":
            steer_clauses(draft, main)
        case "consent-unknown":
            draft.consent = Consent.UNKNOWN
        case "consent":
            draft.consent = draft.rng.choice(
                (None, Consent.WITHDRAWN, Consent.WITHDRAWN, Consent.REFUSED, Consent.EXPIRED)
            )
        case "statute":
            break_the_law(draft)
        case "no-agreement":
            without_one_end(draft, main)
        case "superseded":
            maybe_second_version(draft, main, 100)
        case "anything":
            draft.consent = draft.rng.choice((None, *Consent))
            draft.basis = {**draft.basis, "article6": "6-1-ea"} if draft.chance(30) else draft.basis
            draft.purpose = draft.rng.choice(PURPOSES)
            draft.role = draft.rng.choice(ROLES)
            draft.categories = draft.rng.sample(CATEGORIES, 2)
            draft.given -= set(draft.some(sorted(draft.given)))
            steer_state(draft, main)
        case _:
            steer_state(draft, main)


def replace_main(draft: Draft, main: Agreement, **update: object) -> Agreement:
    changed = Agreement(**{**dict(main), **update})
    draft.agreements[draft.agreements.index(main)] = changed
    return changed


def steer_clauses(draft: Draft, main: Agreement) -> None:
    rng, parties = draft.rng, main.parties
    clauses = list(main.clauses)
    if draft.course == "exclusion":
        harmful = covering(draft, parties, "9.1", draft.some(draft.categories, 1))
        clauses.insert(rng.randrange(len(clauses) + 1), as_exclusion(draft, harmful))
    else:
        only = rng.randrange(len(clauses)) if draft.chance(15) else None
        clauses = [
            off_course(draft, clause, parties)
            if only in (None, index) and not clause.exclude
            else clause
            for index, clause in enumerate(clauses)
        ]
        if draft.course == "referral":
            clauses.append(as_referral(draft, covering(draft, parties, "8.1")))
    if draft.course == "mismatch" and draft.chance(15):
        parties = tuple(left(draft, party) for party in parties)
    replace_main(draft, main, clauses=tuple(clauses), parties=parties)


def left(draft: Draft, party: Party) -> Party:
    """The same class, when some of its members have left or are still to come."""
    gone = draft.rng.choice((draft.holder, draft.recipient))
    members = tuple(
        member(one.agency, *draft.rng.choice(((None, draft.past()), (draft.future(), None))))
        if one.agency == gone
        else one
        for one in party.members
    )
    return Party(**{**dict(party), "members": members})


def steer_state(draft: Draft, main: Agreement) -> None:
    rng, key = draft.rng, (main.id, main.version)
    stands = draft.standing[key]
    past, future = draft.past(), draft.future()
    course = draft.course
    if course == "anything":
        course = rng.choice(("overdue", "suspended", "not-signed", "expired"))
    if course == "overdue":
        replace_main(draft, main, review_due=past)
    elif course == "not-yet-in-force":
        replace_main(draft, main, in_force_from=future)
    elif course == "expired":
        replace_main(draft, main, end=End(on=past))
    elif course == "ended":
        draft.standing[key] = replace(stands, ended_s=epoch_s(past))
    elif course == "suspended":
        until = rng.choice((None, epoch_s(future)))
        spans = (*stands.suspensions, (epoch_s(past), until))
        draft.standing[key] = replace(stands, suspensions=spans)
    elif draft.chance(40):
        del draft.standing[key]
    else:
        draft.standing[key] = replace(stands, activated_s=rng.choice((None, epoch_s(future))))


def maybe_second_version(draft: Draft, main: Agreement, percent: float) -> None:
    """Put a later version beside the first, or an earlier one, in whatever standing."""
    if not draft.chance(percent):
        return
    early, late = draft.rng.choice(VERSIONS)
    superseded = draft.course == "superseded"
    mine, theirs = (early, late) if superseded or draft.chance(50) else (late, early)
    parties = build_parties(draft, draft.some((draft.holder, draft.recipient), 0, 2))
    clauses = [
        off_course(draft, covering(draft, parties, "1.1"), parties)
        if superseded
        else beside(draft, parties, "1.1")
    ]
    if not is_open(clauses[0], parties):
        parties = [Party(**{**dict(party), "direction": Direction.BOTH}) for party in parties]
    stands = current(draft)
    second = build_agreement(draft, main.id, theirs, parties, clauses)
    if draft.chance(15):
        second = Agreement(**{**dict(second), "review_due": draft.past()})
    if draft.chance(15):
        stands = replace(stands, suspensions=((epoch_s(draft.past()), None),))
    if draft.chance(25):
        stands = replace(stands, ended_s=epoch_s(draft.past()))
    draft.standing[main.id, mine] = draft.standing.pop((main.id, main.version))
    replace_main(draft, main, version=mine)
    register(draft, second, stands)


def without_one_end(draft: Draft, main: Agreement) -> None:
    """Write the agreement without the holder, or without the recipient."""
    draft.agreements.remove(main)
    del draft.standing[main.id, main.version]
    gone = draft.rng.choice((draft.holder, draft.recipient))
    agencies = [agency for agency in AGENCIES if agency != gone]
    ends = draft.rng.sample(agencies, 2)
    parties = [build_party(draft, agency, agency) for agency in ends]
    parties = [Party(**{**dict(party), "direction": Direction.BOTH}) for party in parties]
    clause = covering(draft, parties, "1.1")
    register(draft, build_agreement(draft, "main", "1", parties, [clause]), current(draft))


def of_another_day(draft: Draft) -> bool:
    """Whether what is asserted was not yet, or is no longer, the law."""
    before_2018 = draft.at < ACT_2018
    too_early = draft.basis.get("article6") == "6-1-ea" and draft.at < RECOGNISED_INTERESTS
    return too_early or before_2018 != (draft.basis.get("regime") == "DPA98")


def drop_what_is_owed(draft: Draft) -> bool:
    """Take away what the basis asserted calls for beside it, if it calls for something."""
    if draft.basis.get("article6") == "6-1-ea":
        draft.basis.pop("annex1", None)
    elif draft.basis.get("schedule8") == "4":
        draft.given.discard("no_consent_reason")
    else:
        return False
    return True


def break_the_law(draft: Draft) -> None:
    """Take away or change one thing that the law asks for, unless the law is of another day."""
    if of_another_day(draft) or (draft.chance(40) and drop_what_is_owed(draft)):
        return
    held = sorted(set(draft.basis) - {"gateway", "regime"})
    lawful = {"no_consent_reason", "public_task_statement", *CONFIRMABLE}
    said = sorted(draft.given & lawful)
    for _ in range(draft.rng.randint(1, 2)):
        match draft.rng.randrange(7):
            case 0 if held:
                draft.basis.pop(draft.rng.choice(held), None)
            case 1 | 2 if said:
                draft.given.discard(draft.rng.choice(said))
            case 3:
                draft.public, draft.competent = True, False
            case 4:
                draft.basis["regime"] = draft.rng.choice(("UKGDPR", "LE", "IS", "DPA98"))
            case 5 if "article9" in draft.basis:
                draft.basis["schedule1"] = draft.rng.choice(("1", "4", "5", "6", "28", "29", "18"))
            case _:
                draft.basis["article6"] = draft.rng.choice(("6-1-ea", "6-1-f", "6-1-a"))
                if draft.chance(50):
                    draft.basis["annex1"] = "A1-1"
    if draft.basis.get("schedule1") == "5":
        draft.basis["schedule1"] = "29"


# --- what stands beside


def build_other(draft: Draft, name: str) -> None:
    """Write another agreement, most often of no use here."""
    ends = draft.some((draft.holder, draft.recipient), 1, 2)
    parties = build_parties(draft, ends)
    clauses = [
        beside(draft, parties, f"{index}") for index in range(1, draft.rng.randint(1, 3) + 1)
    ]
    if any(not is_open(clause, parties) for clause in clauses):
        parties = [Party(**{**dict(party), "direction": Direction.BOTH}) for party in parties]
    other = build_agreement(draft, name, "1", parties, clauses)
    stands: Standing | None = current(draft)
    match draft.rng.randrange(8):
        case 0:
            stands = None
        case 1:
            other = Agreement(**{**dict(other), "review_due": draft.past()})
        case 2:
            other = Agreement(**{**dict(other), "end": End(on=draft.past())})
        case 3:
            stands = Standing(epoch_s(draft.past()), suspensions=((epoch_s(draft.past()), None),))
    register(draft, other, stands)


def finish(draft: Draft, seed: int) -> Case:
    known = any(is_candidate_at(agreement, draft) for agreement in draft.agreements)
    confirms = draft.given - set(TERMS_OF_NEED)
    confirms -= set() if known else set(CONDITIONS)
    if known and draft.chance(12):
        confirms.add(draft.rng.choice(CONDITIONS))
    ends: dict[str, Any] = {"holder": draft.holder, "recipient": draft.recipient}
    disclosure = Disclosure(
        **ends,
        information=tuple(draft.categories),
        about=tuple(draft.about),
        purpose=draft.purpose,
        role=draft.role,
        basis=LawfulBasis(**draft.basis),
        asked_by=draft.asker if draft.asker == draft.holder or draft.chance(40) else None,
        necessity="to protect a child" if "necessity" in draft.given else None,
        no_consent_reason="NC-c" if "no_consent_reason" in draft.given else None,
        public_task_statement="a task" if "public_task_statement" in draft.given else None,
        confirms=tuple(sorted(confirms)),
    )
    facts = Facts(
        standing=draft.standing,
        consent=draft.consent,
        asker_public_authority=draft.public,
        asker_competent_authority=draft.competent,
    )
    agreements = tuple(draft.agreements)
    return Case(seed, draft.course, agreements, disclosure, facts, draft.at)


def is_candidate_at(agreement: Agreement, draft: Draft) -> bool:
    """Whether both ends stand in its parties at this very instant."""
    ends = (draft.holder, draft.recipient)
    return all(any(stands_in(end, one, draft.at) for one in agreement.parties) for end in ends)


# --- narrower worlds

Narrower = tuple[str, tuple[Agreement, ...], Disclosure, Facts]


def mutations(case: Case) -> Iterator[Narrower]:
    """Narrow a case in each way that it allows.

    Yields:
        A name, and agreements, disclosure and facts under which no category may become more open:
        none newly permitted, and none newly permitted or referred. Under `add an unrelated
        agreement` nothing may change at all.
    """
    rng = Random(case.seed ^ 0x5EED)
    asked, facts = case.disclosure, case.facts
    index = rng.randrange(len(case.agreements))
    chosen = case.agreements[index]

    def with_clauses(at: int, clauses: Sequence[Clause]) -> tuple[Agreement, ...]:
        changed = Agreement(**{**dict(case.agreements[at]), "clauses": tuple(clauses)})
        return (*case.agreements[:at], changed, *case.agreements[at + 1 :])

    exclusion = Clause(
        id="99",
        title="An exclusion",
        exclude=True,
        information=(rng.choice((*asked.information, *GROUPS)),),
        purposes=rng.choice(((), (asked.purpose,))),
    )
    yield "add an exclusion", with_clauses(index, (*chosen.clauses, exclusion)), asked, facts

    for name, narrow in NARROWINGS.items():
        choices = [
            (position, place, narrower)
            for position, agreement in enumerate(case.agreements)
            for place, clause in enumerate(agreement.clauses)
            if not clause.exclude and not clause.refer
            for narrower in narrow(clause, agreement, case)
            if is_open(narrower, agreement.parties)
        ]
        if choices:
            position, place, narrower = rng.choice(choices)
            clauses = case.agreements[position].clauses
            changed = (*clauses[:place], narrower, *clauses[place + 1 :])
            yield name, with_clauses(position, changed), asked, facts

    # Every version is ended: to end the later alone would bring the earlier back into force.
    ended_s = epoch_s(case.at) - rng.choice((0, 1, 86_400))
    standing = {
        key: replace(stands, ended_s=ended_s) if key[0] == chosen.id else stands
        for key, stands in facts.standing.items()
    }
    yield "end an agreement", case.agreements, asked, replace(facts, standing=standing)

    if facts.consent in (Consent.GIVEN, Consent.UNKNOWN):
        withdrawn = replace(facts, consent=Consent.WITHDRAWN)
        yield "withdraw consent", case.agreements, asked, withdrawn

    yield unrelated(case)


def unrelated(case: Case) -> Narrower:
    """Add an agreement in force between two agencies that nobody here knows."""
    parties = tuple(
        Party(id=name, name=name.title(), kind="council", capacity="controller")
        for name in ("farshire", "outland")
    )
    clauses = (
        Clause(id="1", title="All of it", information=("any",)),
        Clause(id="2", title="None of it", information=("any",), exclude=True),
    )
    agreement = Agreement(
        concordat="1",
        id="unrelated",
        version="1",
        title="Of others",
        kind="isp",
        jurisdiction=("england",),
        parties=parties,
        clauses=clauses,
    )
    standing = {**case.facts.standing, ("unrelated", "1"): Standing(0)}
    facts = replace(case.facts, standing=standing)
    return "add an unrelated agreement", (*case.agreements, agreement), case.disclosure, facts


def without_a_party(clause: Clause, agreement: Agreement, _case: Case) -> Iterator[Clause]:
    everyone = tuple(party.id for party in agreement.parties)
    for end in ("holders", "recipients"):
        listed = getattr(clause, end) or everyone
        if len(listed) > 1:
            for gone in listed:
                yield rewrite(clause, **{end: tuple(one for one in listed if one != gone)})


def without_a_purpose(clause: Clause, _agreement: Agreement, case: Case) -> Iterator[Clause]:
    yield from without_a_term(clause, "purposes", PURPOSES, case.disclosure.purpose)


def without_a_role(clause: Clause, _agreement: Agreement, case: Case) -> Iterator[Clause]:
    yield from without_a_term(clause, "roles", ROLES, case.disclosure.role)


def without_a_term(clause: Clause, name: str, pool: Sequence[str], asked: str) -> Iterator[Clause]:
    listed = getattr(clause, name)
    kept = tuple(one for one in listed or pool if one != asked)
    if kept:
        yield rewrite(clause, **{name: kept})
    if len(listed) > 1:
        yield rewrite(clause, **{name: listed[1:]})


def without_a_category(clause: Clause, _agreement: Agreement, case: Case) -> Iterator[Clause]:
    for gone in case.disclosure.information:
        spelt_out = [
            category
            for category in CATEGORIES
            if category in clause.information or ancestors(category) & set(clause.information)
        ]
        kept = tuple(category for category in spelt_out if category != gone)
        if kept and len(kept) < len(spelt_out):
            yield rewrite(clause, information=kept)


NARROWINGS = {
    "remove a party from a grant": without_a_party,
    "remove a purpose from a grant": without_a_purpose,
    "remove a role from a grant": without_a_role,
    "remove a category from a grant": without_a_category,
}
