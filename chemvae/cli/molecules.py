"""`chemvae sample`, `complete` and `encode`: from the prior, from a fragment, to latents."""

import json
import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import partial
from typing import Annotated, Any

import torch
import typer

from chemvae import checkpoints
from chemvae.cli.options import (
    Constrained,
    Device,
    Label,
    Model,
    Seed,
    Temperature,
    TopK,
    TopP,
    readable_errors,
    told_labels,
)
from chemvae.codec import Decoded, Encoding, MoleculeCodec
from chemvae.inversion import InversionConfig
from chemvae.inversion import invert as inverted
from chemvae.latent.coder import predicted

DECODES_PER_MOLECULE = 20
"""A prior sample may be invalid or seen before: so many decodes a molecule, then less is said."""

NumMolecules = Annotated[
    int, typer.Option("-n", "--num-molecules", min=1, help="Distinct molecules wanted.")
]


def sample(
    num_molecules: NumMolecules = 10,
    model: Model = "zinc250k",
    temperature: Temperature = 0.0,
    top_k: TopK = None,
    top_p: TopP = None,
    constrained: Constrained = True,
    label: Label = None,
    seed: Seed = 0,
    device: Device = "auto",
    processes: Annotated[
        int,
        typer.Option(
            min=0,
            help="Above 0: sample in bulk on that many CPU cores, in their fastest precision.",
        ),
    ] = 0,
) -> None:
    """Print that many valid, distinct molecules from the prior, a SMILES a line."""
    if processes:
        from chemvae.bulk import Workers

        with readable_errors(), Workers(model, processes) as workers:
            chunks = workers.sample(seed, temperature=temperature, constrained=constrained)
            _print_distinct(chunks, num_molecules)
        return
    with readable_errors():
        codec = checkpoints.load(model, device)
        decode = partial(
            codec.decode,
            temperature=temperature,
            constrained=constrained,
            top_k=top_k,
            top_p=top_p,
            labels=told_labels(label),
        )
        _print_distinct(_batches(codec, decode, num_molecules, seed), num_molecules)


def complete(
    fragment: Annotated[
        str, typer.Argument(help="A scaffold with one open end `*`, or the beginning of a SMILES.")
    ],
    num_molecules: NumMolecules = 10,
    model: Model = "zinc250k",
    temperature: Temperature = 1.0,
    top_k: TopK = None,
    top_p: TopP = None,
    constrained: Constrained = True,
    seed: Seed = 0,
    device: Device = "auto",
) -> None:
    """Print that many distinct molecules that continue FRAGMENT, a SMILES a line."""
    with readable_errors():
        codec = checkpoints.load(model, device)
        decode = partial(
            codec.complete,
            fragment,
            temperature=temperature,
            constrained=constrained,
            top_k=top_k,
            top_p=top_p,
        )
        _print_distinct(_batches(codec, decode, num_molecules, seed), num_molecules)


def encode(
    smiles: Annotated[list[str] | None, typer.Argument(help="Default: lines of stdin.")] = None,
    model: Model = "zinc250k",
    invert: Annotated[
        int, typer.Option(min=0, help="Gradient steps on each molecule's own latent.")
    ] = 0,
    seed: Seed = 0,
    device: Device = "auto",
) -> None:
    """Print a JSON line a molecule: its latent and what heads predict, or why it has none."""
    with readable_errors():
        directory = checkpoints.locate(model)
        codec = checkpoints.load(directory, device)
    lines = smiles or [line.strip() for line in sys.stdin if line.strip()]
    if invert:
        weight = checkpoints.read_config(directory)["training"]["kl_weight"]
        results = inverted(codec, lines, InversionConfig(steps=invert, kl_weight=weight), seed)
    else:
        results = codec.encode(lines)
    said = iter(predicted(codec, [item.mean for item in results if isinstance(item, Encoding)]))
    failed = False
    for line, result in zip(lines, results, strict=True):
        answer: dict[str, Any] = {"smiles": line}
        if isinstance(result, Encoding):
            answer["latent"] = [round(value, 6) for value in result.mean.tolist()]
            answer["predicted"] = next(said)
        else:
            failed = True
            answer["error"] = {"code": result.code, "message": result.message}
        typer.echo(json.dumps(answer))
    if failed:
        raise typer.Exit(1)


def _batches(
    codec: MoleculeCodec, decode: Callable[..., Sequence[Decoded]], wanted: int, seed: int
) -> Iterator[list[str | None]]:
    """Endless decodes of prior samples, `wanted` of them at a time."""
    latents = torch.Generator().manual_seed(seed)
    tokens = torch.Generator(codec.device).manual_seed(seed)
    while True:
        decoded = decode(codec.sample_prior(wanted, latents), generator=tokens)
        yield [item.smiles for item in decoded]


def _print_distinct(batches: Iterable[Sequence[str | None]], wanted: int) -> None:
    """Print each molecule once until there are enough; exit code 1 if there never are."""
    seen: set[str] = set()
    decodes = 0
    for batch in batches:
        decodes += len(batch)
        for smiles in batch:
            if smiles is not None and smiles not in seen and len(seen) < wanted:
                seen.add(smiles)
                typer.echo(smiles)
        if len(seen) == wanted or decodes >= DECODES_PER_MOLECULE * wanted:
            break
    typer.echo(f"{len(seen)} molecules from {decodes} decodes", err=True)
    if len(seen) < wanted:
        raise typer.Exit(1)
