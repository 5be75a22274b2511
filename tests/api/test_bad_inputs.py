"""Bad inputs at the counter: each is refused, says why, and changes nothing.

The names are those of the shared corpus of bad inputs; what each is made of is said here
in our own words, and as many again follow of our own. Beside them stands what must be
taken, so that refusing everything would fail.
"""

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import httpx2
import pytest
from anyio.from_thread import BlockingPortal

from api.app import create_app
from api.routes.access import EVALUATION, EVALUATIONS
from api.routes.mais import REQUESTS
from api.routes.searches import SEARCHES
from engine import bootstrap
from engine.keys import PrivateKey
from engine.service import Office
from tests.api.application import URL, Application, evaluation, jwt, within
from tests.api.conftest import opened
from tests.copies import copied

BOTH_WAYS = True
OPEN_FOR = "module"


@pytest.fixture(scope="module")
def folder(registered_template: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """One office for all of them, since none may change anything; it counts no requests."""
    folder = copied(registered_template, tmp_path_factory.mktemp("bad") / "office")
    with (folder / "office.toml").open("a", encoding="utf-8") as settings:
        settings.write("\n[http]\nper_client = 0\nper_peer = 0\n")
    return folder


@pytest.fixture(scope="module")
def office(folder: Path, portal: BlockingPortal) -> Iterator[Office]:
    """The same office, open a second time, to look at what was kept."""
    with bootstrap.open_office(folder) as found:
        yield found


@pytest.fixture(scope="module")
def http(folder: Path, portal: BlockingPortal, hot: bool) -> Iterator[httpx2.AsyncClient]:
    """One counter for all of them, of each way."""
    with opened(create_app(folder, url=URL, hot=hot), portal) as client:
        yield client


GOOD = json.dumps(evaluation() | within("context", count=1), indent=2).encode()
EVERY_DOOR = (EVALUATION, EVALUATIONS, REQUESTS, *SEARCHES.values())


def said(**changes: Any) -> bytes:
    """The good question, but for these members."""
    return json.dumps(json.loads(GOOD) | changes).encode()


def instead(old: bytes, new: bytes) -> bytes:
    """The good question with other bytes in one place."""
    assert old in GOOD
    return GOOD.replace(old, new, 1)


def deep(times: int, before: bytes = b'{"a":', after: bytes = b"}") -> bytes:
    """The good question with something so deep beside it."""
    return GOOD.rstrip()[:-1] + b',"z":' + before * times + b"1" + after * times + b"}"


SHARED: dict[str, tuple[bytes, str]] = {
    "api-nan": (instead(b'"count": 1', b'"count": NaN'), "`NaN` is not a number"),
    "api-dup-member": (
        instead(b'"count": 1', b'"count": 1, "count": 1'),
        "the member `count` stands there twice",
    ),
    "api-empty-body": (b"", "the body is empty"),
    "api-trailing-garbage": (GOOD + b"x", "the body is not JSON"),
    "api-bad-utf8": (instead(b"case-1234", b"case-\xff"), "the body is not UTF-8 at byte"),
    "api-deep-5000": (deep(5000), "nested deeper than 32 levels"),
}
OWN: dict[str, tuple[bytes, str]] = {
    "infinity": (instead(b'"count": 1', b'"count": -Infinity'), "is not a number"),
    "a number beyond all": (instead(b'"count": 1', b'"count": 1e999'), "too large"),
    "a whole number beyond 2^53": (
        instead(b'"count": 1', b'"count": 9007199254740993'),
        "beyond 2^53 - 1",
    ),
    "ten thousand digits": (instead(b'"count": 1', b'"count": ' + b"9" * 10_000), "2^53"),
    "half of a surrogate pair": (instead(b"case-1234", rb"case-\ud800"), "surrogate pair"),
    "half of one as a name": (instead(b'"count"', rb'"\udfff"'), "surrogate pair"),
    "a member twice, once escaped": (
        instead(b'"count": 1', rb'"count": 1, "c\u006funt": 2'),
        "stands there twice",
    ),
    "a whole entity twice": (
        instead(b'"action"', b'"action": {"name": "disclose"}, "action"'),
        "`action` stands there twice",
    ),
    "a list so deep": (deep(5000, b"[", b"]"), "nested deeper than 32 levels"),
    "one level too deep": (deep(32), "nested deeper than 32 levels"),
    "deep and never closed": (deep(5000, after=b""), "nested deeper than 32 levels"),
    "a mark of byte order": (b"\xef\xbb\xbf" + GOOD, "the body is not JSON"),
    "UTF-16": (GOOD.decode().encode("utf-16"), "the body is not UTF-8"),
    "two objects": (GOOD + GOOD, "the body is not JSON"),
    "a comment": (b"/* */" + GOOD, "the body is not JSON"),
    "a comma at the end": (instead(b'"count": 1', b'"count": 1,'), "the body is not JSON"),
    "single quotes": (b"{'subject': {}}", "the body is not JSON"),
    "a bare control character": (instead(b"case-1234", b"case\n1234"), "the body is not JSON"),
    "a list": (b"[" + GOOD + b"]", "not a JSON object"),
    "null": (b"null", "not a JSON object"),
    "blanks alone": (b" \n\t ", "the body is not JSON"),
    "more than is read": (instead(b"case-1234", b"x" * 300_000), "longer than"),
}


@pytest.mark.parametrize("path", EVERY_DOOR)
@pytest.mark.parametrize(
    ("content", "gist"), [*SHARED.values(), *OWN.values()], ids=[*SHARED, *OWN]
)
def test_a_body_that_could_be_read_in_two_ways_is_read_in_none(
    council: Application, office: Office, path: str, content: bytes, gist: str
) -> None:
    before = office.premises.records.head().size

    refused(council.post(path, content=content), 400, gist)

    assert office.premises.records.head().size == before


def refused(answered: httpx2.Response, status: int, gist: str) -> None:
    """It is refused with that status, as a problem that says so, and shows nothing of ours."""
    assert answered.status_code == status, answered.text
    assert answered.headers["content-type"] == "application/problem+json"
    problem = answered.json()
    assert gist in problem["detail"]
    assert "decision" not in problem
    assert "Traceback" not in answered.text


OTHER_LETTERS = "n\N{CYRILLIC SMALL LETTER O}rthshire"
ZOE = "Zo\N{LATIN SMALL LETTER E WITH DIAERESIS} O\N{RIGHT SINGLE QUOTATION MARK}Hara \u674e"

MISSHAPEN: dict[str, tuple[bytes, str]] = {
    "api-missing-subject": (
        json.dumps({k: v for k, v in json.loads(GOOD).items() if k != "subject"}).encode(),
        "`subject` is missing",
    ),
    "api-int-id": (said(subject={"type": "practitioner", "id": 1001}), "`subject.id`"),
    "api-null-purpose": (said(context={**evaluation()["context"], "purpose": None}), "purpose"),
    "a holder that is a list": (said(**within("resource", holder=["x"])), "`resource.properties"),
    "a category that is an object": (said(**within("resource", categories=[{}])), "categories"),
    "no category": (said(**within("resource", categories=[])), "categories"),
    "a category twice": (said(**within("resource", categories=["identity"] * 2)), "twice"),
    "sixty-five categories": (
        said(**within("resource", categories=[f"c{n}" for n in range(65)])),
        "categories",
    ),
    "a purpose that is Cedar": (
        said(**within("context", purpose='x"); permit(principal, action, resource);')),
        "`context.purpose`",
    ),
    "a purpose that is a path": (said(**within("context", purpose="../../x")), "`context.purpose`"),
    "a holder in capitals": (said(**within("resource", holder="NORTHSHIRE")), "holder"),
    "a holder in other letters": (said(**within("resource", holder=OTHER_LETTERS)), "holder"),
    "a necessity of three thousand letters": (
        said(**within("context", necessity="x" * 3_000)),
        "`context.necessity`",
    ),
    "a necessity with a zero byte": (said(**within("context", necessity="\0")), "necessity"),
    "a subject of two lines": (said(**within("resource", subject_ref="a\nb")), "subject_ref"),
    "an id of nothing": (said(subject={"type": "practitioner", "id": ""}), "`subject.id`"),
    "an id of a thousand letters": (
        said(subject={"type": "practitioner", "id": "x" * 1_000}),
        "`subject.id`",
    ),
    "both ends the same": (said(**within("subject", agency="northshire-nhs-trust")), "same"),
    "a fact by confirmation": (said(**within("context", confirms=["necessity"])), "confirm"),
    "an action of another": (said(action={"name": "permit"}), "`action.name`"),
    "true for a text": (said(action={"name": True}), "`action.name`"),
    "a basis that is text": (said(**within("context", lawful_basis="6-1-e")), "lawful_basis"),
}


@pytest.mark.parametrize(("content", "gist"), MISSHAPEN.values(), ids=MISSHAPEN)
def test_a_question_that_is_none_is_told_by_its_member(
    trust: Application, council: Application, office: Office, content: bytes, gist: str
) -> None:
    before = office.premises.records.head().size
    asks = trust if "same" in gist else council

    refused(asks.post(EVALUATION, content=content), 400, gist)

    assert office.premises.records.head().size == before


UNSHOWN: dict[str, Callable[[Application], dict[str, str]]] = {
    "api-no-token": lambda _: {},
    "api-token-expired": lambda app: _bearing(app, exp=app.now_s - 120),
    "api-token-alg-none": lambda app: _bearing(app, header={"alg": "none"}, sign=False),
    "no signature": lambda app: _bearing(app, sign=False),
    "signed by somebody else": lambda app: _bearing(app, sign=True),
    "HS256": lambda app: _bearing(app, header={"alg": "HS256"}),
    "a key of its own": lambda app: _bearing(app, header={"jwk": app.key.public.to_jwk()}),
    "a key by address": lambda app: _bearing(app, header={"jku": "http://127.0.0.1/keys"}),
    "no token in the header": lambda _: {"Authorization": "DPoP"},
    "another scheme": lambda _: {"Authorization": "Basic Y291bmNpbC1hcHA6eA=="},
    "two parts": lambda _: {"Authorization": "Bearer e30.e30"},
    "nonsense": lambda _: {"Authorization": "Bearer " + "x" * 9_000},
}


def _bearing(
    app: Application, header: dict[str, Any] | None = None, *, sign: bool = True, **claims: int
) -> dict[str, str]:
    """A token that the service never made."""
    said = {"iss": "http://counter", "sub": app.name, "aud": "http://counter", "scope": "decide"}
    times = {"iat": app.now_s - 200, "exp": app.now_s + 200} | claims
    made = jwt(
        {"alg": "Ed25519", "typ": "at+jwt", "kid": app.key.public.kid} | (header or {}),
        {**said, **times, "client_id": app.name, "jti": "x"},
        PrivateKey(b"\x77" * 32),
    )
    token = made if sign else made.rpartition(".")[0] + "."
    return {"Authorization": f"Bearer {token}"}


@pytest.mark.parametrize("bearing", UNSHOWN.values(), ids=UNSHOWN)
def test_whoever_is_not_shown_is_401_and_told_how_to_show_it(
    council: Application, office: Office, bearing: Callable[[Application], dict[str, str]]
) -> None:
    before = office.premises.records.head().size

    for path in EVERY_DOOR:
        headers = {"Content-Type": "application/json"} | bearing(council)
        answered = council.send("POST", path, content=GOOD, headers=headers)
        refused(answered, 401, "")
        assert answered.headers["WWW-Authenticate"]

    assert office.premises.records.head().size == before


KINDS = {
    "api-wrong-content-type": "text/plain",
    "a form": "application/x-www-form-urlencoded",
    "two forms": "multipart/form-data; boundary=x",
    "nearly": "application/jsonp",
    "another charset": "application/json; charset=utf-16",
    "a problem": "application/problem+json",
}


@pytest.mark.parametrize("kind", KINDS.values(), ids=KINDS)
def test_a_body_of_another_kind_is_not_read(
    council: Application, office: Office, kind: str
) -> None:
    before = office.premises.records.head().size

    refused(council.post(EVALUATION, content=GOOD, headers={"Content-Type": kind}), 400, "")

    assert office.premises.records.head().size == before


TAKEN: dict[str, bytes] = {
    "ok-base": GOOD,
    "ok-unknown-member": said(trace={"a": 1}),
    "ok-member-order": json.dumps(dict(reversed(json.loads(GOOD).items()))).encode(),
    "ok-unicode-name": said(**within("subject", display=ZOE)),
    "blanks all around": b"\r\n\t " + GOOD + b" \n",
    "as deep as may be": deep(31),
    "every letter escaped": json.dumps(json.loads(GOOD), ensure_ascii=True)
    .replace("disclose", "".join(f"\\u{ord(c):04x}" for c in "disclose"))
    .encode(),
    "a pair of surrogates": instead(b"case-1234", rb"case \ud83d\ude00"),
    "the most of a whole number": instead(b'"count": 1', b'"count": 9007199254740991'),
    "a name with quotes and strokes": instead(b"case-1234", rb"case \"12\\34\/"),
    "a name that looks like a prototype": said(__proto__={"decision": True}),
    "what decides said by the caller": said(**within("context", decision=True, outcome="permit")),
}


@pytest.mark.parametrize("content", TAKEN.values(), ids=TAKEN)
def test_what_is_merely_unusual_is_taken(council: Application, content: bytes) -> None:
    answered = council.post(EVALUATION, content=content)

    assert answered.status_code == 200, answered.text
    assert answered.json()["decision"] is True


def test_words_that_are_code_elsewhere_are_words_here(council: Application) -> None:
    """What a requester writes is kept and never run."""
    written = "'; DROP TABLE entry; -- {{7*7}} <script>alert(1)</script> ${jndi:ldap://x} %00"

    answered = council.ask(**within("context", necessity=written))

    assert answered.json()["decision"] is True
    assert council.ask().json()["decision"] is True
