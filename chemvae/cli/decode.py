"""`chemvae decode`."""

import json
import sys
from dataclasses import asdict
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
from chemvae.errors import ShapeError
from chemvae.several import Search, decode_several


def decode(
    model: Model = "zinc250k",
    num_molecules: Annotated[
        int | None,
        typer.Option(
            "-n",
            "--num-molecules",
            min=1,
            help="Up to that many distinct molecules of each latent.",
        ),
    ] = None,
    temperature: Temperature = 0.0,
    top_k: TopK = None,
    top_p: TopP = None,
    beam_width: Annotated[
        int | None, typer.Option(min=1, help="Search a beam instead of sampling.")
    ] = None,
    constrained: Constrained = True,
    label: Label = None,
    seed: Seed = 0,
    device: Device = "auto",
) -> None:
    """Decode the latents on stdin, a JSON line each: what `encode` prints, or plain lists.

    Prints a JSON line a latent: one decode of it, or with -n or --beam-width its distinct molecules
    with frequency, log likelihood (nats) and distance from the latent. A line on which `encode`
    says why a molecule has no latent is printed as it is; the exit code is then 1, as there.
    """
    with readable_errors():
        codec = checkpoints.load(model, device)
        lines = [_latent(line) for line in sys.stdin if line.strip()]
        rows = [line for line in lines if isinstance(line, list)]
        if any(len(row) != codec.latent_dim for row in rows):
            raise ShapeError(f"every latent of {model} has {codec.latent_dim} numbers")
        latents = torch.tensor(rows).view(-1, codec.latent_dim)
        labels = told_labels(label)
        generator = torch.Generator(codec.device).manual_seed(seed)
        if num_molecules is None and beam_width is None:
            decoded = codec.decode(
                latents,
                temperature=temperature,
                generator=generator,
                constrained=constrained,
                top_k=top_k,
                top_p=top_p,
                labels=labels,
            )
            answers = iter([asdict(item) for item in decoded])
        else:
            wanted = num_molecules or beam_width or 1
            search = Search(wanted, temperature, constrained, top_k, top_p, beam_width, labels)
            found = decode_several(codec, latents, search, generator)
            answers = iter([asdict(each) for each in found])
    for line in lines:
        typer.echo(json.dumps(next(answers) if isinstance(line, list) else line))
    if len(rows) < len(lines):
        raise typer.Exit(1)


def _latent(line: str) -> list[float] | dict[str, Any]:
    """One latent from a JSON line: a list, or an object with `latent`; or a refusal of `encode`."""
    try:
        value = json.loads(line)
        if isinstance(value, dict) and "error" in value and "latent" not in value:
            return value
        latent = value["latent"] if isinstance(value, dict) else value
        return [float(number) for number in latent]
    except (ValueError, TypeError, KeyError) as error:
        raise ShapeError(
            f"{line.strip()[:80]!r} is no latent; give a JSON list of numbers a line, or the "
            "lines that encode prints"
        ) from error
