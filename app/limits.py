"""A request body is refused before it fills the memory."""

from starlette.exceptions import HTTPException
from starlette.types import ASGIApp, Message, Receive, Scope, Send

MAX_BODY_BYTES = 64 * 1024 * 1024
"""Room for 10,000 latents of 256 numbers written with 17 digits."""


class BodyLimit:
    """ASGI middleware: 413 from the announced length, or once the chunks add up to more."""

    def __init__(self, app: ASGIApp, max_bytes: int = MAX_BODY_BYTES) -> None:
        self.app = app
        self.max_bytes = max_bytes

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on, counting its body."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        received = 0
        announced = dict(scope["headers"]).get(b"content-length", b"0")

        async def counted() -> Message:
            nonlocal received
            if int(announced) > self.max_bytes:
                raise self._error()
            message = await receive()
            received += len(message.get("body", b""))
            if received > self.max_bytes:
                raise self._error()
            return message

        await self.app(scope, counted, send)

    def _error(self) -> HTTPException:
        # FastAPI passes an HTTPException on from reading a body and turns any other into a 400.
        return HTTPException(413, f"the body is larger than {self.max_bytes} bytes")
