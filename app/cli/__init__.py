"""The command line: ``molwright serve | worker | migrate | optimize | bench | bench-http``."""

from app.cli.main import app

__all__ = ["app"]
