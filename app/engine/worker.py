"""A worker process: runs campaigns until its parent ends. Started by the supervisor only."""

import os
import signal
import sys
import threading
import time
from typing import TYPE_CHECKING

import structlog

if TYPE_CHECKING:
    from app.engine.port import Runner

WATCH_SECONDS = 5.0

log = structlog.get_logger(__name__)


def main(executor_id: str) -> None:
    """Run campaigns until standard input ends, which it does however the parent ends."""
    # Ctrl-C reaches the whole process group; the parent decides when its children end.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    threading.Thread(target=_exit_with_parent, name="parent", daemon=True).start()
    _watch(_launch(executor_id))


def _launch(executor_id: str) -> "Runner":
    # Imported late: torch takes seconds, in which the parent may already have gone.
    import importlib

    from app.database import create_engine, create_session_factory
    from app.engine.chunks import BulkChunks
    from app.engine.iterations import CampaignIterations
    from app.engine.port import launch
    from app.known.indexes import KnownIndexes, known_folder
    from app.known.suggestions import KnownSuggestions
    from app.logging import configure_logging
    from app.models.store import ModelStore
    from app.oracles.http import allow_http_oracles
    from app.settings import Settings

    settings = Settings()
    configure_logging(settings.log_format)
    allow_http_oracles(settings.allowed_oracle_hosts, private=settings.oracle_private)
    engine = create_engine(settings)
    source = importlib.import_module(settings.model_source)
    models = ModelStore(source, settings.model, settings.device)
    sessions = create_session_factory(engine)
    known = KnownIndexes(known_folder(settings.data_dir), sessions, models)
    suggestions = KnownSuggestions(sessions, models, known)
    iterations = CampaignIterations(sessions, models, suggestions)
    return launch(engine, executor_id, iterations, BulkChunks(sessions, models, known))


def _watch(runner: "Runner") -> None:
    """End this process when it holds work that it does not do: its supervisor gives it to others.

    Twice in a row, as the table and the process agree only after a moment.
    """
    before: set[str] = set()
    while True:
        time.sleep(WATCH_SECONDS)
        try:
            strays = runner.strays()
        except Exception as error:
            # Without the database nobody could take over.
            log.error("the queue cannot be read", exc_info=error)
            continue
        if before & strays:
            log.error("holds work that it does not do", workflows=sorted(before & strays))
            os._exit(1)
        before = strays


def _exit_with_parent() -> None:
    while os.read(sys.stdin.fileno(), 1):
        pass
    # At once, also in the middle of an iteration: what is not committed is computed again.
    os._exit(0)


if __name__ == "__main__":
    main(sys.argv[1])
