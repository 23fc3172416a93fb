"""Is the process alive, and can it do its work."""

from collections.abc import Callable
from typing import Literal

from fastapi import APIRouter, Request, Response
from pydantic import Field
from sqlalchemy.exc import SQLAlchemyError

from app.database import SessionFactory, read
from app.migrating import is_current
from app.models.store import ModelStore
from app.schemas import ReplySchema

WorkerStatus = Callable[[SessionFactory], str | None]
"""None where a worker lives; otherwise what is missing, in words."""

router = APIRouter(prefix="/health", tags=["health"])


class Liveness(ReplySchema):
    """The process answers."""

    status: Literal["ok"] = Field(default="ok", description="Always ok.", examples=["ok"])


class Readiness(ReplySchema):
    """Whether each part is there."""

    status: Literal["ok", "unavailable"] = Field(
        description="ok where nothing is missing.", examples=["ok"]
    )
    missing: dict[Literal["database", "model", "worker"], str] = Field(
        description="What is missing, and why.", examples=[{"worker": "no worker is running"}]
    )


@router.get("/live")
async def live() -> Liveness:
    """The process answers requests."""
    # On the event loop: it waits for no thread, whatever the threads do.
    return Liveness()


@router.get("/ready", responses={503: {"model": Readiness, "description": "Something is missing."}})
def ready(request: Request, response: Response) -> Readiness:
    """Database, model and worker are there; 503 names what is missing."""
    state = request.app.state
    database = _database(state.session_factory)
    found: dict[Literal["database", "model", "worker"], str | None] = {
        "database": database,
        "model": _model(state.models),
        "worker": "not known without the database"
        if database
        else state.worker_status(state.session_factory),
    }
    missing = {part: why for part, why in found.items() if why is not None}
    if missing:
        response.status_code = 503
    return Readiness(status="unavailable" if missing else "ok", missing=missing)


def _database(sessions: SessionFactory) -> str | None:
    try:
        with read(sessions) as session:
            if not is_current(session.connection()):
                return "its tables are not those of this version: run `molwright migrate`"
    except SQLAlchemyError as error:
        return f"it does not answer ({type(error).__name__})"
    return None


def _model(models: ModelStore) -> str | None:
    if models.is_loaded(models.default):
        return None
    return f"{models.default} is not loaded; there are: {', '.join(models.names()) or 'none'}"
