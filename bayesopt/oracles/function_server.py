"""The process that a user's function runs in: a line of SMILES in, a line of values out, as JSON.

`null` in only loads the function.

Started as a script by `bayesopt.oracles.function`, and made of the standard library alone: with
the package around it, a process would take seconds to start.
"""

import json
import numbers
import os
import pkgutil
import queue
import sys
import threading
from collections.abc import Callable
from typing import Any

MAX_SHOWN = 100
"""Characters shown of a value that is no number."""


def main(target: str) -> None:
    """Answer until standard input ends, which it does however the parent ends."""
    replies = os.fdopen(os.dup(1), "w", encoding="utf-8")
    # What the function prints must not be taken for a reply.
    os.dup2(2, 1)
    questions: queue.SimpleQueue[list[str] | None] = queue.SimpleQueue()
    threading.Thread(target=_read, args=(questions,), daemon=True).start()
    while True:
        reply = _reply(target, questions.get())
        print(json.dumps(reply), file=replies, flush=True)


def _read(questions: "queue.SimpleQueue[list[str] | None]") -> None:
    for line in sys.stdin:
        questions.put(json.loads(line))
    # At once, also in the middle of a call: nobody is left to hear the answer.
    os._exit(0)


def _reply(target: str, smiles: list[str] | None) -> dict[str, Any]:
    try:
        function: Callable[[list[str]], Any] = pkgutil.resolve_name(target)
        if not callable(function):
            raise TypeError(f"{target} is no function")
        if smiles is None:
            return {"values": []}
        return {"values": [_plain(value) for value in function(smiles)]}
    except Exception as error:  # noqa: BLE001  (told to the parent)
        return {"error": f"{type(error).__name__}: {error}"}


def _plain(value: Any) -> float | str | None:  # noqa: ANN401
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, numbers.Real):
        return repr(value)[:MAX_SHOWN]
    return float(value)


if __name__ == "__main__":
    main(sys.argv[1])
