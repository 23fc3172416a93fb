"""Lists come page by page, and are read as one."""

from collections.abc import Iterator, Mapping
from typing import Generic, TypeVar

from app.client.endpoint import Endpoint, ReplyModel
from app.client.transport import Transport

Item = TypeVar("Item")

PAGE = ("limit", "after")
"""Query parameters of a list that has several pages."""

PAGE_SIZE = 200
"""Items asked for at a time."""


class Page(ReplyModel, Generic[Item]):
    """One page; ``total`` counts the items of all of them, ``next`` is the next one's cursor."""

    items: list[Item]
    total: int
    next: str | None


def every(
    http: Transport,
    endpoint: Endpoint[Page[Item]],
    *,
    path: Mapping[str, object] | None = None,
    query: Mapping[str, object] | None = None,
    page_size: int = PAGE_SIZE,
) -> Iterator[Item]:
    """The items of all pages, each page asked for when it is needed."""
    asked = {**(query or {}), "limit": page_size}
    while True:
        page = http.call(endpoint, path=path, query=asked)
        yield from page.items
        if page.next is None:
            return
        asked["after"] = page.next
