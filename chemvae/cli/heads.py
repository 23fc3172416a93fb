"""`chemvae heads`."""

from pathlib import Path
from typing import Annotated

import typer

from chemvae import checkpoints
from chemvae.cli.options import Model, Seed, SmilesColumn, readable_errors
from chemvae.training.own_data import training_data


def heads(
    output: Annotated[
        Path, typer.Option(file_okay=False, help="The model with its new heads: OUTPUT/checkpoint.")
    ],
    predict: Annotated[
        list[str], typer.Option("--property", help="A computed property, or a column of the file.")
    ],
    model: Model = "zinc250k",
    dataset: Annotated[
        str | None,
        typer.Option(
            help="Molecules with their labels: a published data set, or a file. Default: what the "
            "model was trained on."
        ),
    ] = None,
    smiles_column: SmilesColumn = None,
    synthetic: Annotated[
        str | None,
        typer.Option(help="A file of further molecules, as samples are, for computed properties."),
    ] = None,
    hidden: Annotated[int, typer.Option(min=1, help="Units of each of the two layers.")] = 512,
    epochs: Annotated[int, typer.Option(min=1, help="Passes over the molecules.")] = 20,
    seed: Seed = 0,
) -> None:
    """Fit other property heads to a trained model; every latent stays where it is."""
    from chemvae.training.heads import HeadTraining, refit_heads  # Lightning takes seconds

    with readable_errors():
        checkpoint = refit_heads(
            model,
            dataset or training_data(checkpoints.locate(model)),
            output,
            predict,
            HeadTraining(hidden=hidden, epochs=epochs, seed=seed),
            smiles_column=smiles_column,
            synthetic=synthetic,
        )
    typer.echo(f"wrote {checkpoint}; next: chemvae encode --model {checkpoint}")
