"""What a browser sent of a form; its files are closed when it has been answered."""

from collections.abc import AsyncIterator
from typing import Annotated

from fastapi import Depends, Request
from starlette.datastructures import FormData


async def _sent(request: Request) -> AsyncIterator[FormData]:
    async with request.form() as form:
        yield form


Sent = Annotated[FormData, Depends(_sent)]
