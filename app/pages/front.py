"""What a browser is told beside a page, and what it sees where there is none."""

import json
from typing import Any
from urllib.parse import quote, urlsplit

from starlette.datastructures import Headers, MutableHeaders
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from app.access.gate import SIGN_IN
from app.pages.rendering import render
from app.problems import MEDIA_TYPE, answer_bug

POLICY = "; ".join(
    (
        "default-src 'self'",
        "script-src 'self'",
        "style-src 'self'",
        "img-src 'self' data: blob:",
        "object-src 'none'",
        "base-uri 'none'",
        "form-action 'self'",
        "frame-ancestors 'none'",
    )
)
"""A page loads what this service serves, and nothing that was written into it."""

PROGRAMS = ("/v1/", "/health/", "/metrics", "/openapi.json")
"""Where the paths of what is no page begin; they answer problems as JSON to everybody."""


class Front:
    """ASGI middleware: a refused page is a page, and every page is closed to other hosts."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on; put a page in the place of a problem."""
        if scope["type"] != "http" or scope["path"].startswith(PROGRAMS):
            await self.app(scope, receive, send)
            return
        answer = _Answer(scope, send)
        try:
            await self.app(scope, receive, answer.take)
        except Exception as error:
            if answer.has_begun:
                raise
            await answer_bug(Request(scope), error)(scope, receive, answer.take)
        if answer.problem is not None:
            await _page_of(answer.problem, Request(scope))(scope, receive, _closed(send))


class _Answer:
    """What comes back from within: sent on, unless a page has to stand for it."""

    def __init__(self, scope: Scope, send: Send) -> None:
        headers = Headers(scope=scope)
        self._wants_page = "text/html" in headers.get("accept", "") or "hx-request" in headers
        self._send = _closed(send)
        self._body = bytearray()
        self._is_held = False
        self.has_begun = False
        self.problem: dict[str, Any] | None = None

    async def take(self, message: Message) -> None:
        """One message of the answer."""
        if message["type"] == "http.response.start":
            kind = Headers(raw=message["headers"]).get("content-type", "")
            self._is_held = self._wants_page and kind.startswith(MEDIA_TYPE)
            self.has_begun = not self._is_held
        if not self._is_held:
            await self._send(message)
            return
        self._body += message.get("body", b"")
        if message["type"] == "http.response.body" and not message.get("more_body", False):
            self.problem = json.loads(self._body)


def _closed(send: Send) -> Send:
    async def sending(message: Message) -> None:
        if message["type"] == "http.response.start":
            MutableHeaders(scope=message).setdefault("Content-Security-Policy", POLICY)
        await send(message)

    return sending


def _page_of(problem: dict[str, Any], request: Request) -> Response:
    is_part = "hx-request" in request.headers
    if problem["status"] == 401:
        return _sign_in(request, is_part=is_part)
    if not is_part:
        return render(request, "error.html", problem["status"], problem=problem)
    response = render(request, "_problem.html", problem["status"], problem=problem)
    response.headers.update({"HX-Retarget": "#messages", "HX-Reswap": "innerHTML"})
    return response


def _sign_in(request: Request, *, is_part: bool) -> Response:
    if is_part:
        page = urlsplit(request.headers.get("hx-current-url", ""))
        where = f"{page.path}?{page.query}" if page.query else page.path
        return Response(headers={"HX-Redirect": f"{SIGN_IN}?next={quote(where)}"})
    where = request.url.path
    if request.url.query:
        where = f"{where}?{request.url.query}"
    return RedirectResponse(f"{SIGN_IN}?next={quote(where)}", 303)
