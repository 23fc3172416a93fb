"""Failures that are nobody's fault and pass by themselves, or when somebody makes room."""

import errno

from app.database import does_not_answer


def is_full_disk(error: BaseException) -> bool:
    """Whether a file of this host could not grow: the disk is full, or a quota used up."""
    return isinstance(error, OSError) and error.errno in {errno.ENOSPC, errno.EDQUOT}


def passes(error: BaseException) -> bool:
    """Whether the same may go through later: no reason to end a campaign or a bulk job."""
    return does_not_answer(error) or is_full_disk(error)
