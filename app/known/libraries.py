"""Which libraries somebody may search."""

from collections.abc import Iterable, Sequence

import sqlalchemy as sa
from sqlalchemy.orm import Session

from app.access.actor import Actor
from app.access.ownership import JOBS, Grant
from app.bulk.repository import of_kind
from app.bulk.states import JobState
from app.bulk.tables import JobRow
from app.errors import ConflictError, NotFoundError
from app.known.names import MAX_LIBRARIES, TRAINING


def check_libraries(session: Session, actor: Actor, names: Iterable[str]) -> None:
    """Let pass who may search all of these.

    Raises:
        NotFoundError: to this caller there is no such library.
        ConflictError: one is not finished.
    """
    for name in names:
        if name == TRAINING:
            continue
        job = session.get(JobRow, name)
        may_read = JOBS.grant(session, actor, name) >= Grant.READ
        if job is None or not may_read or job.operation["kind"] != "library":
            raise NotFoundError(f"no library has the id {name!r}")
        if job.state is not JobState.SUCCEEDED:
            raise ConflictError(
                f"the library {name!r} is {job.state}; it can be searched once it has succeeded",
                code="wrong_state",
            )


def libraries_of(session: Session, owner: str | None) -> Sequence[str]:
    """The newest ``MAX_LIBRARIES`` of an owner's and of those shared with them; of None those made
    where no keys are asked for.
    """
    query = sa.select(JobRow.id).where(
        JOBS.of(owner), JobRow.state == JobState.SUCCEEDED, of_kind("library")
    )
    newest = query.order_by(JobRow.created_at.desc(), JobRow.id.desc())
    return session.scalars(newest.limit(MAX_LIBRARIES)).all()
