"""Entity tags: nothing is changed unseen, nothing unchanged is sent twice."""

import pytest
from fastapi.responses import Response
from hypothesis import given
from hypothesis import strategies as st

from api import etags
from api.problems import ProblemError
from tests.api.described import AGREEMENT, World

TAG = etags.etag(b"text", "state")


@given(st.lists(st.binary(max_size=4), max_size=4), st.lists(st.binary(max_size=4), max_size=4))
def test_another_state_has_another_tag(one: list[bytes], other: list[bytes]) -> None:
    assert (etags.etag(*one) == etags.etag(*other)) == (one == other)


@pytest.mark.parametrize(
    ("known", "status"),
    [
        (None, 200),
        ("{tag}", 304),
        ("W/{tag}", 304),
        ("*", 304),
        ('"other"', 200),
        ('"other", {tag}', 304),
        ('"a,b" ,{tag}', 304),
        ('""', 200),
    ],
)
def test_what_the_caller_has_already_is_not_sent_again(known: str | None, status: int) -> None:
    headers = {} if known is None else {"if-none-match": known.format(tag=TAG)}

    sent = etags.tagged(Response(b"long", media_type="application/json"), TAG, headers)

    assert (sent.status_code, sent.headers["etag"]) == (status, TAG)
    assert bytes(sent.body) == (b"long" if status == 200 else b"")


@pytest.mark.parametrize(
    "said", ["x", '"a" "b"', '"a', 'w/"a"', '"a";', '"\u00e9"', '"a",' * 2_000]
)
def test_what_is_no_list_of_tags_is_malformed(said: str) -> None:
    with pytest.raises(ProblemError, match="no list of entity tags"):
        etags.tagged(Response(), TAG, {"if-none-match": said})
    for tag in (TAG, None):
        with pytest.raises(ProblemError, match="no list of entity tags"):
            etags.refuse_unseen({"if-match": said}, tag)


@pytest.mark.parametrize(
    ("headers", "tag", "status"),
    [
        ({}, TAG, 428),
        ({}, None, 428),
        ({"if-match": TAG}, TAG, 0),
        ({"if-match": "*"}, TAG, 0),
        ({"if-match": "*"}, None, 412),
        ({"if-match": TAG}, None, 412),
        ({"if-match": '"other"'}, TAG, 412),
        ({"if-match": f"W/{TAG}"}, TAG, 412),
        ({"if-none-match": "*"}, None, 0),
        ({"if-none-match": "*"}, TAG, 412),
        ({"if-none-match": TAG}, TAG, 400),
        ({"if-match": '"other"', "if-none-match": "x"}, TAG, 400),
        ({"if-match": TAG, "if-none-match": "*"}, TAG, 412),
    ],
)
def test_only_what_was_seen_is_changed(
    headers: dict[str, str], tag: str | None, status: int
) -> None:
    if not status:
        etags.refuse_unseen(headers, tag)
        return
    with pytest.raises(ProblemError) as refused:
        etags.refuse_unseen(headers, tag)
    assert refused.value.status == status
    assert refused.value.hint or status == 400


HERE = f"/v1/agreements/{AGREEMENT}"
WRITTEN = {"Content-Type": "application/yaml"}
OF_NO_KIND = b'{"agency": "northshire-fire", "name": "Northshire Fire", "kind": "fire-brigands"}'


@pytest.mark.parametrize(
    ("method", "path", "headers", "body"),
    [
        ("GET", "/diff?from=1.0&to=1.0&at=2027-01-01", {"If-None-Match": "x"}, b""),
        ("POST", "/accede", {"Content-Type": "application/json", "If-Match": "x"}, OF_NO_KIND),
        ("PUT", "/versions/draft", WRITTEN, b"a text"),
        ("PUT", "/versions/draft", WRITTEN | {"If-None-Match": "*"}, b"a text"),
        ("PUT", "/versions/draft", WRITTEN | {"If-Match": '"another state"'}, b"a text"),
    ],
    ids=["before what cannot be", "before an unknown word", "unseen", "begun", "changed"],
)
def test_what_is_malformed_is_told_before_anything_else(
    world: World, method: str, path: str, headers: dict[str, str], body: bytes
) -> None:
    answered = world.application.request(method, HERE + path, headers=headers, content=body)

    assert answered.status_code == 400, answered.text


LATER = "?known_at=4112-02-29T00:00:05Z"


@pytest.mark.parametrize(
    "path",
    [
        f"/v1/agencies{LATER}",
        f"/v1/agencies/old-quay-academy{LATER}",
        f"/v1/agreements{LATER}",
        f"{HERE}{LATER}",
        f"{HERE}/diff?to=draft&known_at=4112-02-29T00:00:05Z",
        f"{HERE}/versions/1.0{LATER}",
        f"{HERE}/versions/1.0/english{LATER}",
        f"{HERE}/versions/9.9/findings",
        f"{HERE}/versions/9.9",
        "/v1/records/018f0000-0000-7000-8000-000000000000",
    ],
)
def test_a_tag_that_is_none_is_told_before_what_cannot_be_or_is_not_there(
    world: World, path: str
) -> None:
    asked = world.application
    assert asked.request("GET", path).status_code in (404, 422)
    assert asked.request("GET", path, headers={"If-None-Match": "GqK"}).status_code == 400
