"""What a request that fits its schema must hold beside, and JSON Schema cannot say.

Each mending is made to requests that are meant to be taken, and to no others: what does
not fit must be refused just as it was made. Each stands beside a request that shows why
it is needed: it fits, and is refused unless it is mended (`tests/api/test_asked.py`).
"""

from collections.abc import Callable
from copy import deepcopy
from dataclasses import dataclass, field
from typing import Any, Final

from ruamel.yaml import YAML

from api.descriptions.access import ASKED
from api.descriptions.mais import ASKED as REQUESTED
from api.routes.drafts import DRAFTS
from api.routes.hooks import HOOK
from api.routes.mais import REQUESTS
from engine.adapters.seed import examples
from tests.api.application import COUNCIL, TRUST
from tests.api.described import AGREEMENT, HOOK_SECRET

MOST: Final = 2**53 - 1
TOKEN: Final = "/oauth/token"


@dataclass
class Asked:
    """A request that is made, by the names that Schemathesis has for its parts."""

    method: str
    path: str
    body: Any = None
    path_parameters: dict[str, Any] = field(default_factory=dict)
    query: dict[str, Any] = field(default_factory=dict)
    headers: dict[str, str] = field(default_factory=dict)

    @property
    def way(self) -> tuple[str, str]:
        """By which it comes in."""
        return self.method, self.path


@dataclass(frozen=True)
class Mending:
    """One thing that no schema says.

    Attributes:
        why: The reason, in one sentence.
        mend: Does it, to a request and to the path of its operation.
        example: A request that needs it.
        status: How that is answered as it stands.
    """

    why: str
    mend: Callable[[Any, str], None]
    example: Asked
    status: int


def question(entity: str = "context", **members: Any) -> dict[str, Any]:
    """What can be asked, with other members of one entity; none takes away."""
    asked = deepcopy(dict(ASKED))
    place = asked[entity] if entity == "context" else asked[entity]["properties"]
    place |= members
    for name in [name for name, value in members.items() if value is None]:
        del place[name]
    return asked


def _first_page(case: Any, _: str) -> None:
    case.query.pop("after", None)


def _first_page_of_a_search(case: Any, _: str) -> None:
    if isinstance(case.body, dict) and isinstance(case.body.get("page"), dict):
        case.body["page"].pop("token", None)


def _vouched_for_by_nobody(case: Any, _: str) -> None:
    for asked in _questions(case.body):
        if isinstance(asked.get("context"), dict):
            asked["context"].pop("subject_token", None)


def _between_two(case: Any, _: str) -> None:
    for asked in _questions(case.body):
        ends = []
        for entity, name, agency in (
            ("subject", "agency", COUNCIL),
            ("resource", "holder", TRUST),
        ):
            said: Any = asked.get(entity)
            if isinstance(said, dict) and isinstance(said.setdefault("properties", {}), dict):
                ends.append(said["properties"].setdefault(name, agency))
        if len(ends) == 2 and ends[0] == ends[1]:
            asked["resource"]["properties"]["holder"] = f"{ends[0][:60]}-2"


def _under_a_clause(case: Any, path: str) -> None:
    if path != REQUESTS or not isinstance(case.body, dict):
        return
    case.body["SharingPolicy"] = deepcopy(REQUESTED["SharingPolicy"])
    case.body["RequesterIdentifier"]["value"] = COUNCIL
    more = case.body.setdefault("Concordat", {})
    for name in ("holder", "role", "about"):
        more[name] = more.get(name) or REQUESTED["Concordat"][name]
    if more["holder"] == COUNCIL:
        more["holder"] = TRUST


def _of_an_agreement(case: Any, path: str) -> None:
    if (case.method, path) == ("PUT", DRAFTS):
        case.body = YAML(typ="safe", pure=True).load(examples()[AGREEMENT])


def _signed_by_the_forge(case: Any, path: str) -> None:
    if path == HOOK:
        for name in [name for name in case.headers if "signature" in name.lower()]:
            del case.headers[name]
        case.headers["X-Gitlab-Token"] = HOOK_SECRET


def _bounded(case: Any, _: str) -> None:
    case.body = _within(case.body)


def _within(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: _within(each) for name, each in value.items()}
    if isinstance(value, list):
        return [_within(each) for each in value]
    if isinstance(value, int) and not isinstance(value, bool):
        return max(-MOST, min(MOST, value))
    return value


def _questions(body: Any) -> list[dict[str, Any]]:
    """A question, and those within it if they are several."""
    if not isinstance(body, dict):
        return []
    within = body.get("evaluations")
    return [body, *(each for each in within or () if isinstance(each, dict))]


_EVALUATION: Final = "/access/v1/evaluation"

MENDINGS: Final = {
    "first page": Mending(
        "Where a page begins is told by the page before; anything else is no place in the list.",
        _first_page,
        Asked("GET", "/v1/records", query={"after": "AAAA"}),
        400,
    ),
    "first page of a search": Mending(
        "Where a page begins is told by the page before; anything else is no place in the list.",
        _first_page_of_a_search,
        Asked("POST", "/access/v1/search/action", {**question(), "page": {"token": "A" * 40}}),
        400,
    ),
    "vouched for by nobody": Mending(
        "Who vouches for a person signs that; nothing made at random is signed.",
        _vouched_for_by_nobody,
        Asked("POST", _EVALUATION, question(subject_token="e30.e30.AAAA")),
        400,
    ),
    "between two": Mending(
        "Which end may be left out depends on who asks, and the two may not be the same.",
        _between_two,
        Asked("POST", _EVALUATION, question("resource", holder=COUNCIL)),
        400,
    ),
    "under a clause": Mending(
        "A social-care request names a clause and a party of its agreement; which there are, and "
        "what a clause leaves open, no schema says.",
        _under_a_clause,
        Asked(
            "POST",
            REQUESTS,
            {
                **deepcopy(dict(REQUESTED)),
                "SharingPolicy": [{"Identifier": {"value": "no-such-agreement/1/1"}}],
            },
        ),
        400,
    ),
    "of an agreement": Mending(
        "What an agreement is made of is said in words (docs/agreement-fields.md).",
        _of_an_agreement,
        Asked(
            "PUT",
            DRAFTS,
            {"id": AGREEMENT},
            path_parameters={"agreement": AGREEMENT},
            headers={"If-Match": "*"},
        ),
        400,
    ),
    "signed by the forge": Mending(
        "A forge shows that it knows a secret.",
        _signed_by_the_forge,
        Asked("POST", HOOK, {"ref": "refs/heads/main"}),
        401,
    ),
    "bounded": Mending(
        "Readers of JSON differ beyond 2^53 - 1 (RFC 7493, section 2.2), and members that "
        "nobody reads have no schema.",
        _bounded,
        Asked("POST", _EVALUATION, question(counted=2**60)),
        400,
    ),
}
