"""Where a user's function runs: a process of its own, not a thread.

Only a process can be stopped when it hangs; it may crash or run out of memory without taking a
campaign with it, and shares no global state with the optimiser. It is kept, so that what the
function loads is loaded once.
"""

from __future__ import annotations

import atexit
import contextlib
import json
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Sequence
from functools import cache

from bayesopt.errors import OracleError
from bayesopt.oracles import function_server


class FunctionProcess:
    """One function, `module:name`, in a process that is started when needed."""

    def __init__(self, target: str) -> None:
        self._target = target
        self._lock = threading.Lock()
        self._process: subprocess.Popen[str] | None = None

    def load(self, timeout_s: float) -> None:
        """Import the function, and keep its process for the calls; raises as `call` does."""
        try:
            self._ask(None, timeout_s)
        except OracleError:
            self.close()  # another try finds what has been installed or mended since
            raise

    def call(self, smiles: Sequence[str], timeout_s: float) -> object:
        """What the function returns.

        Raises:
            OracleError: it raised, took longer than `timeout_s` seconds, or its process ended.
        """
        return self._ask(smiles, timeout_s)

    def close(self) -> None:
        """End the process, if there is one."""
        if self._process is not None:
            _kill(self._process)
            # Closes its pipes, with a question in one that it never read, and waits for it.
            with contextlib.suppress(BrokenPipeError), self._process:
                self._process = None

    def _ask(self, smiles: Sequence[str] | None, timeout_s: float) -> object:
        with self._lock:
            if self._process is None or self._process.poll() is not None:
                self.close()
                self._process = self._start()
            reply = json.loads(self._exchange(self._process, json.dumps(smiles), timeout_s))
        if "error" in reply:
            raise OracleError("raised", reply["error"])
        return reply["values"]

    def _exchange(self, process: subprocess.Popen[str], question: str, timeout_s: float) -> str:
        late = threading.Event()

        def stop() -> None:
            late.set()
            _kill(process)

        assert process.stdin is not None  # noqa: S101  (a pipe)
        assert process.stdout is not None  # noqa: S101  (a pipe)
        timer = threading.Timer(timeout_s, stop)
        timer.start()
        try:
            print(question, file=process.stdin, flush=True)
            line = process.stdout.readline()
        except BrokenPipeError:
            line = ""
        finally:
            timer.cancel()
        if line:
            return line
        status = process.wait()
        if late.is_set():
            raise OracleError("timeout", f"no answer within {timeout_s:g} s", fatal=True)
        raise OracleError("crashed", f"its process ended with status {status}", fatal=True)

    def _start(self) -> subprocess.Popen[str]:
        # The function is looked for where this process would look.
        path = os.pathsep.join(entry or os.curdir for entry in sys.path)
        return subprocess.Popen(  # noqa: S603
            [sys.executable, "-P", function_server.__file__, self._target],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            encoding="utf-8",
            env=os.environ | {"PYTHONPATH": path},
            # A group of its own, so that what the function starts is stopped with it.
            start_new_session=True,
        )


def _kill(process: subprocess.Popen[str]) -> None:
    with contextlib.suppress(ProcessLookupError):
        if process.poll() is None:
            os.killpg(process.pid, signal.SIGKILL)


@cache
def function_process(target: str) -> FunctionProcess:
    """The one process of a function; it ends with this one."""
    process = FunctionProcess(target)
    atexit.register(process.close)
    return process
