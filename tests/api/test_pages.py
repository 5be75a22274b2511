"""Long lists: nothing twice, nothing left out, and no cursor but the list's own."""

import json
from urllib.parse import parse_qsl, urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st

from api import pages, queries
from api.problems import ProblemError
from tests.api.requests import request


def asked(query: dict[str, str], path: str = "/v1/things") -> pages.Wanted:
    came = request(path, query)
    return pages.wanted(came, queries.read(came, *pages.NAMES, "state"))


def page(rows: list[str], query: dict[str, str]) -> tuple[list[str], dict[str, str] | None]:
    """What stands on a page, and with what the next is asked for."""
    wanted = asked(query)
    body, headers = pages.listed("things", pages.cut(rows, wanted, str), wanted)
    said = json.loads(body)
    if said["next"] is None:
        assert "Link" not in headers
        return said["things"], None
    assert headers["Link"] == f'<{said["next"]}>; rel="next"'
    assert urlsplit(said["next"]).path == "/v1/things"
    return said["things"], dict(parse_qsl(urlsplit(said["next"]).query))


@given(st.sets(st.text(min_size=1, max_size=8)), st.integers(1, 5), st.booleans())
def test_whoever_follows_next_sees_each_once(names: set[str], limit: int, filtered: bool) -> None:
    rows, seen = sorted(names), []
    query: dict[str, str] | None = {"limit": str(limit)} | ({"state": "x"} if filtered else {})

    while query is not None:
        found, query = page(rows, query)
        assert len(found) <= limit
        seen += found

    assert seen == rows


def test_what_is_added_meanwhile_shifts_nothing() -> None:
    first, query = page(["b", "d", "f"], {"limit": "2"})
    assert query is not None

    second, _ = page(["a", "b", "c", "d", "e", "f"], query)

    assert (first, second) == (["b", "d"], ["e", "f"])


def cursor(path: str = "/v1/things", **filters: str) -> str:
    wanted = asked({"limit": "1"} | filters, path)
    body, _ = pages.listed("things", pages.cut(["a", "b"], wanted, str), wanted)
    return str(dict(parse_qsl(urlsplit(json.loads(body)["next"]).query))["after"])


CURSORS = {
    "no cursor": lambda: "nothing",
    "not base64url": lambda: "!!",
    "padded": lambda: cursor() + "=",
    "JSON of another form": lambda: "W10",
    "very long": lambda: "A" * 5_000,
    "cut short": lambda: cursor()[:-4],
    "of another list": lambda: cursor("/v1/others"),
    "of the list with another filter": lambda: cursor(state="x"),
}


@pytest.mark.parametrize("made", CURSORS.values(), ids=CURSORS)
def test_what_is_no_cursor_of_this_list_is_refused(made) -> None:
    with pytest.raises(ProblemError, match="no place in this list") as refused:
        asked({"after": made()})

    assert (refused.value.status, refused.value.kind) == (400, "cursor")


@pytest.mark.parametrize("limit", ["0", "-1", "201", "1e2", "٣", "x", "999999999999", "1.0"])
def test_a_limit_out_of_bounds_is_refused(limit: str) -> None:
    with pytest.raises(ProblemError, match="number from 1 to 200"):
        asked({"limit": limit})


@pytest.mark.parametrize(
    ("query", "said"),
    [
        ("limt=1", "`limt` is not asked here"),
        ("limit=1&limit=2", "`limit` is asked twice"),
        ("after=", "`after` is empty"),
        ("%E2%98%83%0A%60=1", "`☃" + "??` is not asked here"),
    ],
)
def test_a_parameter_is_told_and_never_passed_over(query: str, said: str) -> None:
    with pytest.raises(ProblemError) as refused:
        queries.read(request(query=query), *pages.NAMES)

    assert said in str(refused.value)
    assert refused.value.status == 400


def test_an_instant_is_written_in_one_way() -> None:
    found = queries.read(request(query="at=2026-11-23T16:50:00Z&known_at=2026-11-23"), *AS_OF)

    at, known_at = (queries.instant(found, name) for name in AS_OF)
    assert at is not None
    assert known_at is not None
    assert (at.hour, known_at.hour, queries.instant({}, "at")) == (16, 0, None)
    with pytest.raises(ProblemError, match="`at` is no instant"):
        queries.instant({"at": "yesterday"}, "at")


AS_OF = ("at", "known_at")
