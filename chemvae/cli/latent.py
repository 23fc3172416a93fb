"""`chemvae interpolate` and `calibrate`: between molecules, and around them."""

import json
from typing import Annotated

import typer

from chemvae import checkpoints
from chemvae.cli.options import Device, Model, Seed, TestData, readable_errors
from chemvae.latent.coder import DEFAULT_PROPERTIES, encode_all
from chemvae.latent.interpolation import Method
from chemvae.latent.interpolation import interpolate as interpolated
from chemvae.latent.neighbourhood import neighbourhood_report
from chemvae.training.corpus import load_test
from chemvae.training.own_data import held_out_data
from data.cleaning import clean
from data.datasets import DATASETS
from data.readers import read_molecules

Properties = Annotated[
    list[str] | None,
    typer.Option(
        "--property", help=f"Repeat for several. Default: {', '.join(DEFAULT_PROPERTIES)}."
    ),
]


def interpolate(
    start: Annotated[str, typer.Argument(help="SMILES.")],
    end: Annotated[str, typer.Argument(help="SMILES.")],
    steps: Annotated[int, typer.Option(min=2, help="Points, both ends among them.")] = 8,
    method: Annotated[Method, typer.Option()] = "linear",
    properties: Properties = None,
    model: Model = "zinc250k",
    device: Device = "auto",
) -> None:
    """Print the way from one molecule to another, a JSON line a step."""
    with readable_errors():
        codec = checkpoints.load(model, device)
        first, last = encode_all(codec, [start, end])
        way = interpolated(
            codec,
            (start, first.mean),
            (end, last.mean),
            num_steps=steps,
            method=method,
            properties=properties or DEFAULT_PROPERTIES,
        )
    for step in way:
        answer = {
            "fraction": step.fraction,
            "smiles": step.smiles,
            "raw": step.raw,
            "similarity_to_start": step.similarity_to_start,
            "similarity_to_end": step.similarity_to_end,
            "properties": step.properties,
            "latent": [round(value, 6) for value in step.latent.tolist()],
        }
        typer.echo(json.dumps(answer))


def calibrate(
    model: Model = "zinc250k",
    dataset: TestData = None,
    molecules: Annotated[int, typer.Option(min=1, help="Test molecules to sample around.")] = 200,
    samples: Annotated[int, typer.Option(min=1, help="Latents drawn around each.")] = 10,
    seed: Seed = 0,
    device: Device = "auto",
    write_card: Annotated[bool, typer.Option(help="Keep the numbers on the card.")] = False,
) -> None:
    """Measure what a scaled radius means: similarity and validity around test molecules."""
    with readable_errors():
        directory = checkpoints.locate(model)
        dataset = dataset or held_out_data(directory)
        codec = checkpoints.load(directory, device)
        test = load_test(dataset) if dataset in DATASETS else clean(read_molecules(dataset))[0]
        report = neighbourhood_report(codec, test, molecules=molecules, samples=samples, seed=seed)
        measured = {"neighbourhood": {"data": dataset, **report}}
        if write_card:
            checkpoints.update_card(directory, measured)
    typer.echo(json.dumps(measured, indent=1))
