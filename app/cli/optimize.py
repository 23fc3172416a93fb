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
from bayesopt.errors import SpecError
from bayesopt.objectives import Objective
from bayesopt.spec import CampaignSpec
from bayesopt.trial import Trial
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
            return Objective(name, direction="target", target=_number(text, value))
        case _:
            raise SpecError(
                f"objective {text!r}: write {name}, {name}:minimize or {name}:target=2.5"
            )


def _number(text: str, value: str) -> float:
    try:
        return float(value)
    except ValueError:
        raise SpecError(f"objective {text!r}: {value!r} is not a number") from None


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


def run_campaign(settings: Settings, spec: CampaignSpec, model_name: str | None, sdf: Path) -> None:
    """Run to the end of the budget, then show the best molecules and write all to ``sdf``.

    Ctrl-C ends the campaign early and keeps what was found.
    """
    console = Console()
    source = importlib.import_module(settings.model_source)
    model = ModelStore(source, settings.model, settings.device).get(model_name)
    campaign = Campaign(spec, model)
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
