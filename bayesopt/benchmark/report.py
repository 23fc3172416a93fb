"""Finished runs as tables: one row a method, mean, sd and minimum over the seeds."""

from __future__ import annotations

import csv
import io
import math
from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from bayesopt.benchmark import metrics
from bayesopt.benchmark.record import RunRecord
from bayesopt.benchmark.runs import order
from bayesopt.benchmark.tasks import TASKS, Task

Metric = Callable[[RunRecord], float]


@dataclass(frozen=True, slots=True)
class Statistic:
    """A number over the seeds of a method; NaN where no run has it."""

    mean: float
    sd: float
    """Sample standard deviation; NaN with fewer than two runs."""
    min: float

    @classmethod
    def of(cls, values: Sequence[float]) -> Statistic:
        """Over the values that are numbers."""
        known = np.array([value for value in values if not math.isnan(value)])
        if not len(known):
            return cls(math.nan, math.nan, math.nan)
        sd = float(known.std(ddof=1)) if len(known) > 1 else math.nan
        return cls(float(known.mean()), sd, float(known.min()))

    def __str__(self) -> str:
        if math.isnan(self.mean):
            return "-"
        sd = "" if math.isnan(self.sd) else f" ± {self.sd:.3f}"
        return f"{self.mean:.3f}{sd} ({self.min:.3f})"


@dataclass(frozen=True, slots=True)
class Row:
    """A method on a task."""

    method: str
    num_runs: int
    statistics: Mapping[str, Statistic]


Groups = Mapping[tuple[str, int, int], Mapping[str, Sequence[RunRecord]]]


def grouped(records: Sequence[RunRecord]) -> Groups:
    """Runs by task, budget and batch size, tasks and methods in their registries' order."""
    groups: dict[tuple[str, int, int], dict[str, list[RunRecord]]] = defaultdict(dict)
    tasks = list(TASKS)
    for record in sorted(
        (r for r in records if r.task in TASKS),
        key=lambda r: (
            tasks.index(r.task),
            r.budget,
            r.batch_size,
            order(r.method),
            r.seed,
        ),
    ):
        groups[record.task, record.budget, record.batch_size].setdefault(record.method, []).append(
            record
        )
    return groups


def rows(task: Task, budget: int, by_method: Mapping[str, Sequence[RunRecord]]) -> list[Row]:
    """The table of one task at one budget."""
    wanted = columns(task, budget)
    return [
        Row(
            method,
            len(records),
            {
                name: Statistic.of([metric(record) for record in records])
                for name, metric in wanted.items()
            },
        )
        for method, records in by_method.items()
    ]


def columns(task: Task, budget: int) -> dict[str, Metric]:
    """What is computed of each run, by its heading."""
    marks = [*(mark for mark in task.reports if mark < budget), budget]
    found: dict[str, Metric] = {f"best at {mark}": _best_at(mark) for mark in marks}
    if task.success is not None:
        found |= {f"success at {mark}": _success_at(task, mark) for mark in marks}
    if task.reference:
        found["hypervolume"] = lambda r: float(metrics.hypervolume_curve(r, task.reference)[-1])
    return found | {
        "top-10 AUC": metrics.top_auc,
        "no alerts, top 10": metrics.alert_pass_rate,
        "heavy atoms, top 10": metrics.largest,
        "s a call": metrics.seconds_per_call,
    }


def markdown(records: Sequence[RunRecord]) -> str:
    """A section a task; every number carries its protocol."""
    return "\n".join(
        _section(TASKS[name], budget, by_method)
        for (name, budget, _), by_method in grouped(records).items()
    )


def as_csv(records: Sequence[RunRecord]) -> str:
    """Every statistic in a line of its own."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(
        ["task", "budget", "batch_size", "method", "runs", "metric", "mean", "sd", "min"]
    )
    for (name, budget, batch_size), by_method in grouped(records).items():
        for row in rows(TASKS[name], budget, by_method):
            for metric, found in row.statistics.items():
                start = [name, budget, batch_size, row.method, row.num_runs, metric]
                writer.writerow([*start, found.mean, found.sd, found.min])
    return text.getvalue()


def _section(task: Task, budget: int, by_method: Mapping[str, Sequence[RunRecord]]) -> str:
    table = rows(task, budget, by_method)
    names = list(table[0].statistics)
    some = next(iter(by_method.values()))[0]
    versions = ", ".join(f"{name} {number[:12]}" for name, number in some.versions.items())
    measured_from = f" Hypervolume from the gains {task.reference}." if task.reference else ""
    lines = [
        f"## {task.name}: {task.description}",
        "",
        f"{budget} unique oracle calls a run, the {task.num_start} start molecules among them, "
        f"{some.batch_size} molecules an ask. Mean ± sd (minimum) over the runs.{measured_from} "
        f"{versions}.",
        "",
        f"| method | runs | {' | '.join(names)} |",
        f"|---|---|{'---|' * len(names)}",
    ]
    for row in table:
        cells = " | ".join(str(row.statistics[name]) for name in names)
        lines.append(f"| {row.method} | {row.num_runs} | {cells} |")
    return "\n".join([*lines, ""])


def _best_at(mark: int) -> Metric:
    return lambda record: float(metrics.best_curve(record)[mark - 1])


def _success_at(task: Task, mark: int) -> Metric:
    success = task.success
    assert success is not None  # noqa: S101  (asked of such tasks alone)
    return lambda record: float(metrics.calls_to(record, success) <= mark)
