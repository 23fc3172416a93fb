"""A clock that somebody sets: this process sees it wrong by as many seconds as a file says.

Python imports this by itself wherever ``PYTHONPATH`` names its folder, before anything else runs;
what is tested knows nothing of it. The wall clock alone is shifted, in ``time`` and ``datetime``
and in the statements of SQLite, which takes it from this process. Nothing may ever set the
monotonic one.
"""

import os
import sqlite3
import threading
import time
from pathlib import Path

import time_machine

FOLDER = Path(os.environ["CHAOS_CLOCK"])
"""Holds ``offset``, and for every process a file with the offset that it sees."""
POLL_SECONDS = 0.1


class Clock:
    """The wall clock of this process."""

    def __init__(self) -> None:
        self._offset = 0.0
        self._travel: time_machine.travel | None = None

    def look(self) -> None:
        """See the offset that is wanted."""
        offset = float((FOLDER / "offset").read_text())
        if offset != self._offset:
            if self._travel is not None:
                self._travel.stop()
            self._travel = time_machine.travel(time.time() + offset, tick=True)
            self._travel.start()
            self._offset = offset
        (FOLDER / str(os.getpid())).write_text(str(offset))

    def follow(self) -> None:
        """For ever."""
        while True:
            time.sleep(POLL_SECONDS)
            self.look()


def _connect(*args, **kwargs):  # type: ignore[no-untyped-def]
    connection = _sqlite_connect(*args, **kwargs)
    connection.create_function("current_timestamp", 0, _timestamp)
    return connection


def _timestamp() -> str:
    return time.strftime("%Y-%m-%d %H:%M:%S", time.gmtime())


_sqlite_connect = sqlite3.connect
sqlite3.connect = sqlite3.dbapi2.connect = _connect
_clock = Clock()
_clock.look()
threading.Thread(target=_clock.follow, name="clock", daemon=True).start()
