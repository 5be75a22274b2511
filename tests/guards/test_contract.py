"""What a guard is asked and what its answers mean: by OPA where it is, and by Rego anywhere."""

import json
from collections.abc import Iterator
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any

import pytest

from engine.guard import Answer, Failure, GuardAnswer, GuardKind
from tests.guards.conftest import COUNCIL, INPUT, POLICY, TRUST, Ask, authzen_at, opa_at, question
from tests.guards.servers import (
    REVISION,
    Certified,
    Served,
    answering,
    as_json,
    certified,
    kinds_of_server,
    opa,
    rego,
)


def serving(
    kind: str, folder: Path, policy: str, tls: Certified | None = None
) -> AbstractContextManager[Served]:
    folder.mkdir(exist_ok=True)
    return opa(policy, folder, tls) if kind == "opa" else rego(policy, tls)


@pytest.fixture(scope="module", params=kinds_of_server())
def server(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Served]:
    with serving(request.param, tmp_path_factory.mktemp("guard"), POLICY) as served:
        yield served


def test_the_page_shows_the_question_that_is_asked() -> None:
    assert question().stated() == INPUT


CASES: dict[str, tuple[dict[str, Any], Answer, str | None]] = {
    "a role it trusts": ({}, Answer.STOOD_ASIDE, None),
    "a role it does not trust": (
        {"role": "housing-officer"},
        Answer.VETO,
        "mental-health information is not for the role housing-officer",
    ),
    "other information": (
        {"role": "housing-officer", "information": ("identity",)}, Answer.STOOD_ASIDE, None,
    ),
    "from elsewhere": (
        {"role": "housing-officer", "holder": COUNCIL, "recipient": TRUST},
        Answer.STOOD_ASIDE,
        None,
    ),
    "more than it allows at a time": (
        {"information": ("health-mental", "health-physical", "identity")},
        Answer.VETO,
        "ask for two categories at a time",
    ),
}  # fmt: skip


@pytest.mark.parametrize(("changes", "answer", "reason"), CASES.values(), ids=CASES)
def test_the_policy_of_the_page_answers_as_it_says(
    ask: Ask, server: Served, changes: dict[str, Any], answer: Answer, reason: str | None
) -> None:
    found = ask(opa_at(server.url), **changes)

    assert (found.answer, found.reason) == (answer, reason)
    assert (found.agency, found.kind) == (TRUST, GuardKind.OPA)
    assert found.revision == REVISION
    assert found.decision_id


def test_a_rule_that_is_not_there_is_no_answer(ask: Ask, server: Served) -> None:
    found = ask(opa_at(server.url, path="sharing/denied"))

    assert (found.answer, found.reason) == (Answer.UNAVAILABLE, Failure.UNDEFINED.value)


def test_a_rule_that_is_no_list_is_no_answer(ask: Ask, server: Served) -> None:
    # The whole package is an object.
    found = ask(opa_at(server.url, path="sharing"))

    assert (found.answer, found.reason) == (Answer.UNAVAILABLE, Failure.MALFORMED.value)


@pytest.mark.parametrize("kind", kinds_of_server())
def test_an_authority_that_is_named_is_believed_and_no_other(
    kind: str, ask: Ask, tmp_path: Path
) -> None:
    ours, another = certified(tmp_path / "ours"), certified(tmp_path / "another")

    with serving(kind, tmp_path / "guard", POLICY, ours) as served:
        assert ask(opa_at(served.url, ca=str(ours.ca))).answer is Answer.STOOD_ASIDE
        for ca in (str(another.ca), ""):
            refused = ask(opa_at(served.url, ca=ca))
            assert (refused.answer, refused.reason) == (Answer.UNAVAILABLE, "unreachable")


@pytest.mark.parametrize(
    "made", [{"name": "elsewhere.example"}, {"days": -1}], ids=["another's name", "run out"]
)
def test_a_certificate_that_is_not_good_for_the_place_is_not_believed(
    made: dict[str, Any], ask: Ask, tmp_path: Path
) -> None:
    bad = certified(tmp_path / "bad", **made)

    with rego(POLICY, bad) as served:
        refused = ask(opa_at(served.url, ca=str(bad.ca)))

    assert (refused.answer, refused.reason) == (Answer.UNAVAILABLE, "unreachable")
    assert served.requests == []


def test_a_token_is_shown_and_read_anew_each_time(ask: Ask, tmp_path: Path) -> None:
    (tmp_path / "token").write_text("first\n")

    with rego(POLICY) as served:
        settings = opa_at(served.url, token_file="token")
        assert ask(settings).answer is Answer.STOOD_ASIDE
        (tmp_path / "token").write_text("second")
        assert ask(settings).answer is Answer.STOOD_ASIDE

    assert [each["Authorization"] for each in served.headers] == ["Bearer first", "Bearer second"]


@pytest.mark.parametrize("token", [None, "", "two words", "x\ny", "x" * 20_000, "é"])
def test_without_a_good_token_nothing_is_asked(token: str | None, ask: Ask, tmp_path: Path) -> None:
    if token is not None:
        (tmp_path / "token").write_text(token, "utf-8")

    with rego(POLICY) as served:
        found = ask(opa_at(served.url, token_file="token"))

    assert (found.answer, found.reason) == (Answer.UNAVAILABLE, Failure.TOKEN.value)
    assert served.requests == []


def test_no_proxy_of_the_environment_is_asked(
    ask: Ask, server: Served, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy"):
        monkeypatch.setenv(name, "http://127.0.0.1:1")

    assert ask(opa_at(server.url)).answer is Answer.STOOD_ASIDE


WELL_FORMED: dict[str, tuple[object, GuardAnswer]] = {
    name: (document, GuardAnswer(TRUST, GuardKind.OPA, *said))
    for name, document, said in (
        ("nothing more", {"result": []}, (Answer.STOOD_ASIDE,)),
        ("members nobody knows", {"result": [], "labels": {}}, (Answer.STOOD_ASIDE,)),
        ("an id", {"result": [], "decision_id": "d"}, (Answer.STOOD_ASIDE, None, "d")),
        (
            "two bundles",
            {
                "result": [],
                "provenance": {"bundles": {"b": {"revision": "2"}, "a": {"revision": "1"}}},
            },
            (Answer.STOOD_ASIDE, None, None, "a=1 b=2"),
        ),
        ("an object", {"result": [{"msg": "No."}]}, (Answer.VETO, "No.")),
        ("several", {"result": ["One", {"reason": "Two"}]}, (Answer.VETO, "One; Two")),
        ("no words", {"result": [""]}, (Answer.VETO, "it gave no reason")),
        ("other words", {"result": [{"code": 7}]}, (Answer.VETO, '{"code":7}')),
        ("null", {"result": [None]}, (Answer.VETO, "null")),
        ("false", {"result": [False]}, (Answer.VETO, "false")),
        ("an empty list within", {"result": [[]]}, (Answer.VETO, "[]")),
        ("lines", {"result": ["a\nb\u001b[2J"]}, (Answer.VETO, "a b [2J")),
        ("too many words", {"result": ["x" * 300]}, (Answer.VETO, "x" * 199 + "…")),
    )
}


@pytest.mark.parametrize(("document", "expected"), WELL_FORMED.values(), ids=WELL_FORMED)
def test_a_well_formed_answer_is_written_down(
    ask: Ask, document: object, expected: GuardAnswer
) -> None:
    with answering(lambda _: as_json(document)) as served:
        assert ask(opa_at(served.url)) == expected


def test_opa_is_asked_for_the_rule_and_where_it_comes_from(ask: Ask) -> None:
    with answering(lambda _: as_json({"result": []})) as served:
        ask(opa_at(f"{served.url}/behind/a-proxy"))

    (asked,) = served.requests
    assert asked["path"] == "/behind/a-proxy/v1/data/sharing/deny?provenance=true"
    assert asked["input"] == INPUT


# --- any AuthZEN decision point


AUTHZEN: dict[str, tuple[object, Answer, str | None]] = {
    "true": ({"decision": True}, Answer.STOOD_ASIDE, None),
    "true with a context": (
        {"decision": True, "context": {"reason_user": "fine"}}, Answer.STOOD_ASIDE, None,
    ),
    "false": ({"decision": False}, Answer.VETO, "it gave no reason"),
    "false, and why": (
        {"decision": False, "context": {"reason_admin": {"en": "sealed"}}}, Answer.VETO, "sealed",
    ),
    "false, and why as text": (
        {"decision": False, "context": {"reason_user": "sealed"}}, Answer.VETO, "sealed",
    ),
    "a word": ({"decision": "true"}, Answer.UNAVAILABLE, "malformed"),
    "one": ({"decision": 1}, Answer.UNAVAILABLE, "malformed"),
    "nothing": ({}, Answer.UNAVAILABLE, "malformed"),
    "null": ({"decision": None}, Answer.UNAVAILABLE, "malformed"),
    "a bad context": ({"decision": True, "context": []}, Answer.UNAVAILABLE, "malformed"),
    "OPA's form": ({"result": []}, Answer.UNAVAILABLE, "malformed"),
}  # fmt: skip


@pytest.mark.parametrize(("document", "answer", "reason"), AUTHZEN.values(), ids=AUTHZEN)
def test_only_true_of_a_decision_point_stands_aside(
    ask: Ask, document: object, answer: Answer, reason: str | None
) -> None:
    with answering(lambda _: as_json(document)) as served:
        found = ask(authzen_at(served.url))

    assert (found.answer, found.reason, found.kind) == (answer, reason, GuardKind.AUTHZEN)


def test_a_decision_point_is_asked_in_its_own_words(ask: Ask) -> None:
    with answering(lambda _: as_json({"decision": True})) as served:
        ask(authzen_at(served.url))

    (asked,) = served.requests
    assert asked.pop("path") == "/access/v1/evaluation"
    assert asked["subject"] == {
        "type": "agency", "id": COUNCIL, "properties": {"role": "social-worker"},
    }  # fmt: skip
    assert asked["resource"] == {
        "type": "information",
        "id": TRUST,
        "properties": {"information": ["health-mental"], "about": ["child"]},
    }
    assert asked["action"] == {"name": "disclose"}
    told = {"information", "about", "role"}
    assert asked["context"] == {k: v for k, v in INPUT.items() if k not in told}
    assert json.dumps(asked)
