"""`chemvae evaluate`."""

import json
from dataclasses import replace
from pathlib import Path
from typing import Annotated

import typer

from chemvae import checkpoints
from chemvae.bulk import cores
from chemvae.cli.options import Device, Model, Seed, TestData, readable_errors
from chemvae.training.own_data import held_out_data


def evaluate(
    model: Model = "zinc250k",
    dataset: TestData = None,
    quick: Annotated[bool, typer.Option(help="A minute on two cores, with few samples.")] = False,
    num_samples: Annotated[
        int | None, typer.Option(min=1, help="Prior samples decoded per validity.")
    ] = None,
    seed: Seed = 0,
    device: Device = "auto",
    processes: Annotated[
        int | None, typer.Option(min=0, help="Default: one a core, none beside a GPU.")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="JSON instead of a table.")] = False,
    write_card: Annotated[bool, typer.Option(help="Keep the numbers on the card.")] = False,
    keep_samples: Annotated[
        Path | None,
        typer.Option(
            file_okay=False, help="Folder for the decoded strings, a file of SMILES a kind."
        ),
    ] = None,
) -> None:
    """Measure a model on its data set's test split and print the scoreboard."""
    from rich.console import Console

    from chemvae import evaluation  # Lightning, GPyTorch and ChemNet take seconds to import

    budget = evaluation.QUICK if quick else evaluation.FULL
    if num_samples is not None:
        budget = replace(budget, prior_samples=num_samples)
    with readable_errors(), Console(stderr=True).status("evaluating") as status:
        directory = checkpoints.locate(model)
        dataset = dataset or held_out_data(directory)
        codec = checkpoints.load(directory, device)
        if processes is None:
            processes = cores() if codec.device.type == "cpu" else 0

        def tell(family: str) -> None:
            status.update(f"measuring {family}")

        with evaluation.Crew(codec, processes, directory, tell) as crew:
            measured = evaluation.evaluate(
                crew,
                dataset,
                checkpoints.TrainingIndex.read(directory),
                budget=budget,
                kl_weight=checkpoints.read_config(directory)["training"]["kl_weight"],
                seed=seed,
            )
        if write_card:
            checkpoints.write_card(directory, measured.report)
        if keep_samples is not None:
            keep_samples.mkdir(parents=True, exist_ok=True)
            for kind, item in measured.drawn.items():
                lines = "".join(f"{line}\n" for line in item.raw)
                (keep_samples / f"{kind}.smi").write_text(lines)
    if as_json:
        typer.echo(json.dumps(measured.report, indent=1))
    else:
        title = f"{directory.name} on {dataset}{', quick: not for print' if quick else ''}"
        Console().print(evaluation.scoreboard(measured.report, title))
