"""Every state and every act: each leads somewhere, or says why not and what to do instead."""

from itertools import product

import pytest

from agreements.errors import TransitionError
from agreements.lifecycle import BY_A_PARTY, TABLE, Act, Refusal, State, Step, possible, step

NAMED = "`northshire` 1.0"
LEADS_TO = {
    (State.DRAFT, Act.PROPOSE): State.PROPOSED,
    (State.PROPOSED, Act.SIGN): State.SIGNED,
    (State.PROPOSED, Act.SEND_BACK): State.SENT_BACK,
    (State.PROPOSED, Act.WITHDRAW): State.SENT_BACK,
    (State.SIGNED, Act.SEND_BACK): State.SENT_BACK,
    (State.SIGNED, Act.WITHDRAW): State.SENT_BACK,
    (State.SIGNED, Act.PUBLISH): State.IN_FORCE,
    (State.SUSPENDED, Act.RESUME): State.IN_FORCE,
    **{
        (state, act): to or state
        for state in (State.PUBLISHED, State.IN_FORCE, State.SUSPENDED, State.OVERDUE)
        for act, to in (
            (Act.SUSPEND, State.SUSPENDED),
            (Act.LEAVE, None),
            (Act.END, State.ENDED),
        )
    },
}
"""Everything that is possible; nothing else is."""

EVERYTHING = list(product(State, Act))


@pytest.mark.parametrize(("state", "act"), EVERYTHING, ids=lambda each: each.value)
def test_every_act_in_every_state_leads_somewhere_or_says_why_not(state: State, act: Act) -> None:
    if (state, act) in LEADS_TO:
        assert step(state, act, about=NAMED).to is LEADS_TO[state, act]
        assert act in possible(state)
        return
    with pytest.raises(TransitionError) as refused:
        step(state, act, about=NAMED)

    assert str(refused.value).startswith(f"{NAMED} ")
    assert refused.value.hint
    assert act not in possible(state)


def test_the_table_has_every_state_and_every_act_once() -> None:
    assert [*TABLE] == [*State]
    assert all({*row} == {*Act} for row in TABLE.values())
    assert all(isinstance(cell, Step | Refusal) for row in TABLE.values() for cell in row.values())


def test_in_one_state_no_two_refusals_are_the_same_sentence() -> None:
    for state, row in TABLE.items():
        said = [cell.said for cell in row.values() if isinstance(cell, Refusal)]
        assert len(set(said)) == len(said), state


def test_a_refusal_is_half_a_sentence_and_its_hint_is_no_sentence_either() -> None:
    for row in TABLE.values():
        for cell in row.values():
            said = (cell.said, cell.hint) if isinstance(cell, Refusal) else (cell.once,)
            assert all(not words.endswith(".") and "\n" not in words for words in said)


def test_nothing_leads_back_to_a_text_that_can_be_changed() -> None:
    """Once proposed, a version is never a draft again, nor proposed a second time."""
    led = {to for (state, _), to in LEADS_TO.items() if state is not State.DRAFT}

    assert not led & {State.DRAFT, State.PROPOSED}


def test_what_was_sent_back_ended_or_replaced_is_over() -> None:
    for state in (State.SENT_BACK, State.SUPERSEDED, State.ENDED):
        assert possible(state) == ()


def test_what_a_party_does_by_itself_is_neither_a_text_nor_a_signature_nor_a_publication() -> None:
    assert {*Act} - {*BY_A_PARTY} == {Act.PROPOSE, Act.SIGN, Act.PUBLISH}
