"""How many requests may want a model at a time; the others are told at once to come again.

A request that waits for a model holds a thread, and a service has 40 of them. A bound below that
leaves some for what needs no model, health checks and readings among it.
"""

from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager

from fastapi import Depends, Request

from app.errors import NotReadyError

RETRY_SECONDS = 1


class Places:
    """So many requests at a time; used by the event loop alone, so it needs no lock."""

    def __init__(self, number: int) -> None:
        self.number = number
        self.taken = 0

    @contextmanager
    def one(self) -> Iterator[None]:
        """Hold a place.

        Raises:
            NotReadyError: all are taken.
        """
        if self.taken >= self.number:
            raise NotReadyError(
                f"{self.taken} requests wait for the model, which is as many as may",
                code="busy",
                headers={"Retry-After": str(RETRY_SECONDS)},
            )
        self.taken += 1
        try:
            yield
        finally:
            self.taken -= 1


async def _hold_place(request: Request) -> AsyncIterator[None]:
    # On the event loop, so that a refusal takes no thread either.
    places: Places = request.app.state.model_places
    with places.one():
        yield


WantsModel = Depends(_hold_place, scope="function")
"""Of the routes that compute with a model: 503 with `Retry-After` where too many do."""
