"""A campaign's states, and the one table that says which action leads from which to which."""

from enum import StrEnum

from app.transitions import follow


class State(StrEnum):
    """Where a campaign stands."""

    DRAFT = "draft"
    """Stored, never started."""
    RUNNING = "running"
    """A worker runs it, or will as soon as one is free."""
    WAITING = "waiting"
    """For values from the bench; no worker is occupied."""
    PAUSED = "paused"
    """Stopped by its owner; it goes on where it was."""
    SUCCEEDED = "succeeded"
    """The budget is spent."""
    CANCELLED = "cancelled"
    """Given up by its owner; what was found stays."""
    FAILED = "failed"
    """Stopped by an error; the reason is kept."""


class Action(StrEnum):
    """What a client (the first seven) or the worker (the others) does to a campaign."""

    START = "start"
    PAUSE = "pause"
    RESUME = "resume"
    CANCEL = "cancel"
    SUGGEST = "suggest"
    TELL = "tell"
    REVISE = "revise"
    CONTINUE = "continue"
    WAIT = "wait"
    SUCCEED = "succeed"
    FAIL = "fail"


TRANSITIONS: dict[State, dict[Action, State]] = {
    State.DRAFT: {
        Action.START: State.RUNNING,
        Action.CANCEL: State.CANCELLED,
        Action.SUGGEST: State.DRAFT,
        Action.TELL: State.DRAFT,
        Action.REVISE: State.DRAFT,
    },
    State.RUNNING: {
        Action.PAUSE: State.PAUSED,
        Action.CANCEL: State.CANCELLED,
        Action.TELL: State.RUNNING,
        Action.REVISE: State.RUNNING,
        Action.WAIT: State.WAITING,
        Action.SUCCEED: State.SUCCEEDED,
        Action.FAIL: State.FAILED,
    },
    State.WAITING: {
        Action.PAUSE: State.PAUSED,
        Action.CANCEL: State.CANCELLED,
        Action.SUGGEST: State.WAITING,
        Action.TELL: State.WAITING,
        Action.REVISE: State.WAITING,
        Action.CONTINUE: State.RUNNING,
    },
    State.PAUSED: {
        Action.RESUME: State.RUNNING,
        Action.CANCEL: State.CANCELLED,
        Action.SUGGEST: State.PAUSED,
        Action.TELL: State.PAUSED,
        Action.REVISE: State.PAUSED,
    },
    State.SUCCEEDED: {
        Action.RESUME: State.RUNNING,
        Action.TELL: State.SUCCEEDED,
        Action.REVISE: State.SUCCEEDED,
    },
    State.CANCELLED: {Action.TELL: State.CANCELLED, Action.REVISE: State.CANCELLED},
    State.FAILED: {
        Action.RESUME: State.RUNNING,
        Action.TELL: State.FAILED,
        Action.REVISE: State.FAILED,
    },
}
"""Every step there is. Suggestions while a worker runs would compete with its own; a value from the
bench is kept whenever it comes, and what is wanted may change at any time; what failed may have
failed of something that has passed, and a budget that was spent may have been raised."""

ENDED = frozenset({State.SUCCEEDED, State.CANCELLED, State.FAILED})


def next_state(state: State, action: Action) -> State:
    """The state that ``action`` leads to.

    Raises:
        ConflictError: ``state`` does not allow ``action``; the message names those that do.
    """
    return follow(TRANSITIONS, state, action, "a campaign")
