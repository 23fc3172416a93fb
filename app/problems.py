"""Every failure leaves as ``application/problem+json`` (RFC 9457), and leaves from here."""

from collections.abc import Mapping
from dataclasses import asdict
from http import HTTPStatus
from typing import Any, cast

import structlog
from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from fastapi.routing import APIRoute
from pydantic import Field
from starlette.exceptions import HTTPException

from app.database import does_not_answer
from app.errors import (
    AppError,
    ConflictError,
    FieldError,
    InvalidRequestError,
    Location,
    NotFoundError,
    NotReadyError,
    TooLargeError,
)
from app.outages import is_full_disk
from app.schemas import UNION_TAG, ReplySchema
from bayesopt.errors import SpecError
from chemvae.errors import CheckpointError
from data.errors import DepictionError, FilterError, MoleculeError, PropertyError

MEDIA_TYPE = "application/problem+json"
MAX_FIELD_ERRORS = 20
"""Field errors one answer lists; a batch of thousands of bad items repeats itself."""

DOMAIN_ERRORS: dict[type[Exception], type[AppError]] = {
    MoleculeError: InvalidRequestError,
    PropertyError: InvalidRequestError,
    FilterError: InvalidRequestError,
    DepictionError: InvalidRequestError,
    CheckpointError: NotReadyError,
    SpecError: ConflictError,
}
"""What an error of the packages below is called over HTTP; any other is a bug, so a 500.

A `SpecError` comes from a stored campaign that can be run no more; one of a request never leaves
its schema.
"""

PLAIN_WORDS = {
    "extra_forbidden": "no such field",
    "missing": "is required",
    "model_attributes_type": "must be a JSON object",
    "list_type": "must be a list",
    "string_type": "must be a string",
    "string_too_short": "must not be empty",
}
"""Pydantic's types of error whose own message speaks of its Python."""

UNREADABLE = "the body cannot be read: its JSON nests too deep or holds a number too long"

log = structlog.get_logger(__name__)


class FieldProblem(ReplySchema):
    """One part of the request that cannot be used."""

    pointer: str = Field(
        description="JSON pointer (RFC 6901) into the body, or `/name` of the parameter.",
        examples=["/num_molecules"],
    )
    detail: str = Field(
        description="What is wrong with it.", examples=["Input should be greater than 0"]
    )
    location: Location = Field(description="Part of the request.", examples=["body"])


class Problem(ReplySchema):
    """A failure (RFC 9457). ``type`` is ``about:blank``: ``title`` is the status' own phrase."""

    type: str = Field(
        default="about:blank", description="URI of the kind.", examples=["about:blank"]
    )
    title: str = Field(description="The status in words.", examples=["Not Found"])
    status: int = Field(description="HTTP status.", examples=[404])
    detail: str = Field(description="What happened here.", examples=["no model is called 'zinc'"])
    code: str = Field(description="Stable name for programs.", examples=["not_found"])
    errors: list[FieldProblem] = Field(
        default_factory=list, description="For bad input: the parts that cannot be used."
    )


PROBLEM_SCHEMA = {"$ref": f"#/components/schemas/{Problem.__name__}"}

PROBLEM_RESPONSES: dict[int | str, dict[str, Any]] = {
    "4XX": {"model": Problem, "description": "The request cannot be answered."},
    "5XX": {"model": Problem, "description": "The service cannot answer."},
}


def add_problem_handlers(app: FastAPI) -> None:
    """Give every failure of ``app`` the same shape."""
    app.add_exception_handler(AppError, _on_app_error)
    app.add_exception_handler(RequestValidationError, _on_validation_error)
    app.add_exception_handler(HTTPException, _on_http_error)
    app.add_exception_handler(Exception, answer_bug)
    for error in DOMAIN_ERRORS:
        app.add_exception_handler(error, _on_domain_error)
    plain = app.openapi
    app.openapi = lambda: _with_media_type(plain())  # type: ignore[method-assign]


def _with_media_type(openapi: dict[str, Any]) -> dict[str, Any]:
    # FastAPI describes every model as application/json.
    for operations in openapi["paths"].values():
        for operation in operations.values():
            for response in operation["responses"].values():
                content = response.get("content", {})
                if content.get("application/json", {}).get("schema") == PROBLEM_SCHEMA:
                    content[MEDIA_TYPE] = content.pop("application/json")
    return openapi


def _answer(
    status: int,
    code: str,
    detail: str,
    errors: tuple[FieldError, ...] = (),
    headers: Mapping[str, str] | None = None,
) -> JSONResponse:
    problem = Problem(
        title=HTTPStatus(status).phrase,
        status=status,
        detail=detail,
        code=code,
        errors=[FieldProblem(**asdict(error)) for error in errors[:MAX_FIELD_ERRORS]],
    )
    body = problem.model_dump(exclude=set() if errors else {"errors"})
    return JSONResponse(body, status, media_type=MEDIA_TYPE, headers=headers)


def problem_of(error: AppError) -> JSONResponse:
    """The answer to an error that is raised where no handler is: in a middleware."""
    return _answer(error.status, error.code, error.detail, error.errors, error.headers)


def _on_app_error(_: Request, error: Exception) -> JSONResponse:
    return problem_of(cast("AppError", error))


def _on_domain_error(_: Request, error: Exception) -> JSONResponse:
    kind = next(DOMAIN_ERRORS[base] for base in type(error).__mro__ if base in DOMAIN_ERRORS)
    return _answer(kind.status, getattr(error, "code", kind.code), str(error))


def _on_http_error(request: Request, error: Exception) -> JSONResponse:
    error = cast("HTTPException", error)
    if error.status_code == HTTPStatus.BAD_REQUEST:
        # FastAPI's answer to JSON that its parser gives up on: too deep, or a number too long.
        return _answer(InvalidRequestError.status, InvalidRequestError.code, UNREADABLE)
    codes = {kind.status: kind.code for kind in (NotFoundError, TooLargeError)}
    phrase = HTTPStatus(error.status_code).phrase.lower().replace(" ", "_")
    code = codes.get(error.status_code, phrase)
    headers = error.headers
    route = request.scope.get("route")
    if error.status_code == HTTPStatus.METHOD_NOT_ALLOWED and isinstance(route, APIRoute):
        # Starlette names the methods of this route alone; another of its path has others.
        documented = request.app.openapi()["paths"][route.path]
        headers = {"Allow": ", ".join(sorted(documented)).upper()}
    return _answer(error.status_code, code, error.detail, headers=headers)


def _on_validation_error(_: Request, error: Exception) -> JSONResponse:
    error = cast("RequestValidationError", error)
    if isinstance(error.body, bytes):
        detail = "the body must be JSON, sent with the header Content-Type: application/json"
        return _answer(InvalidRequestError.status, InvalidRequestError.code, detail)
    found = error.errors()
    fields = tuple(field_error(item) for item in found)
    detail = "; ".join(f"{field.pointer or field.location}: {field.detail}" for field in fields[:3])
    # Pydantic calls a string "string_too_long": this one is a list with too many items.
    kind = TooLargeError if any(e["type"] == "too_long" for e in found) else InvalidRequestError
    return _answer(kind.status, kind.code, detail, fields)


def field_error(item: dict[str, Any]) -> FieldError:
    """What one of pydantic's errors says; its location begins with the part of the request."""
    location, *path = item["loc"]
    if item["type"] == "json_invalid":
        return FieldError("", f"not JSON: {item['ctx']['error']} at character {path[0]}")
    pointer = "".join(
        f"/{_escape(str(part))}" for part in path if not str(part).startswith(UNION_TAG)
    )
    detail = PLAIN_WORDS.get(item["type"], item["msg"].removeprefix("Value error, "))
    return FieldError(pointer, detail, location)


def _escape(part: str) -> str:
    return part.replace("~", "~0").replace("/", "~1")


def answer_bug(request: Request, error: Exception) -> JSONResponse:
    """Log an error that nobody named, and tell nothing of it.

    A database that is away or busy, or a full disk, is no bug: 503, and the same request may go
    through later.
    """
    if does_not_answer(error):
        log.error("the database does not answer", path=request.url.path, exc_info=error)
        return problem_of(
            NotReadyError(
                "the database does not answer; nothing was changed unless it came back too late to "
                "say so: send it again with the same Idempotency-Key",
                code="database",
                headers={"Retry-After": "1"},
            )
        )
    if is_full_disk(error):
        log.error("the disk is full", path=request.url.path, exc_info=error)
        return problem_of(
            NotReadyError(
                "a disk of the service is full; send it again once there is room",
                code="disk_full",
                headers={"Retry-After": "60"},
            )
        )
    log.error("unhandled error", method=request.method, path=request.url.path, exc_info=error)
    return _answer(AppError.status, AppError.code, "an unexpected error; the log has the cause")
