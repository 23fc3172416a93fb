"""The `chemvae` command."""

import typer

from chemvae.cli.evaluate import evaluate
from chemvae.cli.molecules import decode, encode, sample
from chemvae.cli.train import train

app = typer.Typer(no_args_is_help=True, add_completion=False, help=__doc__)
for command in (train, evaluate, sample, encode, decode):
    app.command()(command)
