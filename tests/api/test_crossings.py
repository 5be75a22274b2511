"""No application of one agency can ask as another, whatever it says and wherever it says it."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import httpx2
import pytest
from anyio.from_thread import BlockingPortal

from engine import bootstrap, jose
from engine.keys import PrivateKey
from engine.record import read
from engine.service import Office
from tests.api.application import COUNCIL, TRUST, Application, evaluation
from tests.api.test_auth import forged, office_key

BOTH_WAYS = True

AGENCIES = (COUNCIL, TRUST, "westshire-council", "northshire-police", "eastshire-icb")
HEADERS = (
    *("X-Agency", "X-Client-Id", "X-Forwarded-User", "X-Forwarded-For", "Forwarded", "From"),
    *("X-Client-Cert", "Client-Cert", "Remote-User", "X-Authenticated-User"),
)
CASES = [(agency, claimed) for agency in AGENCIES for claimed in AGENCIES]


def name_of(agency: str) -> str:
    return f"{agency}-app"


def key_of(agency: str) -> PrivateKey:
    return PrivateKey(bytes([200 + AGENCIES.index(agency)]) * 32)


@pytest.fixture
def folder(folder: Path) -> Path:
    """The office, with an application of each of five agencies."""
    with bootstrap.open_office(folder) as office:
        for agency in AGENCIES:
            nobody: Any = None
            made = Application(nobody, nobody, name_of(agency), key_of(agency), 0)
            office.clients.add(made.client(agency))
    return folder


@pytest.fixture
def apps(portal: BlockingPortal, http: httpx2.AsyncClient, council: Application) -> Any:
    """Each agency's application, and a token of its own."""
    made = {
        agency: Application(portal, http, name_of(agency), key_of(agency), council.now_s)
        for agency in AGENCIES
    }
    return {agency: (app, app.token()) for agency, app in made.items()}


def question(agency: str, receives: str = "", **context: Any) -> dict[str, Any]:
    """What an agency may ask of another that holds something: for itself, or else for a third."""
    asked = evaluation()
    asked["subject"]["properties"]["agency"] = receives or agency
    asked["resource"]["properties"]["holder"] = COUNCIL if agency == TRUST else TRUST
    asked["context"].update(context)
    return asked


Told = Iterator[tuple[int, dict[str, Any]]]
"""For each question with which status it was answered, and what was told."""

Way = Callable[[Application, str, str, str], Told]


def as_one(app: Application, token: str, agency: str, claimed: str) -> Told:
    claims: tuple[tuple[str, dict[str, str]], ...] = (
        (claimed, {}),
        ("", {"asked_by": claimed}),
        (claimed, {"asked_by": claimed}),
    )
    for receives, context in claims:
        said = question(agency, receives, **context)
        answered = app.post("/access/v1/evaluation", said, token=token)
        yield answered.status_code, answered.json()


def as_an_item(app: Application, token: str, agency: str, claimed: str) -> Told:
    items = [
        {"subject": question(agency, claimed)["subject"]},
        {"context": question(agency, asked_by=claimed)["context"]},
    ]
    for common, each in ((question(agency), items), (question(agency, claimed), [{}])):
        said = common | {"evaluations": each}
        answered = app.post("/access/v1/evaluations", said, token=token)
        assert answered.status_code == 200
        for told in answered.json()["evaluations"]:
            yield told["context"].get("error", {}).get("status", 200), told


def in_headers(app: Application, token: str, agency: str, claimed: str) -> Told:
    headers = dict.fromkeys(HEADERS, claimed)
    answered = app.post("/access/v1/evaluation", question(agency), token=token, headers=headers)
    yield answered.status_code, answered.json()


def in_the_token(app: Application, token: str, agency: str, claimed: str) -> Told:
    # Signed by the office's own key, as if it let a client say more than it should.
    made = forged(
        app, office_key(app.http), agency=claimed, asked_by=claimed, act={"sub": name_of(claimed)}
    )
    answered = app.post("/access/v1/evaluation", question(agency), token=made)
    yield answered.status_code, answered.json()


SAID = (as_one, as_an_item)
BESIDE = (in_headers, in_the_token)


def assert_asked_by(told: dict[str, Any], app: Application, agency: str) -> None:
    payload = read(jose.split(told["context"]["record"])).payload
    assert (payload["asked_by"], payload["caller"]["client"]) == (agency, app.name)


@pytest.mark.parametrize("way", SAID, ids=lambda way: way.__name__)
def test_a_question_that_says_another_agency_asks_is_refused(
    apps: Any, office: Office, way: Way
) -> None:
    before = office.premises.records.head().size
    own = 0

    for agency, claimed in CASES:
        app, token = apps[agency]
        for status, told in way(app, token, agency, claimed):
            if claimed == agency:
                assert status == 200, told
                assert_asked_by(told, app, agency)
                own += 1
            else:
                assert status == 403, (agency, claimed, told)
                assert not told.get("decision")

    assert office.premises.records.head().size == before + own


@pytest.mark.parametrize("way", BESIDE, ids=lambda way: way.__name__)
def test_what_is_said_beside_a_question_makes_nobody_somebody_else(
    apps: Any, office: Office, way: Way
) -> None:
    for agency, claimed in CASES:
        app, token = apps[agency]
        for status, told in way(app, token, agency, claimed):
            assert status == 200, (agency, claimed, told)
            assert_asked_by(told, app, agency)


def test_no_token_is_good_for_another_client(apps: Any, office: Office) -> None:
    before = office.premises.records.head().size

    for agency, claimed in CASES:
        app, others = apps[agency][0], apps[claimed][1]
        answered = app.post("/access/v1/evaluation", question(agency), token=others)
        assert answered.status_code == (200 if claimed == agency else 401)

    assert office.premises.records.head().size == before + len(AGENCIES)
