"""What a browser sent of a form, in which everything is text."""

from collections.abc import AsyncIterator, Mapping
from typing import Annotated, TypeVar

from fastapi import Depends, Request
from pydantic import BaseModel
from starlette.datastructures import FormData

S = TypeVar("S", bound=BaseModel)


def from_text(schema: type[S], values: Mapping[str, object]) -> S:
    """What JSON would have said by its types, read from text.

    Raises:
        pydantic.ValidationError: a value is refused.
    """
    return schema.model_validate(values, strict=False)


async def _sent(request: Request) -> AsyncIterator[FormData]:
    # Its files are closed when it has been answered.
    async with request.form() as form:
        yield form


Sent = Annotated[FormData, Depends(_sent)]
