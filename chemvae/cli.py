"""The `chemvae` command: train, evaluate, sample, encode, decode."""

import json
import logging
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Annotated, Any

import torch
import typer

from chemvae import checkpoints
from chemvae.codec import Encoding
from chemvae.config import ModelConfig, TrainConfig
from chemvae.errors import ChemvaeError, ConfigError, ShapeError
from data.datasets import DATASETS
from data.errors import DataError

app = typer.Typer(no_args_is_help=True, add_completion=False, help=__doc__)

Model = Annotated[str, typer.Option(help="A bundled model's name, or a checkpoint directory.")]
Device = Annotated[str, typer.Option(help="cpu, cuda or auto.")]
Seed = Annotated[int, typer.Option(help="Decides everything random.")]


@contextmanager
def _readable_errors() -> Iterator[None]:
    """One line and exit code 2 for what the user can mend; anything else keeps its traceback."""
    try:
        yield
    except (ChemvaeError, DataError) as error:
        typer.echo(f"error: {error}", err=True)
        raise typer.Exit(2) from error


@app.command()
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
    with _readable_errors():
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


@app.command()
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

    with _readable_errors():
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


@app.command()
def sample(
    num_molecules: Annotated[int, typer.Option("-n", "--num-molecules", min=1)] = 10,
    model: Model = "zinc250k",
    temperature: Annotated[float, typer.Option(min=0.0, help="0 is greedy.")] = 0.0,
    seed: Seed = 0,
    device: Device = "auto",
) -> None:
    """Print that many valid, distinct molecules from the prior, a SMILES a line."""
    with _readable_errors():
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


@app.command()
def encode(
    smiles: Annotated[list[str] | None, typer.Argument(help="Default: lines of stdin.")] = None,
    model: Model = "zinc250k",
    device: Device = "auto",
) -> None:
    """Print a JSON line a molecule: its latent, or why it has none."""
    with _readable_errors():
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


@app.command()
def decode(
    model: Model = "zinc250k",
    temperature: Annotated[float, typer.Option(min=0.0, help="0 is greedy.")] = 0.0,
    seed: Seed = 0,
    device: Device = "auto",
) -> None:
    """Decode the latents on stdin, a JSON line each: what `encode` prints, or plain lists."""
    with _readable_errors():
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
