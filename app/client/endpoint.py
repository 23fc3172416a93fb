"""A call of the HTTP contract as data, so that a test can hold it against the OpenAPI document."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Generic, Literal, TypeVar
from urllib.parse import quote

from pydantic import BaseModel, ConfigDict

T = TypeVar("T")


class ReplyModel(BaseModel):
    """What the service answers; members that a newer service adds are left out."""

    model_config = ConfigDict(frozen=True)


@dataclass(frozen=True, slots=True)
class Endpoint(Generic[T]):
    """One operation.

    Args:
        method: HTTP method.
        path: Template with the names of its parameters.
        reply: Type of the answer's JSON; ``str``: text, ``bytes``: a file, None's type: nothing.
        repeat: ``safe``: sending it twice is as good as once; ``keyed``: it is with an
            `Idempotency-Key`; ``never``: the second time would be refused, or done again.
        request: Type of the body's JSON; None: there is no body.
        query: Names of the query parameters.
        accepts: Statuses beside 2xx that carry a ``reply``.
    """

    method: Literal["GET", "POST", "PUT", "PATCH", "DELETE"]
    path: str
    reply: type[T]
    repeat: Literal["safe", "keyed", "never"] = "safe"
    request: Any = None
    query: tuple[str, ...] = ()
    accepts: tuple[int, ...] = ()

    def url(self, values: Mapping[str, object]) -> str:
        """The path with the parameters' values in it."""
        return self.path.format_map({k: quote(str(v), safe="") for k, v in values.items()})
