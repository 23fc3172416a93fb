"""Following a table of states and actions."""

from collections.abc import Mapping
from enum import StrEnum
from typing import TypeVar

from app.errors import ConflictError

StateT = TypeVar("StateT", bound=StrEnum)
ActionT = TypeVar("ActionT", bound=StrEnum)


def follow(
    transitions: Mapping[StateT, Mapping[ActionT, StateT]],
    state: StateT,
    action: ActionT,
    what: str,
) -> StateT:
    """The state that ``action`` leads to.

    Raises:
        ConflictError: ``state`` does not allow ``action``; the message says of ``what``, as in "a
            campaign", and names the states that do.
    """
    try:
        return transitions[state][action]
    except KeyError:
        allowed = [other.value for other in type(state) if action in transitions[other]]
        raise ConflictError(
            f"{what} that is {state} does not allow {action}; one that is "
            f"{' or '.join(allowed)} does",
            code="wrong_state",
        ) from None
