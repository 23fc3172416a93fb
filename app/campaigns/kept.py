"""Replies that are kept until something about their campaigns changes."""

import hashlib
from collections.abc import Callable
from threading import Lock
from typing import Annotated, Any

from cachetools import LRUCache
from fastapi import Depends, Header, Request, Response

from app.schemas import ReplySchema

MAX_BYTES = 32 * 2**20
"""Of replies that are kept, all together."""

UNCHANGED: dict[int | str, dict[str, Any]] = {304: {"description": "Still the same."}}
"""For the document of a route that may say so."""


class KeptReplies:
    """JSON of the replies that were asked for last; safe in many threads."""

    def __init__(self, max_bytes: int = MAX_BYTES) -> None:
        self._bodies: LRUCache[str, bytes] = LRUCache(max_bytes, getsizeof=len)
        self._lock = Lock()

    def get(self, key: str, make: Callable[[], bytes]) -> bytes:
        """What is kept under the key, or what is made now."""
        with self._lock:
            kept = self._bodies.get(key)
        if kept is not None:
            return kept
        made = make()
        if len(made) <= self._bodies.maxsize:
            with self._lock:
                self._bodies[key] = made
        return made


class Keeper:
    """Answers one GET whose reply depends on its path, its query and a stamp alone."""

    def __init__(self, request: Request, if_none_match: str | None) -> None:
        self._request = request
        self._has = if_none_match or ""

    def __call__(self, stamp: str, make: Callable[[], ReplySchema]) -> Response:
        """The reply, made only where none is kept of that stamp; 304 where the caller has it.

        Args:
            stamp: Another one whenever the reply is.
            make: Reads in the transaction that the stamp was read in.
        """
        scope = self._request.scope
        named = f"{scope['path']}?{scope['query_string'].decode()} {stamp}"
        key = hashlib.sha256(named.encode()).hexdigest()
        headers = {"ETag": f'"{key}"', "Cache-Control": "private, no-cache"}
        if key in self._has:
            return Response(status_code=304, headers=headers)
        kept: KeptReplies = self._request.app.state.kept_replies
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
