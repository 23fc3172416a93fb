"""Finished runs as pictures, one a task and measure, for people to look at."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from bayesopt.benchmark import metrics
from bayesopt.benchmark.metrics import Curve
from bayesopt.benchmark.record import RunRecord
from bayesopt.benchmark.report import grouped
from bayesopt.benchmark.runs import METHODS, TUNED
from bayesopt.benchmark.tasks import TASKS, Task

COLOURS = dict(
    zip(
        METHODS,
        ("#0072B2", "#7F7F7F", "#009E73", "#D55E00", "#CC79A7", "#000000"),
        strict=True,
    )
)
"""Of each method, in every picture; after Okabe and Ito, told apart by the colour-blind too."""

SHARE = "success"
"""The measure that is 0 or 1 in each run: its mean is a share, its spread says nothing more."""

DASHED = ("random", "zinc")
"""The methods that do not learn."""

CurveOf = Callable[[RunRecord], Curve]


def draw(records: Sequence[RunRecord], folder: Path) -> list[Path]:
    """Draw every task's curves into `folder`; the files written."""
    written = []
    for (name, budget, batch_size), by_method in grouped(records).items():
        for measure, curve in _curves(TASKS[name]).items():
            path = folder / f"{name}-n{budget}-q{batch_size}-{measure.replace(' ', '-')}.png"
            _picture(TASKS[name], measure, curve, by_method).savefig(path, dpi=150)
            written.append(path)
    return written


def _curves(task: Task) -> dict[str, CurveOf]:
    """What is drawn of a task, by the name of the measure."""
    found: dict[str, CurveOf] = {"best so far": metrics.best_curve}
    if task.reference:
        found["hypervolume"] = lambda record: metrics.hypervolume_curve(record, task.reference)
    success = task.success
    if success is not None:
        found[SHARE] = lambda record: (
            np.arange(1, record.budget + 1) >= metrics.calls_to(record, success)
        ).astype(np.float64)
    return found


def _picture(
    task: Task, measure: str, curve: CurveOf, by_method: Mapping[str, Sequence[RunRecord]]
) -> Figure:
    figure = Figure(figsize=(7.5, 4.2), layout="constrained")
    axes = figure.add_subplot()
    for method, records in by_method.items():
        _band(axes, method, np.stack([curve(record) for record in records]), measure != SHARE)
    about = (
        "share of runs that succeeded" if measure == SHARE else f"{measure}, mean and sd over runs"
    )
    axes.set(xlabel="unique oracle calls", ylabel=about)
    axes.set_title(task.description, loc="left", fontsize="medium", wrap=True)
    axes.margins(x=0)
    axes.grid(alpha=0.3)
    axes.spines[["top", "right"]].set_visible(False)
    figure.legend(frameon=False, loc="outside right upper", title="method (runs)")
    return figure


def _band(axes: Axes, method: str, curves: Curve, spread: bool) -> None:
    """The mean of `r x c` curves, and one standard deviation around it within what was reached."""
    calls = np.arange(1, curves.shape[1] + 1)
    mean, sd = curves.mean(axis=0), curves.std(axis=0)
    low = np.maximum(mean - sd, curves.min(axis=0))
    high = np.minimum(mean + sd, curves.max(axis=0))
    base, tuned, _ = method.partition(TUNED)
    colour, style = COLOURS[base], "-." if tuned else "--" if base in DASHED else "-"
    axes.plot(calls, mean, style, color=colour, label=f"{method} ({len(curves)})")
    if spread:
        axes.fill_between(calls, low, high, color=colour, alpha=0.15, linewidth=0)
