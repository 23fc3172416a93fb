"""Outlasts a database that is away or busy, and a full disk."""

import math
import time
from collections.abc import Callable
from typing import TypeVar

import structlog

from app.outages import passes

FIRST_SECONDS, MAX_SECONDS = 0.5, 15.0
"""Between two tries, each time twice as long."""

T = TypeVar("T")

log = structlog.get_logger(__name__)


def patiently(act: Callable[[], T], most_seconds: float = math.inf) -> T:
    """What ``act`` gives once the database answers and there is room; other errors are raised.

    Args:
        act: May be called any number of times.
        most_seconds: After these the error is raised. Of a campaign there is no last try: an error
            would count against it, which fails after a few, and no outage is its fault.
    """
    seconds, end = FIRST_SECONDS, time.monotonic() + most_seconds
    while True:
        try:
            return act()
        except Exception as error:
            if not passes(error) or time.monotonic() > end:
                raise
            log.warning(
                "waits for the database, or for room on the disk",
                reason=str(error),
                again_in=seconds,
            )
        time.sleep(seconds)
        seconds = min(2 * seconds, MAX_SECONDS)
