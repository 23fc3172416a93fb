"""``molwright bench``: measure the optimisers against each other."""

import importlib
from contextlib import nullcontext
from dataclasses import replace
from pathlib import Path
from typing import Annotated, Literal

import typer

from app.cli.failures import readable_errors
from app.schemas import MAX_BATCH
from app.settings import Settings

bench = typer.Typer(help="Benchmarks.", no_args_is_help=True)


@bench.callback()
def _group() -> None:
    """Benchmarks."""


@bench.command()
@readable_errors
def optimize(
    task: Annotated[
        list[str] | None,
        typer.Option("--task", help="Which task; may be repeated; default: all of them."),
    ] = None,
    method: Annotated[
        list[str] | None,
        typer.Option("--method", help="Which method; may be repeated; default: all of them."),
    ] = None,
    seeds: Annotated[int, typer.Option(min=1, help="Runs of each: seeds 0, 1, ...")] = 5,
    budget: Annotated[
        int | None, typer.Option(min=1, help="Unique oracle calls a run; default: the task's.")
    ] = None,
    batch_size: Annotated[int, typer.Option(min=1, help="Molecules an ask.")] = 10,
    fine_tune_every: Annotated[
        int | None,
        typer.Option(min=1, help="Tune a decoder after so many molecules; default: never."),
    ] = None,
    dataset: Annotated[
        str, typer.Option(help="Where start molecules and the method zinc come from.")
    ] = "zinc250k",
    model: Annotated[
        str | None, typer.Option(help="Name of the model; default: MOLWRIGHT_MODEL.")
    ] = None,
    output: Annotated[
        Path, typer.Option(file_okay=False, help="Folder of the runs, tables and plots.")
    ] = Path("bench"),
) -> None:
    """Run every task with every method and seed; finished runs in the folder are not run again."""
    from app.cli.bench_optimize import run_all
    from app.models.store import ModelStore
    from bayesopt.benchmark.runs import METHODS, Run
    from bayesopt.benchmark.tasks import TASKS
    from bayesopt.benchmark.tasks import task as named

    tasks = [named(name) for name in task or TASKS]
    runs = [
        Run(
            replace(item, budget=budget or item.budget),
            name,
            seed,
            dataset,
            batch_size,
            fine_tune_every,
        )
        for item in tasks
        for name in method or METHODS
        for seed in range(seeds)
    ]
    settings = Settings()
    source = importlib.import_module(settings.model_source)
    run_all(runs, ModelStore(source, settings.model, settings.device).get(model), output)


@bench.command()
@readable_errors
def goals(
    goal: Annotated[
        list[str] | None,
        typer.Option("--goal", help="Which goal; may be repeated; default: all of them."),
    ] = None,
    method: Annotated[
        list[str] | None,
        typer.Option("--method", help="Which method; may be repeated; default: auto and random."),
    ] = None,
    seeds: Annotated[int, typer.Option(min=1, help="Campaigns of each: seeds 0, 1, ...")] = 3,
    results: Annotated[int, typer.Option(min=1, help="Molecules scored in a campaign.")] = 200,
    batch_size: Annotated[
        int, typer.Option(min=1, max=MAX_BATCH, help="Molecules suggested at a time.")
    ] = 10,
    model: Annotated[
        str | None, typer.Option(help="Name of the model; default: MOLWRIGHT_MODEL.")
    ] = None,
    url: Annotated[
        str | None, typer.Option(help="Where a service listens; default: start one.")
    ] = None,
) -> None:
    """Play the bench over HTTP: ask for suggestions, score them here, send the results."""
    from app.cli.bench_goals import bench_goals
    from bayesopt.benchmark.goals import GOALS
    from bayesopt.benchmark.goals import goal as named

    bench_goals(
        [named(name) for name in goal or GOALS],
        method or ("auto", "random"),
        seeds,
        results,
        batch_size,
        model or Settings().model,
        url,
    )


@bench.command()
@readable_errors
def iterations(
    observations: Annotated[
        list[int] | None,
        typer.Option(min=2, help="Molecules told before; may be repeated."),
    ] = None,
    molecules: Annotated[int, typer.Option(min=1, max=MAX_BATCH, help="Asked for.")] = 16,
    seed: Annotated[int, typer.Option(min=0, help="Decides which molecules are told.")] = 0,
    dataset: Annotated[str, typer.Option(help="Where they come from.")] = "zinc250k",
    model: Annotated[
        str | None, typer.Option(help="Name of the model; default: MOLWRIGHT_MODEL.")
    ] = None,
) -> None:
    """Time an iteration of the method auto by the number of observations, without the oracle."""
    from app.cli.bench_iterations import bench_iterations
    from app.models.store import ModelStore

    settings = Settings()
    source = importlib.import_module(settings.model_source)
    store = ModelStore(source, settings.model, settings.device)
    bench_iterations(
        store.get(model), dataset, observations or (100, 500, 2_000, 5_000), molecules, seed
    )


@bench.command()
@readable_errors
def neighbours(
    molecules: Annotated[int, typer.Option(min=1, help="Molecules to search.")] = 1_000_000,
    queries: Annotated[int, typer.Option(min=1, help="Molecules asked about.")] = 200,
    k: Annotated[int, typer.Option("-k", min=1, help="Neighbours wanted.")] = 10,
    seed: Annotated[int, typer.Option(min=0, help="Draws parents and queries.")] = 0,
    dataset: Annotated[str, typer.Option(help="Where they come from.")] = "zinc250k",
    model: Annotated[
        str | None, typer.Option(help="Name of the model; default: MOLWRIGHT_MODEL.")
    ] = None,
    output: Annotated[
        Path,
        typer.Option(file_okay=False, help="Folder of the index; one that is there is used."),
    ] = Path("bench-neighbours"),
    latents: Annotated[
        Literal["model", "prior"],
        typer.Option(
            help="Encode every molecule, or draw its latent from the prior: the same work for the "
            "search, and quicker."
        ),
    ] = "model",
) -> None:
    """Build an index of known molecules, and time the search by fingerprint and by latent."""
    from app.cli.bench_neighbours import bench_neighbours
    from app.models.store import ModelStore

    settings = Settings()
    source = importlib.import_module(settings.model_source)
    store = ModelStore(source, settings.model, settings.device)
    bench_neighbours(store.get(model), dataset, molecules, queries, k, seed, output, latents)


@bench.command()
@readable_errors
def load(
    clients: Annotated[int, typer.Option(min=1, help="Requests under way at any time.")] = 64,
    seconds: Annotated[float, typer.Option(min=1, help="For how long.")] = 600,
    reads: Annotated[
        bool, typer.Option("--reads", help="Read alone, of campaigns that have ended.")
    ] = False,
    alone: Annotated[
        bool, typer.Option("--alone", help="One kind of request after the other.")
    ] = False,
    seed: Annotated[int, typer.Option(min=0, help="Decides who asks for what.")] = 0,
    url: Annotated[
        str | None, typer.Option(help="Of a service that runs; default: one of its own.")
    ] = None,
) -> None:
    """Let many clients read, sample and run campaigns; 1 where an answer was an error."""
    from app.cli.bench_load import bench_load
    from app.cli.own_service import own_service

    model, queue = Settings().model, str(Settings().model_queue)
    service = nullcontext(url) if url else own_service(model, WORKERS="1", MODEL_QUEUE=queue)
    with service as found:
        address = found if isinstance(found, str) else str(found.base_url)
        if not bench_load(address, clients, seconds, seed, reads=reads, alone=alone):
            raise typer.Exit(1)


@bench.command()
@readable_errors
def pages(
    trials: Annotated[
        int, typer.Option(min=10, help="Evaluations of the campaign that is run first.")
    ] = 2_000,
    tabs: Annotated[int, typer.Option(min=1, help="Pages of it that stay open.")] = 9,
    seconds: Annotated[float, typer.Option(min=2, help="How long they do.")] = 30,
    seed: Annotated[int, typer.Option(min=0, help="Of the campaign.")] = 0,
    url: Annotated[
        str | None, typer.Option(help="Of a service that runs; default: one of its own.")
    ] = None,
    campaign: Annotated[
        str | None, typer.Option(help="Id of a campaign that it has; default: one is run first.")
    ] = None,
    browser: Annotated[
        bool, typer.Option("--browser", help="Only how soon Chromium has each page ready.")
    ] = False,
) -> None:
    """Time the pages of a campaign, cold and warm, and what open tabs cost."""
    import httpx

    from app.cli.bench_browser import bench_browser
    from app.cli.bench_pages import bench_pages, read_campaign, run_campaign
    from app.cli.own_service import TIMEOUT, own_service

    service = (
        httpx.Client(base_url=url, timeout=TIMEOUT)
        if url
        else own_service(Settings().model, WORKERS="1")
    )
    with service as http:
        found = read_campaign(http, campaign) if campaign else run_campaign(http, trials, seed)
        if browser:
            bench_browser(str(http.base_url), found["id"])
        else:
            bench_pages(http, found, tabs, seconds)
