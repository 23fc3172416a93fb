"""Calls of several threads on one model: one after another, and together where they can be.

What waits while the model is busy shares the next batch. Nothing waits for company.
"""

import threading
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Generic, NamedTuple, TypeVar

import torch
from torch import Tensor

from chemvae.codec import Decoded

T = TypeVar("T")


class Settings(NamedTuple):
    """How latents are decoded; calls that agree in it can be one."""

    temperature: float
    constrained: bool
    top_k: int | None
    top_p: float | None


class Decode(NamedTuple):
    """Latents to decode."""

    latents: Tensor
    """`n x d`."""
    generator: torch.Generator | None
    """Draws their samples, and nobody else's."""
    settings: Settings


@dataclass(eq=False, slots=True)
class Call(Generic[T]):
    """What one thread wants of the model."""

    work: Callable[[], T]
    """Does it, without others."""
    decode: Decode | None = None
    """The same as data, where it may be done together with others."""
    result: T | None = None
    is_done: bool = False


class Turns:
    """Gives a model to one thread at a time, in the order in which they ask.

    Args:
        decode: Decodes several calls of the same settings at once, with exactly the results that
            each would have alone.
        most: Rows of a call, and of several calls together, up to which it is called.
    """

    def __init__(
        self, decode: Callable[[Sequence[Decode]], Sequence[list[Decoded]]], most: int
    ) -> None:
        self._decode, self._most = decode, most
        self._waiting: deque[Call[Any]] = deque()
        self._changed = threading.Condition()
        self._is_busy = False

    def run(self, call: Call[T]) -> T:
        """The result of a call; whatever it raises."""
        with self._changed:
            self._waiting.append(call)
        while group := self._next(call):
            self._serve(group)
        return call.result  # type: ignore[return-value]  # it is done

    def _next(self, call: Call[Any]) -> list[Call[Any]]:
        """Wait until `call` is done, then nothing; or until it is first, then what to do now."""
        with self._changed:
            self._changed.wait_for(
                lambda: call.is_done or (not self._is_busy and self._waiting[0] is call)
            )
            if call.is_done:
                return []
            self._is_busy = True
            group = self._group(call)
            for each in group:
                self._waiting.remove(each)
            return group

    def _group(self, first: Call[Any]) -> list[Call[Any]]:
        """The first call, and of those behind it what fits into its batch."""
        group, rows = [first], 0
        if first.decode is None:
            return group
        rows = len(first.decode.latents)
        for call in list(self._waiting)[1:]:
            if call.decode is None or call.decode.settings != first.decode.settings:
                continue
            if rows + len(call.decode.latents) <= self._most:
                group.append(call)
                rows += len(call.decode.latents)
        return group

    def _serve(self, group: list[Call[Any]]) -> None:
        served = False
        try:
            if len(group) == 1:
                group[0].result = group[0].work()
                served = True
            else:
                served = self._together(group)
        finally:
            with self._changed:
                self._is_busy = False
                for call in group:
                    call.is_done = served
                if not served and len(group) > 1:
                    self._waiting.extendleft(reversed(group))
                self._changed.notify_all()

    def _together(self, group: list[Call[Any]]) -> bool:
        """Whether the calls could be served at once; if not, each has to be served alone."""
        asked = [call.decode for call in group if call.decode is not None]
        generators = [each.generator for each in asked if each.generator is not None]
        states = [generator.get_state() for generator in generators]
        try:
            results = self._decode(asked)
        except Exception:  # noqa: BLE001  # each call raises its own again
            for generator, state in zip(generators, states, strict=True):
                generator.set_state(state)
            for call in group:
                call.decode = None
            return False
        for call, result in zip(group, results, strict=True):
            call.result = result
        return True
