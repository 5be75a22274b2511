"""Large agreements, forty clauses between thirty parties, and everything that may change in one.

In one, parties share four bases; in another each party has a basis of its own in every clause.
Each kind of change is drawn by a seeded die.
"""

from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from random import Random
from typing import Any, Final

from agreements.model import Agreement, Basis, Clause, End, Party
from agreements.vocabulary import Kind, current
from engine.bundle import Slice, make_slice
from engine.compile import compile_agreement
from tests import generators
from tests.world import seed_law

CROWD_CHANGES: dict[int, dict[str, Any]] = {
    0: {"roles": ()},
    3: {"purposes": ("marac", "mappa")},
    7: {"needs": ()},
    11: {"about": ("child", "victim")},
    20: {"information": ("any",)},
}


def crowd(version: str, *, parties: int = 30, clauses: int = 40, seed: int = 4) -> Agreement:
    """A large agreement, each of its parties with a function of its own under one of four bases."""
    rng = Random(seed)
    vocabulary = current()
    names = [f"agency-{number}" for number in range(parties)]
    grounds = [
        (article6, gateway) for article6 in ("6-1-c", "6-1-e") for gateway in ("CA04-10", "CA89-47")
    ]

    def clause(number: int) -> Clause:
        ends = [tuple(sorted(rng.sample(names, rng.randint(5, parties)))) for _ in range(2)]
        basis = {
            name: Basis(
                regime="UKGDPR",
                article9=("9-2-g",),
                schedule1=("18",),
                function=f"The function of {name}",
                article6=(article6,),
                gateways=(gateway,),
            )
            for name in sorted({*ends[0], *ends[1]})
            for article6, gateway in [grounds[names.index(name) % 4]]
        }
        said: dict[str, Any] = {"exclude": True} if number % 10 == 9 else {"basis": basis}
        said |= {"from": ends[0], "to": ends[1]}
        return Clause(
            id=str(number),
            title=f"Clause {number}",
            information=tuple(rng.sample(vocabulary.leaves(Kind.INFORMATION), rng.randint(2, 8))),
            about=tuple(rng.sample(vocabulary.codes(Kind.SUBJECT), rng.randint(2, 6))),
            purposes=tuple(rng.sample(vocabulary.codes(Kind.PURPOSE), rng.randint(1, 5))),
            roles=tuple(rng.sample(vocabulary.codes(Kind.ROLE), rng.randint(2, 6))),
            needs=("necessity",),
            **said,
        )

    return Agreement(
        concordat="1",
        id="crowd",
        version=version,
        title="A crowd",
        kind="isp",
        jurisdiction=("england",),
        in_force_from=datetime(2026, 1, 1, tzinfo=UTC),
        end=End(on=datetime(2028, 1, 1, tzinfo=UTC)),
        review_due=datetime(2027, 1, 1, tzinfo=UTC),
        parties=tuple(
            Party(id=name, name=name.title(), kind="council", capacity="controller")
            for name in names
        ),
        clauses=tuple(clause(number) for number in range(clauses)),
    )


def _redrawn(clause: Clause, rng: Random, share: float = 1.0) -> Clause:
    """The clause with another basis for a share of its parties, each its own."""
    basis = {
        name: Basis(
            regime="UKGDPR",
            article6=(rng.choice(("6-1-c", "6-1-d", "6-1-e")),),
            article9=(rng.choice(("9-2-c", "9-2-g", "9-2-h")),),
            schedule1=(rng.choice(("8", "10", "18")),),
            gateways=(rng.choice(current().codes(Kind.GATEWAY)),),
            function=f"The function of {name}",
        )
        if rng.random() < share
        else own
        for name, own in clause.basis.items()
    }
    return clause.model_copy(update={"basis": basis})


def motley(version: str, seed: int) -> Agreement:
    """The same crowd, each party with a basis of its own in every clause."""
    rng = Random(seed)
    old = crowd(version)
    return old.model_copy(update={"clauses": tuple(_redrawn(each, rng) for each in old.clauses)})


def _with_clauses(old: Agreement, clauses: dict[int, dict[str, Any]]) -> Agreement:
    rewritten = list(old.clauses)
    for place, changes in clauses.items():
        rewritten[place] = generators.rewrite(rewritten[place], **changes)
    return old.model_copy(update={"clauses": tuple(rewritten)})


def _some_of(kind: Kind, least: int, most: int) -> Callable[[Random], tuple[str, ...]]:
    codes = current().leaves(kind) if kind is Kind.INFORMATION else current().codes(kind)
    return lambda rng: tuple(rng.sample(codes, rng.randint(least, most)))


def _each(field: str, drawn: Callable[[Random], object]) -> Callable[[Agreement], Agreement]:
    """One field of every clause drawn anew."""

    def change(old: Agreement) -> Agreement:
        rng = Random(7)
        return _with_clauses(old, {n: {field: drawn(rng)} for n in range(len(old.clauses))})

    return change


def _bases(share: float) -> Callable[[Agreement], Agreement]:
    def change(old: Agreement) -> Agreement:
        rng = Random(8)
        clauses = tuple(_redrawn(each, rng, share) for each in old.clauses)
        return old.model_copy(update={"clauses": clauses})

    return change


_DAY = datetime(2026, 3, 1, tzinfo=UTC)


def _dated(old: Agreement) -> Agreement:
    """Every clause begins on a day of its own, and all is reviewed and ends otherwise."""
    begins = {n: {"since": _DAY + timedelta(days=n)} for n in range(len(old.clauses))}
    ends = {"review_due": _DAY + timedelta(days=100), "end": End(on=_DAY + timedelta(days=200))}
    return _with_clauses(old, begins).model_copy(update=ends)


def _joined_by_days(old: Agreement) -> Agreement:
    """Every party joins on a day of its own."""
    parties = tuple(
        party.model_copy(update={"since": _DAY + timedelta(days=place)})
        for place, party in enumerate(old.parties)
    )
    return old.model_copy(update={"parties": parties})


def _others_join(old: Agreement) -> Agreement:
    """Three parties are replaced by three others wherever they stood."""
    text = old.model_dump_json(by_alias=True, exclude_defaults=True)
    for number in (3, 11, 19):
        text = text.replace(f'"agency-{number}"', f'"agency-{number + 100}"')
    return Agreement.model_validate_json(text)


def _referred(old: Agreement) -> Agreement:
    """Every third grant becomes a referral."""
    places = [n for n, each in enumerate(old.clauses) if not each.exclude]
    return _with_clauses(old, {n: {"refer": True} for n in places[::3]})


CHANGES: Final[Mapping[str, Callable[[Agreement], Agreement]]] = {
    "one clause": lambda old: _with_clauses(old, {7: {"needs": ()}}),
    "five clauses": lambda old: _with_clauses(old, CROWD_CHANGES),
    "a tenth of the bases": _bases(0.1),
    "every basis": _bases(1.0),
    "all purposes": _each("purposes", _some_of(Kind.PURPOSE, 1, 5)),
    "all information": _each("information", _some_of(Kind.INFORMATION, 2, 8)),
    "all roles": _each("roles", _some_of(Kind.ROLE, 2, 6)),
    "all kinds of person": _each("about", _some_of(Kind.SUBJECT, 2, 6)),
    "nothing to be given": _each("needs", lambda _: ()),
    "days of clauses, review and end": _dated,
    "days on which parties join": _joined_by_days,
    "three parties for three": _others_join,
    "a third of the grants referred": _referred,
    "nothing excluded": lambda old: old.model_copy(
        update={"clauses": tuple(each for each in old.clauses if not each.exclude)}
    ),
}
"""What may change in a large agreement, each kind in all its clauses unless it says otherwise."""

BASES: Final[Mapping[str, Callable[[], Agreement]]] = {
    "shared": lambda: crowd("1"),
    "own": lambda: motley("1", 1),
}
"""Whether parties share bases or each has its own in every clause."""


def versions(bases: str, change: str) -> tuple[Agreement, Agreement]:
    """A large agreement and its next version."""
    old = BASES[bases]()
    return old, CHANGES[change](old).model_copy(update={"version": "2"})


def changed(bases: str, change: str) -> tuple[Slice, Slice]:
    """The same two as they are enforced."""
    old, new = versions(bases, change)
    return _slice(old), _slice(new)


def replaced() -> tuple[Slice, Slice]:
    """Two large agreements that have only their parties in common."""
    rng = Random(9)
    other = crowd("2", seed=5)
    clauses = tuple(_redrawn(each, rng) for each in other.clauses)
    return _slice(motley("1", 1)), _slice(other.model_copy(update={"clauses": clauses}))


def _slice(one: Agreement) -> Slice:
    return make_slice(seed_law(), compile_agreement(one, current()))


def many(count: int) -> list[Slice]:
    """Agreements of twelve clauses, of which ten at a time are among the same ten agencies."""
    law, rng = seed_law(), Random(1)
    wording = crowd("1", parties=10, clauses=60).clauses
    template = crowd("1", parties=10, clauses=1)
    slices = []
    for number in range(count):
        clauses = tuple(rng.sample(wording, 12))
        one = template.model_copy(update={"id": f"a-{number}", "clauses": clauses})
        named = one.model_dump_json(by_alias=True, exclude_defaults=True)
        text = named.replace("agency-", f"pool-{number % 50}-agency-")
        compiled = compile_agreement(Agreement.model_validate_json(text), current())
        slices.append(make_slice(law, compiled))
    return slices
