"""The loop, the progress bar and the report of ``molwright bench optimize``."""

from collections.abc import Sequence
from pathlib import Path

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from bayesopt.benchmark.record import read_all
from bayesopt.benchmark.report import as_csv, markdown
from bayesopt.benchmark.runs import Run, Runner
from bayesopt.errors import SpecError
from bayesopt.latent_model import LatentModel


def run_all(runs: Sequence[Run], model: LatentModel, folder: Path) -> None:
    """Run what is not finished yet, then write tables and plots of all that is in ``folder``.

    Ctrl-C ends it early: the run under way goes on the next time, and what is finished is reported.
    """
    console = Console()
    folder.mkdir(parents=True, exist_ok=True)
    try:
        _run(runs, model, folder, console)
    except KeyboardInterrupt:
        console.print("interrupted: the same command goes on from here")
    records = read_all(folder)
    report = markdown(records)
    (folder / "report.md").write_text(report, encoding="utf-8")
    (folder / "report.csv").write_text(as_csv(records), encoding="utf-8")
    console.print(report, markup=False)
    try:
        from bayesopt.benchmark.plots import draw
    except ModuleNotFoundError:
        console.print("no plots: matplotlib is not installed (pip install 'molwright[bench]')")
        return
    draw(records, folder)
    console.print(f"tables and plots in {folder}", markup=False)


def _run(runs: Sequence[Run], model: LatentModel, folder: Path, console: Console) -> None:
    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeRemainingColumn(),
    )
    impossible: set[tuple[str, str]] = set()
    with Progress(*columns, console=console) as progress:
        overall = progress.add_task("runs", total=len(runs))
        calls = progress.add_task("calls")

        def tick(done: int, total: int) -> None:
            progress.update(calls, completed=done, total=total)

        runner = Runner(model, folder, tick)
        for run in runs:
            pair = run.task.name, run.method
            title = f"{run.task.name}, {run.method}, seed {run.seed}"
            progress.update(calls, description=title, completed=0, total=run.task.budget)
            if pair not in impossible:
                try:
                    runner.run(run)
                except SpecError as error:
                    impossible.add(pair)
                    console.print(f"left out: {run.task.name}, {run.method}: {error}", markup=False)
            progress.advance(overall)
