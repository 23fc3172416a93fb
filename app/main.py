"""The application: settings in, a FastAPI service out."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import partial
from importlib.metadata import version

import structlog
from fastapi import FastAPI
from fastapi.middleware.cors import CORSMiddleware

import chemvae.checkpoints
from app import health
from app.access.audit import audit
from app.access.gate import Gate
from app.access.keys import KeyRepository
from app.access.openapi import describe_keys
from app.access.router import router as access_router
from app.bulk.router import router as bulk_router
from app.campaigns.insight_router import router as insight_router
from app.campaigns.kept import MAX_BYTES, size_of
from app.campaigns.reading_router import router as reading_router
from app.campaigns.router import router as campaigns_router
from app.database import SessionFactory, create_engine, create_session_factory
from app.deadline import TimeLimit
from app.engine.patience import patiently
from app.engine.port import Engine, migrate
from app.engine.workers import worker_status
from app.errors import AppError
from app.health import WorkerStatus
from app.keep import Keep
from app.known.indexes import KnownIndexes, known_folder
from app.known.router import router as known_router
from app.limits import BodyLimit
from app.maps.store import MapStore
from app.migrating import upgrade
from app.models.admission import Places
from app.models.router import router as models_router
from app.models.store import ModelSource, ModelStore
from app.molecules.router import router as molecules_router
from app.oracles.http import allow_http_oracles
from app.pages.campaigns.one.points import MAX_MOLECULES, Points
from app.pages.front import Front
from app.pages.router import add_pages
from app.problems import PROBLEM_RESPONSES, add_problem_handlers
from app.settings import Settings
from app.telemetry.requests import RequestContext
from app.telemetry.router import router as metrics_router
from app.telemetry.tracing import tracer_to
from app.transactions import MAX_HOLDERS, MAX_WRITERS
from chemvae.errors import ChemvaeError

ROUTERS = (
    health.router,
    models_router,
    molecules_router,
    known_router,
    campaigns_router,
    reading_router,
    insight_router,
    bulk_router,
    access_router,
    metrics_router,
)

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
        patiently(partial(_prepare, app, settings), settings.database_seconds)
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
        # Its own page of the reference would load scripts from another host.
        docs_url=None,
        redoc_url=None,
    )
    app.state.settings = settings
    allow_http_oracles(settings.allowed_oracle_hosts, private=settings.oracle_private)
    app.state.engine = create_engine(settings)
    app.state.session_factory = create_session_factory(app.state.engine)
    app.state.kept_replies = Keep[bytes](MAX_BYTES, size_of)
    app.state.kept_points = Keep[Points](MAX_MOLECULES, lambda points: 1 + len(points.trials))
    app.state.holders = asyncio.Semaphore(MAX_HOLDERS)
    app.state.writers = asyncio.Semaphore(MAX_WRITERS)
    app.state.models = ModelStore(model_source, settings.model, settings.device)
    app.state.known = KnownIndexes(
        known_folder(settings.data_dir), app.state.session_factory, app.state.models
    )
    app.state.maps = MapStore(settings.data_dir / "maps")
    app.state.model_places = Places(settings.model_queue)
    app.state.execution = Engine(app.state.engine)
    app.state.worker_status = worker_status
    app.state.tracer = tracer_to(settings.otlp_endpoint)
    audit(app.state.session_factory)
    _add_middleware(app, settings)
    add_problem_handlers(app)
    for router in ROUTERS:
        app.include_router(router)
    add_pages(app)
    describe_keys(app, required=settings.require_keys)
    return app


def _add_middleware(app: FastAPI, settings: Settings) -> None:
    # From the innermost to the outermost.
    app.add_middleware(BodyLimit, max_library_bytes=settings.max_library_bytes)
    app.add_middleware(TimeLimit, seconds=settings.request_seconds)
    app.add_middleware(Gate, sessions=app.state.session_factory, settings=settings)
    if settings.allowed_origins:
        app.add_middleware(
            CORSMiddleware,
            allow_origins=settings.allowed_origins,
            allow_methods=["GET", "POST", "PUT", "PATCH", "DELETE"],
            allow_headers=["Authorization", "Idempotency-Key", "If-None-Match"],
            expose_headers=["ETag", "Location", "Retry-After", "X-Request-ID"],
        )
    app.add_middleware(Front)
    app.add_middleware(RequestContext, tracer=app.state.tracer)


def _prepare(app: FastAPI, settings: Settings) -> None:
    upgrade(app.state.engine)
    migrate(app.state.engine)
    if settings.require_keys:
        _warn_without_keys(app.state.session_factory)


def _warn_without_keys(sessions: SessionFactory) -> None:
    with sessions() as session:
        if not KeyRepository(session).any_works():
            log.warning("no key opens this service; `molwright keys create` makes one")


def _load_default(models: ModelStore) -> None:
    # Without its model the service still answers what needs none; readiness names what is missing.
    try:
        models.get()
    except (AppError, ChemvaeError) as error:
        log.error("the default model cannot be loaded", model=models.default, reason=str(error))
