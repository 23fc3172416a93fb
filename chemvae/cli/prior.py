"""`chemvae prior`."""

from pathlib import Path
from typing import Annotated

import typer

from chemvae.cli.options import Model, Seed, readable_errors
from chemvae.config import TrainConfig
from data.datasets import DATASETS

_DEFAULTS = TrainConfig()


def prior(
    dataset: Annotated[str, typer.Option(help="What the model was trained on.")],
    output: Annotated[Path, typer.Option(help="The model with its new prior: OUTPUT/checkpoint.")],
    model: Model = "zinc250k",
    kind: Annotated[
        str, typer.Option(help="standard_normal, gaussian_mixture, realnvp or vicinal.")
    ] = "vicinal",
    components: Annotated[int, typer.Option(help="Gaussians of a mixture.")] = (
        _DEFAULTS.prior_components
    ),
    temperature: Annotated[float, typer.Option(help="Factor on the prior's spread.")] = 1.0,
    smiles_column: Annotated[str | None, typer.Option(help="Of a CSV file.")] = None,
    seed: Seed = 0,
) -> None:
    """Fit another prior to a trained model; the network and every latent stay as they are."""
    from chemvae.training.refitting import refit_prior  # Lightning takes seconds to import

    with readable_errors():
        checkpoint = refit_prior(
            model,
            dataset,
            output,
            kind=kind,
            components=components,
            temperature=temperature,
            smiles_column=smiles_column,
            seed=seed,
        )
    known = f" --dataset {dataset}" if dataset in DATASETS else ""
    typer.echo(f"wrote {checkpoint}; next: chemvae evaluate --model {checkpoint}{known}")
