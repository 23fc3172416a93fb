"""The command line, ``molwright``: serve, worker, migrate, index, optimize, bench and others."""

from app.cli.main import app

__all__ = ["app"]
