"""The command line: ``molwright serve | worker | migrate | optimize``."""

from app.cli.main import app

__all__ = ["app"]
