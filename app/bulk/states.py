"""A bulk job's states, and the one table that says which action leads from which to which."""

from enum import StrEnum

from app.transitions import follow


class JobState(StrEnum):
    """Where a bulk job stands."""

    DRAFT = "draft"
    """Waits for its library."""
    RUNNING = "running"
    """Workers compute its chunks, or will as soon as they are free."""
    SUCCEEDED = "succeeded"
    """Every chunk is done."""
    CANCELLED = "cancelled"
    """Given up by its owner; the chunks that are done stay."""
    FAILED = "failed"
    """Stopped by an error; the reason and the chunks that are done are kept."""


class JobAction(StrEnum):
    """What a client (the first three) or a worker (the others) does to a bulk job."""

    START = "start"
    CANCEL = "cancel"
    RESUME = "resume"
    SUCCEED = "succeed"
    FAIL = "fail"


TRANSITIONS: dict[JobState, dict[JobAction, JobState]] = {
    JobState.DRAFT: {
        JobAction.START: JobState.RUNNING,
        JobAction.CANCEL: JobState.CANCELLED,
    },
    JobState.RUNNING: {
        JobAction.CANCEL: JobState.CANCELLED,
        JobAction.SUCCEED: JobState.SUCCEEDED,
        JobAction.FAIL: JobState.FAILED,
    },
    JobState.SUCCEEDED: {},
    JobState.CANCELLED: {JobAction.RESUME: JobState.RUNNING},
    JobState.FAILED: {JobAction.RESUME: JobState.RUNNING},
}


def next_state(state: JobState, action: JobAction) -> JobState:
    """The state that ``action`` leads to.

    Raises:
        ConflictError: ``state`` does not allow ``action``; the message names those that do.
    """
    return follow(TRANSITIONS, state, action, "a bulk job")
