"""A worker process: runs campaigns until its parent ends. Started by the supervisor only."""

import os
import signal
import sys
import threading


def main(executor_id: str) -> None:
    """Run campaigns until standard input ends, which it does however the parent ends."""
    # Ctrl-C reaches the whole process group; the parent decides when its children end.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    threading.Thread(target=_exit_with_parent, name="parent", daemon=True).start()
    _run(executor_id)
    threading.Event().wait()


def _run(executor_id: str) -> None:
    # Imported late: torch takes seconds, in which the parent may already have gone.
    import importlib

    from app.database import create_engine, create_session_factory
    from app.engine.iterations import CampaignIterations
    from app.engine.port import launch
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
    launch(engine, executor_id, CampaignIterations(create_session_factory(engine), models))


def _exit_with_parent() -> None:
    while os.read(sys.stdin.fileno(), 1):
        pass
    # At once, also in the middle of an iteration: what is not committed is computed again.
    os._exit(0)


if __name__ == "__main__":
    main(sys.argv[1])
