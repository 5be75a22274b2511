"""What must have happened before an example of the documentation is sent, by its phrase."""

from collections.abc import Callable
from copy import deepcopy
from typing import Final

from api.descriptions.access import ASKED
from api.descriptions.people import GIVEN, SHARED
from engine import bootstrap
from tests.api.described import HOOK_SECRET, Given, World


def _nothing(_: World) -> Given:
    return Given()


def _a_decision(world: World) -> Given:
    answered = world.application.post("/access/v1/evaluation", ASKED)
    return Given(path={"jti": answered.json()["context"]["evaluation_id"]})


def _an_assertion(world: World) -> Given:
    application = world.application
    return Given(
        form={"client_assertion": application.assertion()},
        headers={"DPoP": application.proof("/oauth/token")},
    )


def _a_secret(_: World) -> Given:
    return Given(headers={"X-Gitlab-Token": HOOK_SECRET})


def _a_long_log(world: World) -> Given:
    question = (
        b'{"from":"northshire-police","to":"northshire-council","information":["identity"],'
        b'"about":["child"],"purpose":"child-protection-enquiry","role":"social-worker",'
        b'"basis":{"article6":"6-1-e"}}'
    )
    with bootstrap.open_office(world.folder) as office:
        while office.premises.records.head().size < 256:
            office.desk.ask_many([question] * 32)
    return Given()


def _a_consent(world: World) -> Given:
    answered = world.application.post("/v1/consents", GIVEN)
    return Given(path={"consent": answered.json()["consent"]})


def _a_referral(world: World) -> Given:
    asked = deepcopy(dict(ASKED))
    asked["resource"]["properties"]["categories"] = ["pregnancy"]
    answered = world.application.post("/access/v1/evaluation", asked)
    return Given(path={"jti": answered.json()["context"]["evaluation_id"]})


def _an_emergency(world: World) -> Given:
    return Given(path={"jti": world.application.post("/v1/emergencies", SHARED).json()["record"]})


STATES: Final[dict[str, Callable[[World], Given]]] = {
    "": _nothing,
    "a decision": _a_decision,
    "a consent": _a_consent,
    "a long log": _a_long_log,
    "a referral": _a_referral,
    "an emergency": _an_emergency,
    "an assertion": _an_assertion,
    "a secret of the forge": _a_secret,
}
