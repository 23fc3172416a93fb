"""A request body is refused before it fills the memory."""

import re

from starlette.exceptions import HTTPException
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from app.access.actor import ACTOR, LOCAL

MAX_BODY_BYTES = 64 * 1024 * 1024
"""Room for 10,000 latents of 256 numbers written with 17 digits."""

LIBRARY = re.compile(r"/v1/bulk/[^/]+/library")
"""Where a body is written to a file as it comes in."""


class BodyLimit:
    """ASGI middleware: 413 from the announced length, or once the chunks add up to more.

    A key may have a limit of its own.
    """

    def __init__(
        self,
        app: ASGIApp,
        max_bytes: int = MAX_BODY_BYTES,
        max_library_bytes: int = MAX_BODY_BYTES,
    ) -> None:
        self.app = app
        self.max_bytes = max_bytes
        self.max_library_bytes = max_library_bytes

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on, counting its body."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        received = 0
        usual = self.max_library_bytes if LIBRARY.fullmatch(scope["path"]) else self.max_bytes
        max_bytes = ACTOR.get(LOCAL).max_body_bytes or usual
        announced = dict(scope["headers"]).get(b"content-length", b"0")

        async def counted() -> Message:
            nonlocal received
            if int(announced) > max_bytes:
                raise _too_large(max_bytes)
            message = await receive()
            received += len(message.get("body", b""))
            if received > max_bytes:
                raise _too_large(max_bytes)
            return message

        await self.app(scope, counted, send)


def _too_large(max_bytes: int) -> HTTPException:
    # FastAPI passes an HTTPException on from reading a body and turns any other into a 400.
    return HTTPException(413, f"the body is larger than {max_bytes} bytes")
