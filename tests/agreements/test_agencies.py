"""The agency register: read strictly, looked over, and heard before agreements are."""

import json
from collections.abc import Iterable

import pytest

from agreements import agencies
from agreements.agencies import Agency
from agreements.bodies import Status, claims_of, statuses
from agreements.errors import DocumentError
from agreements.model import Agreement
from agreements.vocabulary import current
from tests.examples import AGENCIES, named, read
from tests.world import agreement

HEAD = 'concordat: "1"\nagencies:\n'
HARBOUR = "  - {id: harbour, name: Harbour, kind: charity}\n"


def known(texts: Iterable[Agreement], listed: Iterable[Agency] = ()) -> dict[str, Status]:
    return statuses((claim for text in texts for claim in claims_of(text)), current(), listed)


def row(**said: object) -> Agency:
    fields = {"id": "harbour", "name": "Harbour", "kind": "charity"}
    return Agency.model_validate_json(json.dumps(fields | said))


def rules(text: str) -> list[str]:
    register = agencies.parse(HEAD + text).register
    return [finding.rule for finding in agencies.check_agencies(register, current())]


def follows(agency: str, *before: str) -> str:
    listed = ", ".join(f"{{agency: {b}, on: 2025-04-01, evidence: an order}}" for b in before)
    predecessors = f", predecessors: [{listed}]" if before else ""
    return f"  - {{id: {agency}, name: Body, kind: charity{predecessors}}}\n"


# --- the text


def test_the_example_is_fit_to_rely_on_and_names_northshires_agencies() -> None:
    listed = agencies.accept(AGENCIES.read_bytes(), current())

    parties = {party.id for party in read(named("northshire-mash")).parties if not party.class_of}
    assert parties <= {agency.id for agency in listed}


def test_the_example_says_of_its_agencies_what_the_agreement_does() -> None:
    northshire = read(named("northshire-mash"))
    listed = agencies.accept(AGENCIES.read_bytes(), current())

    alone, told = known([northshire]), known([northshire], listed)

    assert {name: told[name] for name in alone} == alone


@pytest.mark.parametrize(
    ("text", "line", "column", "said"),
    [
        pytest.param(
            "  - {id: a, name: A, kind: charity, predecessors: [{agency: b, on: 2025-04-01}]}\n",
            3,
            52,
            "a predecessor has no `evidence`",
            id="a predecessor without evidence",
        ),
        pytest.param(
            "  - {id: a, name: A, kind: charity, public: true}\n",
            3,
            37,
            "`public` is not a field of an agency",
            id="a field there is not",
        ),
        pytest.param(
            '  - {id: a, name: A, kind: charity, public_authority: "yes"}\n',
            3,
            55,
            "`public_authority` must be `true` or `false`",
            id="a word for true",
        ),
        pytest.param(
            "  - {id: a, name: A, kind: charity, jurisdiction: []}\n",
            3,
            51,
            "an empty list says nothing",
            id="an empty list",
        ),
        pytest.param(
            "  - {id: unknown-12, name: A, kind: charity}\n",
            3,
            10,
            "`unknown-12` must not name an agency",
            id="the stand-in of an unknown word",
        ),
        pytest.param("  []\n", 3, 3, "an empty list says nothing", id="no agencies"),
        pytest.param(
            f"{HARBOUR}  - {{id: b, name: B, kind: charty}}\n", 4, 28, "`charty`", id="G02"
        ),
        pytest.param(f"{HARBOUR}{HARBOUR}", 4, 10, "two agencies are called", id="G01"),
    ],
)
def test_a_register_that_cannot_be_relied_on_says_where(
    text: str, line: int, column: int, said: str
) -> None:
    with pytest.raises(DocumentError) as caught:
        agencies.accept(HEAD + text, current())

    assert said in str(caught.value)
    assert (caught.value.line, caught.value.column) == (line, column)
    assert caught.value.hint


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        pytest.param(HARBOUR, [], id="a plain row"),
        pytest.param(HARBOUR + HARBOUR, ["G01"], id="an agency twice"),
        pytest.param("  - {id: a, name: A, kind: polise-force}\n", ["G02"], id="no such kind"),
        pytest.param(
            "  - {id: a, name: A, kind: charity, jurisdiction: [england, mars]}\n",
            ["G03"],
            id="no such place",
        ),
        pytest.param(follows("a", "b") + follows("b", "c"), [], id="a chain"),
        pytest.param(
            follows("a", "b", "c") + follows("b", "d") + follows("c", "d"), [], id="a merger"
        ),
        pytest.param(follows("a", "a"), ["G04"], id="it follows itself"),
        pytest.param(follows("a", "b") + follows("b", "a"), ["G04"], id="two follow each other"),
        pytest.param(
            follows("a", "b") + follows("b", "a") + follows("c", "d") + follows("d", "c"),
            ["G04", "G04"],
            id="two circles",
        ),
        pytest.param(follows("x", "a") + follows("a", "a"), ["G04"], id="behind a circle"),
    ],
)
def test_a_register_has_the_findings_it_should(text: str, expected: list[str]) -> None:
    assert rules(text) == expected


def test_a_long_chain_that_closes_is_found_without_depth() -> None:
    count = 1500
    chain = "".join(follows(f"a{n}", f"a{(n + 1) % count}") for n in range(count))

    assert rules(chain) == ["G04"]


# --- what it outweighs


def test_without_a_register_agreements_say_what_a_body_is() -> None:
    assert known([agreement()])["council"] == Status(kind="council")


@pytest.mark.parametrize(
    ("said", "party", "expected"),
    [
        pytest.param({}, {}, Status(public_authority=False, kind="charity"), id="its kind"),
        pytest.param(
            {"public_authority": True},
            {"public_authority": False},
            Status(kind="charity"),
            id="a public authority, whatever the agreement says",
        ),
        pytest.param(
            {"public_authority": False},
            {"public_authority": True},
            Status(public_authority=False, kind="charity"),
            id="no public authority, whatever the agreement says",
        ),
        pytest.param(
            {"competent_authority": {"schedule7": False}},
            {"competent_authority": {"schedule7": True}},
            Status(public_authority=False, kind="charity"),
            id="no competent authority, whatever the agreement says",
        ),
        pytest.param(
            {"competent_authority": {"function": "an Act"}},
            {},
            Status(public_authority=False, competent_authority=True, kind="charity"),
            id="a competent authority by function",
        ),
        pytest.param(
            {},
            {"public_authority": True},
            Status(kind="charity"),
            id="what it leaves out, the agreement says",
        ),
        pytest.param(
            {"kind": "council"},
            {"public_authority": False},
            Status(public_authority=False, kind="council"),
            id="another kind, and the agreement says the rest",
        ),
    ],
)
def test_what_the_register_says_outweighs_an_agreement(
    said: dict[str, object], party: dict[str, object], expected: Status
) -> None:
    harbour = {"id": "harbour", "name": "Harbour", "kind": "gp-practice", "capacity": "controller"}
    council = harbour | {"id": "council", "kind": "council"}
    text = agreement(parties=[harbour | party, council])

    assert known([text], [row(**said)])["harbour"] == expected


def test_an_agency_that_no_agreement_has_is_what_the_register_says() -> None:
    assert known([], [row()]) == {"harbour": Status(public_authority=False, kind="charity")}


def test_a_member_of_a_class_is_outweighed_alone() -> None:
    listed = [row(id="st-bede", kind="charity", public_authority=False)]

    found = known([agreement()], listed)

    assert found["st-bede"] == Status(public_authority=False, kind="charity")
    assert found["st-anne"] == Status(kind="school")
