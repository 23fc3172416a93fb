"""Sign in with an API key, which the browser then keeps in a cookie that no script can read."""

from typing import Annotated

from fastapi import APIRouter, Form, Query, Request, Response
from fastapi.responses import RedirectResponse

from app.access.gate import KEY_COOKIE, SIGN_IN
from app.access.keys import KeyRepository
from app.database import read
from app.errors import UnauthorizedError
from app.pages.rendering import render

HOME = "/campaigns"

router = APIRouter(include_in_schema=False)
Next = Annotated[str, Query(alias="next", max_length=2_000)]


@router.get("/")
def home() -> Response:
    """The campaigns."""
    return RedirectResponse(HOME, 303)


@router.get(SIGN_IN)
def ask_for_key(request: Request, where: Next = HOME) -> Response:
    """The page that asks for a key, where one is needed."""
    if not request.app.state.settings.require_keys:
        return RedirectResponse(_local(where), 303)
    return render(request, "sign_in.html", where=_local(where), refusal=None)


@router.post(SIGN_IN)
def sign_in(
    request: Request,
    key: Annotated[str, Form(max_length=200)] = "",
    where: Annotated[str, Form(alias="next", max_length=2_000)] = HOME,
) -> Response:
    """Keep the key, if it opens something, until the browser is closed."""
    try:
        with read(request.app.state.session_factory) as session:
            KeyRepository(session).recognise(key.strip())
    except UnauthorizedError as error:
        return render(request, "sign_in.html", 401, where=_local(where), refusal=error.detail)
    response = RedirectResponse(_local(where), 303)
    response.set_cookie(
        KEY_COOKIE,
        key.strip(),
        httponly=True,
        samesite="strict",
        secure=request.url.scheme == "https",
    )
    return response


@router.post("/sign-out")
def sign_out() -> Response:
    """Forget the key."""
    response = RedirectResponse(SIGN_IN, 303)
    response.delete_cookie(KEY_COOKIE, httponly=True, samesite="strict")
    return response


def _local(where: str) -> str:
    """``where``, if it is a path of this service: nobody may be sent elsewhere from here."""
    is_path = where.startswith("/") and where.isprintable()
    return where if is_path and not where.startswith(("//", "/\\")) else HOME
