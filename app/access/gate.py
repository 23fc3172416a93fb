"""The one way in: every request but a few shows a key, before a byte of its body is read.

A middleware rather than a dependency of routes: a route that is added is protected without anybody
having to think of it.
"""

import base64
import binascii
import math
import time

import structlog
from limits import RateLimitItemPerMinute
from limits.storage import MemoryStorage
from limits.strategies import FixedWindowRateLimiter
from starlette.concurrency import run_in_threadpool
from starlette.datastructures import Headers
from starlette.requests import cookie_parser
from starlette.types import ASGIApp, Receive, Scope, Send

from app.access.actor import ACTOR, LOCAL, Actor
from app.access.actor import Scope as KeyScope
from app.access.keys import KeyRepository
from app.access.origins import (
    SAFE_METHODS,
    refuse_foreign_names,
    refuse_foreign_pages,
    refuse_unknown_pages,
)
from app.database import SessionFactory
from app.errors import AppError, InvalidRequestError, TooManyRequestsError, UnauthorizedError
from app.problems import problem_of
from app.settings import Settings

PUBLIC = frozenset({"/health/live", "/health/ready", "/docs", "/openapi.json"})
"""Paths that tell nothing of anybody's work."""

SIGN_IN, ASSETS = "/sign-in", "/static/"
"""The page that a key is shown to, and where the files of all pages begin: public, too."""

STORES_NOTHING = frozenset(
    {
        "/v1/campaigns/validate",
        "/v1/complete",
        "/v1/decode",
        "/v1/encode",
        "/v1/interpolate",
        "/v1/neighbours",
        "/v1/properties",
        "/v1/sample",
    }
)
"""Paths of a POST that a key of scope ``read`` may use; any other needs ``write``."""

PAGES_STORE_NOTHING = frozenset({"/sign-out", "/campaigns/new/form", "/campaigns/new/check"})
"""The same of the pages."""

KEY_COOKIE = "molwright_key"
"""Holds the key of who signed in at the pages; the browser sends it to nobody but us."""

CHALLENGES = ('Bearer realm="molwright"', 'Basic realm="molwright", charset="UTF-8"')
"""Basic, with the key as its password, lets a browser ask for the key by itself."""

POLICY_VIOLATION = 1008
"""RFC 6455, of a WebSocket that is refused."""

HOW = (
    "send a key as `Authorization: Bearer mw_...`; whoever runs this service makes one with "
    "`molwright keys create`"
)


class Gate:
    """ASGI middleware: finds out who asks, and whether they may."""

    def __init__(self, app: ASGIApp, sessions: SessionFactory, settings: Settings) -> None:
        self.app = app
        self._sessions = sessions
        self._settings = settings
        self._limiter = FixedWindowRateLimiter(MemoryStorage())

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on as its actor's, or answer it here."""
        if scope["type"] == "lifespan":
            await self.app(scope, receive, send)
            return
        if scope["type"] != "http":
            # No route of this service is one, and nobody would ask it for a key.
            await send({"type": "websocket.close", "code": POLICY_VIOLATION})
            return
        try:
            actor = await self._admit(scope)
        except AppError as error:
            response = problem_of(error)
            if isinstance(error, UnauthorizedError):
                for challenge in CHALLENGES:
                    response.headers.append("WWW-Authenticate", challenge)
            await response(scope, receive, send)
            return
        token = ACTOR.set(actor)
        if actor.key_id is not None:
            # Left for the log line of the request, which is written outside of this.
            structlog.contextvars.bind_contextvars(owner=actor.owner, key=actor.key_id)
        try:
            await self.app(scope, receive, send)
        finally:
            ACTOR.reset(token)

    async def _admit(self, scope: Scope) -> Actor:
        headers, settings = Headers(scope=scope), self._settings
        if "\0" in scope["path"] or b"%00" in scope["query_string"]:
            # PostgreSQL keeps every character but this one, and breaks off when asked for it.
            raise InvalidRequestError("nothing here has the character U+0000 in its name")
        refuse_foreign_pages(scope["method"], headers, settings.allowed_origins)
        if not settings.require_keys:
            if not settings.allow_remote:
                refuse_foreign_names(headers, settings.named_hosts)
            return LOCAL
        if _is_public(scope["method"], scope["path"]):
            return Actor(None, KeyScope.READ)
        if "authorization" not in headers:
            refuse_unknown_pages(scope["method"], headers)
        actor = await run_in_threadpool(self._recognise, _token(headers))
        self._count(actor)
        actor.require(_needed(scope["method"], scope["path"]))
        return actor

    def _recognise(self, token: str) -> Actor:
        with self._sessions() as session:
            session.connection(execution_options={"sqlite_begin": "DEFERRED"})
            return KeyRepository(session).recognise(token)

    def _count(self, actor: Actor) -> None:
        limit = RateLimitItemPerMinute(
            actor.requests_per_minute or self._settings.requests_per_minute
        )
        key_id = actor.key_id or ""
        if not self._limiter.hit(limit, key_id):
            reset = self._limiter.get_window_stats(limit, key_id).reset_time
            seconds = max(1, math.ceil(reset - time.time()))
            if seconds > limit.get_expiry():
                # The clock was set back: until it is there again, the key would be refused.
                self._limiter.clear(limit, key_id)
                self._limiter.hit(limit, key_id)
                return
            raise TooManyRequestsError(
                f"this key may ask {limit.amount} times a minute; try again in {seconds} s",
                headers={"Retry-After": str(seconds)},
            )


def _is_public(method: str, path: str) -> bool:
    if path == SIGN_IN:
        return True
    return method in SAFE_METHODS and (path in PUBLIC or path.startswith(ASSETS))


def _needed(method: str, path: str) -> KeyScope:
    stores_nothing = path in STORES_NOTHING or path in PAGES_STORE_NOTHING
    reads = method in SAFE_METHODS or (method == "POST" and stores_nothing)
    return KeyScope.READ if reads else KeyScope.WRITE


def _token(headers: Headers) -> str:
    kind, _, value = headers.get("authorization", "").partition(" ")
    if kind.lower() == "bearer":
        return value.strip()
    if kind.lower() == "basic":
        try:
            return base64.b64decode(value, validate=True).decode().partition(":")[2]
        except (binascii.Error, UnicodeDecodeError):
            pass
    if not kind and (key := cookie_parser(headers.get("cookie", "")).get(KEY_COOKIE)):
        return key
    raise UnauthorizedError(f"there is no key in the request; {HOW}")
