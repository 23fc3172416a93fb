"""Calls of several threads on one model: one after another, and together where they can be.

What waits while the model is busy shares the next batch. Nothing waits for company.

All of it is computed in one thread, whoever asks: what PyTorch, OpenMP and the allocator keep for
each thread that ever used them would else be kept once for every thread of the service.
"""

import threading
from collections import deque
from collections.abc import Callable, Hashable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

import torch

from app.telemetry import metrics

A = TypeVar("A")
R = TypeVar("R")


@dataclass(eq=False, slots=True)
class Call(Generic[A, R]):
    """What one thread wants of a model."""

    work: Callable[[Sequence[A]], Sequence[R]]
    """Does it for several calls of one kind: a result for each argument, as if it were alone."""
    argument: A
    size: int = 1
    """Rows that it adds to a batch."""
    kind: Hashable = None
    """Calls of equal kinds can be done at once; none: always alone."""
    results: tuple[R, ...] = ()
    """The one result, once there is one."""


class Turns:
    """Does what threads want of a model one after another, in the order in which they ask.

    Args:
        most: Rows of several calls together.
    """

    def __init__(self, most: int) -> None:
        self._most = most
        self._waiting: deque[Call[Any, Any]] = deque()
        self._changed = threading.Condition()
        self._is_busy = False
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="model")

    def run(self, call: Call[A, R]) -> R:
        """The result of a call, or what it raises."""
        with metrics.QUEUE.track_inprogress():
            with self._changed:
                self._waiting.append(call)
            while not call.results:
                self._serve(self._next(call))
            return call.results[0]

    def _next(self, call: Call[Any, Any]) -> list[Call[Any, Any]]:
        """Wait until `call` is done, then nothing; or until it is first, then what to do now."""
        with self._changed:
            self._changed.wait_for(
                lambda: call.results or (not self._is_busy and self._waiting[0] is call)
            )
            if call.results:
                return []
            self._is_busy = True
            group = self._group(call)
            for each in group:
                self._waiting.remove(each)
            return group

    def _group(self, first: Call[Any, Any]) -> list[Call[Any, Any]]:
        """The first call, and of those behind it what fits into its batch."""
        group, size = [first], first.size
        if first.kind is None:
            return group
        for call in list(self._waiting)[1:]:
            if call.kind == first.kind and size + call.size <= self._most:
                group.append(call)
                size += call.size
        return group

    def _serve(self, group: Sequence[Call[Any, Any]]) -> None:
        if not group:
            return
        metrics.BATCH_CALLS.observe(len(group))
        metrics.BATCH_ROWS.observe(sum(call.size for call in group))
        results: Sequence[Any] = ()
        try:
            arguments = [call.argument for call in group]
            with_grad = torch.is_grad_enabled()
            results = self._thread.submit(_work, group[0].work, arguments, with_grad).result()
        except Exception:
            # Whose fault it was is seen when each is served alone.
            if len(group) == 1:
                raise
        finally:
            with self._changed:
                self._is_busy = False
                if results:
                    for call, result in zip(group, results, strict=True):
                        call.results = (result,)
                elif len(group) > 1:
                    for call in reversed(group):
                        call.kind = None
                        self._waiting.appendleft(call)
                self._changed.notify_all()


def _work(
    work: Callable[[Sequence[A]], Sequence[R]], arguments: Sequence[A], with_grad: bool
) -> Sequence[R]:
    # Whether gradients are recorded is a thread's own setting.
    with torch.set_grad_enabled(with_grad):
        return work(arguments)
