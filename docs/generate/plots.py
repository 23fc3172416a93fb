"""Plots as SVG that takes its colours from the page, so that it is at home in light and dark."""

import io
import re
import textwrap
from collections.abc import Sequence
from typing import Any

from matplotlib import rc_context
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from docs.generate.score_tables import Measured, Share

TEXT, GRID = "#010203", "#010204"
SERIES = "#010205"
QUIET = "#010206"
GOAL = "#010207"
VARIABLES = {
    TEXT: "currentColor",
    GRID: "var(--md-default-fg-color--lightest)",
    SERIES: "var(--figure-strong)",
    QUIET: "var(--figure-quiet)",
    GOAL: "var(--figure-goal)",
}
"""Colours that stand for the page's own."""

STYLE: Any = {
    "svg.fonttype": "none",
    "svg.hashsalt": "molwright",
    "font.size": 9.5,
    "font.family": "sans-serif",
    "text.color": TEXT,
    "axes.labelcolor": TEXT,
    "axes.edgecolor": GRID,
    "axes.titlesize": 9.5,
    "axes.grid": True,
    "axes.axisbelow": True,
    "grid.color": GRID,
    "xtick.color": TEXT,
    "ytick.color": TEXT,
    "xtick.major.size": 0,
    "ytick.major.size": 0,
}
LABEL_WIDTH = 54
"""Characters."""
STRONG = "auto"
"""The method that is drawn in the strong colour: the one a campaign uses unless told otherwise."""


def shares(rows: Sequence[Share]) -> str:
    """Each share as a dot, its goal as a stroke."""
    with rc_context(STYLE):
        figure = Figure(figsize=(8.6, 0.9 + 0.29 * len(rows)), layout="constrained")
        axes = figure.add_subplot()
        _rows(axes, [_short(row.measure) for row in rows])
        lowest = min(45.0, *(row.reached - 5 for row in rows))
        for place, row in enumerate(rows):
            met = row.goal is None or row.reached >= row.goal
            colour = SERIES if met else QUIET
            axes.plot([lowest, row.reached], [place, place], color=colour, lw=2, alpha=0.35)
            axes.plot(row.reached, place, "o", color=colour, ms=6)
            if row.goal is not None:
                axes.plot(row.goal, place, "|", color=GOAL, ms=12, mew=2)
        axes.set(xlim=(lowest, 101.5), xlabel="%")
        return _svg(figure, "Shares reached, with their goals", legend=_goal_legend())


def methods(measured: Measured) -> str:
    """A panel a measure; of each method the mean, one standard deviation and the lowest run."""
    names = list(next(iter(measured.values())))
    with rc_context(STYLE):
        figure = Figure(figsize=(8.6, 1.1 + 0.3 * len(names)), layout="constrained")
        panels = figure.subplots(1, len(measured), sharey=True, squeeze=False)[0]
        for axes, (column, by_method) in zip(panels, measured.items(), strict=True):
            _rows(axes, names)
            axes.set_title(column)
            for place, name in enumerate(names):
                spread = by_method[name]
                colour = SERIES if name == STRONG else QUIET
                low, high = spread.mean - spread.sd, spread.mean + spread.sd
                axes.plot([low, high], [place, place], color=colour, lw=2.5, alpha=0.45)
                axes.plot(spread.mean, place, "o", color=colour, ms=6)
                axes.plot(spread.lowest, place, "|", color=colour, ms=8, mew=1.2)
        legend = "● mean&ensp;━ ± one standard deviation&ensp;| lowest run"
        return _svg(figure, "Every method, by each measure", legend=legend)


def radii(model: str) -> str:
    """How similar molecules are that a model draws around another, by the radius."""
    from chemvae import checkpoints

    rows = checkpoints.card(model)["neighbourhood"]["radii"]
    at = [row["radius"] for row in rows]
    with rc_context(STYLE):
        figure = Figure(figsize=(8.6, 2.6), layout="constrained")
        left, right = figure.subplots(1, 2)
        left.plot(at, [row["similarity"] for row in rows], "o-", color=SERIES)
        low, _, high = zip(*(row["similarity_deciles"] for row in rows), strict=True)
        left.fill_between(at, low, high, color=SERIES, alpha=0.15, lw=0)
        left.set(xlabel="scaled radius", title="Tanimoto similarity: mean, 1st to 9th decile")
        for how, colour, label in (("masked", SERIES, "with the automaton"), ("raw", QUIET, "raw")):
            valid = [100 * row["validity"][how] for row in rows]
            right.plot(at, valid, "o-", color=colour, label=label)
        right.set(xlabel="scaled radius", title="valid, %")
        right.legend(frameon=False)
        for axes in (left, right):
            _bare(axes)
        return _svg(figure, f"Around a molecule, by the radius, {model}")


def _rows(axes: Axes, names: Sequence[str]) -> None:
    axes.set_yticks(range(len(names)), names)
    axes.set_ylim(len(names) - 0.5, -0.5)
    _bare(axes)
    axes.grid(visible=False, axis="y")


def _bare(axes: Axes) -> None:
    for spine in axes.spines.values():
        spine.set_visible(False)


def _short(measure: str) -> str:
    """Without how many it was measured on, in lines that leave room for the plot."""
    said = re.sub(r", \d+ (valid )?(samples|test molecules|molecules)$", "", measure)
    return textwrap.fill(said, LABEL_WIDTH)


def _goal_legend() -> str:
    return "● reached&ensp;<span class='goal'>|</span> target"


def _svg(figure: Figure, about: str, *, legend: str = "") -> str:
    file = io.StringIO()
    figure.savefig(file, format="svg", transparent=True, metadata={"Date": None})
    text = file.getvalue()
    text = text[text.index("<svg") :]
    text = re.sub(r"<metadata>.*?</metadata>|<style.*?</style>", "", text, flags=re.S)
    text = re.sub(r'<g id="[^"]*">', "<g>", text)
    text = re.sub(r'(<svg[^>]*?) (?:width|height)="[^"]*"', r"\1", text)
    text = re.sub(r'(<svg[^>]*?) (?:width|height)="[^"]*"', r"\1", text)
    text = re.sub(r"font: ([\d.]+)px [^;\"]*", r"font-size: \1px", text)
    for colour, variable in VARIABLES.items():
        text = text.replace(colour, variable)
    text = text.replace("<svg", f'<svg role="img" aria-label="{about}"', 1)
    caption = f"<figcaption>{legend}</figcaption>" if legend else ""
    return re.sub(r"\s*\n\s*", " ", text) + caption
