import pytest

from app.campaigns.states import ENDED, TRANSITIONS, Action, State, next_state
from app.errors import ConflictError


def test_every_state_is_in_the_table():
    assert set(TRANSITIONS) == set(State)


def test_every_state_can_be_reached_from_a_draft():
    reached, found = {State.DRAFT}, {State.DRAFT}
    while found:
        found = {to for state in found for to in TRANSITIONS[state].values()} - reached
        reached |= found
    assert reached == set(State)


def test_no_action_leads_out_of_cancellation():
    assert set(TRANSITIONS[State.CANCELLED].values()) == {State.CANCELLED}


@pytest.mark.parametrize("state", sorted(State))
def test_a_value_from_the_bench_and_another_wish_are_welcome_in_every_state(state):
    assert next_state(state, Action.TELL) is state
    assert next_state(state, Action.REVISE) is state


@pytest.mark.parametrize("state", sorted(set(State) - ENDED))
def test_whatever_has_not_ended_can_be_cancelled(state):
    assert next_state(state, Action.CANCEL) is State.CANCELLED


def test_a_refusal_names_the_states_that_allow_the_action():
    with pytest.raises(ConflictError, match="draft does not allow resume; one that is paused"):
        next_state(State.DRAFT, Action.RESUME)
