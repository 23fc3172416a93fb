"""Every request gets an id, a log line and its place in the metrics."""

import re
import secrets
import time

import structlog
from opentelemetry.trace import Tracer, use_span
from starlette.datastructures import Headers, MutableHeaders
from starlette.requests import Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from app.problems import answer_bug
from app.telemetry.metrics import LATENCY, REQUESTS, UNDER_WAY
from app.telemetry.tracing import begin_span, end_span, trace_id_of

UNLOGGED = ("/health/", "/metrics")
"""Paths that machines ask for every few seconds."""

SAFETY = {
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "same-origin",
}
"""Headers of every answer: it is what its type says, in no other page's frame, and its address,
which may hold a molecule, is told to no other site."""

OTHER = "other"
"""Route and method of what matches none: strangers must not make up label values."""

_METHODS = frozenset({"GET", "HEAD", "OPTIONS", "POST", "PUT", "PATCH", "DELETE"})
_GIVEN_ID = re.compile(r"[A-Za-z0-9._-]{1,64}")
_CAMPAIGN = re.compile(r"/campaigns/([0-9a-f]{32})(?:/|$)")

log = structlog.get_logger(__name__)


class RequestContext:
    """ASGI middleware, the outermost: names the request, and tells what became of it."""

    def __init__(self, app: ASGIApp, tracer: Tracer) -> None:
        self.app = app
        self._tracer = tracer

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on, with its id in the log's context and in the answer's header."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        context = _context(scope)
        span = begin_span(self._tracer, scope, Headers(scope=scope))
        if (trace_id := trace_id_of(span)) is not None:
            context["trace_id"] = trace_id
        status = 0
        started = time.perf_counter()
        seconds: float | None = None

        async def sending(message: Message) -> None:
            nonlocal status, seconds
            if message["type"] == "http.response.start":
                status = message["status"]
                headers = MutableHeaders(scope=message)
                headers["X-Request-ID"] = context["request_id"]
                for name, value in SAFETY.items():
                    headers.setdefault(name, value)
            await send(message)
            if message["type"] == "http.response.body" and not message.get("more_body"):
                # What is done behind an answer is nothing that somebody waits for.
                seconds = time.perf_counter() - started
                _tell(scope, status, seconds)

        with (
            structlog.contextvars.bound_contextvars(**context),
            use_span(span),
            UNDER_WAY.track_inprogress(),
        ):
            try:
                await self.app(scope, receive, sending)
            except Exception as error:
                response = answer_bug(Request(scope), error)
                if status:  # half an answer is out already: the connection has to break
                    raise
                await response(scope, receive, sending)
            finally:
                if seconds is None:
                    _tell(scope, status, time.perf_counter() - started)
                end_span(span, _route(scope), status, context)


def _context(scope: Scope) -> dict[str, str]:
    given = Headers(scope=scope).get("x-request-id", "")
    request_id = given if _GIVEN_ID.fullmatch(given) else secrets.token_hex(8)
    context = {"request_id": request_id, "action": f"{scope['method']} {scope['path']}"}
    if found := _CAMPAIGN.search(scope["path"]):
        context["campaign"] = found[1]
    return context


def _route(scope: Scope) -> str:
    return getattr(scope.get("route"), "path", OTHER)


def _tell(scope: Scope, status: int, seconds: float) -> None:
    method = scope["method"] if scope["method"] in _METHODS else OTHER
    route = _route(scope)
    REQUESTS.labels(method, route, str(status)).inc()
    LATENCY.labels(method, route).observe(seconds)
    if not scope["path"].startswith(UNLOGGED):
        log.info("request", status=status, seconds=round(seconds, 4))
