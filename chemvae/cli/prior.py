"""`chemvae prior`."""

from pathlib import Path
from typing import Annotated

import typer

from chemvae import checkpoints
from chemvae.cli.options import Model, Setting, SmilesColumn, readable_errors, setting_value
from chemvae.config import PRIOR_SETTINGS, TrainConfig
from chemvae.errors import ConfigError
from chemvae.training.own_data import training_data


def prior(
    output: Annotated[
        Path, typer.Option(file_okay=False, help="The model with its new prior: OUTPUT/checkpoint.")
    ],
    model: Model = "zinc250k",
    dataset: Annotated[
        str | None,
        typer.Option(help="What the model was trained on. Default: as its checkpoint says."),
    ] = None,
    setting: Annotated[
        list[str] | None,
        typer.Option("--set", help="e.g. --set fitted_prior=vicinal --set prior_temperature=0.5"),
    ] = None,
    smiles_column: SmilesColumn = None,
    synthetic: Annotated[
        str | None,
        typer.Option(help="A file of molecules, as samples are, for fitted_prior=exemplars."),
    ] = None,
) -> None:
    """Fit another prior to a trained model; the network and every latent stay as they are."""
    from chemvae.training.refitting import refit_prior  # Lightning takes seconds to import

    with readable_errors():
        dataset = dataset or training_data(checkpoints.locate(model))
        checkpoint = refit_prior(
            model,
            dataset,
            output,
            _settings(setting or []),
            smiles_column=smiles_column,
            synthetic=synthetic,
        )
    typer.echo(f"wrote {checkpoint}; next: chemvae evaluate --model {checkpoint}")


def _settings(given: list[str]) -> dict[str, Setting]:
    """The prior's settings among those of a training run, by name.

    Raises:
        ConfigError: One that is not the prior's, or of another type.
    """
    defaults = TrainConfig().to_dict()
    settings: dict[str, Setting] = {}
    for setting in given:
        name = setting.partition("=")[0]
        if name not in PRIOR_SETTINGS:
            known = ", ".join(PRIOR_SETTINGS)
            raise ConfigError(f"a prior has no setting {name!r}; it has: {known}")
        settings[name] = setting_value(setting, defaults[name])
    return settings
