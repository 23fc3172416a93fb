"""The numbers in a user's own table, by molecule; and which cells were none."""

import csv
from collections.abc import Sequence
from dataclasses import dataclass
from math import isfinite, isnan
from pathlib import Path
from statistics import fmean

from chemvae.training.labels import Measured
from data.readers import Record

NUM_EXAMPLES = 3
"""Cells that a column's report quotes."""


@dataclass(frozen=True, slots=True)
class Unread:
    """The cells of one column that are neither a finite number nor empty: their labels are missing.

    `NaN` is how many programs write an empty cell, so it is one.
    """

    count: int
    examples: tuple[tuple[int, str], ...]
    """Line and text of the first `NUM_EXAMPLES`."""

    def __str__(self) -> str:
        rows = [f"cells that are no finite number, so missing labels: {self.count:,}"]
        return "\n".join([*rows, *(f"    line {line}: {cell!r}" for line, cell in self.examples)])


class Gathered:
    """Gathers the cells of records that were kept, or are replicates of one that was."""

    def __init__(self) -> None:
        self._values: dict[str, dict[str, list[float]]] = {}
        self._unread: dict[str, Unread] = {}

    def add(self, smiles: str, record: Record) -> None:
        """Take the cells of a record whose cleaned SMILES is `smiles`."""
        columns = self._values.setdefault(smiles, {})
        for column, cell in record.cells.items():
            value = _number(cell)
            if value is None:
                before = self._unread.get(column, Unread(0, ()))
                examples = (*before.examples, (record.line, cell))[:NUM_EXAMPLES]
                self._unread[column] = Unread(before.count + 1, examples)
            elif not isnan(value):
                columns.setdefault(column, []).append(value)

    def means(self) -> dict[str, dict[str, float]]:
        """By molecule and column, replicates averaged."""
        return {
            smiles: {column: fmean(values) for column, values in columns.items()}
            for smiles, columns in self._values.items()
        }

    def unread(self) -> dict[str, Unread]:
        """By column; a column of text has every cell here."""
        return dict(self._unread)


def write_table(
    path: Path, smiles: Sequence[str], names: Sequence[str], measured: Measured
) -> None:
    """A CSV file of molecules and the named columns; a cell is empty where nothing was measured."""
    with path.open("w", encoding="utf-8", newline="") as file:
        table = csv.writer(file)
        table.writerow(["smiles", *names])
        for line in smiles:
            values = measured.get(line, {})
            table.writerow([line, *(values.get(name, "") for name in names)])


def _number(cell: str) -> float | None:
    """Its finite value, NaN of an empty one; none of anything else."""
    if not cell.strip():
        return float("nan")
    try:
        value = float(cell)
    except ValueError:
        return None
    return value if isfinite(value) or isnan(value) else None
