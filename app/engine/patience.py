"""Outlasts a database that is away or busy, and a full disk."""

import time
from collections.abc import Callable
from typing import TypeVar

import structlog

from app.outages import passes

FIRST_SECONDS, MAX_SECONDS = 0.5, 15.0
"""Between two tries, each time twice as long. There is no last one: an error would count against
the campaign, which fails after a few, and no outage is its fault."""

T = TypeVar("T")

log = structlog.get_logger(__name__)


def patiently(act: Callable[[], T]) -> T:
    """What ``act`` gives once the database answers and there is room; other errors are raised."""
    seconds = FIRST_SECONDS
    while True:
        try:
            return act()
        except Exception as error:
            if not passes(error):
                raise
            log.warning(
                "waits for the database, or for room on the disk",
                reason=str(error),
                again_in=seconds,
            )
        time.sleep(seconds)
        seconds = min(2 * seconds, MAX_SECONDS)
