"""What is not well put is refused at the door, in words, and never permitted."""

import json
import re
from typing import Any

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from api import authzen, body
from api.problems import ProblemError
from engine import canonical, received, request
from engine.errors import RequestError
from engine.service import Office
from tests.api.application import Application, evaluation, within

BOTH_WAYS = True

SAID = evaluation()
GOOD = json.dumps(SAID)


def with_member(text: str) -> bytes:
    """A good body with one more member, as it is written."""
    return f"{GOOD[:-1]}, {text}}}".encode()


def without(*path: str) -> bytes:
    said: Any = evaluation()
    place = said
    for name in path[:-1]:
        place = place[name]
    del place[path[-1]]
    return json.dumps(said).encode()


def instead(value: Any, *path: str) -> bytes:
    said: Any = evaluation()
    place = said
    for name in path[:-1]:
        place = place[name]
    place[path[-1]] = value
    return json.dumps(said).encode()


BAD: dict[str, tuple[bytes, str]] = {
    "empty": (b"", "empty"),
    "malformed": (b'{"subject": {', "not JSON"),
    "trailing text": (GOOD.encode() + b"x", "not JSON"),
    "a list": (b"[]", "not a JSON object"),
    "a byte order mark": (b"\xef\xbb\xbf" + GOOD.encode(), "not JSON"),
    "UTF-16": (GOOD.encode("utf-16"), "not UTF-8"),
    "a stray byte": (GOOD.replace("ncc", "n\xff").encode("latin-1"), "not UTF-8"),
    "not a number": (with_member('"count": NaN'), "NaN"),
    "infinity": (with_member('"count": -Infinity'), "Infinity"),
    "too large a number": (with_member('"count": 1e999'), "too large"),
    "too large a whole number": (with_member('"count": 9007199254740992'), "2^53"),
    "a very long number": (with_member('"count": ' + "9" * 5000), "2^53"),
    "a member twice": (with_member('"action": {"name": "disclose"}'), "twice"),
    "a member twice within": (with_member('"x": {"a": 1, "a": 2}'), "twice"),
    "half a surrogate": (with_member('"x": "\\ud800"'), "surrogate"),
    "half a surrogate in a list": (with_member('"x": [["\\udc00"]]'), "surrogate"),
    "half a surrogate in a name": (with_member('"\\ud800": 1'), "surrogate"),
    "too deep": (with_member('"x": ' + "[" * 5000 + "]" * 5000), "deeper"),
    "too deep and unfinished": (b'{"x":' * 5000, "deeper"),
    "too long": (with_member(f'"x": "{"x" * 300_000}"'), "longer"),
    "no subject": (without("subject"), "`subject` is missing"),
    "no action": (without("action"), "`action` is missing"),
    "no resource": (without("resource"), "`resource` is missing"),
    "no subject.type": (without("subject", "type"), "`subject.type` is missing"),
    "no subject.id": (without("subject", "id"), "`subject.id` is missing"),
    "no action.name": (without("action", "name"), "`action.name` is missing"),
    "no resource.type": (without("resource", "type"), "`resource.type` is missing"),
    "no resource.id": (without("resource", "id"), "`resource.id` is missing"),
    "a subject that is text": (instead("alice", "subject"), "`subject`"),
    "an id that is a number": (instead(7, "subject", "id"), "`subject.id`"),
    "a name that is a number": (instead(123, "action", "name"), "`action.name`"),
    "another action": (instead("read", "action", "name"), "`action.name`"),
    "another resource": (instead("record", "resource", "type"), "`resource.type`"),
    "properties that are a list": (instead([], "subject", "properties"), "`subject.properties`"),
    "no purpose": (without("context", "purpose"), "`context.purpose`: is missing"),
    "purpose null": (instead(None, "context", "purpose"), "`context.purpose`"),
    "no role": (without("subject", "properties", "role"), "`subject.properties.role`"),
    "no category": (
        instead([], "resource", "properties", "categories"),
        "`resource.properties.categories`",
    ),
    "a category that is a number": (
        instead([7], "resource", "properties", "categories"),
        "`resource.properties.categories.0`",
    ),
    "a holder that is a number": (
        instead(7, "resource", "properties", "holder"),
        "`resource.properties.holder`",
    ),
    "a holder that is an entity": (
        instead({"__entity": {"type": "Agency", "id": "x"}}, "resource", "properties", "holder"),
        "`resource.properties.holder`",
    ),
    "no holder": (without("resource", "properties", "holder"), "`resource.properties.holder`"),
    "a basis that is text": (instead("6-1-e", "context", "lawful_basis"), "`context.lawful_basis`"),
}


@pytest.mark.parametrize(("body", "told"), BAD.values(), ids=BAD)
def test_a_body_that_is_not_well_put_is_refused_in_words(
    council: Application, office: Office, body: bytes, told: str
) -> None:
    before = office.premises.records.head().size

    answered = council.post("/access/v1/evaluation", content=body)

    assert answered.status_code == 400, answered.text
    problem = answered.json()
    assert told in problem["detail"]
    assert problem["status"] == 400
    assert "decision" not in problem
    assert office.premises.records.head().size == before


@pytest.mark.parametrize(
    "headers",
    [
        {"Content-Type": "text/plain"},
        {"Content-Type": ""},
        {"Content-Type": "application/json; charset=utf-16"},
        {"Content-Encoding": "gzip"},
    ],
    ids=lambda headers: " ".join(*headers.items()),
)
def test_a_body_of_another_type_is_refused(council: Application, headers: dict[str, str]) -> None:
    answered = council.post("/access/v1/evaluation", evaluation(), headers=headers)

    assert answered.status_code == 400
    assert answered.headers["content-type"] == "application/problem+json"


def test_a_charset_of_utf_8_is_accepted(council: Application) -> None:
    headers = {"Content-Type": 'application/json; charset="UTF-8"'}

    answered = council.post("/access/v1/evaluation", evaluation(), headers=headers)

    assert answered.json()["decision"] is True


def test_a_fraction_in_a_member_nobody_reads_does_no_harm(council: Application) -> None:
    assert council.ask(**within("context", risk=0.25)).json()["decision"] is True


NAMES = {
    "a name": ("bfe9eb29-ab87-4ca3-be83-a1d5d8305716", True),
    "none": (None, False),
    "too long": ("x" * 129, False),
    "with a space": ("a b", False),
    "beyond ASCII": ("é", False),
}


@pytest.mark.parametrize(("name", "kept"), NAMES.values(), ids=NAMES)
def test_the_name_of_a_request_comes_back_if_it_can_be_one(
    council: Application, name: str | None, kept: bool
) -> None:
    headers = [] if name is None else [(b"X-Request-ID", name.encode("latin-1"))]

    for path in ("/health", "/nowhere"):
        came = council.send("GET", path, headers=headers).headers.get_list("x-request-id")
        assert len(came) == 1
        assert (came[0] == name) is kept


def test_a_path_or_a_method_there_is_not_is_a_problem(council: Application) -> None:
    for method, path, status in (("GET", "/nowhere", 404), ("GET", "/access/v1/evaluation", 405)):
        answered = council.send(method, path)
        assert answered.status_code == status
        assert answered.headers["content-type"] == "application/problem+json"


def test_nothing_is_kept_by_a_cache(council: Application) -> None:
    assert council.ask().headers["cache-control"] == "no-store"


# --- the quick reader says what the slow one does, or nothing

TEXTS = st.text(alphabet=st.sampled_from('ab"\\/u{}[]:,0 \n\té𝄞\ud800'), max_size=6)
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | TEXTS,
    lambda within: st.lists(within, max_size=4) | st.dictionaries(TEXTS, within, max_size=4),
    max_leaves=12,
)
FRAGMENTS = st.lists(
    st.sampled_from(
        [
            *(
                '{"a":',
                "{",
                "}",
                "[",
                "]",
                ",",
                ":",
                '"a"',
                '"\\u0061"',
                '"\\\\"',
                "1",
                "-0",
                "1e400",
            ),
            *("true", "nul", "NaN", " ", '"\\ud834"', '"\x00"', "\ufeff", '"b":null'),
        ]
    ),
    max_size=14,
)


def slowly(data: bytes, monkeypatch: pytest.MonkeyPatch) -> Any:
    with monkeypatch.context() as slow:
        slow.setattr("api.body._plain_object", lambda _: None)
        return quickly(data)


def quickly(data: bytes) -> Any:
    try:
        return body.parse_object(data)
    except ProblemError as fault:
        return str(fault)


@given(said=st.dictionaries(TEXTS, VALUES, max_size=4), ascii_only=st.booleans())
def test_whatever_is_written_is_read_alike(said: Any, ascii_only: bool) -> None:
    data = json.dumps(said, ensure_ascii=ascii_only).encode("utf-8", "surrogatepass")

    with pytest.MonkeyPatch.context() as patch:
        assert repr(quickly(data)) == repr(slowly(data, patch))


@given(said=st.dictionaries(TEXTS, VALUES, max_size=4), ascii_only=st.booleans())
def test_what_is_spelled_by_the_way_is_the_one_spelling(said: Any, ascii_only: bool) -> None:
    data = json.dumps(said, ensure_ascii=ascii_only).encode("utf-8", "surrogatepass")

    try:
        read = body.parse(data)
    except ProblemError:
        return
    assert read.spelled in (b"", canonical.spell(read.members))


@given(parts=FRAGMENTS)
def test_whatever_is_pieced_together_is_read_alike(parts: list[str]) -> None:
    data = "".join(["{", *parts, "}"]).encode()

    with pytest.MonkeyPatch.context() as patch:
        assert repr(quickly(data)) == repr(slowly(data, patch))


@pytest.mark.parametrize("levels", [body.MAX_DEPTH - 1, body.MAX_DEPTH, body.MAX_DEPTH + 1])
@pytest.mark.parametrize(
    "beside", ["", '"y":[{}, [], {"a": [[]]}, {}],', f'"y":[{"[{}]," * 40}[]],']
)
def test_depth_is_counted_alike(levels: int, beside: str, monkeypatch: pytest.MonkeyPatch) -> None:
    deep = '{"z":' * (levels // 2) + "[" * ((levels - 1) // 2)
    data = f'{{{beside}"x":{deep}{"]" * ((levels - 1) // 2)}{"}" * (levels // 2)}}}'.encode()

    assert quickly(data) == slowly(data, monkeypatch)
    assert (body._plain_object(data) is None) is (levels > body.MAX_DEPTH)


def test_what_applications_send_is_read_the_quick_way() -> None:
    for written in (GOOD, json.dumps(evaluation(), separators=(",", ":")), f"\t{GOOD}\r\n"):
        assert body._plain_object(written.encode()) == (json.loads(GOOD), received.encode(SAID))


def test_many_questions_are_read_the_quick_way_and_spelled() -> None:
    many = {"evaluations": [SAID] * 50}

    assert body._plain_object(json.dumps(many).encode()) == (many, received.encode(many))


@pytest.mark.parametrize("said", ['{"a": "", "a": ""}', '{"a": 1}', '{"a": "\\u0061"}', "[]"])
def test_what_could_be_read_in_two_ways_is_left_to_the_slow_one(said: str) -> None:
    assert body._plain_object(said.encode()) is None


# --- so does the quick reader of an evaluation

ODD = st.none() | st.booleans() | st.integers() | TEXTS | st.just("x" * 256) | st.just("x" * 257)
ENTITIES = st.dictionaries(
    st.sampled_from(["type", "id", "name", "properties"]),
    ODD | st.dictionaries(st.sampled_from(["agency", "role", "purpose"]), ODD, max_size=2),
    min_size=2,
)
SHAPES = st.dictionaries(
    st.sampled_from(["subject", "action", "resource", "context", "more"]),
    ENTITIES | ODD,
    min_size=2,
)


@given(changes=SHAPES, whole=st.booleans())
def test_an_evaluation_is_read_alike_or_left_to_the_strict_reader(
    changes: dict[str, Any], whole: bool
) -> None:
    said = evaluation() | changes if whole else changes
    # Halves of a surrogate pair were refused by whoever read the body.
    assume(not re.search("[\ud800-\udfff]", json.dumps(said, ensure_ascii=False)))

    plainly = authzen._plainly(said)

    try:
        strictly = authzen._strictly(said)
    except ProblemError:
        assert plainly is None
    else:
        assert plainly in (None, strictly)


def test_what_applications_ask_is_read_the_quick_way() -> None:
    assert authzen._plainly(evaluation()) == authzen._strictly(evaluation())
    assert authzen._plainly(evaluation()) is not None


FIELDS = authzen.read(evaluation()).fields


@given(
    changes=st.dictionaries(
        st.sampled_from([*FIELDS, "handling", "confirms", "agreement", "unknown"]),
        VALUES | st.sampled_from(["health-physical", "x" * 70_000, ["child"], ["x"] * 65]),
        max_size=3,
    )
)
def test_a_question_is_taken_exactly_if_the_strict_reader_takes_it(changes: Any) -> None:
    fields = {"from": "trust", "to": "council"} | FIELDS | changes

    data = json.dumps(fields).encode()
    try:
        strictly: Any = request.parse(data)
    except RequestError:
        strictly = None
    try:
        quickly: Any = authzen.disclosure(body.parse_object(data))
    except ProblemError:
        quickly = None

    assert quickly == strictly


def test_a_question_whose_parts_are_each_as_long_as_may_be_is_no_longer_than_one_may_be() -> None:
    code, line, statement = "c" * 63, "\U0010ffff" * 1_024, "\U0010ffff" * 2_000
    codes = [f"{n:063}" for n in range(request.MAX_CATEGORIES)]
    longest = dict.fromkeys(("requester", "subject", "case_reference"), line)
    longest |= dict.fromkeys(request.GIVEN_BY_STATEMENT, statement)
    longest |= dict.fromkeys(("purpose", "role", "classification", "handling"), code)
    longest |= {"from": "a" * 63, "to": "b" * 63, "agreement": code, "collected_under": code}
    fields = longest | {
        "asked_by": "a" * 63,
        "no_consent_reason": code,
        "information": codes,
        "about": codes[:16],
        "confirms": codes,
        "basis": dict.fromkeys(request.LawfulBasis.model_fields, code),
    }

    asked = authzen.disclosure(fields)

    assert asked.model_fields_set == request.Disclosure.model_fields.keys()
    assert len(json.dumps(fields, ensure_ascii=False).encode()) < request.MAX_BYTES
