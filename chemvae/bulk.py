"""Molecules by the thousand on a CPU: a process a core, each with its own copy of the model.

RDKit holds Python's lock while it reads a molecule, so threads would take turns; and two cores on
one matrix product wait for each other more than two products on a core each.
"""

import os
from collections import deque
from collections.abc import Callable, Generator, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import Future, ProcessPoolExecutor
from functools import cache
from itertools import count
from multiprocessing import get_context
from pathlib import Path
from types import TracebackType
from typing import Any, Self, TypeVar

import numpy as np
import torch

from chemvae import checkpoints
from chemvae.codec import MoleculeCodec
from chemvae.decoding.linear import Precision, fastest
from chemvae.encoding import Encoding
from data.errors import Refusal

SAMPLE_CHUNK = 2048
"""Latents of one task; its own seed follows from the request's and its number, so that what is
sampled does not depend on how many processes there are."""

ENCODE_CHUNK = 1024
"""Molecules of one task."""

Latent = list[float]
T = TypeVar("T")


def cores() -> int:
    """Cores this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


class Workers:
    """Processes that sample and encode; use it in a `with` statement.

    Args:
        model: A bundled model's name, or a checkpoint directory.
        processes: How many; none: a process a core.
        precision: Of the decoder's matrix products; none: the processor's fastest.
        chunk: Latents of one task of `sample`.
    """

    def __init__(
        self,
        model: str | Path,
        processes: int | None = None,
        precision: Precision | None = None,
        chunk: int = SAMPLE_CHUNK,
    ) -> None:
        self.chunk = chunk
        self.processes = processes or cores()
        self.precision = precision or fastest(torch.device("cpu"))
        # A forked process would inherit torch's threads in whatever state they are.
        self._pool = ProcessPoolExecutor(self.processes, get_context("spawn"))
        self._model = str(model)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._pool.shutdown(cancel_futures=True)

    def sample(
        self,
        seed: int,
        *,
        temperature: float = 1.0,
        constrained: bool = True,
        top_k: int | None = None,
        top_p: float | None = None,
        labels: Mapping[str, float] | None = None,
    ) -> Generator[list[str | None]]:
        """Endless chunks of prior samples, decoded once each: canonical SMILES, or none.

        None, too, for what would be decoded again: constrained, and ended by the limit alone.

        Args:
            seed: Decides every chunk.
            temperature: As the others, of `MoleculeCodec.decode`.
            constrained: As there.
            top_k: As there.
            top_p: As there.
            labels: As there.

        Raises:
            ConfigError: By the first chunk: a setting outside its range, or an unknown label.
        """
        way = {
            "temperature": temperature,
            "constrained": constrained,
            "top_k": top_k,
            "top_p": top_p,
            "labels": labels,
        }
        return self._in_order(_sample, ((seed, i, self.chunk, way) for i in count()))

    def encode(self, smiles: Sequence[str]) -> Iterator[Latent | Refusal]:
        """The latent of each molecule, or why it has none, in order."""
        starts = range(0, len(smiles), ENCODE_CHUNK)
        for chunk in self._in_order(_encode, ((smiles[i : i + ENCODE_CHUNK],) for i in starts)):
            yield from chunk

    def _in_order(
        self, task: Callable[..., list[T]], arguments: Iterable[tuple[Any, ...]]
    ) -> Generator[list[T]]:
        """Results of a task for each of `arguments`, two tasks a process in the air."""
        pending: deque[Future[list[T]]] = deque()
        try:
            for each in arguments:
                pending.append(self._pool.submit(task, self._model, self.precision, *each))
                if len(pending) == 2 * self.processes:
                    yield pending.popleft().result()
            while pending:
                yield pending.popleft().result()
        finally:
            for future in pending:
                future.cancel()


@cache
def worker_codec(model: str, precision: Precision) -> MoleculeCodec:
    """The model of a worker process, loaded by its first task."""
    torch.set_num_threads(1)
    return checkpoints.load(model, "cpu").at(precision)


def _sample(
    model: str,
    precision: Precision,
    seed: int,
    number: int,
    size: int,
    way: Mapping[str, Any],
) -> list[str | None]:
    codec = worker_codec(model, precision)
    state = np.random.SeedSequence([seed, number]).generate_state(1, np.uint64)
    generator = torch.Generator().manual_seed(int(state[0] >> np.uint64(1)))
    latents = codec.sample_prior(size, generator)
    decoded = codec.decode(
        latents,
        **way,
        generator=generator,
        max_attempts=1,  # a further prior sample is as good as a further attempt
    )
    masked = way["constrained"]
    return [None if masked and item.cut else item.smiles for item in decoded]


def _encode(model: str, precision: Precision, smiles: Sequence[str]) -> list[Latent | Refusal]:
    return [
        item.mean.tolist() if isinstance(item, Encoding) else item
        for item in worker_codec(model, precision).encode(smiles)
    ]
