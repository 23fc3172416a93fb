"""The tables of `docs/scoreboard.md`, read back: the plots show what is printed there."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

SCOREBOARD = Path(__file__).parents[1] / "scoreboard.md"
PAGE = "scoreboard.md"
HEADING = re.compile(r"^#{2,3} (?P<name>[\w-]+).*$", re.M)
NUMBER = re.compile(r"-?\d[\d,]*\.?\d*")
SHOWN = re.compile(r"best at|top-10 AUC|hypervolume|success at")
"""Columns of a task's table that are drawn."""


@dataclass(frozen=True, slots=True)
class Share:
    """A measured share in percent, and its goal."""

    measure: str
    reached: float
    goal: float | None


@dataclass(frozen=True, slots=True)
class Spread:
    """Mean, standard deviation and minimum over runs."""

    mean: float
    sd: float
    lowest: float


Measured = dict[str, dict[str, Spread]]
"""By column, then by method."""


def with_figures(markdown: str) -> str:
    """The page, each of its sections that can be drawn beginning with its figure."""

    def asked(heading: re.Match[str]) -> str:
        name = heading["name"]
        if shares(name):
            return f"{heading[0]}\n\n<!-- figure: shares {name} -->"
        return f"{heading[0]}\n\n<!-- figure: task {name} -->" if task(name) else heading[0]

    return HEADING.sub(asked, markdown)


def shares(section: str) -> list[Share]:
    """The rows of a model's table whose value is one share."""
    found = []
    for row in _rows(section):
        reached = row.get("reached", "")
        if "measure" in row and re.fullmatch(r"[\d.]+ %( ✓)?", reached):
            goal = NUMBER.search(row["target"])
            value = float(reached.split()[0])
            found.append(Share(row["measure"], value, float(goal[0]) if goal else None))
    return found


def task(section: str) -> Measured:
    """The drawn columns of a task's table."""
    found: Measured = {}
    for row in _rows(section):
        if "method" not in row or "runs" not in row:
            return {}
        for column, text in row.items():
            if SHOWN.match(column):
                found.setdefault(column, {})[row["method"]] = _spread(text)
    return found


@cache
def sections() -> dict[str, str]:
    """Text by the first word of the heading."""
    parts = re.split(HEADING, SCOREBOARD.read_text())
    return dict(zip(parts[1::2], parts[2::2], strict=True))


def _rows(section: str) -> Iterator[dict[str, str]]:
    """Of the section's first table."""
    lines = sections().get(section, "").splitlines()
    table = [_cells(line) for line in lines if line.startswith("|")]
    if len(table) < 2:
        return
    head, _, *rows = table
    for row in rows:
        if len(row) == len(head):
            yield dict(zip(head, row, strict=True))


def _cells(line: str) -> list[str]:
    return [cell.strip() for cell in line.strip("|").split("|")]


def _spread(text: str) -> Spread:
    """Of `mean ± sd (lowest)`, or of one run `value (value)`."""
    mean, *more = [float(number.replace(",", "")) for number in NUMBER.findall(text)]
    return Spread(mean, more[0] if len(more) > 1 else 0.0, more[-1] if more else mean)
