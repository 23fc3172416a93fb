"""The HTTP server of ``molwright serve``."""

import importlib

import uvicorn

from app.cli.processes import on_stop
from app.engine.workers import worker_status
from app.main import create_app
from app.settings import Settings


def run_api(settings: Settings, shutdown_seconds: int) -> None:
    """Serve until SIGTERM or SIGINT."""
    app = create_app(
        settings,
        model_source=importlib.import_module(settings.model_source),
        worker_status=worker_status,
    )
    config = uvicorn.Config(
        app,
        host=settings.host,
        port=settings.port,
        log_config=None,
        access_log=False,
        server_header=False,
        timeout_graceful_shutdown=shutdown_seconds,
    )
    # uvicorn raises the signal that ended it once more; the workers have to be ended after it.
    on_stop(lambda: None)
    uvicorn.Server(config).run()
