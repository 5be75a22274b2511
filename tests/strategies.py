"""Agreements drawn by chance for hypothesis, small enough to read when a law breaks.

Codes come from the vocabulary, words from all of Unicode, and the parts hang together: a
clause names parties of its agreement. Whether the law is satisfied is left to chance.
"""

from datetime import UTC, date, datetime
from typing import Any, TypeVar

from hypothesis import strategies as st

from agreements.model import (
    Agreement,
    Basis,
    Clause,
    CompetentAuthority,
    Condition,
    ConsentTerms,
    Contact,
    Direction,
    End,
    Identifier,
    Member,
    Obligation,
    Parent,
    Party,
    PolicyDocument,
    Referral,
    Succession,
)
from agreements.particulars import (
    AutomatedDecisions,
    Breach,
    InformationItem,
    Particulars,
    Retention,
    Transfer,
)
from agreements.vocabulary import Kind, current

T = TypeVar("T")

Kwargs = dict[str, Any]  # Any: fields of every type, each drawn for its own field.

PARTY_IDS = ("council", "police", "trust", "schools", "homes")

_LETTERS = st.characters(exclude_categories=["Cs"], exclude_characters="\x7f", min_codepoint=0x20)
lines = st.one_of(
    st.text(_LETTERS, min_size=1, max_size=30),
    st.lists(st.text("abcdef", min_size=1, max_size=9), min_size=1, max_size=30).map(" ".join),
    st.sampled_from(
        ("no", "4.2", "1e3", "0x1F", "null", "~", "true", "=", "<<", "2026-04-01", "12:30", "- a")
    ),
)
texts = st.one_of(
    lines,
    st.text(st.one_of(_LETTERS, st.sampled_from("\n\t ")), min_size=1, max_size=40),
    st.lists(lines, min_size=1, max_size=4).map("\n".join),
)
instants = st.one_of(
    st.dates(min_value=date(1970, 1, 1), max_value=date(2100, 1, 1)).map(
        lambda day: datetime(day.year, day.month, day.day, tzinfo=UTC)
    ),
    st.integers(0, 4_102_444_800).map(lambda s: datetime.fromtimestamp(s, UTC)),
)
durations = st.sampled_from(("P6Y", "P3M", "P28D", "PT24H", "PT30M"))
versions = st.sampled_from(("1", "2", "1.2", "10.0.3"))


def codes(kind: Kind) -> st.SearchStrategy[str]:
    """A code of that kind."""
    return st.sampled_from(current().codes(kind))


def some_codes(kind: Kind, *, least: int = 0) -> st.SearchStrategy[tuple[str, ...]]:
    """A few different codes of that kind."""
    return several(codes(kind), least=least)


def several(items: st.SearchStrategy[T], *, least: int = 0) -> st.SearchStrategy[tuple[T, ...]]:
    """A few different items."""
    return st.lists(items, min_size=least, max_size=least + 2, unique=True).map(tuple)


def maybe(item: st.SearchStrategy[T]) -> st.SearchStrategy[T | None]:
    """An item or nothing."""
    return st.one_of(st.none(), item)


contacts = st.builds(Contact, role=lines, email=maybe(lines), address=maybe(lines))
identifiers = st.builds(Identifier, scheme=st.sampled_from(("ods", "ico")), value=lines)


successions = st.builds(Succession, body=lines, since=maybe(instants), evidence=maybe(lines))


@st.composite
def members(draw: st.DrawFn, name: str) -> tuple[Member, ...]:
    """Members of a class, some with a date of joining or leaving."""
    numbers = draw(st.lists(st.integers(0, 9), min_size=1, max_size=3, unique=True))
    return tuple(
        draw(
            st.builds(
                Member,
                agency=st.just(f"{name}-{number}"),
                name=lines,
                since=maybe(instants),
                until=maybe(instants),
                successor_of=maybe(successions),
            )
        )
        for number in numbers
    )


@st.composite
def parties(draw: st.DrawFn, name: str) -> Party:
    """A party of that id: a body of its own, or a class with members."""
    is_class = draw(st.booleans())
    return Party(
        id=name,
        name=draw(lines),
        kind=draw(codes(Kind.BODY)),
        capacity=draw(codes(Kind.CAPACITY)),
        direction=draw(st.sampled_from(Direction)),
        class_of=draw(lines) if is_class else None,
        members=draw(members(name)) if is_class else (),
        identifiers=draw(several(identifiers)),
        departments=draw(several(lines)),
        public_authority=draw(maybe(st.booleans())),
        competent_authority=draw(
            maybe(st.builds(CompetentAuthority, schedule7=st.booleans(), function=maybe(lines)))
        ),
        contact=draw(maybe(contacts)),
        accepted_parent=draw(maybe(instants)),
        successor_of=draw(maybe(successions)),
    )


consent_terms = st.builds(
    ConsentTerms,
    kind=codes(Kind.CONSENT_KIND),
    withdrawal_method=maybe(lines),
    pre_ticked=st.booleans(),
    valid_for=maybe(durations),
)
bases = st.builds(
    Basis,
    regime=codes(Kind.REGIME),
    article6=some_codes(Kind.ARTICLE6),
    annex1=some_codes(Kind.ANNEX1),
    article9=some_codes(Kind.ARTICLE9),
    schedule1=some_codes(Kind.SCHEDULE1),
    official_authority=maybe(lines),
    law_enforcement=some_codes(Kind.LE_BASIS),
    schedule8=some_codes(Kind.SCHEDULE8),
    strictly_necessary=st.booleans(),
    gateways=some_codes(Kind.GATEWAY),
    duty=maybe(lines),
    function=maybe(lines),
    consent=maybe(consent_terms),
    policy_document=maybe(st.builds(PolicyDocument, reference=lines, dated=instants)),
)
obligations = st.builds(
    Obligation,
    do=codes(Kind.OBLIGATION),
    after=maybe(durations),
    since=maybe(codes(Kind.EVENT)),
    within=maybe(durations),
    text=maybe(lines),
)


@st.composite
def clauses(
    draw: st.DrawFn, number: str, party_ids: tuple[str, ...], needs: tuple[str, ...]
) -> Clause:
    """A grant, an exclusion or a referral between parties of those ids."""
    kind = draw(st.sampled_from(("grant", "grant", "exclude", "refer")))
    chosen = several(st.sampled_from(party_ids))
    more: Kwargs = {"holders": draw(chosen), "recipients": draw(chosen)}
    if kind != "exclude":
        more |= {
            "basis": draw(st.dictionaries(st.sampled_from(party_ids), bases, max_size=2)),
            "obligations": draw(several(obligations)),
            "refer_to": draw(maybe(st.builds(Referral, role=lines, contact=maybe(lines)))),
        }
    return Clause(
        id=number,
        title=draw(lines),
        wording=draw(maybe(texts)),
        exclude=kind == "exclude",
        refer=kind == "refer",
        information=draw(some_codes(Kind.INFORMATION, least=1)),
        about=draw(some_codes(Kind.SUBJECT)),
        purposes=draw(some_codes(Kind.PURPOSE)),
        roles=draw(some_codes(Kind.ROLE)),
        needs=draw(several(st.sampled_from((*current().codes(Kind.NEED), *needs)))),
        since=draw(maybe(instants)),
        until=draw(maybe(instants)),
        confidence=draw(maybe(codes(Kind.CONFIDENCE))),
        reason=draw(maybe(texts)),
        **more,
    )


particulars = st.builds(
    Particulars,
    automated_decisions=maybe(st.builds(AutomatedDecisions, text=texts, human_review=maybe(lines))),
    id_system=maybe(lines),
    aims=several(texts),
    marking=maybe(codes(Kind.MARKING)),
    information=several(
        st.builds(InformationItem, category=codes(Kind.INFORMATION), items=several(lines))
    ),
    retention=several(st.builds(Retention, keep_for=maybe(durations), rule=maybe(texts))),
    transfer_methods=several(st.builds(Transfer, method=codes(Kind.TRANSFER_METHOD))),
    breach=maybe(st.builds(Breach, tell=lines, within=durations, text=maybe(texts))),
)
ends = st.one_of(
    st.builds(End, on=instants), st.builds(End, event=lines), st.just(End(open_ended=True))
)


@st.composite
def agreements(draw: st.DrawFn) -> Agreement:
    """A whole agreement: two to four parties, one to four clauses of any kind."""
    party_ids = tuple(
        draw(st.lists(st.sampled_from(PARTY_IDS), min_size=2, max_size=4, unique=True))
    )
    conditions = draw(
        several(st.builds(Condition, id=st.sampled_from(("c1", "c-2", "3")), text=lines))
    )
    needs = tuple(condition.id for condition in conditions)
    numbers = draw(
        st.lists(
            st.sampled_from(("1", "4.2", "6a", "A.1", "true")), min_size=1, max_size=4, unique=True
        )
    )
    return Agreement(
        concordat="1",
        id=draw(st.sampled_from(("northshire", "isa-2026-0042", "no", "1.2", "2026-04-01"))),
        version=draw(versions),
        title=draw(lines),
        kind=draw(codes(Kind.AGREEMENT_KIND)),
        jurisdiction=draw(several(st.sampled_from(("england", "wales", "scotland")), least=1)),
        in_force_from=draw(maybe(instants)),
        end=draw(maybe(ends)),
        review_due=draw(maybe(instants)),
        tier=draw(maybe(st.integers(0, 2))),
        parent=draw(maybe(st.builds(Parent, id=st.just("framework"), version=maybe(versions)))),
        parties=tuple(draw(parties(name)) for name in party_ids),
        owner=draw(maybe(contacts)),
        purposes=draw(some_codes(Kind.PURPOSE)),
        not_for=draw(some_codes(Kind.PURPOSE)),
        about=draw(some_codes(Kind.SUBJECT)),
        conditions=conditions,
        clauses=tuple(draw(clauses(number, party_ids, needs)) for number in numbers),
        silent_on=draw(several(lines)),
        particulars=draw(particulars),
    )
