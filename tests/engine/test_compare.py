"""A comparison by meaning is exact: the judge that decides is the oracle."""

import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from itertools import product
from typing import Any

import pytest

from agreements.model import Agreement
from agreements.vocabulary import current
from engine import canonical
from engine.boxing import Forbidden
from engine.bundle import Bundle, assemble, make_slice
from engine.cedar_tree import context as said_of
from engine.change_document import change_document, change_sha256
from engine.compare import Change, compare
from engine.compare_rows import Row, Save, Where
from engine.compile import compile_agreement
from engine.decide import Outcome, decide
from engine.dimensions import Dimensions
from engine.errors import PolicyError
from engine.request import Facts, LawfulBasis
from engine.standing import Standing
from tests.crowds import BASES, CHANGES, changed, versions
from tests.generators import Case
from tests.versions import CONSENTS, Asked, Pair, boxes_of, pair, questions
from tests.world import AT, agreement, grant, question, seed_law

ACT_2018 = 1527206400
OPEN_LIST = grant(
    id="8", refer=True, information=["any"], about=[], roles=[], basis={}, obligations=[]
)
FROM_THE_BEGINNING = Standing(activated_s=-(1 << 40))
OUTCOMES = (Outcome.PERMIT, Outcome.PERMIT, Outcome.REFER, Outcome.REFER)
LISTS = ("newly_permitted", "no_longer_permitted", "newly_referred", "no_longer_referred")


class Oracle:
    """What the judge answers with the old version alone, and with the new one beside it."""

    def __init__(self, old: Agreement, new: Agreement) -> None:
        law = seed_law()
        slices = [make_slice(law, compile_agreement(each, current())) for each in (old, new)]
        self.change = compare(law, *slices)
        self._before, self._after = assemble(law, slices[:1]), assemble(law, slices)
        laid_out = self.change.dimensions
        self._forbidden = Forbidden(laid_out)
        self._rows = {
            name: [(row, boxes_of(row, laid_out)) for row in getattr(self.change, name)]
            for name in LISTS
        }

    def answers(self, asked: Asked) -> tuple[Outcome, Outcome]:
        return self._answer(self._before, asked), self._answer(self._after, asked)

    def _answer(self, decides: Bundle, asked: Asked) -> Outcome:
        standing = dict.fromkeys(decides.slices, FROM_THE_BEGINNING)
        facts = replace(asked.facts(), standing=standing)
        decision = decide(decides, asked.disclosure(), facts, asked.at)
        assert not decision.errors
        assert not decision.unknown, decision.unknown
        return decision.outcome

    def listed(self, asked: Asked) -> set[str]:
        """The lists with a row that holds the question, as docs/compare.md says to read them."""
        point = asked.point(self.change.dimensions)
        before, after = self.answers(asked)
        forbidden = any(not point & ~box for box in self._forbidden.boxes)
        found = set()
        for name, outcome in zip(LISTS, OUTCOMES, strict=True):
            this, other = (after, before) if name.startswith("newly") else (before, after)
            for row, boxes in self._rows[name]:
                if row.where is not Where.ANYWHERE and forbidden is not (
                    row.where is Where.FORBIDDEN
                ):
                    continue
                if Save.PERMITTED in row.save and this is Outcome.PERMIT:
                    continue
                if Save.IN_BOTH in row.save and other is outcome:
                    continue
                if any(not point & ~box for box in boxes):
                    found.add(name)
        return found


def flips(before: Outcome, after: Outcome) -> set[str]:
    """The lists that a question belongs in."""
    found = set()
    for outcome, newly, no_longer in (
        (Outcome.PERMIT, "newly_permitted", "no_longer_permitted"),
        (Outcome.REFER, "newly_referred", "no_longer_referred"),
    ):
        if (before is outcome) != (after is outcome):
            found.add(newly if after is outcome else no_longer)
    return found


def _check(seeds: range, count: int) -> dict[str, int]:
    met = dict.fromkeys((*LISTS, "same"), 0)
    for seed in seeds:
        drawn = pair(seed)
        oracle = Oracle(drawn.old, drawn.new)
        for asked in questions(drawn, oracle.change, count):
            if not asked.settled:
                continue
            expected = flips(*oracle.answers(asked))
            assert oracle.listed(asked) == expected, (seed, asked)
            for name in expected or {"same"}:
                met[name] += 1
    return met


SEEDS = [range(start, start + 50) for start in range(0, 2000, 50)]


@pytest.mark.parametrize(
    "seeds",
    [
        pytest.param(
            seeds, marks=() if seeds.start < 200 else pytest.mark.long, id=str(seeds.start)
        )
        for seeds in SEEDS
    ],
)
def test_every_question_flips_as_the_rows_say_and_no_other(seeds: range):
    met = _check(seeds, 40)

    assert all(met.values()), met


def _asked_of_a_crowd(old: Agreement) -> Case:
    """A world around what a grant of a large agreement permits."""
    clause = next(each for each in old.clauses if each.basis and not each.refer)
    holder, recipient = next(
        ends for ends in product(clause.holders, clause.recipients) if ends[0] != ends[1]
    )
    basis = clause.basis[recipient]
    said = {
        "holder": holder,
        "recipient": recipient,
        "asked_by": recipient,
        "information": clause.information[:1],
        "about": clause.about[:1],
        "purpose": clause.purposes[0],
        "role": clause.roles[0],
        "basis": LawfulBasis(
            regime=basis.regime,
            article6=basis.article6[0],
            article9=basis.article9[0],
            schedule1=basis.schedule1[0],
            gateway=basis.gateways[0],
        ),
    }
    return Case(0, "permit", (old,), question().model_copy(update=said), Facts(), AT)


@pytest.mark.long
@pytest.mark.parametrize("bases", BASES)
@pytest.mark.parametrize("change", CHANGES)
def test_of_a_crowd_too_every_question_flips_as_the_rows_say(bases: str, change: str):
    old, new = versions(bases, change)
    oracle = Oracle(old, new)
    drawn = Pair(0, _asked_of_a_crowd(old), old, new)
    met = set()

    for asked in questions(drawn, oracle.change, 150):
        if asked.settled:
            expected = flips(*oracle.answers(asked))
            assert oracle.listed(asked) == expected, asked
            met |= expected or {"same"}

    assert met - {"same"} if oracle.change.rows else met == {"same"}


def _supposed(asked: Asked) -> Iterator[Asked]:
    """The question, and each that the office would suppose of it because something is not known."""
    given = dict.fromkeys((name for name in CONSENTS if asked.single[name] == "unknown"), "given")
    told = asked.given | {"handling_conditions"}
    for single in (asked.single, {**asked.single, **given}):
        for things in (asked.given, told):
            yield replace(asked, single=single, given=things)


def test_what_is_not_known_turns_only_where_a_listed_question_does():
    turned = 0
    for seed in range(60):
        drawn = pair(seed)
        oracle = Oracle(drawn.old, drawn.new)
        for asked in questions(drawn, oracle.change, 12):
            unsettled = replace(asked, single={**asked.single, "consent": "unknown"})
            before, after = oracle.answers(unsettled)
            if not any(oracle.listed(each) for each in _supposed(unsettled)):
                assert before is after, (seed, unsettled)
            turned += before is not after
    assert turned


# --- a small world, whole


def _everything(laid_out: Dimensions) -> Iterator[Asked]:
    """Every question of the small world, one for all that no clause of it tells apart."""
    own = Asked.of(question(), AT)
    instants = [max(at_s, 0) for at_s in laid_out.instants() if at_s > ACT_2018]
    for ends, information, purpose, role, gateway, at_s in product(
        (("trust", "council"), ("council", "trust")),
        ("health-mental", "identity"),
        ("child-protection-enquiry", "marac"),
        ("social-worker", "housing-officer"),
        ("CA89-47", "CA04-11"),
        instants,
    ):
        changes = {"holder": ends[0], "recipient": ends[1], "information": information}
        changes |= {"purpose": purpose, "role": role, "gateway": gateway}
        for about, given in product(
            ({"child"}, {"parent"}, {"victim"}, {"child", "parent"}, {"child", "victim"}),
            ({"no_consent_reason"}, {"no_consent_reason", "necessity"}),
        ):
            at = datetime.fromtimestamp(at_s, UTC)
            yield Asked({**own.single, **changes}, frozenset(about), frozenset(given), at)


SMALL: dict[str, dict[str, Any]] = {
    "a role more": {"roles": ["social-worker", "housing-officer"]},
    "a condition less": {"needs": []},
    "another kind of person": {"about": ["child", "victim"]},
    "about anybody": {"about": []},
    "another law": {"basis": {}},
    "other information": {"information": ["identity"]},
    "no longer a grant": {"exclude": True, "basis": {}, "obligations": []},
    "left to a person": {"refer": True, "obligations": []},
    "until a day": {"until": "2026-08-01"},
}


@pytest.mark.parametrize("changed", SMALL.values(), ids=SMALL.keys())
def test_in_a_small_world_the_rows_are_the_difference_question_by_question(changed: dict[str, Any]):
    old = agreement(grant(), OPEN_LIST)
    new = agreement(grant(**changed), OPEN_LIST, version="1.1", in_force_from="2026-05-01")
    oracle = Oracle(old, new)
    flipped = 0

    for asked in _everything(oracle.change.dimensions):
        expected = flips(*oracle.answers(asked))
        assert oracle.listed(asked) == expected, asked
        flipped += bool(expected)

    assert flipped


# --- as few as say it


def _spared(change: Change) -> Iterator[Row]:
    """Every row that lies within the others of its list that say as much."""
    laid_out = change.dimensions
    for rows in (getattr(change, name) for name in LISTS):
        for place, row in enumerate(rows):
            others = [
                box
                for other, each in enumerate(rows)
                if other != place and each.where in (row.where, Where.ANYWHERE)
                for box in boxes_of(each, laid_out)
            ]
            if all(laid_out.space.is_empty(box, others) for box in boxes_of(row, laid_out)):
                yield row


def test_no_row_lies_within_the_others_of_its_list():
    law, rows = seed_law(), 0
    for seed in range(40):
        drawn = pair(seed)
        change = compare(
            law, *(compile_agreement(each, current()) for each in (drawn.old, drawn.new))
        )

        assert not [*_spared(change)], seed
        rows += len(change.rows)

    assert rows


def test_what_is_referred_since_a_review_came_earlier_stands_once():
    law = seed_law()
    old, new = (
        compile_agreement(agreement(grant(), review_due=day, version=number), current())
        for day, number in (("2027-04-01", "1.0"), ("2027-01-01", "1.1"))
    )

    change = compare(law, old, new)

    assert len(change.no_longer_permitted) == len(change.newly_referred) == 1


# --- what a reader sees


def _document(new: Agreement, old: Agreement | None = None) -> dict[str, Any]:
    law = seed_law()
    before = compile_agreement(agreement(grant()) if old is None else old, current())
    return dict(change_document(compare(law, before, compile_agreement(new, current()))))


def test_the_same_text_changes_nothing():
    law, text = seed_law(), compile_agreement(agreement(grant()), current())

    change = compare(law, text, text)

    assert change.same
    assert not change.rows


def test_a_role_more_is_one_row_of_that_role_alone():
    said = _document(agreement(grant(roles=["social-worker", "mash-manager"]), version="1.1"))

    (row,) = said["newly_permitted"]
    assert row["roles"] == ["mash-manager"]
    assert row["from"], row["to"] == (["trust"], ["council"])
    assert row["when"] == [{"since": "2026-04-01", "until": "2027-04-01"}]
    assert said["no_longer_permitted"] == []
    assert said["deciding"] == ["clauses/4.2/roles"]
    assert said["wording"] == ["version"]


def test_a_condition_less_is_one_row_of_those_who_do_not_give_it():
    said = _document(agreement(grant(needs=[])))

    (row,) = said["newly_permitted"]
    assert row["given"] == [{"with": [], "without": ["necessity"]}]


def test_a_group_that_is_covered_whole_is_named_by_its_label():
    said = _document(agreement(grant(), grant(id="4.3", information=["health"], roles=["gp"])))

    assert [row["information"] for row in said["newly_permitted"]] == [["health"]]


def test_what_is_said_twice_changes_nothing_but_wording():
    said = _document(agreement(grant(), grant(id="4.3", title="The same again", obligations=[])))

    assert not any(said[name] for name in LISTS)
    assert said["wording"] == ["clauses/4.3"]


def test_a_clause_that_is_said_otherwise_and_means_the_same_is_wording():
    said = _document(agreement(grant(information=["health-physical", "health-mental"])))

    assert not any(said[name] for name in LISTS)
    assert said["wording"] == ["clauses/4.2/information"]


def test_what_decides_nothing_is_listed_beside():
    new = agreement(
        grant(title="Other words", obligations=[{"do": "minute-decision"}]),
        owner={"role": "somebody else"},
    )

    said = _document(new)

    assert said["other"] == ["clauses/4.2/obligations", "owner/role"]
    assert said["wording"] == ["clauses/4.2/title"]
    assert said["deciding"] == []


def test_every_field_that_differs_is_in_exactly_one_list():
    for seed in range(100):
        drawn = pair(seed)
        oracle = Oracle(drawn.old, drawn.new)

        paths = oracle.change.text.paths

        assert len(set(paths)) == len(paths)
        assert "version" in paths
        clauses = {clause.id: clause for clause in drawn.new.clauses}
        for clause in drawn.old.clauses:
            if clauses.get(clause.id) != clause:
                assert any(path.startswith(f"clauses/{clause.id}") for path in paths), seed


def test_a_first_version_opens_what_it_permits_and_ending_it_closes_the_same():
    law, text = seed_law(), compile_agreement(agreement(grant()), current())

    opened = change_document(compare(law, None, text))
    closed = change_document(compare(law, text, None))

    assert opened["newly_permitted"] == closed["no_longer_permitted"] != []
    assert opened["old"] is None
    assert closed["new"] is None


def test_the_law_takes_away_what_no_agreement_can_permit():
    forbidden = {"council": {"regime": "UKGDPR", "article6": ["6-1-f"], "gateways": ["IPA16"]}}

    said = _document(agreement(grant(), grant(id="4.3", roles=["gp"], basis=forbidden)))

    assert said["newly_permitted"] == []


def test_the_same_change_has_the_same_digest_and_another_another():
    law = seed_law()
    old, new, other = (
        compile_agreement(each, current())
        for each in (agreement(grant()), agreement(grant(roles=[])), agreement(grant(about=[])))
    )

    digests = [change_sha256(compare(law, old, each)) for each in (new, new, other)]

    assert digests[0] == digests[1] != digests[2]
    canonical_form = canonical.encode(change_document(compare(law, old, new)))
    assert digests[0] == canonical.digest_hex(canonical_form)


def test_forty_clauses_of_thirty_parties_are_compared():
    change = compare(seed_law(), *changed("shared", "five clauses"))

    assert len(change_sha256(change)) == 64
    assert change.newly_permitted


STRANGE: dict[str, dict[str, Any]] = {
    "an operator": {"like": {"left": {"Var": "principal"}, "pattern": []}},
    "a field": {"==": {"left": said_of("weather"), "right": {"Value": "fair"}}},
    "a value": {"==": {"left": said_of("purpose"), "right": {"Value": 1}}},
    "a place": {"in": {"left": {"Var": "principal"}, "right": {"Value": "x"}}},
    "a comparison": {"<": {"left": said_of("purpose"), "right": {"Value": 1}}},
    "a set": {
        "containsAll": {"left": {"Set": [{"Value": "necessity"}]}, "right": said_of("given")}
    },
}


@pytest.mark.parametrize("body", STRANGE.values(), ids=STRANGE.keys())
def test_a_construct_that_is_not_known_is_refused(body: dict[str, Any]):
    law, text = seed_law(), compile_agreement(agreement(grant()), current())
    policies = json.loads(text.policies_json)
    next(iter(policies["staticPolicies"].values()))["conditions"][0]["body"] = body
    each = make_slice(law, text)
    content = replace(each.content(), policies_json=json.dumps(policies).encode())

    with pytest.raises(PolicyError, match=r"compared|cannot answer|instant"):
        compare(law, None, replace(each, content=lambda: content))
