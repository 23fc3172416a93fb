"""The table of ``molwright bench neighbours``."""

import resource
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal, TypeVar

import numpy as np
import torch
from rich.console import Console
from rich.table import Table
from tqdm import tqdm  # type: ignore[import-untyped]

from app.models.serial import SerialModel
from chemvae.known.enumeration import enumerate_compounds
from chemvae.known.index import Known, KnownIndex
from chemvae.known.latents import Latents
from chemvae.known.rows import Compound, KnownRows, means
from chemvae.known.writer import build_index
from data.datasets import load_smiles

T = TypeVar("T")
Chunk = list[tuple[Compound, str]]
Source = Literal["model", "prior"]

CHECKED = 20
"""Queries whose latent neighbours are compared with those of every distance in float64."""


@dataclass(frozen=True, slots=True)
class Query:
    """A molecule asked about."""

    compound: Compound
    latent: Latents


@dataclass(slots=True)
class Times:
    """Milliseconds of each query."""

    search: list[float] = field(default_factory=list)
    whole: list[float] = field(default_factory=list)
    """From the SMILES on: parsed, standardised, encoded, searched."""


def bench_neighbours(
    model: SerialModel,
    dataset: str,
    molecules: int,
    queries: int,
    k: int,
    seed: int,
    folder: Path,
    latents: Source = "model",
) -> None:
    """Print what an index of ``molecules`` costs and how fast and how exactly it answers.

    Args:
        model: What encodes.
        dataset: Its training split yields the molecules, its test split the queries.
        molecules: How many, made of the data set's.
        queries: How many, each in both spaces.
        k: Neighbours wanted.
        seed: Draws parents and queries.
        folder: Where the index is built; one that is there already is measured as it is.
        latents: ``model``: each molecule encoded; ``prior``: drawn, which is the same work for the
            search and spares an hour.
    """
    console = Console()
    if not (folder / "index.json").exists():
        console.print(_build(model, dataset, molecules, seed, folder, latents))
    asked = _queries(model, dataset, queries, seed)
    before = _private_mebibytes()
    index = KnownIndex.open(folder, model.fingerprint)
    table = Table(title=f"{len(index):,} molecules, the {k} nearest, {len(asked)} queries, ms")
    for heading in ("", "p50", "p99", "from SMILES p50", "p99", "recall"):
        table.add_column(heading, justify="right")
    for space in ("fingerprint", "latent"):
        _ask(index, asked[0], space, k)
        times = Times()
        for query in tqdm(asked, desc=space, disable=None):
            _time(index, model, query, space, k, times)
        recall = f"{_recall(index, folder, asked, k):.3f}" if space == "latent" else "1 (exact)"
        table.add_row(space, *_percentiles(times.search), *_percentiles(times.whole), recall)
    console.print(table)
    size = sum(path.stat().st_size for path in folder.iterdir()) / 2**20
    console.print(
        f"files {size:,.0f} MiB, mapped and shared; "
        f"private memory of the search {_private_mebibytes() - before:,.0f} MiB"
    )


def _build(
    model: SerialModel, dataset: str, molecules: int, seed: int, folder: Path, latents: Source
) -> str:
    parents, before = load_smiles(dataset, "train"), _peak_mebibytes()
    generator = torch.Generator().manual_seed(seed)
    seconds = {"made": 0.0, "encoded": 0.0}
    started = time.perf_counter()

    def timed(name: str, call: Callable[[], T]) -> T:
        begun = time.perf_counter()
        found = call()
        seconds[name] += time.perf_counter() - begun
        return found

    def row_latents(chunk: Chunk) -> Latents:
        if latents == "prior":
            return model.sample_prior(len(chunk), generator).numpy()
        return means(model, model.latent_dim, [compound.smiles for compound, _ in chunk])

    def rows() -> Iterator[KnownRows]:
        compounds = enumerate_compounds(parents, molecules, seed)
        with tqdm(total=molecules, desc="building", unit=" molecules", disable=None) as bar:
            while (chunk := timed("made", lambda: next(compounds, None))) is not None:
                yield KnownRows.of(chunk, timed("encoded", lambda: row_latents(chunk)))
                bar.update(len(chunk))

    number = build_index(folder, model.fingerprint, model.latent_dim, rows())
    writing = time.perf_counter() - started - sum(seconds.values())
    return (
        f"{number:,} molecules: made in {seconds['made']:,.0f} s, latents in "
        f"{seconds['encoded']:,.0f} s, index written in {writing:,.1f} s; "
        f"peak memory {_peak_mebibytes():,.0f} MiB, {before:,.0f} MiB of it before"
    )


def _queries(model: SerialModel, dataset: str, number: int, seed: int) -> list[Query]:
    test = load_smiles(dataset, "test")
    drawn = np.random.default_rng(seed).permutation(len(test))[:number]
    compounds = [Compound.of(test[place]) for place in drawn.tolist()]
    latents = means(model, model.latent_dim, [each.smiles for each in compounds])
    return [
        Query(compound, latent)
        for compound, latent in zip(compounds, latents, strict=True)
        if not np.isnan(latent[0])
    ]


def _time(
    index: KnownIndex, model: SerialModel, query: Query, space: str, k: int, times: Times
) -> None:
    times.search.append(_milliseconds(lambda: _ask(index, query, space, k)))

    def whole() -> None:
        compound = Compound.of(query.compound.smiles)
        latent = means(model, model.latent_dim, [compound.smiles])[0]
        _ask(index, Query(compound, latent), space, k)

    times.whole.append(_milliseconds(whole))


def _ask(index: KnownIndex, query: Query, space: str, k: int) -> list[Known]:
    if space == "latent":
        return index.nearest_in_latent_space(query.compound.bits, query.latent, k)
    return index.nearest(query.compound.bits, query.latent, k)


def _recall(index: KnownIndex, folder: Path, asked: Sequence[Query], k: int) -> float:
    """Share of the truly nearest that are found, by all distances in float64."""
    latents = np.memmap(folder / "latents", "<f4", "r").reshape(-1, index.latent_dim)
    hits = 0
    for query in asked[:CHECKED]:
        exact = np.concatenate(
            [
                np.linalg.norm(part.astype(np.float64) - query.latent, axis=1)
                for part in np.array_split(latents, 1 + len(latents) // 65_536)
            ]
        )
        limit = np.partition(exact, k - 1)[k - 1]
        found = _ask(index, query, "latent", k)
        hits += sum((item.latent_distance or 0.0) <= limit * (1 + 1e-9) for item in found)
    return hits / (k * len(asked[:CHECKED]))


def _milliseconds(call: Callable[[], object]) -> float:
    started = time.perf_counter()
    call()
    return 1e3 * (time.perf_counter() - started)


def _percentiles(times: Sequence[float]) -> list[str]:
    return [f"{value:.1f}" for value in np.percentile(times, (50, 99))]


def _peak_mebibytes() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**10


def _private_mebibytes() -> float:
    """Memory that no other process shares, as Linux tells it."""
    status = Path("/proc/self/status").read_text()
    [line] = [line for line in status.splitlines() if line.startswith("RssAnon")]
    return int(line.split()[1]) / 2**10
