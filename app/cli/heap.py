"""What glibc keeps of the memory that a process of many threads has freed."""

import ctypes

M_ARENA_MAX = -8
"""Of ``mallopt(3)``: heaps that the threads share."""

ARENAS = 2


def share_heaps() -> None:
    """Let all threads of this process use the same few heaps; other C libraries have but one.

    glibc gives threads that meet in its allocator heaps of their own, eight for each core, and
    each keeps what the largest requests that it served had taken. Has to come before the threads.
    """
    mallopt = getattr(ctypes.CDLL(None), "mallopt", None)
    if mallopt is not None:
        mallopt(M_ARENA_MAX, ARENAS)
