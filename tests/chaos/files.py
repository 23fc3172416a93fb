"""A disk that is full for some processes, without the privileges that a real one would take."""

import subprocess
from collections.abc import Iterable
from pathlib import Path

PRLIMIT = "/usr/bin/prlimit"
"""Of util-linux."""


def limit_files(pid: int, size: int | None) -> int:
    """Let a process write no file beyond ``size`` bytes (None: any), by RLIMIT_FSIZE; 1 if alive.

    The write fails with EFBIG, where on a full disk it does with ENOSPC; SQLite, PostgreSQL and
    Python ignore the signal that comes with it.
    """
    try:
        owner = Path(f"/proc/{pid}").stat()
    except FileNotFoundError:
        return 0
    soft = "unlimited" if size is None else size
    # As its owner: root needs a capability for the limits of others, which containers lack.
    done = subprocess.run(  # noqa: S603
        [PRLIMIT, f"--pid={pid}", f"--fsize={soft}:"],
        user=owner.st_uid,
        group=owner.st_gid,
        capture_output=True,
        check=False,
    )
    return int(done.returncode == 0)


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
