"""OPA asked by two clients of different authors: ours, and the one of the package index."""

import random
from collections.abc import Iterator
from typing import Any
from urllib.parse import urlsplit

import pytest
from opa_client.opa import OpaClient

from agreements.vocabulary import Kind, current
from engine.guard import Answer
from tests.guards.conftest import COUNCIL, TRUST, Ask, opa_at, question
from tests.guards.servers import Served, kinds_of_server
from tests.guards.test_contract import serving

RULE = """package sharing

import rego.v1

deny contains message if {
    some category in input.information
    startswith(category, "health")
    input.role != "social-worker"
    message := sprintf("%s is not for %s", [category, input.role])
}

deny contains "too much at a time" if count(input.information) > 2

deny contains "not to the trust" if input.to == "northshire-nhs-trust"
"""


@pytest.fixture(scope="module", params=kinds_of_server())
def server(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Served]:
    with serving(request.param, tmp_path_factory.mktemp("second"), RULE) as served:
        yield served


@pytest.fixture(scope="module")
def client(server: Served) -> Iterator[OpaClient]:
    place = urlsplit(server.url)
    with OpaClient(host=place.hostname, port=place.port, retries=0, timeout=5) as client:
        yield client


def asked(chance: random.Random) -> dict[str, Any]:
    words = current()
    ends = chance.sample([TRUST, COUNCIL], 2)
    return {
        "information": tuple(
            chance.sample(words.leaves(Kind.INFORMATION), chance.randint(1, 4)),
        ),
        "role": chance.choice(["social-worker", "housing-officer"]),
        "holder": ends[0],
        "recipient": ends[1],
    }


@pytest.mark.parametrize("seed", range(100))
def test_what_a_guard_makes_of_an_answer_follows_from_what_another_client_is_given(
    seed: int, server: Served, client: OpaClient, ask: Ask
) -> None:
    changes = asked(random.Random(seed))

    refusals = client.query_rule(question(**changes).stated(), "sharing", "deny")["result"]
    found = ask(opa_at(server.url), **changes)

    expected = ("; ".join(refusals), Answer.VETO) if refusals else (None, Answer.STOOD_ASIDE)
    assert (found.reason, found.answer) == expected


def test_both_opinions_are_heard(client: OpaClient) -> None:
    asking = [question(**asked(random.Random(seed))).stated() for seed in range(100)]

    silent = [not client.query_rule(each, "sharing", "deny")["result"] for each in asking]

    assert 10 < sum(silent) < 90, "of a hundred questions some are refused and some are not"
