"""Style sheets, scripts and what npm installed: served under one version, so kept for ever."""

import gzip
import hashlib
from collections.abc import Mapping
from functools import cache
from pathlib import Path

from fastapi import APIRouter, Request, Response

from app.errors import NotFoundError

FOLDER = Path(__file__).parent
STATIC = FOLDER / "static"
INSTALLED = FOLDER / "node_modules"

VENDOR = {
    "vendor/htmx.js": "htmx.org/dist/htmx.min.js",
    "vendor/echarts.js": "echarts/dist/echarts.esm.min.js",
    "vendor/openchemlib.js": "openchemlib/dist/openchemlib.js",
    "vendor/openchemlib.json": "openchemlib/dist/resources.json",
    "vendor/swagger-ui.js": "swagger-ui-dist/swagger-ui-bundle.js",
    "vendor/swagger-ui.css": "swagger-ui-dist/swagger-ui.css",
}
"""What npm installs, by the name it is served under."""

MEDIA_TYPES = {
    ".css": "text/css",
    ".js": "text/javascript",
    ".json": "application/json",
    ".svg": "image/svg+xml",
}
FOR_EVER = "public, max-age=31536000, immutable"
HOW_TO_INSTALL = "`make assets` installs it"

router = APIRouter(include_in_schema=False)


@router.get("/static/{version}/{name:path}")
def read_asset(version: str, name: str, request: Request) -> Response:
    """One file; a page of an older version gets the present one, and keeps it not."""
    content = _read(name)
    headers = {"Cache-Control": FOR_EVER if version == VERSION else "no-cache"}
    if "gzip" in request.headers.get("accept-encoding", ""):
        headers |= {"Content-Encoding": "gzip", "Vary": "Accept-Encoding"}
        content = _packed(name)
    media_type = MEDIA_TYPES[Path(name).suffix]
    return Response(content, media_type=media_type, headers=headers)


def address(name: str) -> str:
    """Where a page finds the file."""
    return f"/static/{VERSION}/{name}"


def missing() -> list[str]:
    """What npm should have installed, and has not."""
    return [name for name in VENDOR if not (INSTALLED / VENDOR[name]).is_file()]


def _own_files() -> Mapping[str, Path]:
    found = (path for path in STATIC.rglob("*") if path.suffix in MEDIA_TYPES)
    return {path.relative_to(STATIC).as_posix(): path for path in sorted(found)}


def _version() -> str:
    files = [*OWN.values(), FOLDER / "package-lock.json"]
    digest = hashlib.sha256()
    for path in files:
        digest.update(path.name.encode() + b"\0" + path.read_bytes())
    return digest.hexdigest()[:12]


@cache
def _read(name: str) -> bytes:
    if name in OWN:
        return OWN[name].read_bytes()
    if name not in VENDOR:
        raise NotFoundError(f"the pages have no file {name!r}")
    try:
        return (INSTALLED / VENDOR[name]).read_bytes()
    except FileNotFoundError:
        raise NotFoundError(f"{VENDOR[name]} is not installed; {HOW_TO_INSTALL}") from None


@cache
def _packed(name: str) -> bytes:
    # No time in the header: the same file, the same bytes.
    return gzip.compress(_read(name), mtime=0)


OWN = _own_files()
VERSION = _version()
