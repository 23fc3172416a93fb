"""What is done to a fleet, and the record of it."""

import os
import random
import signal
import time
from collections import Counter
from collections.abc import Sequence

from tests.chaos.fleet import Fleet

KINDS = ("child", "supervisor", "api")
"""Killed with -9: a worker process, a host's supervisor, an API."""
ON_A_SERVER = ("database",)
"""Killed with -9: PostgreSQL itself."""
SLOW = ("freeze",)
"""SIGSTOP of a worker process for good: it takes longer than a lease to be noticed."""
PASSING = ("disk", "forward", "back")
"""For some seconds no file of the database grows, as on a full disk; all clocks are set forward, or
back."""
FULL_SECONDS = 5
JUMP_SECONDS = 3_600
"""Longer than every lease."""


class Faults:
    """Inflicts kinds in turn on random victims; counts what hit something that lived."""

    def __init__(self, fleet: Fleet, kinds: Sequence[str], seed: int) -> None:
        self.seen: Counter[str] = Counter()
        self.kinds = kinds
        self._fleet = fleet
        self._random = random.Random(seed)  # noqa: S311
        self._turn = 0

    def inflict(self) -> None:
        """The next one; nothing where no kind is wanted, or no victim lives at the moment."""
        if not self.kinds:
            return
        kind = self.kinds[self._turn % len(self.kinds)]
        self._turn += 1
        if getattr(self, f"_{kind}")():
            self.seen[kind] += 1

    @property
    def complete(self) -> bool:
        """Whether every kind that is wanted was seen."""
        return all(self.seen[kind] for kind in self.kinds)

    def check(self) -> None:
        """Every kind that can happen to a fleet has happened: else nothing was tested."""
        expected = KINDS + (ON_A_SERVER if self._fleet.server else ()) + PASSING
        missing = [kind for kind in expected if not self.seen[kind]]
        assert not missing, f"no fault was seen of {', '.join(missing)}"

    def _child(self) -> bool:
        return self._signal(signal.SIGKILL)

    def _freeze(self) -> bool:
        return self._signal(signal.SIGSTOP)

    def _signal(self, number: int) -> bool:
        workers = self._fleet.workers()
        if not workers:
            return False
        os.kill(self._random.choice(sorted(workers.values())), number)
        return True

    def _supervisor(self) -> bool:
        return self._fleet.kill(self._random.choice(self._fleet.hosts)) > 0

    def _api(self) -> bool:
        return self._fleet.kill(self._random.choice(self._fleet.apis)) > 0

    def end(self) -> None:
        """There is room again; a server that gave up without is started again."""
        self._fleet.limit_files(None)
        if self._fleet.server is not None:
            self._fleet.server.start()

    def _disk(self) -> bool:
        hit = self._fleet.limit_files(self._fleet.room())
        time.sleep(FULL_SECONDS)
        self.end()
        return hit > 0

    def _forward(self) -> bool:
        return self._fleet.shift_clocks(JUMP_SECONDS)

    def _back(self) -> bool:
        return self._fleet.shift_clocks(-JUMP_SECONDS)

    def _database(self) -> bool:
        assert self._fleet.server is not None
        self._fleet.server.kill()
        self._fleet.server.start()
        return True
