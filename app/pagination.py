"""Lists are answered page by page, each page naming the next."""

from dataclasses import dataclass
from typing import Annotated, Generic, TypeVar

from fastapi import Depends, Query
from pydantic import Field

from app.schemas import ReplySchema

MAX_LIMIT = 1_000

Item = TypeVar("Item")


class Page(ReplySchema, Generic[Item]):
    """One page of a list."""

    items: list[Item] = Field(description="The items of this page, in the order of the list.")
    total: int = Field(description="Number of items on all pages.", examples=[200])
    next: str | None = Field(
        description="Cursor of the next page, to be sent as `after`; null on the last page.",
        examples=["100"],
    )


Limit = Annotated[
    int, Query(ge=1, le=MAX_LIMIT, description="Most items on the page.", examples=[100])
]


@dataclass(frozen=True, slots=True)
class Pagination:
    """Which page is asked for: at most ``limit`` items that come behind the cursor ``after``."""

    limit: int
    after: str | None


@dataclass(frozen=True, slots=True)
class NumberedPagination:
    """The same of a list whose items have numbers."""

    limit: int
    after: int | None


async def _pagination(
    limit: Limit = 100,
    after: Annotated[
        str | None,
        Query(max_length=200, description="Cursor from `next` of the page before."),
    ] = None,
) -> Pagination:
    return Pagination(limit=limit, after=after)


async def _numbered(
    limit: Limit = 100,
    after: Annotated[
        int | None,
        Query(ge=0, le=2**31 - 1, description="Cursor from `next` of the page before: a number."),
    ] = None,
) -> NumberedPagination:
    return NumberedPagination(limit=limit, after=after)


PageQuery = Annotated[Pagination, Depends(_pagination)]
NumberedQuery = Annotated[NumberedPagination, Depends(_numbered)]
