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
    origin = headers.get("origin")
    if origin is None or method in SAFE_METHODS or origin in allowed:
        return
    if headers.get("sec-fetch-site") == "same-origin":
        return
    if urlsplit(origin).netloc != headers.get("host"):
        raise ForbiddenError(
            f"a page of {origin!r} may change nothing here; whoever runs this service allows "
            "origins by MOLWRIGHT_CORS_ORIGINS",
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
