"""Where a page says `<!-- figure: NAME ARGUMENT -->`, the figure of that name."""

import re
from collections.abc import Callable

from docs.generate import architecture, plots, score_tables

ASKED = re.compile(r"<!-- figure: ([\w-]+) ?([\w.-]*) -->")

FIGURES: dict[str, Callable[[str], str]] = {
    "packages": architecture.packages,
    "trial": architecture.trial,
    "processes": architecture.processes,
    "loop": architecture.loop,
    "shares": lambda model: plots.shares(score_tables.shares(model)),
    "task": lambda task: plots.methods(score_tables.task(task)),
    "radii": plots.radii,
}


def draw(html: str) -> str:
    """A page's HTML with its figures in it, left out of the search.

    Raises:
        KeyError: there is no such figure.
    """
    return ASKED.sub(_figure, html)


def _figure(asked: re.Match[str]) -> str:
    return f'<figure class="drawn" data-search-exclude>{FIGURES[asked[1]](asked[2])}</figure>'
