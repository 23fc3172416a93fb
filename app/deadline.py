"""No request computes for ever: its caller is answered at the deadline, and its work ends soon.

A thread cannot be stopped from outside. So the answer does not wait for it, and the loops that
take long ask ``check`` between one part of their work and the next.
"""

import asyncio
import time
from contextvars import ContextVar

from anyio import CancelScope
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from app.errors import NotReadyError
from app.problems import problem_of

_DEADLINE: ContextVar[tuple[float, float]] = ContextVar("deadline")
"""Of this request: when it is over, on the monotonic clock, and how many seconds it had."""


def check() -> None:
    """Go on, unless the request's time is over; work that no request waits for always goes on.

    Raises:
        NotReadyError: it is.
    """
    end, seconds = _DEADLINE.get((float("inf"), 0.0))
    if time.monotonic() > end:
        raise _too_long(seconds)


class TimeLimit:
    """ASGI middleware: 503 where an answer has not begun after so many seconds."""

    def __init__(self, app: ASGIApp, seconds: float) -> None:
        self.app = app
        self._seconds = seconds

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on, and answer in its place when its time is over."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        has_begun = is_over = False
        # Its cancellation waits for a thread: asyncio's own would close, below a thread that
        # still uses it, what the request has opened.
        scope_of_work = CancelScope()

        async def working() -> None:
            with scope_of_work:
                await self.app(scope, receive, sending)

        async def sending(message: Message) -> None:
            nonlocal has_begun
            if not is_over:
                has_begun = True
                await send(message)

        token = _DEADLINE.set((time.monotonic() + self._seconds, self._seconds))
        work = asyncio.ensure_future(working())
        _DEADLINE.reset(token)
        try:
            await asyncio.wait({work}, timeout=self._seconds)
            if work.done() or has_begun:
                # Not awaited itself: were this cancelled, so would the work be, by asyncio.
                await asyncio.wait({work})
                work.result()
                return
            is_over = True
            await problem_of(_too_long(self._seconds))(scope, receive, send)
        finally:
            if not work.done():
                scope_of_work.cancel()
                _LEFT.add(work)
                work.add_done_callback(_forget)


_LEFT: set[asyncio.Future[None]] = set()
"""What still runs: a task that nobody refers to may be collected before it ends."""


def _forget(work: asyncio.Future[None]) -> None:
    _LEFT.discard(work)
    if not work.cancelled():
        work.exception()  # taken, or asyncio complains that nobody did


def _too_long(seconds: float) -> NotReadyError:
    return NotReadyError(
        f"no answer within {seconds:g} s; ask for less at a time. What a request began to change "
        "may still come about: send it again with the same Idempotency-Key to learn of it",
        code="timed_out",
        headers={"Retry-After": "1"},
    )
