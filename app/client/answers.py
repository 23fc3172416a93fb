"""From an HTTP response to the reply's type, or to the error."""

from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any, TypeVar, cast

import httpx
from pydantic import BaseModel, TypeAdapter, ValidationError

from app.client.endpoint import Endpoint
from app.client.errors import AnswerError, FieldError, Problem, ProblemError

T = TypeVar("T")

MAX_SHOWN = 200
"""Characters shown of an answer that nobody understands."""


class _FieldDocument(BaseModel):
    pointer: str
    detail: str
    location: str = "body"


class _ProblemDocument(BaseModel):
    code: str
    detail: str
    errors: list[_FieldDocument] = []


def reply_of(endpoint: Endpoint[T], response: httpx.Response) -> T:
    """The answer, validated.

    Raises:
        AnswerError: it is not of the contract.
    """
    kind: Any = endpoint.reply
    if kind is type(None):
        return cast("T", None)
    if kind is str:
        return cast("T", response.text)
    if kind is bytes:
        return cast("T", response.content)
    try:
        return cast("T", TypeAdapter(kind).validate_json(response.content))
    except ValidationError as error:
        raise AnswerError(
            f"{endpoint.method} {response.request.url} answered what this client cannot read: is "
            f"it Molwright, of this version? {error.errors(include_url=False)[0]['msg']} in "
            f"{response.text[:MAX_SHOWN]!r}"
        ) from error


def error_of(response: httpx.Response) -> ProblemError:
    """The error that a response of another status than 2xx stands for; its body has been read."""
    try:
        said = _ProblemDocument.model_validate_json(response.content)
    except ValidationError:
        # Not from the service itself: a proxy before it, or some other server.
        phrase = response.reason_phrase.lower().replace(" ", "_") or "unknown"
        url = response.request.url
        said = _ProblemDocument(code=phrase, detail=f"{url}: {response.text[:MAX_SHOWN]!r}")
    problem = Problem(
        response.status_code,
        said.code,
        said.detail,
        tuple(FieldError(item.pointer, item.detail, item.location) for item in said.errors),
        response.headers.get("X-Request-ID"),
        _seconds(response.headers.get("Retry-After")),
    )
    kind = _CLASSES.get(response.status_code, ProblemError)
    return kind(problem)


def _seconds(header: str | None) -> float | None:
    """Of `Retry-After` (RFC 9110, 10.2.3): seconds, or a date."""
    if header is None:
        return None
    if header.isdecimal():
        return float(header)
    try:
        date = parsedate_to_datetime(header)
    except ValueError:
        return None
    if date.tzinfo is None:
        date = date.replace(tzinfo=UTC)
    return max(0.0, (date - datetime.now(UTC)).total_seconds())


_CLASSES = {kind.status: kind for kind in ProblemError.__subclasses__()}
