"""The command line: ``molwright serve | worker | migrate | index | optimize | bench | bench-http``."""

from app.cli.main import app

__all__ = ["app"]
