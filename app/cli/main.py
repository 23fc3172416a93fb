"""Commands and their options; what they do is beside them, one module each."""

import os
from pathlib import Path
from typing import Annotated

import typer

from app.cli.bench import bench
from app.cli.failures import readable_errors
from app.cli.keys import keys
from app.logging import configure_logging
from app.settings import Settings
from bayesopt.trial import SearchMethod
from chemvae.seeds import MAX_SEED

app = typer.Typer(
    help="Molecular design: a SMILES VAE, and Bayesian optimisation in its latent space.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
)
app.add_typer(bench, name="bench")
app.add_typer(keys, name="keys")


@app.command()
@readable_errors
def serve() -> None:
    """Migrate the database, then run the API and its workers until interrupted."""
    from app.cli.processes import run_service

    run_service(_settings())
    # A request that outlived the grace period computes on in its thread, for which an interpreter
    # that ends in order would wait.
    os._exit(0)


@app.command()
@readable_errors
def worker() -> None:
    """Run campaigns without an API, until interrupted: MOLWRIGHT_WORKERS processes."""
    from app.cli.processes import run_workers

    run_workers(_settings())


@app.command()
@readable_errors
def migrate() -> None:
    """Create the database's tables, or bring them up to date."""
    from app.cli.processes import migrate_database

    migrate_database(_settings())
    typer.echo("the database is up to date")


@app.command()
@readable_errors
def copy_database(
    source: Annotated[
        Path, typer.Argument(exists=True, dir_okay=False, help="The SQLite file to copy.")
    ],
) -> None:
    """Copy a SQLite file into the empty database of MOLWRIGHT_DATABASE_URL, and compare every row.

    Stop the service first. The file is not changed; campaigns that were running go on in the new
    database as soon as workers use it.
    """
    from app.cli.processes import copy_into

    _show(copy_into(_settings(), source))


@app.command()
@readable_errors
def backup(
    file: Annotated[Path, typer.Argument(dir_okay=False, help="The file to make.")],
) -> None:
    """Write the database into a new file, as of one moment; the service may run meanwhile."""
    from app.cli.processes import back_up

    _show(back_up(_settings(), file))


@app.command()
@readable_errors
def restore(
    file: Annotated[
        Path, typer.Argument(exists=True, dir_okay=False, help="What `backup` has written.")
    ],
) -> None:
    """Copy a backup into the empty database of the settings, SQLite or PostgreSQL.

    Campaigns that were running when it was made go on from there, as soon as workers use it.
    """
    from app.cli.processes import restore_into

    _show(restore_into(_settings(), file))


@app.command()
@readable_errors
def index(
    model: Annotated[
        str | None, typer.Option(help="Name of the model; default: MOLWRIGHT_MODEL.")
    ] = None,
    source: Annotated[
        str | None,
        typer.Option(
            help="Data set, or .smi, .csv or .sdf file, the model was trained on; default: what "
            "its card names."
        ),
    ] = None,
) -> None:
    """Make the training set of a model searchable on this host; the service may run meanwhile."""
    from app.cli.index import index_training_set

    number = index_training_set(_settings(), model, source)
    typer.echo(f"{number} molecules are indexed")


@app.command()
@readable_errors
def optimize(
    objective: Annotated[
        list[str],
        typer.Option(
            "--objective",
            help="What to improve, as NAME, NAME:minimize or NAME:target=2.5; may be repeated.",
        ),
    ],
    budget: Annotated[int, typer.Option(min=1, help="Molecules to evaluate.")] = 200,
    initial: Annotated[
        Path | None,
        typer.Option(
            exists=True, dir_okay=False, help="CSV, SMI or SDF file of molecules to begin with."
        ),
    ] = None,
    told: Annotated[
        Path | None,
        typer.Option(
            exists=True,
            dir_okay=False,
            help="CSV file of values already known: a column smiles, and one named after each "
            "objective; these molecules cost no budget.",
        ),
    ] = None,
    num_samples: Annotated[
        int, typer.Option(min=0, help="Molecules drawn from the model to begin with.")
    ] = 20,
    batch_size: Annotated[int, typer.Option(min=1, help="Molecules proposed at a time.")] = 8,
    seed: Annotated[
        int, typer.Option(min=0, max=MAX_SEED, help="The same seed, the same molecules.")
    ] = 0,
    method: Annotated[
        SearchMethod,
        typer.Option(help="How molecules are chosen; docs/guides/optimisation.md compares them."),
    ] = "auto",
    model: Annotated[
        str | None, typer.Option(help="Name of the model; default: MOLWRIGHT_MODEL.")
    ] = None,
    sdf: Annotated[
        Path, typer.Option(dir_okay=False, help="Write every evaluated molecule here, best first.")
    ] = Path("found.sdf"),
) -> None:
    """Run a campaign here and now, without a server, and show its best molecules."""
    from app.cli.optimize import parse_objective, read_initial, read_told, run_campaign
    from bayesopt.spec import CampaignSpec

    objectives = tuple(parse_objective(item) for item in objective)
    spec = CampaignSpec(
        objectives=objectives,
        initial_smiles=read_initial(initial) if initial else (),
        num_initial_samples=num_samples,
        batch_size=batch_size,
        seed=seed,
        max_evaluations=budget,
        method=method,
    )
    known = read_told(told, [item.name for item in objectives]) if told else ()
    run_campaign(Settings(), spec, model, sdf, known)


@app.command()
@readable_errors
def bench_http(
    clients: Annotated[int, typer.Option(min=1, help="Requests under way at any time.")] = 32,
    requests: Annotated[int, typer.Option(min=2, help="Requests of each kind.")] = 320,
    molecules: Annotated[int, typer.Option(min=1, max=1_000, help="Wanted in each.")] = 10,
    seed: Annotated[int, typer.Option(min=0, help="The same seed, the same requests.")] = 0,
) -> None:
    """Start a service and measure sampling and decoding over HTTP, beside the same without it."""
    from app.cli.bench_http import bench_http, model_store

    bench_http(model_store(Settings()), clients, requests, molecules, seed)


def _show(copied: dict[str, int]) -> None:
    for table, number in copied.items():
        typer.echo(f"{table:<20} {number:>10}")
    typer.echo("every row was copied and compared")


def _settings() -> Settings:
    settings = Settings()
    configure_logging(settings.log_format)
    return settings
