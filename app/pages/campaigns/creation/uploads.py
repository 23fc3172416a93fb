"""Files that a chemist brings: molecules to start from, and a table of what was measured."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from pathlib import PurePath
from typing import BinaryIO

from app.errors import InvalidRequestError
from app.pages.campaigns.creation.form import Form, ObjectiveFields
from app.schemas import MAX_ITEMS
from data.errors import DatasetError
from data.readers import NAME_COLUMNS, Format, Record, read_mol_block, read_stream

FORMATS: dict[str, Format] = {
    ".csv": "csv",
    ".tsv": "csv",
    ".smi": "smi",
    ".smiles": "smi",
    ".txt": "smi",
    ".sdf": "sdf",
    ".sd": "sdf",
    ".mol": "sdf",
}
MAX_SHOWN = 10
"""Refused rows that are listed one by one."""


@dataclass(frozen=True, slots=True)
class Notice:
    """What became of a file."""

    text: str
    refused: tuple[str, ...] = ()


def add_molecules(form: Form, file: BinaryIO, name: str) -> tuple[Form, Notice]:
    """The form with the file's molecules, one a line, and what was left out.

    Raises:
        InvalidRequestError: the file is of no known kind, damaged, or too long.
    """
    good, refused = _parted(_records(file, name))
    lines = [f"{record.smiles} {record.name}".strip() for record in good]
    return form.with_molecules(lines), _notice(name, len(good), refused)


def add_results(form: Form, file: BinaryIO, name: str) -> tuple[Form, Notice]:
    """The form with the table as text, and an objective for each column of numbers.

    Raises:
        InvalidRequestError: it is no table.
    """
    if _format(name) != "csv":
        raise InvalidRequestError(f"{name}: measured values come as a CSV or TSV table")
    good, refused = _parted(_records(file, name))
    columns = [column for column in (good[0].cells if good else ()) if _is_measured(column, good)]
    if not columns:
        raise InvalidRequestError(f"{name} has no column of numbers beside its molecules")
    rows = (
        ",".join([record.smiles, *(record.cells[column].strip() for column in columns)])
        for record in good
    )
    text = "\n".join([",".join(["smiles", *columns]), *rows]) + "\n"
    known = tuple(item for item in form.objectives if _is_kept(item, columns))
    form = replace(form, results=text, objectives=known)
    for column in columns:
        form = form.with_objective(ObjectiveFields(name=column, source="measured"))
    return form, _notice(name, len(good), refused)


def _is_kept(objective: ObjectiveFields, columns: Iterable[str]) -> bool:
    # A measured objective of another name is what the recipe put in as an example.
    return objective.source != "measured" or objective.name in columns


def _is_measured(column: str, records: Iterable[Record]) -> bool:
    if column.strip().lower() in ("smiles", *NAME_COLUMNS) or any(c in column for c in ',"<>'):
        return False
    cells = [record.cells[column].strip() for record in records]
    return any(cells) and all(_is_number(cell) for cell in cells if cell)


def _is_number(cell: str) -> bool:
    try:
        float(cell)
    except ValueError:
        return False
    return True


def _records(file: BinaryIO, name: str) -> Iterator[Record]:
    kind = _format(name)
    try:
        for count, record in enumerate(read_stream(file, kind), start=1):
            if count > MAX_ITEMS:
                raise InvalidRequestError(f"{name} has more than {MAX_ITEMS:,} molecules")
            is_block = kind == "sdf" and record.refusal is None
            yield read_mol_block(record.smiles, record.line) if is_block else record
    except DatasetError as error:
        raise InvalidRequestError(f"{name}: {error}") from error


def _format(name: str) -> Format:
    ending = PurePath(name.lower().removesuffix(".gz")).suffix
    if ending not in FORMATS:
        raise InvalidRequestError(f"{name!r} ends in none of {', '.join(FORMATS)} (or .gz)")
    return FORMATS[ending]


def _parted(records: Iterable[Record]) -> tuple[list[Record], list[Record]]:
    good: list[Record] = []
    refused: list[Record] = []
    for record in records:
        (good if record.refusal is None else refused).append(record)
    return good, refused


def _notice(name: str, num_good: int, refused: list[Record]) -> Notice:
    text = f"{name}: {num_good} molecule{'' if num_good == 1 else 's'} read"
    if not refused:
        return Notice(f"{text}.")
    lines = [
        f"line {record.line}: {record.refusal.message}" for record in refused if record.refusal
    ]
    rest = len(lines) - MAX_SHOWN
    more = [f"and {rest} more"] if rest > 0 else []
    return Notice(f"{text}, {len(refused)} left out:", (*lines[:MAX_SHOWN], *more))
