"""Small made-up worlds, drawn by a seeded die, for laws that must hold in all of them.

A case is built towards a permit, clause around question, and then pushed off course in one way
chosen beforehand; so permits are common and every answer occurs. Intervals are drawn so that the
instant asked often falls exactly on an end of them, or one second beside it.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from random import Random
from typing import Any

from agreements.asking import Asking, Level
from agreements.asking import End as AskingEnd
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
from engine.asking import KNOWN_OF, Evidence
from engine.request import Consent, Disclosure, Facts, LawfulBasis
from engine.standing import Standing
from tests.reference.breaches import BREACHES
from tests.reference.draft import (
    AGENCIES,
    BY_STATEMENT,
    CATEGORIES,
    CONDITIONS,
    CONFIRMABLE,
    FREE_GATEWAYS,
    GROUPS,
    HARMFUL,
    PURPOSES,
    ROLES,
    SECOND,
    SUBJECTS,
    Draft,
    keep_the_law,
    question,
    rests_on_consent,
)
from tests.reference.evaluator import stands_in
from tests.reference.question import ancestors, hierarchy

GATEWAYS = tuple(hierarchy("gateways"))
VERSIONS = (("1", "2"), ("9", "10"), ("1.9", "1.10"), ("1.2", "2"), ("1", "1.1"), ("2.0.9", "2.1"))

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
    "statute": 14,
    "unsettled": 3,
    "handling": 3,
    "exclusion": 5,
    "mismatch": 8,
    "anything": 4,
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


def case(seed: int) -> Case:
    """Draw the case of that number: the same number, the same case."""
    rng = Random(seed)
    draft = question(rng, rng.choices(tuple(COURSES), tuple(COURSES.values()))[0])
    keep_the_law(draft)
    if draft.course == "statute":
        BREACHES[rng.choice(tuple(BREACHES))](draft)
    main = build_main(draft)
    steer(draft, main)
    for index in range(draft.rng.choices((0, 1, 2), (55, 30, 15))[0]):
        if len(draft.agreements) < 4:
            build_other(draft, f"other-{index}")
    draft.rng.shuffle(draft.agreements)
    return finish(draft, seed)


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
    left: list[tuple[str, int]] = []
    if draft.chance(12):
        # Whoever has left may be a stranger to the question, or not be out yet.
        left.append((draft.rng.choice(AGENCIES), draft.rng.choice((past, future))))
    ended_s = draft.rng.choice((None, None, future))
    return Standing(past, ended_s, tuple(suspensions), tuple(left))


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
        gateways=listing("gateway", FREE_GATEWAYS),
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

    # Of two parties of one name a clause means the first; `check` refuses such a text.
    first = {party.id: party for party in reversed(parties)}.values()

    def end(listed: Sequence[str], barred: Direction) -> bool:
        return any(
            party.direction is not barred and (not listed or party.id in listed) for party in first
        )

    return end(clause.holders, Direction.RECEIVE) and end(clause.recipients, Direction.PROVIDE)


# --- off course


def steer(draft: Draft, main: Agreement) -> None:
    """Push the case the way chosen for it."""
    match draft.course:
        case "permit" | "superseded":
            maybe_second_version(draft, main, 12 if draft.course == "permit" else 100)
        case "referral" | "exclusion" | "mismatch":
            steer_clauses(draft, main)
        case "consent-unknown":
            draft.consent = Consent.UNKNOWN
        case "consent":
            draft.consent = draft.rng.choice(
                (None, Consent.WITHDRAWN, Consent.WITHDRAWN, Consent.REFUSED, Consent.EXPIRED)
            )
        case "statute":
            pass  # Broken before the agreement was written, so that its clauses fit all the same.
        case "unsettled":
            unsettle(draft)
        case "handling":
            draft.stated["handling"] = "C"
            draft.given.discard("handling_conditions")
        case "no-agreement":
            without_one_end(draft, main)
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


def unsettle(draft: Draft) -> None:
    """Take away or change what was asserted or given, one or two things of many."""
    held = sorted(set(draft.basis) - {"regime"})
    said = sorted(draft.given & {"no_consent_reason", "public_task_statement", *CONFIRMABLE})
    for _ in range(draft.rng.randint(1, 2)):
        match draft.rng.randrange(8):
            case 0 if held:
                draft.basis.pop(draft.rng.choice(held), None)
            case 1 | 2 if said:
                draft.given.discard(draft.rng.choice(said))
            case 3:
                draft.public, draft.competent = True, False
            case 4:
                draft.basis["regime"] = draft.rng.choice(("UKGDPR", "LE", "IS", "DPA98"))
            case 5 if "article9" in draft.basis:
                draft.basis["schedule1"] = draft.rng.choice(("1", "4", "6", "28", "29", "18"))
            case 6:
                draft.basis["gateway"] = draft.rng.choice(GATEWAYS)
            case _:
                draft.basis["article6"] = draft.rng.choice(("6-1-ea", "6-1-f", "6-1-a"))
                if draft.chance(50):
                    draft.basis["annex1"] = "A1-1"


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
    confirms = draft.given - set(BY_STATEMENT)
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
        handling_conditions="as told" if "handling_conditions" in draft.given else None,
        **draft.stated,
        confirms=tuple(sorted(confirms)),
    )
    facts = Facts(
        standing=draft.standing,
        consent=draft.consent,
        confidence_consent=confided(draft),
        asker_public_authority=draft.public,
        asker_competent_authority=draft.competent,
        holder_kind=draft.holder_kind,
        recipient_kind=draft.recipient_kind,
        status_unclear=draft.chance(4),
    )
    agreements = tuple(dated(draft, agreement) for agreement in draft.agreements)
    # A die of its own, so that the rest of each world is what it was.
    rng = Random(seed ^ 0xA5C)
    if rng.random() < 0.7:
        facts = replace(facts, evidence=dict.fromkeys(KNOWN_OF, rng.choice(tuple(Evidence))))
        if rng.random() < 0.5:
            facts = replace(facts, evidence={n: rng.choice(tuple(Evidence)) for n in KNOWN_OF})
    agreements = tuple(
        each.model_copy(update={"asking": demanding(rng)}) if rng.random() < 0.08 else each
        for each in agreements
    )
    return Case(seed, draft.course, agreements, disclosure, facts, draft.at)


def demanding(rng: Random) -> Asking:
    """What an agreement may demand of whoever asks."""
    return Asking(
        ends=rng.choice(((), (), tuple(AskingEnd), *((each,) for each in AskingEnd))),
        requester=rng.choice(tuple(Level)),
        role=rng.choice((Level.ASSERTED, *Level)),
        purpose=rng.choice((Level.ASSERTED, Level.ASSERTED, *Level)),
    )


def confided(draft: Draft) -> Consent | None:
    """Consent against the duty of confidence: most often what the other kind is."""
    return draft.rng.choice((None, *Consent)) if draft.chance(25) else draft.consent


def dated(draft: Draft, agreement: Agreement) -> Agreement:
    """Now and then a party joined, accepted the parent or left by date; seldom, it is not bound."""
    parties = []
    for party in agreement.parties:
        dates: dict[str, datetime] = {}
        if draft.chance(10):
            dates[draft.rng.choice(("since", "accepted_parent"))] = draft.past()
        if draft.chance(6):
            dates["until"] = draft.future()
        if draft.chance(2):
            gone, late = {"until": draft.past()}, {"since": draft.future()}
            dates = draft.rng.choice((gone, late, {"accepted_parent": draft.future()}))
        parties.append(party.model_copy(update=dates))
    changes: dict[str, Any] = {"parties": tuple(parties)}
    if agreement.review_due is not None and draft.chance(40):
        changes["review_grace"] = draft.rng.choice(("PT12H", "P1D", "P40D", "P3M", "P2Y"))
    return agreement.model_copy(update=changes)


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

    key = chosen.id, chosen.version
    stands = facts.standing.get(key, Standing())
    since_s = epoch_s(case.at) - rng.choice((0, 1, 86_400))
    until_s = rng.choice((None, epoch_s(case.at), epoch_s(case.at) + 1))
    gone = rng.choice((asked.holder, asked.recipient, rng.choice(AGENCIES)))
    for name, narrower_standing in (
        ("end a version", replace(stands, ended_s=since_s)),
        (
            "suspend a version",
            replace(stands, suspensions=(*stands.suspensions, (since_s, until_s))),
        ),
        ("have an agency leave a version", replace(stands, left=(*stands.left, (gone, since_s)))),
    ):
        standing = {**facts.standing, key: narrower_standing}
        yield name, case.agreements, asked, replace(facts, standing=standing)

    if facts.consent in (Consent.GIVEN, Consent.UNKNOWN):
        withdrawn = replace(facts, consent=Consent.WITHDRAWN)
        yield "withdraw consent", case.agreements, asked, withdrawn
    if facts.confidence_consent in (Consent.GIVEN, Consent.UNKNOWN):
        withdrawn = replace(facts, confidence_consent=Consent.WITHDRAWN)
        yield "withdraw consent in confidence", case.agreements, asked, withdrawn
    yield (
        "an end's status becomes unclear",
        case.agreements,
        asked,
        replace(facts, status_unclear=True),
    )

    for name, stated in said_otherwise(case, rng):
        yield name, case.agreements, asked.model_copy(update=stated), facts
    for name, known in known_otherwise(facts):
        yield name, case.agreements, asked, known
    yield unrelated(case)


def said_otherwise(case: Case, rng: Random) -> Iterator[tuple[str, dict[str, object]]]:
    """What a question may say besides, or no longer say, without being answered more openly.

    Whatever is given may meet a need or lift an exclusion; so it is added only where no clause
    asks for it. A handling code opens the way to a human where its conditions are such a need.
    """
    asked, basis = case.disclosure, case.disclosure.basis
    needed = {
        need
        for agreement in case.agreements
        for clause in agreement.clauses
        for need in clause.needs
    }
    yield "raise the marking", {"classification": rng.choice(("SECRET", "TOP-SECRET"))}
    yield "say that it was collected for law enforcement", {"collected_under": "LE"}
    if asked.handling_conditions is not None or "handling_conditions" not in needed:
        yield "add handling code C", {"handling": "C"}
    for harm in HARMFUL:
        if harm not in needed and harm not in asked.confirms:
            yield f"confirm {harm}", {"confirms": (*asked.confirms, harm)}
    if basis.gateway in FREE_GATEWAYS:
        # The statute asks nothing of these; to drop another may be to escape what it asks.
        dropped = basis.model_copy(update={"gateway": None})
        yield "drop a gateway of which the statute says nothing", {"basis": dropped}
    for statement in BY_STATEMENT:
        if getattr(asked, statement) is not None:
            yield f"take back {statement}", {statement: None}
    kept = tuple(one for one in asked.confirms if one in HARMFUL)
    if kept != asked.confirms:
        yield "take back what was confirmed", {"confirms": kept}


def known_otherwise(facts: Facts) -> Iterator[tuple[str, Facts]]:
    """What an office may know less of the bodies, or know to be less, and open nothing by it."""
    yield "forget what kind of body either is", replace(facts, holder_kind="", recipient_kind="")
    if facts.asker_competent_authority:
        yield "be no competent authority", replace(facts, asker_competent_authority=False)
    if not facts.asker_public_authority:
        yield "be a public authority", replace(facts, asker_public_authority=True)


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
