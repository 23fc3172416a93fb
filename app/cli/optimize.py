"""``molwright optimize``: a campaign in this process, without a server or a database."""

import importlib
from collections.abc import Sequence
from pathlib import Path

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn
from rich.table import Table
from rich.text import Text

from app.campaigns.export import sdf_record
from app.models.store import ModelStore
from app.settings import Settings
from bayesopt.campaign import Campaign
from bayesopt.errors import ResultError, SpecError
from bayesopt.evaluation import check_functions
from bayesopt.objectives import Objective
from bayesopt.results import Result
from bayesopt.spec import CampaignSpec
from bayesopt.trial import Trial
from bayesopt.warm_start import by_compound
from data.readers import read_molecules

SHOWN = 10
"""Rows of the table at the end."""


def parse_objective(text: str) -> Objective:
    """``NAME``, ``NAME:minimize``, ``NAME:maximize`` or ``NAME:target=VALUE``.

    Raises:
        SpecError: none of these, or an unknown objective.
    """
    name, _, how = text.partition(":")
    direction, _, target = how.partition("=")
    match direction, target:
        case "", "":
            usual = Objective(name).oracle().spec.direction
            return Objective(name, direction=usual or "maximize")
        case ("maximize" | "minimize") as known, "":
            return Objective(name, direction=known)
        case "target", value if value:
            return Objective(name, direction="target", target=_number(f"objective {text!r}", value))
        case _:
            raise SpecError(
                f"objective {text!r}: write {name}, {name}:minimize or {name}:target=2.5"
            )


def _number(text: str, value: str) -> float:
    try:
        return float(value)
    except ValueError:
        raise SpecError(f"{text}: {value!r} is not a number") from None


def read_initial(path: Path) -> tuple[str, ...]:
    """The molecules of a CSV, SMI or SDF file.

    Raises:
        SpecError: a row that holds none, named by its line.
    """
    records = list(read_molecules(path))
    for record in records:
        if record.refusal is not None:
            raise SpecError(f"{path}, line {record.line}: {record.refusal.message}")
    return tuple(record.smiles for record in records)


def read_told(path: Path, objectives: Sequence[str]) -> tuple[Result, ...]:
    """The values of a CSV file with a column ``smiles`` and columns named after objectives.

    An empty cell is no value, rows of one molecule are its replicates, and a row without any value
    is passed over.

    Raises:
        SpecError: no column is named after an objective, or a row that cannot be used.
    """
    rows: dict[int, Result] = {}
    columns: Sequence[str] = ()
    for record in read_molecules(path):
        columns = tuple(record.cells)
        if record.refusal is not None:
            raise SpecError(f"{path}, line {record.line}: {record.refusal.message}")
        place = f"{path}, line {record.line}, {{}}"
        cells = {name: record.cells.get(name, "").strip() for name in objectives}
        values = {n: _number(place.format(n), cell) for n, cell in cells.items() if cell}
        if values:
            rows[record.line] = Result(smiles=record.smiles, values=values, source=path.name)
    if not set(columns) & set(objectives):
        raise SpecError(
            f"{path} has the columns {', '.join(columns)}; name one {' or '.join(objectives)}"
        )
    try:
        return tuple(by_compound(list(rows.values())).values())
    except ResultError as error:
        raise SpecError(f"{path}, line {list(rows)[error.index]}: {error.__cause__}") from error


def run_campaign(
    settings: Settings,
    spec: CampaignSpec,
    model_name: str | None,
    sdf: Path,
    told: Sequence[Result] = (),
) -> None:
    """Run to the end of the budget, then show the best molecules and write all to ``sdf``.

    Ctrl-C ends the campaign early and keeps what was found.
    """
    check_functions(spec.objectives)
    console = Console()
    source = importlib.import_module(settings.model_source)
    model = ModelStore(source, settings.model, settings.device).get(model_name)
    campaign = Campaign(spec, model)
    campaign.tell(told)
    campaign.evaluate()
    try:
        _run(campaign, console)
    except KeyboardInterrupt:
        console.print("interrupted: here is what was found")
    best = campaign.best(len(campaign.trials))
    names = [objective.name for objective in spec.objectives]
    console.print(best_table(names, best[:SHOWN]))
    if campaign.exhausted:
        console.print("the search ended early: it found no further new molecule")
    sdf.write_text("".join(_record(campaign, trial) for trial in best), encoding="utf-8")
    console.print(f"{len(best)} molecules in {sdf}", markup=False)


def _run(campaign: Campaign, console: Console) -> None:
    columns = (
        TextColumn("evaluated"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeRemainingColumn(),
        TextColumn("{task.description}"),
    )
    with Progress(*columns, console=console) as progress:
        task = progress.add_task("", total=campaign.spec.max_evaluations)
        while not campaign.finished and not campaign.exhausted:
            campaign.ask()
            campaign.evaluate()
            found = "; ".join(_values(trial) for trial in campaign.best(1))
            progress.update(
                task, completed=campaign.num_evaluations, description=f"best so far {found or '-'}"
            )


def _values(trial: Trial) -> str:
    return ", ".join(f"{name} {item.value:.3f}" for name, item in trial.values.items())


def best_table(objectives: Sequence[str], trials: Sequence[Trial]) -> Table:
    """Rank, values, trial and SMILES of each trial; a long SMILES is folded, never cut."""
    table = Table("rank", *objectives, "trial", "found by")
    table.add_column("SMILES", overflow="fold")
    for rank, trial in enumerate(trials, start=1):
        values = [f"{trial.values[name].value:.3f}" for name in objectives]
        # As Text, since [nH] in a plain string is markup to rich, and disappears.
        table.add_row(str(rank), *values, str(trial.number), trial.method, Text(trial.smiles or ""))
    return table


def _record(campaign: Campaign, trial: Trial) -> str:
    values = {name: item.value for name, item in trial.values.items()}
    properties = {"inchi_key": trial.inchi_key, "utility": campaign.utility(trial), **values}
    return sdf_record(trial.smiles or "", str(trial.number), properties)
