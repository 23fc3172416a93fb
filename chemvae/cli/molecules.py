"""`chemvae sample`, `complete` and `encode`: from the prior, from a fragment, to latents."""

import json
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import partial
from typing import Annotated, Any

import torch
import typer
from torch import Tensor

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
from chemvae.errors import ConfigError
from chemvae.inversion import REFINE_STEPS, InversionConfig
from chemvae.inversion import invert as inverted
from chemvae.latent import SCALED_RADIUS
from chemvae.latent.coder import encode_all, predicted
from chemvae.latent.neighbourhood import latents_around

Draw = Callable[[int, torch.Generator], Tensor]
"""So many latents, `n x d`."""

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
    smiles: Annotated[
        str | None, typer.Option(help="Sample around this molecule, not from the prior.")
    ] = None,
    scaled_radius: Annotated[
        float | None,
        typer.Option(
            help="With --smiles: spread around it, in standard deviations of its posterior. "
            f"Default: {SCALED_RADIUS:g}."
        ),
    ] = None,
) -> None:
    """Print that many valid, distinct molecules from the prior or around one, a SMILES a line."""
    with readable_errors():
        if scaled_radius is not None and smiles is None:
            raise ConfigError(f"--scaled-radius is {scaled_radius:g}; name a molecule by --smiles")
        way: dict[str, Any] = {
            "temperature": temperature,
            "constrained": constrained,
            "top_k": top_k,
            "top_p": top_p,
            "labels": told_labels(label),
        }
        if processes:
            _sample_in_bulk(model, processes, num_molecules, seed, device, smiles, way)
            return
        codec = checkpoints.load(model, device)
        draw: Draw = codec.sample_prior
        if smiles is not None:
            draw = _around(codec, smiles, SCALED_RADIUS if scaled_radius is None else scaled_radius)
        batches = _batches(codec, draw, partial(codec.decode, **way), num_molecules, seed)
        _print_distinct(batches, num_molecules)


def complete(
    fragment: Annotated[
        str, typer.Argument(help="A scaffold with one open end `*`, or the beginning of a SMILES.")
    ],
    num_molecules: NumMolecules = 10,
    model: Model = "zinc250k",
    temperature: Temperature = 1.0,
    top_k: TopK = None,
    top_p: TopP = None,
    label: Label = None,
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
            labels=told_labels(label),
        )
        batches = _batches(codec, codec.sample_prior, decode, num_molecules, seed)
        _print_distinct(batches, num_molecules)


def encode(
    smiles: Annotated[list[str] | None, typer.Argument(help="Default: lines of stdin.")] = None,
    model: Model = "zinc250k",
    invert: Annotated[
        int,
        typer.Option(
            min=0,
            help="Above 0: so many gradient steps on each molecule's own mean and variances, and "
            f"up to {REFINE_STEPS} more on the mean of a molecule that does not decode from it.",
        ),
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


def _sample_in_bulk(
    model: str,
    processes: int,
    wanted: int,
    seed: int,
    device: str,
    smiles: str | None,
    way: Mapping[str, Any],
) -> None:
    """`sample` by worker processes, which decode draws of the prior on the CPU alone.

    Raises:
        ConfigError: Something else is asked of them, or a setting is outside its range.
    """
    if device not in ("auto", "cpu"):
        raise ConfigError(f"--processes samples on CPU cores, not on {device!r}; leave out either")
    if smiles is not None:
        raise ConfigError(
            f"--processes samples from the prior, not around {smiles!r}; leave it out"
        )
    from chemvae.bulk import Workers

    with Workers(model, processes) as workers:
        _print_distinct(workers.sample(seed, **way), wanted)


def _around(codec: MoleculeCodec, smiles: str, scaled_radius: float) -> Draw:
    """Draws around a molecule.

    Raises:
        NoLatentError: The model cannot encode it.
    """
    posterior = encode_all(codec, [smiles])

    def draw(count: int, generator: torch.Generator) -> Tensor:
        return latents_around(posterior, scaled_radius, count, generator)[0]

    return draw


def _batches(
    codec: MoleculeCodec,
    draw: Draw,
    decode: Callable[..., Sequence[Decoded]],
    wanted: int,
    seed: int,
) -> Iterator[list[str | None]]:
    """Endless decodes of drawn latents, `wanted` of them at a time."""
    latents = torch.Generator().manual_seed(seed)
    tokens = torch.Generator(codec.device).manual_seed(seed)
    while True:
        decoded = decode(draw(wanted, latents), generator=tokens)
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
