"""Consent, without an office: what may follow what, and when it counts."""

import json
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine import consent_shape
from engine.consent import (
    LASTING,
    TRANSITIONS,
    ConsentEvent,
    ConsentKind,
    ConsentState,
    Sought,
    after,
    pseudonym,
    state_for,
    weakest,
)
from engine.consent_terms import ConsentForm
from engine.errors import RecordError, TransitionError
from engine.request import Consent

S = ConsentState
ALLOWED = {
    None: {S.REQUESTED, S.GIVEN, S.REFUSED},
    S.REQUESTED: {S.GIVEN, S.REFUSED, S.INVALIDATED},
    S.GIVEN: {S.RENEWED, S.WITHDRAWN, S.REVOKED, S.INVALIDATED},
    S.RENEWED: {S.RENEWED, S.WITHDRAWN, S.REVOKED, S.INVALIDATED},
    S.EXPIRED: {S.RENEWED, S.WITHDRAWN, S.REVOKED, S.INVALIDATED},
    S.REFUSED: {S.INVALIDATED},
    S.WITHDRAWN: set(),
    S.REVOKED: set(),
    S.INVALIDATED: set(),
}
KEY = b"k" * 32
END = 1000


@pytest.mark.parametrize("state", [None, *S])
@pytest.mark.parametrize("next_", S)
def test_a_consent_takes_the_steps_of_the_table_and_no_other(
    state: ConsentState | None, next_: ConsentState
) -> None:
    if next_ in ALLOWED[state]:
        assert after(state, next_) is next_
        return
    with pytest.raises(TransitionError, match="cannot be"):
        after(state, next_)


def test_the_table_names_every_state_and_records_none_that_time_alone_brings() -> None:
    assert TRANSITIONS.keys() == {None, *S}
    recorded = {state for states in consent_shape.STATES.values() for state in states}
    assert recorded == set(S) - {S.EXPIRED} == set().union(*TRANSITIONS.values())
    assert tuple(ConsentKind) == consent_shape.KINDS


def event(index: int, state: ConsentState = S.GIVEN, **changes: Any) -> ConsentEvent:
    said: dict[str, Any] = {
        "index": index,
        "jti": f"j{index}",
        "consent": f"c{index}",
        "person": "p",
        "kind": ConsentKind.DP_BASIS,
        "state": state,
        "controllers": frozenset({"h"}),
        "recipients": frozenset({"r"}),
        "information": frozenset({"a", "b"}),
        "purposes": frozenset({"care"}),
        "explicit": True,
        "lifts_confidence": False,
        "recorded_s": index,
        "expires_s": END if state in LASTING else None,
    }
    return ConsentEvent(**(said | changes))


def sought(**changes: Any) -> Sought:
    said: dict[str, Any] = {
        "person": "p",
        "holder": "h",
        "recipient": "r",
        "categories": frozenset({"a"}),
        "purpose": "care",
        "kind": ConsentKind.DP_BASIS,
    }
    return Sought(**(said | changes))


@pytest.mark.parametrize(
    ("events", "said"),
    [
        pytest.param([], Consent.NOT_RECORDED, id="nothing was said"),
        pytest.param([event(1)], Consent.GIVEN, id="given"),
        pytest.param([event(1, S.REQUESTED)], Consent.NOT_RECORDED, id="only asked for"),
        pytest.param([event(1), event(2, S.REQUESTED)], Consent.GIVEN, id="asked for again"),
        pytest.param([event(1, S.REFUSED)], Consent.REFUSED, id="refused"),
        pytest.param([event(1, S.REFUSED), event(2)], Consent.GIVEN, id="refused, then given"),
        pytest.param([event(1), event(2, S.REFUSED)], Consent.REFUSED, id="given, then refused"),
        pytest.param(
            [event(1), event(2, S.WITHDRAWN, consent="c1")], Consent.WITHDRAWN, id="withdrawn"
        ),
        pytest.param(
            [event(1), event(2), event(3, S.WITHDRAWN, consent="c1")],
            Consent.WITHDRAWN,
            id="given twice, one withdrawn",
        ),
        pytest.param(
            [event(1), event(2, S.WITHDRAWN, consent="c1"), event(3)], Consent.GIVEN, id="anew"
        ),
        pytest.param(
            [event(1), event(2, S.REVOKED, consent="c1")], Consent.WITHDRAWN, id="revoked"
        ),
        pytest.param(
            [event(1), event(2, S.INVALIDATED, consent="c1")], Consent.NOT_RECORDED, id="invalid"
        ),
        pytest.param([event(1, expires_s=50)], Consent.EXPIRED, id="ended"),
        pytest.param([event(1, expires_s=51)], Consent.GIVEN, id="the last second"),
        pytest.param([event(1, expires_s=None)], Consent.EXPIRED, id="without an end"),
        pytest.param(
            [event(1, expires_s=9), event(20, S.RENEWED, consent="c1")], Consent.GIVEN, id="renewed"
        ),
        pytest.param([event(51)], Consent.NOT_RECORDED, id="recorded later"),
        pytest.param([event(50)], Consent.GIVEN, id="recorded in the same second"),
        pytest.param([event(1, S.WITHDRAWN)], Consent.UNKNOWN, id="withdrawn, never given"),
        pytest.param(
            [event(1), event(2, S.WITHDRAWN, consent="c1"), event(3, S.RENEWED, consent="c1")],
            Consent.UNKNOWN,
            id="renewed after it was withdrawn",
        ),
    ],
)
def test_what_was_said_last_decides(events: list[ConsentEvent], said: Consent) -> None:
    assert state_for(events, sought(), 50) is said
    assert state_for(reversed(events), sought(), 50) is said


@pytest.mark.parametrize(
    "changes",
    [
        {"person": "q"},
        {"holder": "x"},
        {"recipient": "x"},
        {"purpose": "x"},
        {"categories": frozenset({"a", "x"})},
        {"categories": frozenset()},
        {"kind": ConsentKind.CONFIDENTIALITY},
        {"kind": ConsentKind.SERVICE},
        {"kind": ConsentKind.TREATMENT},
    ],
    ids=[
        "another person", "another holder", "another recipient", "another purpose", "more asked",
        "nothing asked", "confidentiality", "service", "treatment",
    ],
)  # fmt: skip
def test_a_consent_counts_only_if_it_covers_everything(changes: Any) -> None:
    assert state_for([event(1)], sought(**changes), 50) is Consent.NOT_RECORDED


def test_two_consents_to_a_part_each_are_none_to_the_whole() -> None:
    parts = [event(1, information=frozenset("a")), event(2, information=frozenset("b"))]

    assert state_for(parts, sought(categories=frozenset("ab")), 50) is Consent.NOT_RECORDED


def test_a_consent_to_more_does_not_outlive_the_withdrawal_of_a_part() -> None:
    part: dict[str, Any] = {"information": frozenset("a")}
    events = [event(1), event(2, **part), event(3, S.WITHDRAWN, consent="c2", **part)]

    assert state_for(events, sought(categories=frozenset("ab")), 50) is Consent.WITHDRAWN
    assert state_for(events, sought(categories=frozenset("b")), 50) is Consent.GIVEN


@pytest.mark.parametrize("kind", ConsentKind)
@pytest.mark.parametrize("lifts", [False, True])
@pytest.mark.parametrize("for_", ConsentKind)
def test_the_four_kinds_are_kept_apart(kind: ConsentKind, lifts: bool, for_: ConsentKind) -> None:
    counts = kind is for_ or (
        lifts and kind is ConsentKind.DP_BASIS and for_ is ConsentKind.CONFIDENTIALITY
    )

    found = state_for([event(1, kind=kind, lifts_confidence=lifts)], sought(kind=for_), 50)

    assert (found is Consent.GIVEN) is counts


EVENTS = st.lists(
    st.builds(
        lambda state, consent, info, kind, expires: {
            "state": state, "consent": consent, "information": info, "kind": kind,
            "expires_s": expires,
        },
        st.sampled_from([S.GIVEN, S.REFUSED, S.WITHDRAWN, S.RENEWED, S.REQUESTED]),
        st.sampled_from(["c1", "c2", "c3"]),
        st.sampled_from([frozenset("a"), frozenset("ab"), frozenset("b")]),
        st.sampled_from([ConsentKind.DP_BASIS, ConsentKind.SERVICE]),
        st.sampled_from([5, 100, None]),
    ),
    max_size=6,
)  # fmt: skip


@given(EVENTS, st.sampled_from([frozenset("a"), frozenset("ab")]))
def test_neither_a_refusal_nor_a_withdrawal_ever_opens(
    said: list[dict[str, Any]], categories: frozenset[str]
) -> None:
    events = [event(place, **each) for place, each in enumerate(said, start=1)]
    asked_for = sought(categories=categories)
    before = state_for(events, asked_for, 50)
    closing = [event(40, S.REFUSED, consent="c9", information=frozenset("a"))]
    closing += [event(41, S.WITHDRAWN, consent=each.consent) for each in events]

    for more in closing:
        found = state_for([*events, more], asked_for, 50)

        assert found is not Consent.GIVEN or before is Consent.GIVEN
    if events:
        assert state_for([*events, closing[0]], asked_for, 50) is not Consent.GIVEN


def test_what_is_weakest_settles_it() -> None:
    order = [
        Consent.GIVEN, Consent.UNKNOWN, Consent.NOT_RECORDED, Consent.EXPIRED, Consent.REFUSED,
        Consent.WITHDRAWN,
    ]  # fmt: skip

    for stronger, weaker in pairwise(order):
        assert weakest([stronger, weaker, stronger]) is weaker


def test_a_pseudonym_needs_the_key_and_hides_the_name() -> None:
    named = pseudonym(KEY, "NHS 943 476 5919")

    assert named == pseudonym(KEY, " NHS 943 476 5919 ")
    assert named not in (pseudonym(b"j" * 32, "NHS 943 476 5919"), pseudonym(KEY, "nhs 943"))
    assert pseudonym(KEY, "Zoe\u0308") == pseudonym(KEY, "Zo\u00eb")
    assert len(named) == 64


FORM: dict[str, Any] = {
    "kind": "dp-basis",
    "controllers": ["h"],
    "recipients": ["r"],
    "information": ["a"],
    "purposes": ["care"],
    "lawful_basis": ["6-1-a"],
    "given_by": {"expressed": "written"},
    "notice": "n",
    "jurisdiction": "Scotland",
    "storage": "s",
    "retention": "P1Y",
    "withdrawal_method": "ask",
    "told_can_refuse": True,
}


def test_a_form_with_everything_is_read() -> None:
    assert ConsentForm.model_validate_json(json.dumps(FORM)).kind is ConsentKind.DP_BASIS


@pytest.mark.parametrize("name", FORM)
def test_a_form_lacking_a_field_is_refused(name: str) -> None:
    rest = {each: said for each, said in FORM.items() if each != name}

    with pytest.raises(ValueError, match=r"Field required|names in `lawful_basis`"):
        ConsentForm.model_validate_json(json.dumps(rest))


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"lawful_basis": ["6-1-e"]}, "names in `lawful_basis` the basis"),
        ({"kind": "confidentiality"}, "no consent that is a lawful basis"),
        ({"lawful_basis": ["9-2-a"]}, "must be `explicit`"),
        ({"kind": "service", "lawful_basis": [], "lifts_confidence": True}, "does not lift"),
        ({"information": ["a", "a"]}, "lists something twice"),
        ({"information": []}, "at least 1 item"),
        ({"extra": 1}, "not permitted"),
        ({"given_by": {"expressed": "verbal"}}, "has a `witness`"),
        ({"given_by": {"expressed": "written", "capacity": "attorney"}}, "shows by `evidence`"),
        ({"given_by": {"expressed": "written", "capacity_basis": "gillick"}}, "`assessed_by`"),
    ],
)
def test_a_form_that_contradicts_itself_is_refused(changes: Any, said: str) -> None:
    with pytest.raises(ValueError, match=said):
        ConsentForm.model_validate_json(json.dumps(FORM | changes))


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"_sd": ["b", "a"]}, "digests"),
        ({"recipients": ["b", "a"]}, "a list is not sorted"),
        ({"at": 99}, "still to come"),
        ({"expires": None}, "without an end"),
        ({"expires": 3}, "ends before it begins"),
        ({"wording_sha256": None}, "no wording"),
        ({"state": "requested", "consent": "other"}, "a request is the first"),
        ({"state": "renewed"}, "nothing can be renewed"),
    ],
)
def test_a_record_that_contradicts_itself_is_refused(changes: Any, said: str) -> None:
    payload = {
        "type": "consent", "jti": "x", "consent": "x", "state": "given", "iat": 5, "at": 4,
        "expires": 9, "wording_sha256": "ab", "controllers": ["a"], "recipients": ["a"],
        "information": ["a"], "purposes": ["a"], "_sd": ["a", "b"],
    }  # fmt: skip
    consent_shape.refuse_contradiction(payload)

    with pytest.raises(RecordError, match=said):
        consent_shape.refuse_contradiction(payload | changes)
