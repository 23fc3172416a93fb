"""The `chemvae` command."""

import typer

from chemvae.cli.ablate import ablate
from chemvae.cli.bench import bench
from chemvae.cli.decode import decode
from chemvae.cli.evaluate import evaluate
from chemvae.cli.heads import heads
from chemvae.cli.latent import calibrate, interpolate
from chemvae.cli.library import library, map_library, neighbours
from chemvae.cli.molecules import complete, encode, sample
from chemvae.cli.prior import prior
from chemvae.cli.train import train

app = typer.Typer(no_args_is_help=True, add_completion=False, help=__doc__)
for command in (
    train,
    prior,
    heads,
    ablate,
    evaluate,
    calibrate,
    sample,
    encode,
    decode,
    complete,
    interpolate,
    library,
    neighbours,
    bench,
):
    app.command()(command)
app.command("map")(map_library)
