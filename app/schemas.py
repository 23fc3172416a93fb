"""Bases of every schema, and the error that one item of a batch carries."""

from typing import Protocol

from fastapi import Response
from pydantic import BaseModel, ConfigDict, Field, ValidationError, ValidationInfo
from pydantic_core import InitErrorDetails, PydanticCustomError

from bayesopt.errors import SpecError

MAX_ITEMS = 10_000
"""Most items (molecules, latents, results) one request may carry or ask for."""

MAX_BATCH = 256
"""Most molecules proposed at a time: the cost of a joint acquisition grows with them."""

STORED = {"stored": True}
"""Pydantic's context of what was accepted before: whether it can be run is asked when it is run."""

UNION_TAG = "kind:"
"""Start of the tags of a union; a JSON pointer leaves them out, as they are not in the JSON."""


class RequestSchema(BaseModel):
    """What a client sends; a field nobody knows is refused, as it is a misspelt one.

    Strict: `"7"` is no number and `0` no boolean, as the OpenAPI document says.
    """

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)


class ReplySchema(BaseModel):
    """What a client gets; NaN and infinity are not JSON, so a reply that holds one is a bug."""

    model_config = ConfigDict(frozen=True, allow_inf_nan=False)

    def to_response(self) -> Response:
        """The answer itself, for a route that is polled: written in the route's own thread, where
        FastAPI would take it to another and check once more what was checked when it was made.
        """
        return Response(self.model_dump_json(), media_type="application/json")


class _Failure(Protocol):
    @property
    def code(self) -> str: ...
    @property
    def message(self) -> str: ...


class ItemError(ReplySchema):
    """Why one item of a batch failed; the others are answered."""

    code: str = Field(description="Stable name of the reason.", examples=["syntax"])
    message: str = Field(
        description="The reason in plain words.", examples=["'C1CC' opens a ring it never closes"]
    )

    @classmethod
    def of(cls, failure: _Failure) -> "ItemError":
        """From a refusal of the packages below."""
        return cls(code=failure.code, message=failure.message)


def is_stored(info: ValidationInfo) -> bool:
    """Whether a validator sees what was accepted before (``STORED``)."""
    return info.context is STORED


def located(error: SpecError) -> ValidationError:
    """``error`` for a validator to raise: pydantic then points at the offending member.

    The pointer's parts are names and list positions, never escaped ones.
    """
    path = tuple(int(p) if p.isdigit() else p for p in error.pointer.split("/")[1:])
    kind = PydanticCustomError("invalid_value", "{detail}", {"detail": str(error)})
    return ValidationError.from_exception_data(
        "specification", [InitErrorDetails(type=kind, loc=path, input=None)]
    )
