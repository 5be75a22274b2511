"""What is written once and filled in again and again is what would be written anew."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine import decision_record, record
from engine.asking import Asking, Evidence, ProvedBy
from engine.canonical import Json, encode_trusted
from engine.decide import Decision
from engine.printed import Printed
from engine.record import Link
from engine.request import Consent, Facts
from tests.office import START, open_office, question

OFFICE = open_office()
ENTRY = OFFICE.decide()
names = st.text(st.characters(max_codepoint=126), max_size=8)
values: st.SearchStrategy[Json] = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53) + 1, 2**53 - 1) | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(names, inner, max_size=3),
    max_leaves=8,
)


@given(st.dictionaries(names, values), st.data())
def test_an_object_filled_in_is_the_object_written_whole(
    members: dict[str, Json], data: st.DataObject
) -> None:
    blanks = data.draw(st.sets(st.sampled_from(sorted(members)))) if members else set()
    beforehand = members | dict.fromkeys(blanks)

    printed = Printed(beforehand, blanks)

    filled = printed.filled([encode_trusted(members[name]) for name in sorted(blanks)])
    assert filled == encode_trusted(members)


ASKING = Asking("case-system", ProvedBy.BEARER, "", "0" * 64)


def sealing(decision: Decision, **changes: Any) -> record.Sealed:
    said: dict[str, Any] = {
        "asked": question(),
        "facts": FACTS,
        "bundle": OFFICE.bundle,
        "stamp": OFFICE.stamp,
        "link": Link.first("desk"),
        "jti": record.uuid7(START * 1000, b"0123456789"),
        "iat": START,
        "asking": ASKING,
    } | changes
    return decision_record.seal_decision(
        decision, entropy=bytes(range(decision_record.ENTROPY_BYTES)), **said
    )


FACTS = Facts()
CHANGES: dict[str, dict[str, Any]] = {
    "nothing": {},
    "the person": {"asked": question(subject="nhs:9434765919")},
    "the case": {"asked": question(case_reference="another")},
    "who asks": {"asked": question(requester="another")},
    "the wording of a statement": {"asked": question(necessity="100% of %b, said otherwise")},
    "the purpose": {"asked": question(purpose="housing-management")},
    "the information": {"asked": question(information=("health-physical",))},
    "the lawful basis": {"asked": question(basis={"article6": "6-1-c"})},
    "what the office looked up": {"facts": Facts(consent=Consent.GIVEN)},
    "the bundle": {"bundle": replace(OFFICE.bundle, sha256="ab" * 32)},
    "the commit": {"stamp": replace(OFFICE.stamp, git={**OFFICE.stamp.git, "commit": "c" * 40})},
    "the place in the chain": {"link": Link("desk", 7, "d" * 64)},
    "the name and the time": {
        "jti": record.uuid7(START * 1000 + 1, b"9876543210"),
        "iat": START + 1,
    },
    "up to when it was known": {"known_at": START},
    "nobody asks over HTTP": {"asking": None},
    "the client": {"asking": replace(ASKING, client="another", requester=Evidence.APP_SIGNED)},
}


@pytest.mark.parametrize("changes", CHANGES.values(), ids=CHANGES)
def test_an_answer_sealed_again_is_sealed_as_if_it_were_the_first_time(
    changes: dict[str, Any],
) -> None:
    assert ENTRY.decision is not None
    before = replace(ENTRY.decision)
    sealing(before)

    assert sealing(before, **changes) == sealing(replace(ENTRY.decision), **changes)
    assert sealing(before) == sealing(replace(ENTRY.decision))


def test_an_answer_as_of_another_instant_shares_what_was_written_and_says_its_own() -> None:
    assert ENTRY.decision is not None
    before = replace(ENTRY.decision)
    sealing(before)
    at, context = before.at + timedelta(seconds=61), before.context.replace("1", "2")

    later = before.as_of(at, context)

    assert later.written is before.written
    assert sealing(later) == sealing(replace(ENTRY.decision, at=at, context=context))
