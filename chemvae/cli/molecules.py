"""`chemvae sample`, `encode` and `decode`: molecules in, molecules out."""

import json
import sys
from typing import Annotated, Any

import torch
import typer

from chemvae import checkpoints
from chemvae.cli.options import Device, Model, Seed, readable_errors
from chemvae.codec import Encoding
from chemvae.errors import ShapeError


def sample(
    num_molecules: Annotated[int, typer.Option("-n", "--num-molecules", min=1)] = 10,
    model: Model = "zinc250k",
    temperature: Annotated[float, typer.Option(min=0.0, help="0 is greedy.")] = 0.0,
    seed: Seed = 0,
    device: Device = "auto",
) -> None:
    """Print that many valid, distinct molecules from the prior, a SMILES a line."""
    with readable_errors():
        codec = checkpoints.load(model, device)
    latents = torch.Generator().manual_seed(seed)
    tokens = torch.Generator(codec.device).manual_seed(seed)
    seen: set[str] = set()
    decodes = 0
    # A prior sample may be invalid or seen before: up to 20 decodes a molecule, then less is said.
    while len(seen) < num_molecules and decodes < 20 * num_molecules:
        batch = codec.sample_prior(num_molecules - len(seen), latents)
        decodes += len(batch)
        for item in codec.decode(batch, temperature=temperature, generator=tokens):
            if item.smiles is not None and item.smiles not in seen:
                seen.add(item.smiles)
                typer.echo(item.smiles)
    typer.echo(f"{len(seen)} molecules from {decodes} decodes", err=True)
    if len(seen) < num_molecules:
        raise typer.Exit(1)


def encode(
    smiles: Annotated[list[str] | None, typer.Argument(help="Default: lines of stdin.")] = None,
    model: Model = "zinc250k",
    device: Device = "auto",
) -> None:
    """Print a JSON line a molecule: its latent, or why it has none."""
    with readable_errors():
        codec = checkpoints.load(model, device)
    lines = smiles or [line.strip() for line in sys.stdin if line.strip()]
    failed = False
    for line, result in zip(lines, codec.encode(lines), strict=True):
        answer: dict[str, Any] = {"smiles": line}
        if isinstance(result, Encoding):
            answer["latent"] = [round(value, 6) for value in result.mean.tolist()]
        else:
            failed = True
            answer["error"] = {"code": result.code, "message": result.message}
        typer.echo(json.dumps(answer))
    if failed:
        raise typer.Exit(1)


def decode(
    model: Model = "zinc250k",
    temperature: Annotated[float, typer.Option(min=0.0, help="0 is greedy.")] = 0.0,
    seed: Seed = 0,
    device: Device = "auto",
) -> None:
    """Decode the latents on stdin, a JSON line each: what `encode` prints, or plain lists."""
    with readable_errors():
        codec = checkpoints.load(model, device)
        rows = [_latent(line) for line in sys.stdin if line.strip()]
        if any(len(row) != codec.latent_dim for row in rows):
            raise ShapeError(f"every latent of {model} has {codec.latent_dim} numbers")
        latents = torch.tensor(rows).view(-1, codec.latent_dim)
        generator = torch.Generator(codec.device).manual_seed(seed)
        decoded = codec.decode(latents, temperature=temperature, generator=generator)
    for item in decoded:
        typer.echo(json.dumps({"smiles": item.smiles, "raw": item.raw}))


def _latent(line: str) -> list[float]:
    """One latent from a JSON line: a list, or an object with `latent`."""
    try:
        value = json.loads(line)
        latent = value["latent"] if isinstance(value, dict) else value
        return [float(number) for number in latent]
    except (ValueError, TypeError, KeyError) as error:
        raise ShapeError(
            f"{line.strip()[:80]!r} is no latent; give a JSON list of numbers a line, or the "
            "lines that encode prints"
        ) from error
