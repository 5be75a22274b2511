"""What a third agency gets of agencies, agreements and drafts, and can do about them."""

from collections.abc import Iterator
from typing import Any

from agreements.lifecycle import Act
from tests.api.agreement_world import DRAFT, HERE, YAML, performed, words
from tests.api.application import TRUST
from tests.api.isolation import World, isolates
from tests.service.conftest import AGREEMENT, write_text

NOWHERE = "/v1/agreements/nothing"
DIGESTS = {"terms_sha256": "0" * 64, "change_sha256": "0" * 64}


@isolates("GET", "/v1/agencies")
def agencies(world: World) -> None:
    assert world.stranger.get("/v1/agencies").json()["agencies"] == []


@isolates("GET", "/v1/agencies/{agency}")
def one_agency(world: World) -> None:
    world.unknown("GET", f"/v1/agencies/{TRUST}", "/v1/agencies/nothing")


@isolates("GET", "/v1/agreements")
def agreements(world: World) -> None:
    for query in ("", "?state=in_force", f"?party={TRUST}", "?at=2027-01-01"):
        told = world.stranger.get(f"/v1/agreements{query}")
        assert told.json()["agreements"] == []
        assert AGREEMENT not in told.text


@isolates("GET", "/v1/agreements/{agreement}")
def one_agreement(world: World) -> None:
    for query in ("", "?at=2027-01-01"):
        world.unknown("GET", HERE + query, NOWHERE + query)


@isolates("GET", "/v1/agreements/{agreement}/diff")
def a_change(world: World) -> None:
    write_text(world.office, words("1.1"))
    for query in ("", "?to=1.0", "?from=1.0&to=1.0", "?to=draft"):
        world.unknown("GET", f"{HERE}/diff{query}", f"{NOWHERE}/diff{query}")
    # Who is a party sees no draft of another agency's office either.
    assert world.trust.get(f"{HERE}/diff?to=draft").status_code == 404
    assert world.trust.get(f"{HERE}/diff").status_code == 404


def texts(resource: str) -> None:
    template = "/v1/agreements/{agreement}/versions/{version}" + resource

    @isolates("GET", template)
    def a_text(world: World) -> None:
        write_text(world.office, words("1.1"))
        for version in ("1.0", "in-force", "draft", "9.9"):
            path = f"/versions/{version}{resource}"
            world.unknown("GET", HERE + path, NOWHERE + path)
        theirs = world.trust.get(f"{HERE}/versions/draft{resource}")
        assert theirs.json() == world.stranger.get(f"{NOWHERE}/versions/1{resource}").json()


for _resource in ("", "/english", "/findings"):
    texts(_resource)


@isolates("GET", "/v1/agreements/{agreement}/versions/draft")
def the_draft(world: World) -> None:
    write_text(world.office, words("1.1"))
    world.unknown("GET", DRAFT, f"{NOWHERE}/versions/draft")
    assert world.trust.get(DRAFT).status_code == 404


@isolates("PUT", "/v1/agreements/{agreement}/versions/draft")
def a_draft(world: World) -> None:
    before = world.commit()
    for app in (world.trust, world.stranger):
        for path in (DRAFT, f"{NOWHERE}/versions/draft"):
            for seen in ({"If-Match": "*"}, {"If-None-Match": "*"}):
                sent = words("1.1").encode()
                refused = app.put(path, content=sent, headers=YAML | seen)
                assert (refused.status_code, refused.json()["code"]) == (403, "caller")
    # Nor does the office's own agency write texts in which it has no part.
    of_others = words("1.1").replace("northshire-council", "westshire-council").encode()
    headers = YAML | {"If-Match": "*"}
    refused = world.council.put(DRAFT, content=of_others, headers=headers)
    assert (refused.status_code, refused.json()["code"]) == (403, "caller")
    assert world.commit() == before


JOINING = {"agency": "northshire-fire", "name": "Northshire Fire", "kind": "fire"}


def by_the_office_alone(step: str, body: dict[str, Any]) -> None:
    @isolates("POST", f"/v1/agreements/{{agreement}}/{step}")
    def taken(world: World) -> None:
        write_text(world.office, words("1.1"))
        before = world.commit()

        for app in (world.trust, world.stranger):
            refused = app.post(f"{HERE}/{step}", body)
            assert refused.status_code == 403
            assert refused.json() == app.post(f"{NOWHERE}/{step}", body).json()

        assert world.commit() == before


for _step, _body in (("accede", JOINING), ("propose", DIGESTS), ("publish", {})):
    by_the_office_alone(_step, _body)


def bodies(world: World, act: str) -> Iterator[dict[str, Any]]:
    """With a key of the office, and with an act that another agency signed."""
    if act == "sign":
        yield DIGESTS
        yield {"jws": performed(world.office, Act.SUSPEND, TRUST)}
        return
    yield {"question": "Why?"} if act == "send-back" else {"reason": "a breach"}
    yield {"jws": performed(world.office, Act(act), TRUST)}


def acts(act: str) -> None:
    @isolates("POST", f"/v1/agreements/{{agreement}}/{act}")
    def acted(world: World) -> None:
        before, size = world.commit(), world.size()

        for body in bodies(world, act):
            theirs = world.stranger.post(f"{HERE}/{act}", body)
            nothing = world.stranger.post(f"{NOWHERE}/{act}", body)
            assert theirs.status_code == nothing.status_code == 404, theirs.text
            assert theirs.json() == nothing.json()
        # A party does nothing with the key of another, nor with an act of another.
        for body in bodies(world, act):
            app = world.council if "jws" in body else world.trust
            assert app.post(f"{HERE}/{act}", body).status_code in (403, 404, 409, 422)

        assert (world.commit(), world.size()) == (before, size)


for _act in ("sign", "send-back", "withdraw", "suspend", "resume", "leave", "end"):
    acts(_act)
