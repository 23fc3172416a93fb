"""What the commands share: options, and errors in one readable line."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Annotated

import typer

from chemvae.errors import ChemvaeError
from data.errors import DataError

Model = Annotated[str, typer.Option(help="A bundled model's name, or a checkpoint directory.")]
Device = Annotated[str, typer.Option(help="cpu, cuda or auto.")]
Seed = Annotated[int, typer.Option(help="Decides everything random.")]
Temperature = Annotated[float, typer.Option(min=0.0, help="0 is greedy.")]
TopK = Annotated[
    int | None, typer.Option(min=1, help="Sample among that many likeliest tokens alone.")
]
TopP = Annotated[
    float | None,
    typer.Option(help="Sample among the fewest tokens whose probabilities add up to this."),
]
Constrained = Annotated[
    bool,
    typer.Option("--constrained/--unconstrained", help="Mask what cannot become a valid molecule."),
]


@contextmanager
def readable_errors() -> Iterator[None]:
    """One line and exit code 2 for what the user can mend; anything else keeps its traceback."""
    try:
        yield
    except (ChemvaeError, DataError) as error:
        typer.echo(f"error: {error}", err=True)
        raise typer.Exit(2) from error
