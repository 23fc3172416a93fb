"""Replies that are kept until something about their campaigns changes."""

import hashlib
from collections.abc import Callable
from typing import Annotated, Any

from fastapi import Depends, Header, Request, Response

from app.keep import Keep
from app.schemas import ReplySchema

MAX_BYTES = 32 * 2**20
"""Of the replies that a process keeps, all together."""

ENTRY_BYTES = 400
"""Of a reply that is kept, beside its text."""

UNCHANGED: dict[int | str, dict[str, Any]] = {
    200: {
        "headers": {
            "ETag": {
                "description": "Name of this reply, for `If-None-Match`.",
                "schema": {"type": "string"},
            }
        }
    },
    304: {"description": "Still the same."},
}
"""For the document of a route that may say so."""


def size_of(body: bytes) -> int:
    """What keeping it takes, in bytes."""
    return len(body) + ENTRY_BYTES


class Keeper:
    """Answers one GET whose reply depends on its path, its query and a stamp alone."""

    def __init__(self, request: Request, if_none_match: str | None) -> None:
        self._request = request
        self._if_none_match = if_none_match or ""

    def __call__(self, stamp: str, make: Callable[[], ReplySchema]) -> Response:
        """The reply, made only where none is kept of that stamp; 304 where the caller has it.

        Args:
            stamp: Another one whenever the reply is.
            make: Reads in the transaction that the stamp was read in.
        """
        scope, app = self._request.scope, self._request.app
        # Another version may answer otherwise.
        named = f"{app.version} {scope['path']}?{scope['query_string'].decode('latin-1')} {stamp}"
        key = hashlib.sha256(named.encode()).hexdigest()
        headers = {"ETag": f'"{key}"', "Cache-Control": "private, no-cache"}
        if key in self._if_none_match:
            return Response(status_code=304, headers=headers)
        kept: Keep[bytes] = app.state.kept_replies
        body = kept.get(key, lambda: make().model_dump_json().encode())
        return Response(body, media_type="application/json", headers=headers)


async def _keeper(
    request: Request,
    if_none_match: Annotated[
        str | None, Header(description="ETag of the reply the caller has.")
    ] = None,
) -> Keeper:
    return Keeper(request, if_none_match)


Kept = Annotated[Keeper, Depends(_keeper)]
