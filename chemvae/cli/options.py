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


@contextmanager
def readable_errors() -> Iterator[None]:
    """One line and exit code 2 for what the user can mend; anything else keeps its traceback."""
    try:
        yield
    except (ChemvaeError, DataError) as error:
        typer.echo(f"error: {error}", err=True)
        raise typer.Exit(2) from error
