"""RDKit says why a parse failed only in its log; here that log becomes a value.

Importing this module takes RDKit's log off stderr for the whole process: what matters of it
reaches the caller inside an error of `data.errors`.
"""

from __future__ import annotations

import logging
import re
import threading
from collections.abc import Iterator
from contextlib import contextmanager

from rdkit import rdBase


class _ThreadLog(logging.Handler):
    """Hands each RDKit message to the thread that caused it, and to nobody otherwise."""

    def __init__(self) -> None:
        super().__init__()
        self._local = threading.local()

    def emit(self, record: logging.LogRecord) -> None:
        lines: list[str] | None = getattr(self._local, "lines", None)
        if lines is not None:
            lines.append(re.sub(r"^\[\d\d:\d\d:\d\d\] ", "", record.getMessage()))

    @contextmanager
    def collect(self) -> Iterator[list[str]]:
        self._local.lines = []
        try:
            yield self._local.lines
        finally:
            self._local.lines = None


_thread_log = _ThreadLog()

collect_errors = _thread_log.collect
"""``with collect_errors() as lines:`` the errors that this thread's RDKit calls log inside."""


def _take_over() -> None:
    rdBase.LogToPythonLogger()
    # Nobody reads these, and formatting them costs more than some of the calls that make them.
    for level in ("rdApp.debug", "rdApp.info", "rdApp.warning"):
        rdBase.DisableLog(level)
    logger = logging.getLogger("rdkit")
    logger.handlers = [_thread_log]
    logger.propagate = False


_take_over()
