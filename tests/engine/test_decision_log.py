"""A decision written for a log of authorisation decisions.

The rules about fields are those of Logius, Authorization Decision Log (draft), revision 0511b85,
section "Interface" (CC BY), arranged as a table here.
"""

import json
import re
from dataclasses import replace
from itertools import pairwise
from typing import Any

import pytest

from engine import disclosure, jose
from engine.canonical import digest_hex
from engine.decision_log import Detail, Logged, line
from engine.record import read
from tests.office import QUESTION, Office
from tests.vectors.golden import ASKING

TRACE_ID, PARENT = "28dbeec32e77635cc19bc3204ec56c41", "c4e1d75a3f9b8240"
MANDATORY = {"trace_id", "span_id", "event_name", "timestamp", "status"}
MAY_BE = MANDATORY | {"parent_span_id", "attributes", "resource", "body"}
PARTS = ("request", "response", "policies", "information", "configuration")
AT_LEVEL = {
    Detail.REQUEST: {"request", "response"},
    Detail.POLICIES: {"request", "response", "policies"},
    Detail.INFORMATION: {"request", "response", "policies", "information"},
    Detail.CONFIGURATION: set(PARTS),
}


def logged(office: Office, **changes: Any) -> Logged:
    entry = office.decide(**changes)
    record = read(jose.split(entry.sealed.jws))
    revealed = disclosure.reveal(dict(record.payload), entry.sealed.disclosures)
    shown = {name: said for name, said in revealed.items() if name not in record.payload}
    return Logged(record, entry.index, digest_hex(entry.sealed.jws.encode()), shown)


@pytest.fixture
def office() -> Office:
    office = Office()
    office.publish()
    return office


@pytest.mark.parametrize("detail", Detail)
@pytest.mark.parametrize("persons", [False, True])
def test_a_line_has_the_fields_of_the_standard_each_part_in_one_place(
    office: Office, detail: Detail, persons: bool
) -> None:
    said: dict[str, Any] = line(logged(office), detail, persons=persons)

    assert set(said) >= MANDATORY
    assert set(said) <= MAY_BE
    assert re.fullmatch(r"[0-9a-f]{32}", said["trace_id"])
    assert re.fullmatch(r"[0-9a-f]{16}", said["span_id"])
    assert said["event_name"] == "adl.access_evaluation"
    assert said["status"] in ("Unset", "Ok", "Error")
    assert said["timestamp"] // 1000 == office.now
    places = [
        part
        for part in PARTS
        for where in ("body", "attributes")
        if f"adl.core.{part}" in said[where]
    ]
    assert len(places) == len(set(places))
    assert set(places) == AT_LEVEL[detail]


def test_each_level_holds_the_one_before(office: Office) -> None:
    of = logged(office)
    lines: list[Any] = [line(of, detail, persons=False) for detail in Detail]

    for less, more in pairwise(lines):
        assert {**more, "attributes": None} == {**less, "attributes": None}
        assert less["attributes"].items() < more["attributes"].items()


def test_nobody_is_told_of_unless_that_is_asked_for(office: Office) -> None:
    of = logged(office)
    personal = [QUESTION[name] for name in ("requester", "subject", "case_reference", "necessity")]

    without = json.dumps(line(of, Detail.CONFIGURATION, persons=False))
    with_persons = json.dumps(line(of, Detail.CONFIGURATION, persons=True))

    assert not [each for each in personal if each in without]
    assert not [each for each in personal if each not in with_persons]


def test_the_question_is_told_in_the_words_of_authzen(office: Office) -> None:
    said: Any = line(logged(office), Detail.REQUEST, persons=True)["body"]

    asked = said["adl.core.request"]
    assert asked["subject"] == {
        "type": "practitioner",
        "id": QUESTION["requester"],
        "properties": {"agency": "council", "role": "social-worker"},
    }
    assert asked["resource"]["id"] == QUESTION["case_reference"]
    assert asked["resource"]["properties"] == {
        "holder": "trust",
        "categories": ["health-mental"],
        "about": ["child"],
        "subject_ref": QUESTION["subject"],
    }
    assert asked["context"]["necessity"] == QUESTION["necessity"]
    assert asked["context"]["purpose"] == QUESTION["purpose"]
    assert said["adl.core.response"]["decision"] is True


def test_a_line_is_linked_to_the_trace_of_the_request(office: Office) -> None:
    traced = replace(ASKING, trace_id=TRACE_ID, parent_span_id=PARENT)

    of = logged(office, asking=traced)
    said = line(of, Detail.REQUEST, persons=False)

    assert (said["trace_id"], said["parent_span_id"]) == (TRACE_ID, PARENT)
    assert said["span_id"] != PARENT


def test_a_decision_of_no_trace_begins_its_own(office: Office) -> None:
    first, second = (line(logged(office), Detail.REQUEST, persons=False) for _ in range(2))

    assert "parent_span_id" not in first
    assert first["trace_id"] != second["trace_id"]
    assert first["span_id"] != second["span_id"]


def test_what_was_erased_is_left_out_and_the_rest_is_still_told(office: Office) -> None:
    of = replace(logged(office), shown={})

    said: Any = line(of, Detail.CONFIGURATION, persons=True)

    assert "id" not in said["body"]["adl.core.request"]["subject"]
    assert said["attributes"]["concordat.record"]["evaluation_id"] == of.record.jti
