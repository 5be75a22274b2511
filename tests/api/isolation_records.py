"""What a third agency gets of records and of people: lists without them, and nothing else."""

from typing import Any

from api.routes.log import TILES
from tests.api import happenings
from tests.api.application import Application
from tests.api.happenings import CLOSING, EMERGENCY, REVIEW
from tests.api.isolation import World, isolates


def told(world: World, path: str, who: Application | None = None) -> str:
    answered = (who or world.stranger).get(path)
    assert answered.status_code == 200, answered.text
    return str(answered.text)


def unchanged(world: World, path: str, missing: str, said: dict[str, Any]) -> None:
    """Assert that a change of what is others' does nothing, and says nothing."""
    before = world.size()
    theirs, nothing = (world.stranger.post(each, said) for each in (path, missing))
    assert theirs.status_code == nothing.status_code == 404, theirs.text
    assert theirs.json() == nothing.json()
    assert world.size() == before


@isolates("GET", "/v1/records")
def records(world: World) -> None:
    jti = world.council.ask().json()["context"]["evaluation_id"]
    happenings.emergency(world.trust)

    for path in ("/v1/records", f"/v1/records?evaluation_id={jti}", "/v1/records?kind=emergency"):
        assert '"records":[],"next":null' in told(world, path)
    assert jti in told(world, "/v1/records", world.trust)


@isolates("GET", "/v1/decision-log")
def decisions(world: World) -> None:
    jti = world.council.ask().json()["context"]["evaluation_id"]

    assert told(world, "/v1/decision-log") == ""
    assert jti in told(world, "/v1/decision-log", world.trust)


def tile(template: str, path: str) -> None:
    @isolates("GET", template)
    def one_tile(world: World) -> None:
        """Hashes tell nothing; entries are for whoever audits the office."""
        world.council.ask()

        world.unknown("GET", f"/v1/log/tile/{path}", "/v1/log/tile/entries/999")


for _template, _path in zip(
    TILES, ("entries/000", "entries/000.p/1", "entries/x000/000.p/1", "entries/x000/x000/000.p/1"),
    strict=True,
):  # fmt: skip
    tile(_template, _path)


@isolates("GET", "/v1/log/inclusion")
def inclusion(world: World) -> None:
    """Hashes, and no more, of a log whose head is open to anybody."""
    world.council.ask()

    assert set(world.stranger.get("/v1/log/inclusion?index=0&size=1").json()) == {
        "index", "size", "hashes",
    }  # fmt: skip


@isolates("GET", "/v1/log/consistency")
def consistency(world: World) -> None:
    world.council.ask()

    assert set(world.stranger.get("/v1/log/consistency?first=1&second=2").json()) == {
        "first", "second", "hashes",
    }  # fmt: skip


@isolates("POST", "/v1/consents")
def given(world: World) -> None:
    before = world.size()
    said = {"person": "child 4711", "state": "given", "form": happenings.form()}

    refused = world.stranger.post("/v1/consents", said)

    assert (refused.status_code, refused.json()["code"]) == (403, "caller")
    # A consent among three would open what the caller has no part in.
    more = {"controllers": ["westshire-council", "northshire-nhs-trust"]}
    for wider in (more, {**more, "recipients": ["northshire-council", "westshire-council"]}):
        said["form"] = happenings.form(**wider)
        assert world.stranger.post("/v1/consents", said).status_code == 403
    assert world.size() == before
    # Nor is a request of others answered by a consent of one's own.
    requested = said | {"state": "requested", "form": happenings.form(expires=None)}
    theirs = world.council.post("/v1/consents", requested).json()["consent"]
    before = world.size()
    said["form"] = happenings.form(controllers=["westshire-council"])
    answers = [
        world.stranger.post("/v1/consents", said | {"consent": each})
        for each in (theirs, "nothing")
    ]
    assert [each.status_code for each in answers] == [404, 404]
    assert answers[0].json() == answers[1].json()
    assert world.size() == before


@isolates("POST", "/v1/consents/find")
def found(world: World) -> None:
    happenings.consent(world.council)
    whose = {"person": "child 4711"}

    assert world.stranger.post("/v1/consents/find", whose).json() == {"consents": []}
    assert len(world.trust.post("/v1/consents/find", whose).json()["consents"]) == 1


@isolates("GET", "/v1/consents")
def consents(world: World) -> None:
    consent = happenings.consent(world.council)

    assert '"consents":[],"next":null' in told(world, "/v1/consents")
    assert consent in told(world, "/v1/consents", world.trust)


@isolates("GET", "/v1/consents/{consent}")
def one_consent(world: World) -> None:
    consent = happenings.consent(world.council)

    world.unknown("GET", f"/v1/consents/{consent}", "/v1/consents/nothing")


@isolates("GET", "/v1/consents/{consent}/receipt")
def receipt(world: World) -> None:
    consent = happenings.consent(world.council)

    world.unknown("GET", f"/v1/consents/{consent}/receipt", "/v1/consents/nothing/receipt")
    assert world.trust.get(f"/v1/consents/{consent}/receipt").status_code == 404


@isolates("POST", "/v1/consents/{consent}/withdraw")
def withdrawn(world: World) -> None:
    consent = happenings.consent(world.council)

    path, missing = (f"/v1/consents/{each}/withdraw" for each in (consent, "nothing"))
    unchanged(world, path, missing, {"person": "child 4711"})


@isolates("POST", "/v1/consents/{consent}/renew")
def renewed(world: World) -> None:
    consent = happenings.consent(world.council)

    path, missing = (f"/v1/consents/{each}/renew" for each in (consent, "nothing"))
    unchanged(world, path, missing, {"person": "child 4711", "expires": "2036-01-01"})


@isolates("GET", "/v1/referrals")
def referrals(world: World) -> None:
    happenings.leave_to_a_person(world.office)
    jti = happenings.referred(world.council)

    assert '"referrals":[],"next":null' in told(world, "/v1/referrals?state=all")
    assert jti in told(world, "/v1/referrals", world.trust)


@isolates("GET", "/v1/referrals/{jti}")
def one_referral(world: World) -> None:
    happenings.leave_to_a_person(world.office)
    jti = happenings.referred(world.council)

    world.unknown("GET", f"/v1/referrals/{jti}", "/v1/referrals/nothing")


@isolates("POST", "/v1/referrals/{jti}/close")
def closed(world: World) -> None:
    happenings.leave_to_a_person(world.office)
    jti = happenings.referred(world.council)

    path, missing = (f"/v1/referrals/{each}/close" for each in (jti, "nothing"))
    unchanged(world, path, missing, CLOSING)


@isolates("POST", "/v1/emergencies")
def emergency(world: World) -> None:
    before = world.size()

    refused = world.stranger.post("/v1/emergencies", EMERGENCY)

    assert (refused.status_code, refused.json()["code"]) == (403, "caller")
    assert world.size() == before


@isolates("GET", "/v1/emergencies")
def emergencies(world: World) -> None:
    jti = happenings.emergency(world.trust)

    assert '"emergencies":[],"next":null' in told(world, "/v1/emergencies")
    other_end = told(world, "/v1/emergencies", world.council)
    assert jti in other_end
    assert "tablets" not in other_end


@isolates("GET", "/v1/emergencies/{jti}")
def one_emergency(world: World) -> None:
    jti = happenings.emergency(world.trust)

    world.unknown("GET", f"/v1/emergencies/{jti}", "/v1/emergencies/nothing")
    other_end = world.council.get(f"/v1/emergencies/{jti}").json()
    assert (other_end["why"], other_end["subject"]) == (None, None)


@isolates("POST", "/v1/emergencies/{jti}/review")
def reviewed(world: World) -> None:
    jti = happenings.emergency(world.trust)

    path, missing = (f"/v1/emergencies/{each}/review" for each in (jti, "nothing"))
    unchanged(world, path, missing, REVIEW)


def of_the_office(path: str) -> None:
    @isolates("GET", path)
    def report(world: World) -> None:
        """For whoever looks the office over, which a third agency does not."""
        for other in (world.stranger, world.trust):
            refused = other.get(path)
            assert (refused.status_code, refused.json()["code"]) == (403, "caller")


of_the_office("/v1/reports/attention")
of_the_office("/v1/reports/re-asks")
