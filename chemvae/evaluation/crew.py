"""Who computes the parts of an evaluation: this process, or several beside it."""

import time
from collections.abc import Callable
from concurrent.futures import Future, ProcessPoolExecutor
from dataclasses import dataclass
from multiprocessing import get_context
from pathlib import Path
from types import TracebackType
from typing import Any, Concatenate, Generic, NamedTuple, ParamSpec, Self, TypeVar

from chemvae.bulk import worker_codec
from chemvae.codec import MoleculeCodec
from chemvae.errors import ConfigError

T = TypeVar("T")
P = ParamSpec("P")


class Timed(NamedTuple, Generic[T]):
    """What a part gave, and the processor time it took."""

    value: T
    cpu_seconds: float


@dataclass(frozen=True, slots=True)
class Part(Generic[T]):
    """A part that is being computed."""

    family: str
    """The measures it belongs to."""
    future: Future[Timed[T]]


class Crew:
    """Computes parts, each a function of the codec and of its arguments alone.

    Every process has its own copy of the model and one torch thread, so that what a part gives does
    not depend on how many processes there are. Use it in a `with` statement.

    Args:
        codec: The model, for what is computed in this process.
        processes: How many to start; 0: everything is computed in this one, when it is started.
        model: The model's checkpoint, for the processes.
        notify: Told which family is computed, or waited for.

    Raises:
        ConfigError: Processes beside a model on another device than the CPU.
    """

    def __init__(
        self,
        codec: MoleculeCodec,
        processes: int = 0,
        model: str | Path = "",
        notify: Callable[[str], None] = lambda _: None,
    ) -> None:
        if processes and codec.device.type != "cpu":
            raise ConfigError(
                f"{processes} processes would compute on the CPU, but the model is on "
                f"{codec.device}: use 0, or the CPU"
            )
        self.codec, self.processes = codec, processes
        self.cpu_seconds: dict[str, float] = {}
        self._model, self._notify = str(model), notify
        # A forked process would inherit torch's threads in whatever state they are.
        self._pool = ProcessPoolExecutor(processes, get_context("spawn")) if processes else None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self._pool is not None:
            self._pool.shutdown(cancel_futures=True)

    def start(
        self,
        family: str,
        function: Callable[Concatenate[MoleculeCodec, P], T],
        *args: P.args,
        **kwargs: P.kwargs,
    ) -> Part[T]:
        """Begin to compute `function(codec, ...)`."""
        if self._pool is not None:
            return Part(family, self._pool.submit(_in_process, self._model, function, args, kwargs))
        self._notify(family)
        future: Future[Timed[T]] = Future()
        future.set_result(_timed(self.codec, function, args, kwargs))
        return Part(family, future)

    def finish(self, part: Part[T]) -> T:
        """What a part gives; its processor time is added to its family's."""
        self._notify(part.family)
        value, seconds = part.future.result()
        self.cpu_seconds[part.family] = self.cpu_seconds.get(part.family, 0.0) + seconds
        return value

    def timing(self, seconds: float) -> dict[str, Any]:
        """What the parts took so far, for the report of an evaluation that took `seconds`."""
        spent = {name: round(value, 1) for name, value in self.cpu_seconds.items()}
        return {"seconds": round(seconds, 1), "processes": self.processes, "cpu_seconds": spent}


def _in_process(
    model: str, function: Callable[..., T], args: tuple[Any, ...], kwargs: dict[str, Any]
) -> Timed[T]:
    return _timed(worker_codec(model, "float32"), function, args, kwargs)


def _timed(
    codec: MoleculeCodec,
    function: Callable[..., T],
    args: tuple[Any, ...],
    kwargs: dict[str, Any],
) -> Timed[T]:
    start = time.process_time()
    value = function(codec, *args, **kwargs)
    return Timed(value, time.process_time() - start)
