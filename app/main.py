"""The application: settings in, a FastAPI service out."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from importlib.metadata import version

import structlog
from fastapi import FastAPI

import chemvae.checkpoints
from app import health
from app.campaigns.insight_router import router as insight_router
from app.campaigns.router import router as campaigns_router
from app.database import create_engine, create_session_factory, upgrade
from app.engine.port import Engine, migrate
from app.engine.workers import worker_status
from app.errors import AppError
from app.health import WorkerStatus
from app.limits import BodyLimit
from app.models.router import router as models_router
from app.models.store import ModelSource, ModelStore
from app.molecules.router import router as molecules_router
from app.oracles.http import allow_http_oracles
from app.problems import PROBLEM_RESPONSES, add_problem_handlers
from app.settings import Settings
from chemvae.errors import ChemvaeError

log = structlog.get_logger(__name__)


def create_app(
    settings: Settings,
    *,
    model_source: ModelSource = chemvae.checkpoints,
    worker_status: WorkerStatus = worker_status,
) -> FastAPI:
    """The service; migrated, with its default model loaded, once its lifespan has begun.

    Args:
        settings: Of this process.
        model_source: Where models come from.
        worker_status: What the readiness check asks about the workers.
    """

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        upgrade(app.state.engine)
        migrate(app.state.engine)
        _load_default(app.state.models)
        yield
        app.state.execution.close()
        app.state.engine.dispose()

    app = FastAPI(
        title="Molwright",
        summary="Molecular design: a SMILES VAE, and Bayesian optimisation in its latent space.",
        version=version("molwright"),
        lifespan=lifespan,
        responses=PROBLEM_RESPONSES,
    )
    app.state.settings = settings
    allow_http_oracles(settings.allowed_oracle_hosts)
    app.state.engine = create_engine(settings)
    app.state.session_factory = create_session_factory(app.state.engine)
    app.state.models = ModelStore(model_source, settings.model, settings.device)
    app.state.execution = Engine(app.state.engine)
    app.state.worker_status = worker_status
    app.add_middleware(BodyLimit)
    add_problem_handlers(app)
    routers = (health.router, models_router, molecules_router, campaigns_router, insight_router)
    for router in routers:
        app.include_router(router)
    return app


def _load_default(models: ModelStore) -> None:
    # Without its model the service still answers what needs none; readiness names what is missing.
    try:
        models.get()
    except (AppError, ChemvaeError) as error:
        log.error("the default model cannot be loaded", model=models.default, reason=str(error))
