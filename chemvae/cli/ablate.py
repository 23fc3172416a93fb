"""`chemvae ablate`."""

import logging
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table

from chemvae.cli.options import Seed, readable_errors

COLUMNS = {
    "greedy_from_mean": "reconstructed from the mean, %",
    "greedy_from_sample": "from a posterior sample, %",
    "valid_training_prior": "valid, prior of the training, %",
    "valid_fitted": "valid, fitted mixture, %",
    "validation_nll": "-log p(x|z), nats",
    "validation_kl": "KL, nats",
    "active_units": "active units",
}


def ablate(
    dataset: Annotated[str, typer.Option(help="zinc250k, qm9, or a file of molecules.")],
    output: Annotated[
        Path, typer.Option(file_okay=False, help="Keeps runs and rows; a row there is kept.")
    ] = Path("runs/ablation"),
    molecules: Annotated[int, typer.Option(min=10, help="To train on.")] = 30_000,
    tested: Annotated[int, typer.Option(min=1, help="Test molecules reconstructed.")] = 1_000,
    samples: Annotated[int, typer.Option(min=1, help="Prior samples per validity.")] = 2_000,
    variant: Annotated[
        list[str] | None, typer.Option(help="Only this variant, by its name; may be repeated.")
    ] = None,
    seed: Seed = 0,
) -> None:
    """Compare the options of the training recipe, one change at a time, on small networks."""
    # Lightning takes seconds to import.
    from chemvae.training.ablation import MODEL, ablate, variants_named
    from chemvae.training.corpus import load_corpus

    logging.getLogger("lightning.pytorch").setLevel(logging.WARNING)
    table = Table("variant", *COLUMNS.values(), title=f"{dataset}, {molecules} molecules")
    with readable_errors():
        chosen = variants_named(variant)
        rows = ablate(
            load_corpus(dataset, MODEL.max_tokens),
            output,
            molecules=molecules,
            tested=tested,
            samples=samples,
            seed=seed,
            variants=chosen,
        )
        for row in rows:
            table.add_row(row["variant"], *(_cell(name, row[name]) for name in COLUMNS))
    Console(width=140).print(table)


def _cell(name: str, value: float) -> str:
    if "nats" in COLUMNS[name]:
        return f"{value:.2f}"
    return f"{100 * value:.1f}" if "%" in COLUMNS[name] else str(value)
