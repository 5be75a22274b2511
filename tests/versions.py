"""Pairs of versions of one agreement, drawn by a seeded die, and questions to tell them apart.

A pair is a made-up agreement of ``tests.generators`` and the same one with one to three things
changed. Questions are drawn inside the rows of a comparison, just outside them, around the
question the agreement was built for, and anywhere.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from random import Random
from typing import Any, Self

from agreements.model import Agreement, Clause, Direction, End, Party
from agreements.vocabulary import Kind, current
from engine.asking import Evidence
from engine.compare import Change
from engine.compare_rows import Row
from engine.cover import Box
from engine.dimensions import ABSENT, EVIDENCE, YES, Dimensions
from engine.request import Consent, Disclosure, Facts, LawfulBasis
from tests import generators
from tests.generators import Case, case
from tests.reference import draft as drafts
from tests.reference.draft import Draft

BASIS = (
    *("regime", "article6", "annex1", "article9", "schedule1"),
    *("law_enforcement", "schedule8", "gateway"),
)
STATED = ("classification", "handling", "collected_under")
FLAGS = ("asker_public_authority", "asker_competent_authority")
CONSENTS = ("consent", "confidence_consent")
KINDS = ("holder_kind", "recipient_kind")
DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Asked:
    """One question about one category, with the facts beside it; absent fields are empty."""

    single: dict[str, str]
    about: frozenset[str]
    given: frozenset[str]
    at: datetime

    @classmethod
    def of(cls, said: Disclosure, at: datetime, facts: Facts | None = None) -> Self:
        """The first category of a disclosure, asked alone."""
        facts = facts or Facts()
        single = {
            "holder": said.holder,
            "recipient": said.recipient,
            "asks": "holder" if said.asker == said.holder else "recipient",
            "information": said.information[0],
            "purpose": said.purpose,
            "role": said.role,
            **{name: getattr(facts, name) or ABSENT for name in CONSENTS},
            **{name: str(getattr(facts, name)).lower() for name in FLAGS},
            **{name: getattr(facts, name) for name in KINDS},
            **{name: (facts.evidence or {}).get(_plain(name), ABSENT) for name in EVIDENCE},
            **{name: getattr(said.basis, name) or ABSENT for name in BASIS},
            **{name: getattr(said, name) or ABSENT for name in STATED},
        }
        return cls(single, frozenset(said.about), frozenset(said.given()), at)

    def disclosure(self) -> Disclosure:
        single = self.single
        said = {name: single[name] for name in (*BASIS, *STATED) if single[name]}
        basis = {name: said.pop(name) for name in BASIS if name in said}
        statements = {name: "as told" for name in drafts.BY_STATEMENT if name in self.given}
        if "no_consent_reason" in statements:
            statements["no_consent_reason"] = "NC-c"
        return Disclosure(
            **{name: single[name] for name in ("holder", "recipient")},
            information=(single["information"],),
            about=tuple(sorted(self.about)),
            purpose=single["purpose"],
            role=single["role"],
            basis=LawfulBasis(**basis),
            asked_by=single[single["asks"]],
            confirms=tuple(sorted(self.given - set(drafts.BY_STATEMENT))),
            **said,
            **statements,
        )

    def facts(self) -> Facts:
        single = self.single
        return Facts(
            consent=_consent(single["consent"]),
            confidence_consent=_consent(single["confidence_consent"]),
            asker_public_authority=single["asker_public_authority"] == "true",
            asker_competent_authority=single["asker_competent_authority"] == "true",
            holder_kind=single["holder_kind"],
            recipient_kind=single["recipient_kind"],
            evidence={_plain(name): Evidence(single[name]) for name in EVIDENCE}
            if single[EVIDENCE[0]]
            else None,
        )

    def point(self, laid_out: Dimensions) -> Box:
        """The question as a box of one value in each dimension."""
        box = {name: laid_out.mask(name, [value]) for name, value in self.single.items()}
        for name, kinds in laid_out.people.items():
            box[name] = YES if kinds & self.about else 3 - YES
        for name in laid_out.values:
            if name.startswith("given:"):
                box[name] = YES if name.removeprefix("given:") in self.given else 3 - YES
        at_s = int(self.at.timestamp())
        place = sum(cut <= at_s for cut in laid_out.cuts)
        found = laid_out.space.box({**box, "at": 1 << place})
        assert found is not None
        return found

    @property
    def settled(self) -> bool:
        """Whether nothing about it is unknown or unsaid, so that nothing is supposed."""
        unsaid = self.single["handling"] == "C" and "handling_conditions" not in self.given
        unknown = any(self.single[name] == Consent.UNKNOWN for name in CONSENTS)
        return not unknown and not unsaid


def _plain(name: str) -> str:
    return name.removesuffix("_evidence")


def _known(asked: Asked) -> Asked:
    """The question as somebody could ask it: known in every respect, or in none."""
    found = {name: asked.single[name] for name in EVIDENCE}
    if not any(found.values()):
        return asked
    filled = {name: level or Evidence.ASSERTED.value for name, level in found.items()}
    return replace(asked, single={**asked.single, **filled})


def _consent(state: str) -> Consent | None:
    return Consent(state) if state else None


@dataclass(frozen=True, slots=True)
class Pair:
    """Two versions of one agreement, and the world the first was made for."""

    seed: int
    world: Case
    old: Agreement
    new: Agreement


def pair(seed: int) -> Pair:
    """Draw the pair of that number: the same number, the same pair."""
    rng = Random(seed)
    world = case(seed)
    old = next((one for one in world.agreements if one.id == "main"), world.agreements[0])
    old = old.model_copy(update={"version": "1"})
    new = old.model_copy(update={"version": "2"})
    maker = _draft(world, rng)
    for _ in range(rng.choice((1, 1, 1, 2, 3))):
        new = rng.choice(CHANGES)(maker, new)
    return Pair(seed, world, old, new)


def _draft(world: Case, rng: Random) -> Draft:
    """A draft that draws clauses around the question of a world."""
    said, facts = world.disclosure, world.facts
    basis = {k: v for k, v in said.basis.model_dump().items() if v is not None}
    return Draft(
        rng=rng,
        at=world.at,
        course="permit",
        holder=said.holder,
        recipient=said.recipient,
        asker=said.asker,
        categories=list(said.information),
        about=list(said.about),
        purpose=said.purpose,
        role=said.role,
        basis=basis,
        given=set(said.given()),
        consent=facts.consent,
    )


def _one_clause(maker: Draft, new: Agreement, change: Callable[[Clause], Clause]) -> Agreement:
    place = maker.rng.randrange(len(new.clauses))
    clauses = list(new.clauses)
    changed = change(clauses[place])
    if generators.is_open(changed, new.parties):
        clauses[place] = changed
    return new.model_copy(update={"clauses": tuple(clauses)})


def _off_course(maker: Draft, new: Agreement) -> Agreement:
    return _one_clause(maker, new, lambda clause: generators.off_course(maker, clause, new.parties))


def _loosened(maker: Draft, new: Agreement) -> Agreement:
    """One condition of one clause is taken away."""
    lists = ("purposes", "roles", "about", "needs", "holders", "recipients")
    nothing: dict[str, object] = dict.fromkeys(lists, ())
    nothing |= {"basis": {}, "since": None, "until": None, "confidence": None}
    name = maker.rng.choice(list(nothing))
    return _one_clause(
        maker, new, lambda clause: generators.rewrite(clause, **{name: nothing[name]})
    )


def _added(maker: Draft, new: Agreement) -> Agreement:
    rng = maker.rng
    made = generators.covering(maker, new.parties, "77")
    kind = rng.choice(("grant", "grant", "exclude", "refer"))
    if kind == "exclude":
        made = generators.as_exclusion(maker, made)
    elif kind == "refer":
        made = generators.as_referral(maker, made)
    others = [each for each in new.clauses if each.id != "77"]
    clauses = [*others, made] if generators.is_open(made, new.parties) else others
    return new.model_copy(update={"clauses": tuple(clauses or new.clauses)})


def _removed(maker: Draft, new: Agreement) -> Agreement:
    if len(new.clauses) < 2:
        return _off_course(maker, new)
    gone = maker.rng.randrange(len(new.clauses))
    kept = tuple(each for place, each in enumerate(new.clauses) if place != gone)
    return new.model_copy(update={"clauses": kept})


def _dated(maker: Draft, new: Agreement) -> Agreement:
    changes: list[dict[str, Any]] = [
        {"in_force_from": maker.rng.choice((maker.past(), maker.future()))},
        {"end": End(on=maker.rng.choice((maker.past(), maker.future())))},
        {"end": None},
        {"review_due": maker.rng.choice((maker.past(), maker.future()))},
        {"review_due": None, "review_grace": None},
        {"review_grace": maker.rng.choice((None, "PT12H", "P3M"))},
    ]
    return new.model_copy(update=maker.rng.choice(changes))


def _asking(maker: Draft, new: Agreement) -> Agreement:
    """Other demands of whoever asks, or none."""
    made = maker.rng.choice((None, generators.demanding(maker.rng)))
    return new.model_copy(update={"asking": made})


def _party(maker: Draft, new: Agreement) -> Agreement:
    """A party joins or leaves by date, or gives or receives no longer."""
    rng = maker.rng
    place = rng.randrange(len(new.parties))
    update: dict[str, Any] = rng.choice(
        (
            {"since": rng.choice((maker.past(), maker.future()))},
            {"until": rng.choice((maker.past(), maker.future()))},
            {"direction": Direction.BOTH},
            {"direction": rng.choice((Direction.PROVIDE, Direction.RECEIVE))},
        )
    )
    parties: list[Party] = list(new.parties)
    parties[place] = parties[place].model_copy(update=update)
    if all(generators.is_open(clause, parties) for clause in new.clauses):
        return new.model_copy(update={"parties": tuple(parties)})
    return new


CHANGES: tuple[Callable[[Draft, Agreement], Agreement], ...] = (
    *(_off_course, _off_course, _loosened, _loosened, _added, _added),
    *(_removed, _dated, _party, _asking),
)


def questions(drawn: Pair, change: Change, count: int) -> Iterator[Asked]:
    """Questions inside rows, beside them, around the question of the world, and anywhere."""
    rng = Random(drawn.seed + 1)
    laid_out = change.dimensions
    own = _of_world(drawn, laid_out, rng)
    for place in range(count):
        rows = change.rows
        asked = own
        if rows and place % 3 < 2:
            asked = _inside(rng.choice(rows), laid_out, rng, drawn)
        for _ in range(rng.choice((0, 0, 1, 1, 2, 3))):
            asked = _moved(asked, laid_out, rng)
        asked = _known(asked)
        if asked.single["holder"] != asked.single["recipient"] and asked.about:
            yield asked


def _of_world(drawn: Pair, laid_out: Dimensions, rng: Random) -> Asked:
    """The question of a world, between agencies that have a part in the pair."""
    asked = Asked.of(drawn.world.disclosure, drawn.world.at, drawn.world.facts)
    single = {**asked.single, "information": rng.choice(drawn.world.disclosure.information)}
    for name in ("holder", "recipient"):
        if single[name] not in laid_out.values[name]:
            single[name] = rng.choice(laid_out.values[name])
    return replace(asked, single=single)


def _inside(row: Row, laid_out: Dimensions, rng: Random, drawn: Pair) -> Asked:
    """The question of the world, brought into a row; what the row leaves open is kept."""
    own = _of_world(drawn, laid_out, rng)
    single = dict(own.single)
    box = rng.choice(masks_of(row))
    for name, value in own.single.items():
        options = laid_out.listed(name, box.get(name, laid_out.space.full[name]))
        single[name] = value if value in options else rng.choice(options)
    about, given = set(own.about), set(own.given)
    for name, kinds in laid_out.people.items():
        if box.get(name, 3) == YES and not about & kinds:
            about.add(rng.choice(sorted(kinds)))
        if box.get(name, 3) == 3 - YES:
            about -= kinds
    free = sorted(
        kind
        for name, kinds in laid_out.people.items()
        if box.get(name, YES) & YES
        for kind in kinds
    )
    about = about or {rng.choice(free)}
    for name, mask in box.items():
        if name.startswith("given:"):
            need = name.removeprefix("given:")
            given = given | {need} if mask == YES else given - {need}
    at = own.at
    spot = box.get("at", laid_out.space.full["at"])
    if not laid_out.space.layout.read(own.point(laid_out), "at") & spot:
        at = datetime.fromtimestamp(_instant(laid_out, spot, rng), UTC)
    return Asked(single, frozenset(about), frozenset(given), at)


def _instant(laid_out: Dimensions, mask: int, rng: Random) -> int:
    """The first or the last second of one of the spans."""
    instants = laid_out.instants()
    place = rng.choice([place for place in range(len(instants)) if mask >> place & 1])
    last = laid_out.cuts[place] - 1 if place < len(laid_out.cuts) else instants[place] + 99
    return rng.choice((instants[place], last))


POOLS: dict[str, Sequence[str]] = {
    "purpose": drafts.PURPOSES,
    "role": drafts.ROLES,
    "information": drafts.CATEGORIES,
}


def _moved(asked: Asked, laid_out: Dimensions, rng: Random) -> Asked:
    """The question with one thing otherwise."""
    place = rng.randrange(len(asked.single) + 8)
    if place < len(asked.single):
        name = sorted(asked.single)[place]
        pool = POOLS.get(name, laid_out.values[name]) if rng.random() < 0.7 else None
        single = {**asked.single, name: rng.choice(pool or laid_out.values[name])}
        return replace(asked, single=single)
    if place < len(asked.single) + 3:
        kind = rng.choice((*drafts.SUBJECTS, *sorted(current().codes(Kind.SUBJECT))))
        return replace(asked, about=asked.about ^ {kind})
    if place < len(asked.single) + 6:
        needs = sorted(name for name in laid_out.values if name.startswith("given:"))
        need = rng.choice(needs).removeprefix("given:")
        return replace(asked, given=asked.given ^ {need})
    at = datetime.fromtimestamp(_instant(laid_out, laid_out.space.full["at"], rng), UTC)
    return replace(asked, at=at)


def masks_of(row: Row) -> list[Mapping[str, int]]:
    """The questions of a row as products of masks alone."""
    return [
        {**dict(row.limits), **dict(people), **dict(things)}
        for people in sorted(row.about, key=sorted)
        for things in sorted(row.given, key=sorted)
    ]


def boxes_of(row: Row, laid_out: Dimensions) -> list[Box]:
    """The same as boxes, spelt from what the row says and not by whoever made it."""
    spelt = (laid_out.space.box(masks) for masks in masks_of(row))
    return [box for box in spelt if box is not None]
