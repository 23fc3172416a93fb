"""What the OpenAPI document says of keys."""

from typing import Any

from fastapi import FastAPI

from app.access.gate import PUBLIC
from app.problems import MEDIA_TYPE, PROBLEM_SCHEMA

SCHEMES = {
    "bearer": {"type": "http", "scheme": "bearer", "description": "A key: `mw_...`."},
    "basic": {"type": "http", "scheme": "basic", "description": "Any name; a key as password."},
}

_RETRY_AFTER = {
    "Retry-After": {"description": "Seconds to wait.", "schema": {"type": "integer"}},
}
REFUSALS: dict[str, dict[str, Any]] = {
    "401": {"description": "The service asks for a key, and there is none that opens anything."},
    "403": {"description": "The key, or the share, is good for less."},
    "429": {"description": "The key asked too often.", "headers": _RETRY_AFTER},
}


def describe_keys(app: FastAPI, *, required: bool) -> None:
    """Add the ways to send a key, and what becomes of a request without, to every operation.

    Where keys are not required, sending none is one of the ways.
    """
    plain = app.openapi
    app.openapi = lambda: _described(plain(), required)  # type: ignore[method-assign]


def _described(openapi: dict[str, Any], required: bool) -> dict[str, Any]:
    openapi.setdefault("components", {})["securitySchemes"] = SCHEMES
    content = {MEDIA_TYPE: {"schema": PROBLEM_SCHEMA}}
    ways: list[dict[str, list[str]]] = [{name: []} for name in SCHEMES]
    if not required:
        ways.append({})
    for path, operations in openapi["paths"].items():
        if path in PUBLIC:
            continue
        for operation in operations.values():
            operation["security"] = ways
            for status, refusal in REFUSALS.items():
                operation["responses"].setdefault(status, {**refusal, "content": content})
    return openapi
