"""`chemvae train`."""

import logging
from dataclasses import replace
from pathlib import Path
from typing import Annotated, Any

import typer

from chemvae.cli.options import readable_errors
from chemvae.config import ModelConfig, TrainConfig
from chemvae.errors import ConfigError
from data.datasets import DATASETS


def train(
    dataset: Annotated[str, typer.Option(help="zinc250k, qm9, or a CSV, SMI or SDF file.")],
    output: Annotated[Path | None, typer.Option(help="Where the run keeps its state.")] = None,
    smiles_column: Annotated[str | None, typer.Option(help="Of a CSV file.")] = None,
    setting: Annotated[
        list[str] | None,
        typer.Option("--set", help="A setting, e.g. --set latent_dim=128 --set kl_weight=0.2"),
    ] = None,
    prior_components: Annotated[int, typer.Option(min=0, help="0 serves N(0, I).")] = 10,
    prior_temperature: Annotated[
        float, typer.Option(min=0.01, help="Factor on the fitted prior's spread.")
    ] = 0.9,
    accelerator: Annotated[str, typer.Option(help="auto, cpu or gpu.")] = "auto",
    devices: Annotated[str, typer.Option(help="How many; several train with DDP.")] = "auto",
    resume: Annotated[bool, typer.Option(help="Go on from the last epoch's checkpoint.")] = False,
) -> None:
    """Train a model; its checkpoint, ready to serve, is written to OUTPUT/checkpoint."""
    from chemvae.training.pipeline import train as run  # Lightning takes seconds to import

    logging.getLogger("lightning.pytorch").setLevel(logging.WARNING)
    with readable_errors():
        model_config, train_config = _configure(setting or [])
        checkpoint = run(
            dataset,
            output or Path("runs") / Path(dataset).stem,
            model_config,
            train_config,
            smiles_column=smiles_column,
            prior_components=prior_components,
            prior_temperature=prior_temperature,
            accelerator=accelerator,
            devices=devices,
            resume=resume,
        )
    typer.echo(
        f"wrote {checkpoint}; next: chemvae evaluate --model {checkpoint} "
        f"--dataset {dataset if dataset in DATASETS else checkpoint.parent / 'test.smi'}"
    )


def _configure(settings: list[str]) -> tuple[ModelConfig, TrainConfig]:
    """The default configurations with `name=value` settings applied to the one that has them."""
    configs: list[Any] = [ModelConfig(), TrainConfig()]
    for setting in settings:
        name, _, text = setting.partition("=")
        owners = [i for i, config in enumerate(configs) if name in config.to_dict()]
        if not owners:
            known = ", ".join(key for config in configs for key in config.to_dict())
            raise ConfigError(f"no setting {name!r}; known are: {known}")
        kind = type(getattr(configs[owners[0]], name))
        try:
            configs[owners[0]] = replace(configs[owners[0]], **{name: kind(text)})
        except ValueError as error:
            raise ConfigError(f"{setting!r}: {name} takes a {kind.__name__}") from error
    return configs[0], configs[1]
