"""`chemvae evaluate`."""

import json
from typing import Annotated

import typer

from chemvae import checkpoints
from chemvae.cli.options import Device, Model, Seed, readable_errors


def evaluate(
    model: Model = "zinc250k",
    dataset: Annotated[
        str, typer.Option(help="A published data set's test split, or a file of molecules.")
    ] = "zinc250k",
    num_samples: Annotated[
        int, typer.Option(min=1, help="Prior samples decoded per validity.")
    ] = 30_000,
    seed: Seed = 0,
    device: Device = "auto",
    write_card: Annotated[bool, typer.Option(help="Keep the numbers on the card.")] = False,
) -> None:
    """Measure a model on its data set's test split and print its card."""
    from chemvae.evaluation import evaluate as measure

    with readable_errors():
        directory = checkpoints.locate(model)
        codec = checkpoints.load(directory, device)
        measured = measure(
            codec,
            dataset,
            checkpoints.TrainingIndex.read(directory),
            num_samples=num_samples,
            seed=seed,
        )
        if write_card:
            checkpoints.write_card(directory, measured)
    typer.echo(json.dumps(measured, indent=1))
