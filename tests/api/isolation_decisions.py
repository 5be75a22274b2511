"""What a third agency gets of decisions and their records, and of what anybody may ask."""

from api.routes.mais import REQUESTS
from api.routes.searches import SEARCHES
from api.scopes import ANYBODY
from tests.api.application import ROLE, TRUST, evaluation, within
from tests.api.isolation import World, isolates
from tests.api.test_mais import asked
from tests.service.conftest import AGREEMENT


@isolates("POST", "/access/v1/evaluation")
def evaluated(world: World) -> None:
    before = world.size()

    refused = world.stranger.ask()

    assert (refused.status_code, refused.json()["code"]) == (403, "caller")
    assert world.size() == before
    # Asked for itself, under the agreement of others, it is told what it is told under none.
    own = within("subject", agency="westshire-council")
    theirs, nothing = (
        world.stranger.ask(**own, **within("context", agreement=each)).json()["context"]
        for each in (AGREEMENT, "nothing")
    )
    for name in ("outcome", "code", "reason_user", "next_step"):
        assert theirs[name] == nothing[name]
    assert theirs["outcome"] == "deny"


@isolates("POST", "/access/v1/evaluations")
def evaluated_together(world: World) -> None:
    before = world.size()

    told = world.stranger.ask_all(evaluation() | {"evaluations": [{}, evaluation()]}).json()

    assert [each["context"]["error"]["status"] for each in told["evaluations"]] == [403, 403]
    assert world.size() == before


def searches_nothing(path: str) -> None:
    @isolates("POST", path)
    def searched(world: World) -> None:
        before = world.size()
        own = {"type": "practitioner", "id": "x", "properties": {"role": ROLE}}
        about = {"type": "information", "properties": {"about": ["child"]}}

        refused = world.stranger.post(path, evaluation())
        found = world.stranger.post(path, evaluation(subject=own, resource=about))

        assert (refused.status_code, refused.json()["code"]) == (403, "caller")
        assert found.status_code == 400 or found.json()["results"] == []
        assert world.size() == before


for _path in SEARCHES.values():
    searches_nothing(_path)


@isolates("POST", REQUESTS)
def asked_by_social_care(world: World) -> None:
    before = world.size()
    theirs = asked({"holder": TRUST})
    nothing = asked({"holder": TRUST}, SharingPolicy=[{"Identifier": {"value": "nothing/1/1"}}])

    for said in (theirs, nothing, asked()):
        refused = world.stranger.post(REQUESTS, said)
        assert refused.status_code == 400
        assert "names no clause of an agreement" in refused.json()["detail"]

    assert world.size() == before


@isolates("GET", "/v1/records/{jti}")
def one_record(world: World) -> None:
    jti = world.council.ask().json()["context"]["evaluation_id"]

    world.unknown("GET", f"/v1/records/{jti}", "/v1/records/nothing")


@isolates("GET", "/v1/records/{jti}/proof")
def one_proof(world: World) -> None:
    jti = world.council.ask().json()["context"]["evaluation_id"]

    world.unknown("GET", f"/v1/records/{jti}/proof", "/v1/records/nothing/proof")


@isolates("GET", "/metrics")
def counted(world: World) -> None:
    """Sums over all agencies and their agreements: for the agency whose office it is."""
    world.council.ask()

    refused = world.stranger.get("/metrics")

    assert (refused.status_code, refused.json()["code"]) == (403, "caller")
    assert "concordat_decisions" not in refused.text


@isolates("POST", "/oauth/token")
def tokens(world: World) -> None:
    for said in ({"client_id": "council-app"}, {"scope": "decide council-app"}):
        assert world.stranger.ask_token(**said).status_code in (400, 401)
    as_council = world.stranger.assertion(iss="council-app", sub="council-app")
    assert world.stranger.ask_token(as_council).status_code == 401


@isolates("POST", "/hooks/register")
def hooked(world: World) -> None:
    """A token is no secret of a forge's: whoever has one is told what everybody is."""
    before = world.commit()

    nobody = world.stranger.send("POST", "/hooks/register", content=b"{}")
    somebody = world.stranger.post("/hooks/register", {})

    assert nobody.status_code == somebody.status_code == 404
    assert nobody.json() == somebody.json()
    assert world.commit() == before


def same_to_all(path: str) -> None:
    @isolates("GET", path)
    def open_to_all(world: World) -> None:
        """Nothing of any agency's own: whoever asks, and as whom, makes no difference."""
        nobody = world.stranger.send("GET", path)
        somebody = world.stranger.get(path)

        assert nobody.status_code == somebody.status_code == 200
        assert nobody.content == somebody.content


for _method, _path in sorted(ANYBODY):
    if _method == "GET":
        same_to_all(_path)
