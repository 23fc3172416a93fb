"""The clocks of a fleet, which can be set while it runs; see ``clock/sitecustomize.py``."""

import os
from collections.abc import Mapping
from pathlib import Path

SHIFTED = Path(__file__).parent / "clock"


class Clocks:
    """All processes that get ``environment`` see the same wrong time.

    Args:
        folder: For this alone; it is made.
    """

    def __init__(self, folder: Path) -> None:
        folder.mkdir()
        self._folder = folder
        self._offset = 0
        self.shift(0)

    def environment(self, environment: Mapping[str, str]) -> dict[str, str]:
        """That of a process, whose clock is then one of these."""
        path = os.pathsep.join([str(SHIFTED), environment["PYTHONPATH"]])
        return {**environment, "PYTHONPATH": path, "CHAOS_CLOCK": str(self._folder)}

    def shift(self, seconds: int) -> None:
        """Set all of them so many seconds forward, or back."""
        self._offset += seconds
        new = self._folder / "new"
        new.write_text(str(self._offset))
        # At once: nobody reads half a number.
        new.replace(self._folder / "offset")

    def is_seen_by(self, pid: int) -> bool:
        """Whether the process sees the time as it was last set."""
        try:
            return float((self._folder / str(pid)).read_text()) == self._offset
        except (OSError, ValueError):
            return False
