"""What a browser may be made to do by a page that is not ours.

A service that asks for no keys is reached by every page that the same browser has open. Two tricks
are known: to send a request that changes something without reading its answer, and to let the
page's own name lead to 127.0.0.1 (DNS rebinding), after which the browser takes us for the page.
"""

import ipaddress
from collections.abc import Sequence
from urllib.parse import urlsplit

from starlette.datastructures import Headers

from app.errors import ForbiddenError

SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})


def refuse_foreign_pages(method: str, headers: Headers, allowed: Sequence[str]) -> None:
    """Let no page but ours, and those of the allowed origins, change anything.

    Raises:
        ForbiddenError: a browser says that another page sent the request.
    """
    origin, site = headers.get("origin"), headers.get("sec-fetch-site")
    if method in SAFE_METHODS or origin in allowed or site == "same-origin":
        return
    if origin is None and site not in ("cross-site", "same-site"):
        return
    if urlsplit(origin or "").netloc != headers.get("host"):
        raise ForbiddenError(
            f"a page of {origin or 'another site'!r} may change nothing here; whoever runs this "
            "service allows origins by MOLWRIGHT_CORS_ORIGINS",
            code="foreign_origin",
        )


def refuse_unknown_pages(method: str, headers: Headers) -> None:
    """Let only pages of this very service change anything by the browser's cookie.

    The cookie comes with every request that the browser makes, so who sends one must be known: an
    allowed origin is not enough, nor is a request that does not say where it comes from.

    Raises:
        ForbiddenError: the browser does not say that a page of ours sent the request.
    """
    if method in SAFE_METHODS or "cookie" not in headers:
        return
    origin, site = headers.get("origin"), headers.get("sec-fetch-site")
    ours = origin is not None and urlsplit(origin).netloc == headers.get("host")
    if site != "same-origin" and not (site is None and ours):
        raise ForbiddenError(
            "a request that changes something by a browser's cookie must come from a page of "
            "this service; programs send their key as `Authorization: Bearer mw_...`",
            code="foreign_origin",
        )


def refuse_foreign_names(headers: Headers, known: Sequence[str]) -> None:
    """Answer only to names that nobody else can let lead here.

    Raises:
        ForbiddenError: the request came by another name.
    """
    try:
        name = urlsplit(f"//{headers.get('host', '')}").hostname or ""
    except ValueError:
        name = ""
    if name == "localhost" or name in known or _is_address(name):
        return
    raise ForbiddenError(
        f"the name {name!r} is not one of this service's; it asks for no keys, so whoever runs it "
        "has to list its names in MOLWRIGHT_TRUSTED_HOSTS",
        code="foreign_host",
    )


def _is_address(name: str) -> bool:
    try:
        ipaddress.ip_address(name)
    except ValueError:
        return False
    return True
