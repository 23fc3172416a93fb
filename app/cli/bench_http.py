"""``molwright bench-http``: the service under many clients, beside the same work without it."""

import importlib
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from statistics import quantiles
from typing import Any, NamedTuple

import httpx
import torch
from rich.console import Console
from rich.table import Table

from app.cli.own_service import own_service
from app.models.store import ModelStore
from app.molecules import router
from app.molecules.schemas.decode import DecodeRequest
from app.molecules.schemas.sample import SampleRequest
from app.settings import Settings

HEADINGS = (
    "",
    "molecules/s",
    "without HTTP",
    "ratio",
    "one by one",
    "p50 ms",
    "p99 ms",
    "p99 / p50",
)
"""Without HTTP: the same requests in this process, by as many threads, and one by one."""

Body = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Work:
    """Requests of one kind."""

    path: str
    bodies: Sequence[Body]
    local: Callable[[Body], Mapping[str, Any]]
    """Answers one without HTTP, in this process."""


class Measured(NamedTuple):
    """What became of them."""

    molecules: int
    seconds: float
    latencies: list[float]
    """Of each request, in seconds."""

    @property
    def rate(self) -> float:
        """Molecules a second."""
        return self.molecules / self.seconds


def bench_http(models: ModelStore, clients: int, requests: int, molecules: int, seed: int) -> None:
    """Print molecules a second and latencies of ``sample`` and ``decode`` over HTTP.

    Args:
        models: What answers in this process; the service serves its default model.
        clients: Requests under way at any time.
        requests: Of each kind.
        molecules: Wanted in each.
        seed: Decides what they ask for.

    Raises:
        ConfigurationError: the service does not start.
    """
    table = Table(title=f"{clients} clients, {requests} requests of {molecules} molecules")
    for heading in HEADINGS:
        table.add_column(heading, justify="right")
    works = _works(models, requests, molecules, seed)
    with own_service(models.default) as http, ThreadPoolExecutor(clients) as pool:
        for work in works:
            served = _measure(work, partial(_post, http, work.path), pool.map)
            threads = _measure(work, work.local, pool.map)
            alone = _measure(work, work.local, map)
            table.add_row(work.path, *_row(served, threads, alone))
    Console().print(table)


def model_store(settings: Settings) -> ModelStore:
    """The models that a service of these settings serves."""
    source = importlib.import_module(settings.model_source)
    return ModelStore(source, settings.model, settings.device)


def _works(models: ModelStore, requests: int, molecules: int, seed: int) -> list[Work]:
    model, generator = models.get(), torch.Generator().manual_seed(seed)
    seeds = range(seed, seed + requests)
    latents = (model.sample_prior(molecules, generator).tolist() for _ in seeds)
    return [
        Work(
            "/v1/sample",
            [{"num_molecules": molecules, "temperature": 1.0, "seed": each} for each in seeds],
            lambda body: router.sample(SampleRequest(**body), models).model_dump(),
        ),
        Work(
            "/v1/decode",
            [{"latents": rows, "seed": each} for rows, each in zip(latents, seeds, strict=True)],
            lambda body: router.decode(DecodeRequest(**body), models).model_dump(),
        ),
    ]


def _measure(
    work: Work,
    answer: Callable[[Body], Mapping[str, Any]],
    spread: Callable[..., Iterator[tuple[int, float]]],
) -> Measured:
    answer(work.bodies[0])  # what is made ready once is not counted

    def timed(body: Body) -> tuple[int, float]:
        began = time.perf_counter()
        count = _count(answer(body))
        return count, time.perf_counter() - began

    began = time.perf_counter()
    counts, latencies = zip(*spread(timed, work.bodies), strict=True)
    return Measured(sum(counts), time.perf_counter() - began, list(latencies))


def _post(http: httpx.Client, path: str, body: Body) -> Mapping[str, Any]:
    response = http.post(path, json=body)
    response.raise_for_status()
    reply: Mapping[str, Any] = response.json()
    return reply


def _count(reply: Mapping[str, Any]) -> int:
    return sum(len(item["molecules"]) for item in reply.get("items", [reply]))


def _row(served: Measured, threads: Measured, alone: Measured) -> Iterator[str]:
    yield from (f"{served.rate:.0f}", f"{threads.rate:.0f}", f"{served.rate / threads.rate:.2f}")
    yield f"{alone.rate:.0f}"
    percentiles = quantiles(served.latencies, n=100, method="inclusive")
    half, most = percentiles[49], percentiles[98]
    yield from (f"{1e3 * half:.0f}", f"{1e3 * most:.0f}", f"{most / half:.2f}")
