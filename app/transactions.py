"""What a route is given to read and write the database: one request, one transaction."""

import functools
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import AbstractContextManager
from typing import Annotated

from fastapi import Depends, Request
from sqlalchemy.orm import Session, sessionmaker

from app.database import SessionFactory, read

MAX_HOLDERS = 20
"""Reading requests that may hold a connection outside of a thread at a time: with those that write
fewer than there are threads and connections."""
MAX_WRITERS = 12
"""The same of those that write. A transaction that has its lock ends in another thread than it
began in: if those that wait for the lock held every thread, it never would."""
READING_METHODS = {"GET", "HEAD"}


async def hold_place(request: Request) -> AsyncIterator[None]:
    """A place among those that hold a connection, or among those that write; for each request one.

    Such a request leaves its thread with its connection, and needs a thread once more before it
    gives that back. If every connection were held so, and every thread waited for a connection or
    for a lock, none would ever move.
    """
    state = request.app.state
    async with state.holders if request.method in READING_METHODS else state.writers:
        yield


def get_session(
    request: Request,
    _: Annotated[None, Depends(hold_place, scope="function")],
) -> Iterator[Session]:
    """One request, one transaction: committed when the route returns, rolled back if it raises.

    A GET only reads.
    """
    factory: SessionFactory = request.app.state.session_factory
    begin = read if request.method in READING_METHODS else sessionmaker.begin
    with begin(factory) as session:
        yield session


# Without scope="function" FastAPI runs the commit after the response is sent: a commit that fails
# would have been answered with success.
DatabaseSession = Annotated[Session, Depends(get_session, scope="function")]


async def _get_reading(request: Request) -> Callable[[], AbstractContextManager[Session]]:
    return functools.partial(read, request.app.state.session_factory)


# For a route that is polled: it opens the transaction in the thread that it runs in anyway. The
# session above takes three trips to a thread, each of which costs about as much as a query.
Reading = Annotated[Callable[[], AbstractContextManager[Session]], Depends(_get_reading)]
