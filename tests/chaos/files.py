"""A disk that is full for some processes, without the privileges that a real one would take."""

import resource
from collections.abc import Iterable
from pathlib import Path


def limit_files(pid: int, size: int | None) -> int:
    """Let a process write no file beyond ``size`` bytes (None: any), by RLIMIT_FSIZE; 1 if alive.

    The write fails with EFBIG, where on a full disk it does with ENOSPC; SQLite, PostgreSQL and
    Python ignore the signal that comes with it.
    """
    try:
        _, hard = resource.prlimit(pid, resource.RLIMIT_FSIZE)
        resource.prlimit(pid, resource.RLIMIT_FSIZE, (hard if size is None else size, hard))
    except ProcessLookupError:
        return 0
    return 1


def with_children(pids: Iterable[int]) -> set[int]:
    """The processes, and all that descend from them."""
    found, new = set[int](), set(pids)
    parents = dict(_parents())
    while new:
        found |= new
        new = {pid for pid, parent in parents.items() if parent in found} - found
    return found


def _parents() -> Iterable[tuple[int, int]]:
    for entry in Path("/proc").iterdir():
        if entry.name.isdecimal():
            try:
                stat = (entry / "stat").read_text()
            except OSError:
                continue
            yield int(entry.name), int(stat.rpartition(")")[2].split()[1])
