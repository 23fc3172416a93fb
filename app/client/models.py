"""The models of the service and what is known of them."""

from collections.abc import Iterator
from typing import Any

from app.client.endpoint import Endpoint, ReplyModel
from app.client.pages import Page
from app.client.transport import Transport


class ModelCard(ReplyModel):
    """A model; ``card`` has its data set, its sizes and every measured number.

    ``labels`` are what its decoder can be told, ``properties`` what its heads predict.
    """

    name: str
    is_default: bool
    latent_dim: int
    weights_sha256: str
    labels: list[str]
    properties: list[str]
    card: dict[str, Any]


LIST = Endpoint("GET", "/v1/models", Page[ModelCard])
READ = Endpoint("GET", "/v1/models/{name}", ModelCard)


class Models:
    """``client.models``."""

    def __init__(self, http: Transport) -> None:
        self._http = http

    def list(self) -> Iterator[ModelCard]:
        """Every model."""
        yield from self._http.call(LIST).items

    def get(self, name: str) -> ModelCard:
        """One model; ``NotFoundError`` names those there are."""
        return self._http.call(READ, path={"name": name})
