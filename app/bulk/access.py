"""Whose a bulk job is: its owner's alone, and an admin's."""

from fastapi import Request
from starlette.concurrency import run_in_threadpool

from app.access.actor import Actor
from app.access.sharing import current_actor
from app.bulk.repository import missing
from app.bulk.tables import JobRow


async def job_access(request: Request) -> None:
    """Let pass who may; a dependency of every router whose paths hold a ``job_id``.

    Raises:
        NotFoundError: to this caller there is no such job.
    """
    job_id = request.path_params.get("job_id")
    if job_id is not None and not current_actor().is_admin:
        await run_in_threadpool(_check, request, job_id)


def _check(request: Request, job_id: str) -> None:
    with request.app.state.session_factory() as session:
        session.connection(execution_options={"sqlite_begin": "DEFERRED"})
        job = session.get(JobRow, job_id)
    if job is None or not may_use(job, current_actor()):
        raise missing(job_id)


def may_use(job: JobRow, actor: Actor) -> bool:
    """Whether it is the actor's, or the actor an admin."""
    return actor.is_admin or (job.owner is not None and job.owner == actor.owner)
