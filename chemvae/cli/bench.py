"""`chemvae bench`."""

import platform
from typing import TYPE_CHECKING, Annotated

import torch
import typer

from chemvae import checkpoints
from chemvae.cli.options import Model, Seed, readable_errors

if TYPE_CHECKING:
    from chemvae.bulk import Workers
    from chemvae.codec import MoleculeCodec

SOME, MANY = 5_000, 100_000
"""Molecules encoded, and decoded in one process: without and with `--full`."""

STRETCHES = [2_048, 10_240, 102_400, 1_024_000]
"""Strings of one stream of bulk samples, up to which `--full` tells what a molecule costs."""


def bench(
    model: Model = "zinc250k",
    full: Annotated[
        bool,
        typer.Option(
            help="Up to 1,000,000 molecules, where a few thousand are measured otherwise."
        ),
    ] = False,
    processes: Annotated[int | None, typer.Option(min=1, help="Default: one a core.")] = None,
    device: Annotated[str, typer.Option(help="cpu, or cuda for decoding on a GPU.")] = "cpu",
    seed: Seed = 0,
) -> None:
    """Measure decoding and encoding on this machine's cores; nothing else should run on them."""
    with readable_errors():
        if device == "cpu":
            _on_cores(model, full, processes, seed)
        else:
            _on_gpu(checkpoints.load(model, device), seed)


def _on_cores(model: str, full: bool, processes: int | None, seed: int) -> None:
    from chemvae import benchmark
    from chemvae.bulk import Workers

    many = MANY if full else SOME
    with Workers(model, processes) as workers:
        codec = checkpoints.load(model, "cpu")
        threads = processes or torch.get_num_threads()
        torch.set_num_threads(threads)
        typer.echo(
            f"{model} on {workers.processes} processes of 1 thread, {workers.precision}; torch "
            f"{torch.__version__}, {platform.machine()}, no GPU"
        )
        _beside_the_yardstick(workers, threads, seed)
        if full:
            _in_bulk(workers, seed)
        rate = benchmark.encoding_rate(workers, _molecules(codec, seed, many))
        _row(f"molecules encoded/s ({rate.count:,})", f"{rate.per_second:,.0f}")
    for rate in benchmark.growth(codec, [100, 1_000, many], seed):
        _row(
            f"ms a molecule, {rate.count:,} greedy, float32, {threads} threads of one process",
            f"{1e3 / rate.per_second:.3f}",
        )
    for name, seconds in benchmark.split(codec.at(workers.precision), 1_024, seed).items():
        _row(f"CPU ms a molecule, one core: {name}", f"{1e3 * seconds:.3f}")


def _beside_the_yardstick(workers: "Workers", threads: int, seed: int) -> None:
    from chemvae import benchmark

    chunks = 6 * workers.processes
    benchmark.warm_up(workers)
    before = benchmark.moses_rate()
    ours = benchmark.sampling_rate(workers, chunks, seed + 1)
    after = benchmark.moses_rate()
    yardstick = benchmark.Rate(before.count + after.count, before.seconds + after.seconds)
    strings = chunks * workers.chunk
    _row(
        f"valid molecules/s, temperature 1, automaton on ({strings:,} strings)",
        f"{ours.per_second:,.0f}",
    )
    _row("share of the strings that were valid", f"{ours.count / strings:.2%}")
    _row(
        f"MOSES-shaped sampler, strings/s, {threads} threads, before and after",
        f"{before.per_second:,.0f}, {after.per_second:,.0f}",
    )
    _row("ratio", f"{ours.per_second / yardstick.per_second:.1f}")


def _in_bulk(workers: "Workers", seed: int) -> None:
    from chemvae import benchmark

    rates = benchmark.bulk_growth(workers, STRETCHES, seed)
    for end, rate in zip(STRETCHES, rates, strict=True):
        _row(f"ms a string in bulk, until there are {end:,}", f"{1e3 / rate.per_second:.3f}")


def _on_gpu(codec: "MoleculeCodec", seed: int) -> None:
    from chemvae import gpu_benchmark

    typer.echo(f"{torch.cuda.get_device_name()}, torch {torch.__version__}, bfloat16")
    yardstick = gpu_benchmark.moses_rate_on_gpu()
    _row("MOSES-shaped sampler, strings/s", f"{yardstick.per_second:,.0f}")
    for masked, in_graphs in ((True, True), (True, False), (False, True)):
        rates = gpu_benchmark.decoding_rates(
            codec, "bfloat16", masked=masked, in_graphs=in_graphs, seed=seed
        )
        for rows, rate, valid in rates:
            how = f"automaton {'on' if masked else 'off'}, graphs {'on' if in_graphs else 'off'}"
            _row(
                f"strings/s, temperature 1, {how}, {rows:,} a batch ({valid:.1%} valid)",
                f"{rate.per_second:,.0f}",
            )
    ratio = rate.per_second / yardstick.per_second
    _row("ratio of the last", f"{ratio:.0f}")


def _molecules(codec: "MoleculeCodec", seed: int, count: int) -> list[str]:
    """Valid prior samples, repeated until there are `count`: what is encoded again."""
    latents = codec.sample_prior(1_000, torch.Generator().manual_seed(seed))
    decoded = codec.decode(latents, max_attempts=1)
    valid = [item.smiles for item in decoded if item.smiles is not None]
    return (valid * (count // len(valid) + 1))[:count]


def _row(name: str, value: str) -> None:
    typer.echo(f"{name:<78} {value:>14}")
