"""What must have happened before an example of the documentation is sent, by its phrase."""

import re
from collections.abc import Callable
from copy import deepcopy
from typing import Final

from agreements.lifecycle import Act
from api.descriptions.access import ASKED
from api.descriptions.people import GIVEN, SHARED
from api.etags import etag
from api.routes.texts import YAML
from engine import bootstrap
from engine.canonical import digest_hex
from engine.service import Office
from tests.api.application import COUNCIL
from tests.api.described import AGREEMENT, HOOK_SECRET, Given, World


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


def _digests(office: Office) -> dict[str, str]:
    """By which digests whoever proposes or signs was shown what."""
    offer = office.author.proposals.change_of(AGREEMENT)
    return {"terms_sha256": digest_hex(offer.text), "change_sha256": offer.change_sha256}


def _next_version(office: Office) -> str:
    words = office.author.read(AGREEMENT).text
    changed = re.sub(r"(?m)^version: .*$", 'version: "99.0"', words)
    assert changed != words
    return changed


def _a_draft(world: World) -> Given:
    with bootstrap.open_office(world.folder) as office:
        office.author.write(AGREEMENT, _next_version(office).encode())
        return Given(body=_digests(office))


def _a_draft_to_change(world: World) -> Given:
    _a_draft(world)
    return Given()


def _a_draft_that_was_read(world: World) -> Given:
    with bootstrap.open_office(world.folder) as office:
        text = office.author.read(AGREEMENT).text.encode()
        return Given(body=_next_version(office), headers={"If-Match": etag(YAML, text)})


def _a_text_that_was_written(world: World) -> Given:
    with bootstrap.open_office(world.folder) as office:
        return Given(body=_next_version(office))


def _a_proposal(world: World) -> Given:
    _a_draft(world)
    with bootstrap.open_office(world.folder) as office:
        office.author.propose(AGREEMENT)
        return Given(body=_digests(office))


def _a_question(world: World) -> Given:
    _a_proposal(world)
    return Given()


def _a_signature(world: World) -> Given:
    _a_proposal(world)
    with bootstrap.open_office(world.folder) as office:
        office.author.sign(AGREEMENT, COUNCIL)
    return Given()


def _all_signatures(world: World) -> Given:
    _a_proposal(world)
    with bootstrap.open_office(world.folder) as office:
        for seat in office.author.proposals.to_sign(AGREEMENT).missing:
            office.author.sign(AGREEMENT, seat.agency, role=seat.role)
    return Given()


def _a_suspension(world: World) -> Given:
    with bootstrap.open_office(world.folder) as office:
        office.lifecycle.act(Act.SUSPEND, AGREEMENT, said="A breach.")
    return Given()


STATES: Final[dict[str, Callable[[World], Given]]] = {
    "": _nothing,
    "a decision": _a_decision,
    "a consent": _a_consent,
    "a long log": _a_long_log,
    "a referral": _a_referral,
    "an emergency": _an_emergency,
    "a draft": _a_draft,
    "a draft to change": _a_draft_to_change,
    "a draft that was read": _a_draft_that_was_read,
    "a text that was written": _a_text_that_was_written,
    "a proposal": _a_proposal,
    "a proposal nobody has signed": _a_question,
    "a proposal that the council signed": _a_signature,
    "a proposal that all have signed": _all_signatures,
    "a suspension": _a_suspension,
    "an assertion": _an_assertion,
    "a secret of the forge": _a_secret,
}
