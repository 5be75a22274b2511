"""Whatever is asked of the first or the last instant there is has an answer as described."""

import jsonschema_rs
import pytest

from api.descriptions.book import OPERATIONS
from api.descriptions.people import GIVEN
from api.descriptions.schemas import INSTANT
from tests.api.described import AGREEMENT, World
from tests.api.test_described import DOCUMENT, closed

ENDS = ("1000-01-01", "9999-12-31T23:59:59Z")


@pytest.mark.parametrize("end", ENDS)
def test_the_ends_of_time_are_answered_like_any_other_instant(world: World, end: str) -> None:
    known = {"agreement": AGREEMENT, "version": "in-force", "agency": "northshire-nhs-trust"}
    known["consent"] = world.application.post("/v1/consents", GIVEN).json()["consent"]
    asked = [
        (operation.path, each.name)
        for operation in OPERATIONS
        for each in operation.parameters
        if each.schema.get("pattern") == INSTANT["pattern"]
    ]
    assert len(asked) > 30

    for path, name in asked:
        told = world.application.get(f"{path.format_map(known)}?{name}={end}")

        assert told.status_code in (200, 404, 422), (path, name, told.text)
        if told.status_code == 200 and told.headers["content-type"] == "application/json":
            described = DOCUMENT["paths"][path]["get"]["responses"]["200"]["content"]
            schema = closed(described[told.headers["content-type"]]["schema"])
            jsonschema_rs.validator_for(schema).validate(told.json())
