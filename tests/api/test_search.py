"""The searches find what evaluations would permit, for those who may ask, and record nothing."""

import shutil
from collections.abc import Callable, Iterator
from dataclasses import replace
from itertools import product
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from agreements.lifecycle import Act
from agreements.vocabulary import Kind
from api import evaluation, search, search_pages
from api.auth.caller import Bearer, Caller
from api.descriptions.access import ASKED
from api.problems import ProblemError
from api.search import Plan
from api.sighting import Sighting
from api.sought import ACTIONS, Sought
from engine import bootstrap
from engine.service import Office
from engine.service.clients import Client, Scope
from tests.api.application import COUNCIL, TRUST, Application
from tests.api.described import AGREEMENT, KEYS, World

POLICE = "northshire-police"
SUBJECTS, RESOURCES, ACTION_SEARCH = (f"/access/v1/search/{each.value}" for each in Sought)
ROLES = ("mash-manager", "social-worker", "police-investigator", "idva")


def asked(**changes: Any) -> dict[str, Any]:
    """The question of the documentation, but for these changes; none takes a member away."""
    said = {**ASKED, **changes}
    return {name: value for name, value in said.items() if value is not None}


def having(entity: str, **properties: Any) -> dict[str, Any]:
    """An entity of that question with other properties; none takes one away."""
    whole = {**ASKED[entity]["properties"], **properties}
    kept = {name: value for name, value in whole.items() if value is not None}
    return {**ASKED[entity], "properties": kept}


def found(application: Application, path: str, said: dict[str, Any]) -> dict[str, Any]:
    """What a search finds."""
    answered = application.post(path, said)
    assert answered.status_code == 200, answered.text
    body: dict[str, Any] = answered.json()
    return body


def caller(office: Office, client: Client) -> Caller:
    """A client that has just shown who it is."""
    bearer = Bearer(client.id, frozenset(client.scopes), Sighting(""))
    site: Any = SimpleNamespace(url="http://counter")  # Nothing else of it is looked at.
    return Caller(client, frozenset(client.scopes), bearer, site)


@pytest.fixture
def council(world: World) -> Application:
    """The council's application."""
    return world.application


@pytest.fixture
def trust(council: Application) -> Application:
    """The application of the trust."""
    return replace(council, name="nnt-records", key=KEYS["nnt-records"])


@pytest.fixture
def office(world: World) -> Iterator[Office]:
    """The same office, open a second time, to look at what was kept."""
    with bootstrap.open_office(world.folder) as opened:
        yield opened


@pytest.fixture(scope="module")
def example_copy(
    example_template: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Office]:
    """The example office, open."""
    folder = tmp_path_factory.mktemp("searched") / "office"
    shutil.copytree(example_template, folder)
    with bootstrap.open_office(folder) as opened:
        yield opened


# What is found


def test_a_result_put_into_an_evaluation_is_permitted(council: Application) -> None:
    subjects = found(council, SUBJECTS, asked(subject={"type": "practitioner"}))["results"]
    resources = found(council, RESOURCES, asked(resource=having("resource", categories=None)))

    evaluations = [{"subject": each} for each in subjects]
    evaluations += [{"resource": each} for each in resources["results"]]
    answered = council.ask_all(asked(evaluations=evaluations)).json()["evaluations"]

    assert len(evaluations) == 6
    assert {each["decision"] for each in answered} == {True}


def test_an_id_is_ignored_of_what_is_sought(council: Application) -> None:
    without = found(council, SUBJECTS, asked(subject={"type": "practitioner"}))
    named: tuple[Any, ...] = ("ncc:officer-17", 7, None, {})
    for own in named:
        assert (
            found(council, SUBJECTS, asked(subject={"type": "practitioner", "id": own}))["results"]
            == without["results"]
        )


def test_properties_of_what_is_sought_narrow_it(council: Application) -> None:
    role = {"type": "practitioner", "properties": {"role": "social-worker"}}
    subjects = found(council, SUBJECTS, asked(subject=role))["results"]
    some = having("resource", categories=["health-mental", "intelligence"])
    resources = found(council, RESOURCES, asked(resource=some))["results"]

    assert [each["id"] for each in subjects] == [f"{COUNCIL}/social-worker"]
    assert [each["id"] for each in resources] == [f"{TRUST}/health-mental"]


def test_of_an_open_end_every_agency_with_an_agreement_is_tried(council: Application) -> None:
    open_end = having("resource", categories=None, holder=None)

    results = found(council, RESOURCES, asked(resource=open_end))["results"]

    assert {each["properties"]["holder"] for each in results} > {TRUST}
    assert COUNCIL not in {each["properties"]["holder"] for each in results}


def test_nothing_is_found_of_a_type_that_is_not_there(council: Application) -> None:
    spaceship = {"type": "spaceship"}
    subjects = found(council, SUBJECTS, asked(subject=spaceship))
    vessel = {**having("resource"), "type": "spaceship"}
    resources = found(council, RESOURCES, asked(resource=vessel))

    assert subjects["results"] == resources["results"] == []
    assert subjects["page"] == {"next_token": "", "count": 0, "total": 0}


def test_what_is_left_to_a_person_is_found_as_that(council: Application) -> None:
    doubtful = asked(context={**ASKED["context"], "lawful_basis": {"article6": "6-1-e"}})
    actions = found(council, ACTION_SEARCH, doubtful)["results"]
    put = council.ask(**doubtful).json()["context"]["outcome"]

    assert actions == ([{"name": "refer"}] if put == "refer" else [])
    refer = {"name": "refer"}
    resources = found(council, RESOURCES, doubtful | {"action": refer})["results"]
    for each in resources:
        answered = council.ask(**doubtful | {"resource": each}).json()
        assert answered["context"]["outcome"] == "refer"


def test_an_answer_says_that_nothing_is_recorded_and_no_guard_was_asked(
    council: Application, office: Office
) -> None:
    before = office.premises.records.head().size

    said = found(council, SUBJECTS, asked(subject={"type": "practitioner"}))["context"]

    assert said["recorded"] is False
    assert said["guards"] == "not_asked"
    assert said["bundle"] == f"sha256:{office.shelf.current().bundle.sha256}"
    assert office.premises.records.head().size == before


def test_a_word_that_nobody_knows_is_told(council: Application) -> None:
    context = {**ASKED["context"], "purpose": "child-protection-enquirey"}

    said = found(council, ACTION_SEARCH, asked(context=context))

    assert said["results"] == []
    assert "did you mean `child-protection-enquiry`" in said["context"]["unknown"][0]


def test_what_is_not_read_is_told(council: Application) -> None:
    sought = {"type": "practitioner", "properties": {"department": "MASH"}}
    context = {**ASKED["context"], "subject_token": "e30.e30.AAAA", "time": "now"}

    said = found(council, SUBJECTS, asked(subject=sought, context=context, future=True))

    assert said["context"]["ignored"] == [
        "context.subject_token",
        "context.time",
        "subject.properties.department",
    ]


# Law


def brute_force(
    office: Office, who: Caller, sought: Sought, said: dict[str, Any]
) -> set[tuple[str, str]]:
    """What evaluations say of everything there is, each really asked."""
    words = office.shelf.current().bundle.law.vocabulary
    agencies = (*office.shelf.current().bundle.agencies(), "westshire-council")
    if sought is Sought.ACTION:
        outcome = _outcome(office, who, {**said, "action": {"name": "disclose"}})
        return {("", name) for name, wanted in ACTIONS.items() if wanted.value == outcome}
    wanted = ACTIONS[said["action"]["name"]].value
    given = said[sought.value].get("properties", {})
    key, word, own, kind = (
        ("agency", "role", ROLES, "practitioner")
        if sought is Sought.SUBJECT
        else ("holder", "categories", words.leaves(Kind.INFORMATION), "information")
    )
    results = set()
    for agency, each in product(agencies, own):
        one = {key: agency, word: each if sought is Sought.SUBJECT else [each]}
        if given.get(key, agency) != agency or each not in given.get(word, each):
            continue
        entity = {"type": kind, "id": "any", "properties": {**given, **one}}
        put = {**said, "action": {"name": "disclose"}, sought.value: entity}
        if _outcome(office, who, put) == wanted:
            results.add((agency, each))
    return results


def _outcome(office: Office, who: Caller, said: dict[str, Any]) -> str:
    try:
        return str(evaluation.evaluate(office, who, said)["context"]["outcome"])
    except ProblemError:
        return "not asked"


def searched(office: Office, who: Caller, sought: Sought, said: dict[str, Any]) -> list[Any]:
    """All results of a search, page after page."""
    results: list[Any] = []
    page: dict[str, Any] = {"limit": 3}
    while True:
        planned = search.plan(office, who, sought, {**said, "page": page})
        told = search.answer(planned, _tried(office, who, planned))
        results += told["results"]
        page = {"token": told["page"]["next_token"]}
        if not page["token"]:
            return results


def _tried(office: Office, who: Caller, planned: Plan) -> list[search.Tried]:
    return [search.tried(office, who, planned, each) for each in planned.steps()]


def _place(sought: Sought, result: dict[str, Any]) -> tuple[str, str]:
    if sought is Sought.ACTION:
        return "", result["name"]
    said = result["properties"]
    if sought is Sought.SUBJECT:
        return said["agency"], said["role"]
    return said["holder"], said["categories"][0]


PURPOSES = ("child-protection-enquiry", "mash-triage", "crime-investigation", "marac", "mappa")
BASES: tuple[dict[str, str], ...] = (
    {"article6": "6-1-e", "article9": "9-2-g", "schedule1": "18", "gateway": "CA89-47"},
    {"article6": "6-1-e", "gateway": "CA04-10"},
    {"article6": "6-1-c", "article9": "9-2-g", "schedule1": "18", "gateway": "CA89-47"},
    {},
)
ENDS = (None, COUNCIL, TRUST, POLICE, "westshire-council")


@st.composite
def searches(draw: st.DrawFn) -> tuple[str, Sought, dict[str, Any]]:
    """A caller, and a search of some kind."""
    sought = draw(st.sampled_from(Sought))
    subject = having(
        "subject", agency=draw(st.sampled_from(ENDS)), role=draw(st.sampled_from((*ROLES, None)))
    )
    categories = draw(st.sampled_from((None, ["health-mental"], ["identity", "intelligence"])))
    resource = having(
        "resource",
        holder=draw(st.sampled_from(ENDS)),
        categories=categories,
        about=draw(st.sampled_from((["child"], ["child", "parent"], ["victim"]))),
    )
    context = {
        **ASKED["context"],
        "purpose": draw(st.sampled_from(PURPOSES)),
        "lawful_basis": draw(st.sampled_from(BASES)),
        "confirms": draw(st.sampled_from(([], ["family-told", "risk-is-high"]))),
    }
    action = {"name": draw(st.sampled_from(tuple(ACTIONS)))}
    said = {"subject": subject, "resource": resource, "context": context, "action": action}
    return draw(st.sampled_from((COUNCIL, TRUST, POLICE))), sought, said


@settings(
    max_examples=40,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(drawn=searches())
def test_a_search_finds_what_evaluations_of_everything_there_is_would_permit(
    example_copy: Office, drawn: tuple[str, Sought, dict[str, Any]]
) -> None:
    agency, sought, said = drawn
    client = Client(
        id="searcher",
        agency=agency,
        keys=(KEYS["ncc-cases"].public.to_jwk(),),
        purposes=PURPOSES[:4],
        roles=ROLES,
        scopes=(Scope.DECIDE,),
    )
    who = caller(example_copy, client)

    try:
        results = searched(example_copy, who, sought, said)
    except ProblemError:
        results = []

    places = [_place(sought, each) for each in results]
    assert len(places) == len(set(places))
    assert set(places) == brute_force(example_copy, who, sought, said)


# Pages


CATEGORIES = ("identity", "contact", "service-involvement", "health-mental", "health-physical")
MANY = asked(resource=having("resource", holder=None, categories=[*CATEGORIES, "disability"]))


def test_pages_hold_each_result_once_and_in_one_order(council: Application) -> None:
    whole = found(council, RESOURCES, MANY)
    pages, token = [], None
    while token != "":
        page = {"limit": 1} if token is None else {"token": token, "limit": 1}
        told = found(council, RESOURCES, MANY | {"page": page})
        pages.append(told["results"])
        assert told["page"]["count"] == len(told["results"]) <= 1
        assert told["page"]["total"] == whole["page"]["total"] == len(whole["results"])
        token = told["page"]["next_token"]

    assert len(pages) > 2
    assert [each for page in pages for each in page] == whole["results"]


def test_the_token_remembers_the_limit(council: Application) -> None:
    first = found(council, RESOURCES, MANY | {"page": {"limit": 1}})["page"]

    assert (
        found(council, RESOURCES, MANY | {"page": {"token": first["next_token"]}})["page"]["count"]
        == 1
    )


def test_a_limit_of_nothing_tells_how_many_there_are(council: Application) -> None:
    told = found(council, RESOURCES, MANY | {"page": {"limit": 0}})

    assert told["results"] == []
    assert told["page"]["total"] > 0
    assert told["page"]["next_token"]


def test_nobody_gets_more_than_the_most(council: Application, office: Office) -> None:
    told = found(council, RESOURCES, MANY | {"page": {"limit": 10**9}})

    assert told["page"]["count"] <= search_pages.MAX_LIMIT


def test_where_too_many_could_be_tried_pages_go_on_without_a_total(
    example_copy: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    who = caller(example_copy, example_copy.clients.all()[0])
    whole = searched(example_copy, who, Sought.RESOURCE, MANY)
    monkeypatch.setattr(search, "MAX_TRIED", 10)

    planned = search.plan(example_copy, who, Sought.RESOURCE, MANY)
    told = search.answer(planned, _tried(example_copy, who, planned))

    assert "total" not in told["page"]
    assert told["page"]["next_token"]
    assert searched(example_copy, who, Sought.RESOURCE, MANY) == whole


def _token(council: Application) -> str:
    page = found(council, RESOURCES, MANY | {"page": {"limit": 2}})["page"]
    return str(page["next_token"])


FOREIGN: dict[str, Callable[[str], dict[str, Any]]] = {
    "nonsense": lambda _: MANY | {"page": {"token": "c3o9Mg"}},
    "another spelling": lambda token: MANY | {"page": {"token": token + "="}},
    "one letter changed": lambda token: (
        MANY | {"page": {"token": token[:-1] + ("A" if token[-1] != "A" else "B")}}
    ),
    "another place": lambda token: MANY | {"page": {"token": token[:5] + "B" + token[6:]}},
    "another search": lambda token: (
        asked(resource=having("resource", categories=None)) | {"page": {"token": token}}
    ),
    "another limit": lambda token: MANY | {"page": {"token": token, "limit": 3}},
}


@pytest.mark.parametrize("changed", FOREIGN.values(), ids=FOREIGN)
def test_a_token_of_another_search_is_400(
    council: Application, changed: Callable[[str], dict[str, Any]]
) -> None:
    answered = council.post(RESOURCES, changed(_token(council)))

    assert answered.status_code == 400
    assert answered.json()["code"] == "cursor"
    assert answered.json()["hint"]


def test_a_token_of_another_client_is_400(council: Application, trust: Application) -> None:
    said = asked(
        subject=having("subject", agency=COUNCIL), resource=having("resource", categories=None)
    )
    page = found(council, RESOURCES, said | {"page": {"limit": 1}})["page"]

    answered = trust.post(RESOURCES, said | {"page": {"token": page["next_token"]}})

    assert answered.status_code == 400
    assert answered.json()["code"] == "cursor"


def test_a_token_from_before_an_agreement_was_suspended_is_400(
    council: Application, office: Office
) -> None:
    token = _token(council)
    office.lifecycle.act(Act.SUSPEND, AGREEMENT, said="a breach")

    stale = council.post(RESOURCES, MANY | {"page": {"token": token}})

    assert stale.status_code == 400
    assert "changed" in stale.json()["detail"]
    assert "begin again" in stale.json()["hint"]
    assert found(council, RESOURCES, MANY)["results"] == []


def test_what_changes_while_it_is_searched_is_searched_again(
    council: Application, monkeypatch: pytest.MonkeyPatch
) -> None:
    first, calls = found(council, RESOURCES, MANY), []
    really = search.tried

    def moved_once(*args: Any) -> search.Tried:
        calls.append(args)
        if len(calls) == 2:
            raise search.MovedError
        return really(*args)

    monkeypatch.setattr(search, "tried", moved_once)

    assert found(council, RESOURCES, MANY)["results"] == first["results"]
    monkeypatch.setattr(search, "tried", _always_moved)
    assert council.post(RESOURCES, MANY).status_code == 503


def _always_moved(*_: Any) -> search.Tried:
    raise search.MovedError


# Who may search


def test_whoever_is_no_end_may_not_search(council: Application) -> None:
    between_others = asked(
        subject=having("subject", agency=POLICE), resource=having("resource", categories=None)
    )

    for path in (RESOURCES, ACTION_SEARCH):
        answered = council.post(path, between_others | {"resource": having("resource")})
        assert answered.status_code == 403
        assert answered.json()["code"] == "caller"


def test_a_purpose_or_role_that_is_not_registered_is_not_searched(
    world: World, office: Office
) -> None:
    council = world.application
    narrow = council.client(COUNCIL)
    office.clients.remove(council.name)
    office.clients.add(narrow)
    purpose = {"context": {**ASKED["context"], "purpose": "mash-triage"}}
    role = {"subject": having("subject", role="mash-manager")}

    for path, change in product((RESOURCES, ACTION_SEARCH, SUBJECTS), (purpose, role)):
        assert council.post(path, asked(**change)).status_code == 403
    roles = found(council, SUBJECTS, asked(subject={"type": "practitioner"}))["results"]
    assert [each["id"] for each in roles] == [f"{COUNCIL}/social-worker"]


def test_nobody_searches_without_a_token(council: Application) -> None:
    for path in (SUBJECTS, RESOURCES, ACTION_SEARCH):
        assert council.send("POST", path, json=asked()).status_code == 401
