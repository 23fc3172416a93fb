"""The objectives that the service computes, and where others may come from."""

from collections.abc import Iterator
from typing import Any

from app.client.endpoint import Endpoint, ReplyModel
from app.client.pages import Page
from app.client.transport import Transport


class Oracle(ReplyModel):
    """An objective that is computed; its numbers are in ``unit``, None where there is no bound."""

    name: str
    unit: str
    direction: str | None
    low: float | None
    high: float | None
    minimum: float | None
    maximum: float | None
    source: str
    description: str
    parameters: dict[str, Any]


class OracleSource(ReplyModel):
    """Where values of objectives of your own come from; ``parameters`` is a JSON schema."""

    source: str
    description: str
    parameters: dict[str, Any]


LIST = Endpoint("GET", "/v1/oracles", Page[Oracle])
SOURCES = Endpoint("GET", "/v1/oracles/sources", Page[OracleSource])


class Oracles:
    """``client.oracles``."""

    def __init__(self, http: Transport) -> None:
        self._http = http

    def list(self) -> Iterator[Oracle]:
        """Every objective of source ``computed``."""
        yield from self._http.call(LIST).items

    def sources(self) -> Iterator[OracleSource]:
        """The other sources that take parameters."""
        yield from self._http.call(SOURCES).items
