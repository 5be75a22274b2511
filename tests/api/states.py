"""What must have happened before an example of the documentation is sent, by its phrase."""

from collections.abc import Callable
from typing import Final

from api.descriptions.access import ASKED
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


STATES: Final[dict[str, Callable[[World], Given]]] = {
    "": _nothing,
    "a decision": _a_decision,
    "an assertion": _an_assertion,
    "a secret of the forge": _a_secret,
}
