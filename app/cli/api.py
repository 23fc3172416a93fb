"""The HTTP server of ``molwright serve``."""

import gc
import importlib
import socket

import uvicorn

from app.cli.processes import on_stop
from app.engine.workers import worker_status
from app.main import create_app
from app.settings import Settings

KEEP_ALIVE_SECONDS = 75
"""An idle connection stays open. Clients forget theirs after 5 (httpx) or 15 (aiohttp): were the
service the first to close one, a request that is just being sent would be lost."""


class Server(uvicorn.Server):
    """Passes over what it has loaded whenever garbage is collected.

    That is some hundred thousand objects, which live as long as the process.
    """

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Load everything, then listen."""
        await super().startup(sockets)
        gc.collect()
        gc.freeze()


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
        timeout_keep_alive=KEEP_ALIVE_SECONDS,
        timeout_graceful_shutdown=shutdown_seconds,
    )
    # uvicorn raises the signal that ended it once more; the workers have to be ended after it.
    on_stop(lambda: None)
    Server(config).run()
