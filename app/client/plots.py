"""Pictures of a campaign; matplotlib is imported when one is drawn.

campaign.plots.best_so_far()
campaign.plots.front("logp", "qed").save("front.svg")
"""

import io
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from app.client.errors import NothingToDrawError
from app.client.frames import optional
from app.client.insight_types import LeaveOneOut
from app.client.trial_types import Trial

if TYPE_CHECKING:
    from app.client.campaign import Campaign

SIZE = (6.4, 3.6)
"""Inches."""
STRONG, QUIET, SECOND = "#0f7687", "#9aa3aa", "#c2571a"
SERIES = (STRONG, SECOND, "#5b4b8a", "#2f7d4f", "#9a7b16", "#8c3b5e")
"""Colours of campaigns that are drawn together."""
NORMAL_95 = 1.96
"""Standard deviations of a normal distribution on each side of 95 % of it."""


@dataclass(frozen=True, slots=True)
class Plot:
    """A picture that a notebook shows by itself.

    Attributes:
        figure: The matplotlib figure, to change or add to.
    """

    figure: Any

    def save(self, path: str | Path) -> None:
        """Write it to a file, whose ending says its kind: svg, png, pdf."""
        self.figure.savefig(path)

    def _repr_svg_(self) -> str:
        file = io.StringIO()
        self.figure.savefig(file, format="svg")
        return file.getvalue()


class Plots:
    """``campaign.plots``."""

    def __init__(self, campaign: "Campaign") -> None:
        self._campaign = campaign

    def best_so_far(self, *others: "Campaign") -> Plot:
        """The best utility by the number of evaluated molecules, of this campaign and of others.

        Raises:
            MissingPackageError: matplotlib is not installed.
        """
        plot, axes = _axes("molecules evaluated", "best utility so far")
        for place, campaign in enumerate((self._campaign, *others)):
            best = campaign.progress().best_so_far
            look = {"color": SERIES[place % len(SERIES)], "label": campaign.read().name}
            axes.step(range(1, len(best) + 1), best, where="post", lw=2, **look)
        axes.legend(frameon=False)
        return plot

    def front(self, x: str | None = None, y: str | None = None) -> Plot:
        """Every evaluated molecule by two of its values, the Pareto front in colour.

        Args:
            x: Objective along the horizontal axis; None: the campaign's first.
            y: Along the vertical one; None: the second.

        Raises:
            NothingToDrawError: there is no such objective, or there are fewer than two.
            MissingPackageError: matplotlib is not installed.
        """
        names = [objective["name"] for objective in self._campaign.read().objectives]
        first, second = _pair(names, x, y)
        plot, axes = _axes(first, second)
        trials = self._campaign.trials
        evaluated = _points(trials.select(status="evaluated"), first, second)
        axes.scatter(*evaluated, color=QUIET, s=14, lw=0, alpha=0.7, label="evaluated")
        best = _points(trials.pareto(), first, second)
        axes.scatter(*best, color=STRONG, s=34, label="front", zorder=3)
        axes.legend(frameon=False)
        return plot

    def predicted(self, objective: str | None = None) -> Plot:
        """Predicted against observed, each molecule left out, with intervals of 95 %.

        Args:
            objective: None: the first that the diagnosis tells of.

        Raises:
            NothingToDrawError: there are too few values of it yet.
            MissingPackageError: matplotlib is not installed.
        """
        told = {item.objective: item for item in self._campaign.diagnosis().leave_one_out}
        name = objective or next(iter(told), None)
        if name not in told:
            raise NothingToDrawError(
                f"nothing is known yet of how well {name or 'any objective'} is predicted; the "
                f"diagnosis tells of {', '.join(told) or 'none'}: tell more values"
            )
        plot, axes = _axes(f"{name}, observed", f"{name}, predicted without it")
        _draw_left_out(axes, told[name])
        return plot


def _draw_left_out(axes: Any, told: LeaveOneOut) -> None:  # noqa: ANN401
    observed = [item.observed for item in told.items]
    predicted = [item.predicted_mean for item in told.items]
    width = [NORMAL_95 * item.predicted_sd for item in told.items]
    axes.errorbar(
        observed, predicted, width, fmt="o", ms=4, color=STRONG, ecolor=QUIET, elinewidth=1
    )
    ends = [min(observed + predicted), max(observed + predicted)]
    axes.plot(ends, ends, "--", color=SECOND, lw=1)
    if told.spearman is not None:
        axes.set_title(
            f"Spearman {told.spearman:.2f}, RMSE {told.rmse:.3g}", loc="left", fontsize=10
        )


def _axes(x: str, y: str) -> tuple[Plot, Any]:
    # Without pyplot, which would keep every figure, and choose a window for it.
    figure = optional("matplotlib.figure").Figure(figsize=SIZE, layout="constrained")
    axes = figure.add_subplot()
    axes.set(xlabel=x, ylabel=y)
    axes.grid(alpha=0.25)
    axes.spines[["top", "right"]].set_visible(False)
    return Plot(figure), axes


def _pair(names: list[str], x: str | None, y: str | None) -> tuple[str, str]:
    left = [name for name in names if name not in (x, y)]
    first = x if x is not None else next(iter(left), None)
    second = y if y is not None else next((name for name in left if name != first), None)
    if first in names and second in names:
        return str(first), str(second)
    missing = [name for name in (x, y) if name not in (*names, None)]
    raise NothingToDrawError(
        f"a front is drawn of two objectives; this campaign has {', '.join(names)}, and not "
        f"{', '.join(map(str, missing)) or 'a second one'}"
    )


def _points(trials: Iterable[Trial], x: str, y: str) -> tuple[list[float], list[float]]:
    """Of those trials that have both values."""
    found = [
        (trial.values[x].value, trial.values[y].value)
        for trial in trials
        if x in trial.values and y in trial.values
    ]
    return [pair[0] for pair in found], [pair[1] for pair in found]
