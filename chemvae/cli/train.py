"""`chemvae train`."""

import logging
from dataclasses import replace
from pathlib import Path
from typing import Annotated, Any

import typer

from chemvae.cli.options import SmilesColumn, readable_errors, setting_value
from chemvae.config import ModelConfig, TrainConfig
from chemvae.errors import ConfigError


def train(
    dataset: Annotated[str, typer.Option(help="zinc250k, qm9, or a CSV, SMI or SDF file.")],
    output: Annotated[
        Path | None, typer.Option(file_okay=False, help="Where the run keeps its state.")
    ] = None,
    smiles_column: SmilesColumn = None,
    setting: Annotated[
        list[str] | None,
        typer.Option("--set", help="A setting, e.g. --set latent_dim=128 --set kl_weight=0.2"),
    ] = None,
    start_from: Annotated[
        str | None, typer.Option(help="A model whose weights the run begins with.")
    ] = None,
    synthetic: Annotated[
        str | None,
        typer.Option(help="A file of molecules to train on beside the data set's, as samples are."),
    ] = None,
    accelerator: Annotated[str, typer.Option(help="auto, cpu or gpu.")] = "auto",
    devices: Annotated[str, typer.Option(help="How many; several train with DDP.")] = "auto",
    max_minutes: Annotated[
        float | None, typer.Option(min=0, help="Begin no epoch that would end later.")
    ] = None,
    resume: Annotated[bool, typer.Option(help="Go on from the last epoch's checkpoint.")] = False,
) -> None:
    """Train a model; its checkpoint, ready to serve, is written to OUTPUT/checkpoint."""
    from chemvae.training import pipeline  # Lightning takes seconds to import

    logging.getLogger("lightning.pytorch").setLevel(logging.WARNING)
    with readable_errors():
        model_config, train_config = _configure(setting or [])
        checkpoint = pipeline.train(
            dataset,
            output or Path("runs") / Path(dataset).stem,
            model_config,
            train_config,
            smiles_column=smiles_column,
            start_from=start_from,
            synthetic=synthetic,
            accelerator=accelerator,
            devices=devices,
            resume=resume,
            max_minutes=max_minutes,
        )
    typer.echo(f"wrote {checkpoint}; next: chemvae evaluate --model {checkpoint}")


def _configure(settings: list[str]) -> tuple[ModelConfig, TrainConfig]:
    """The default configurations with `name=value` settings applied to the one that has them."""
    configs: list[Any] = [ModelConfig(), TrainConfig()]
    for setting in settings:
        name = setting.partition("=")[0]
        owners = [i for i, config in enumerate(configs) if name in config.to_dict()]
        if not owners:
            known = ", ".join(key for config in configs for key in config.to_dict())
            raise ConfigError(f"no setting {name!r}; known are: {known}")
        config = configs[owners[0]]
        configs[owners[0]] = replace(
            config, **{name: setting_value(setting, getattr(config, name))}
        )
    return configs[0], configs[1]
