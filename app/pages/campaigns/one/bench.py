"""Values from the bench: typed into the page, or a table that was filled in beside the plates."""

import re
from collections.abc import Iterator, Mapping
from io import BytesIO
from typing import Any, BinaryIO

from fastapi.exceptions import RequestValidationError
from pydantic import ValidationError
from starlette.datastructures import FormData

from app.campaigns.result_schemas import ResultSchema
from app.errors import FieldError, InvalidRequestError
from app.pages.forms import from_text
from data.errors import DatasetError
from data.readers import Record, read_stream

FIELD = re.compile(r"v\.(\d{1,9})\.(.+)")
"""Name of the field of one trial's value of one objective."""


def typed_results(form: FormData) -> list[ResultSchema]:
    """What was typed: one number, or the replicates of one, for each value.

    Raises:
        InvalidRequestError: something that is no number; none is taken then.
    """
    values: dict[int, dict[str, Any]] = {}
    for name, text in form.multi_items():
        if (found := FIELD.fullmatch(name)) and isinstance(text, str) and text.strip():
            number, objective = int(found[1]), found[2]
            values.setdefault(number, {})[objective] = _numbers(text, f"molecule {number}")
    results = [ResultSchema(trial_id=number, values=told) for number, told in values.items()]
    given_up = [str(text) for text in form.getlist("abandon")]
    results += [
        ResultSchema(trial_id=int(number), status="abandoned")
        for number in given_up
        if number.isdecimal()
    ]
    if not results:
        raise InvalidRequestError("no value was entered")
    return results


def table_results(file: BinaryIO, name: str, objectives: list[str]) -> list[ResultSchema]:
    """The rows of a table with a column ``trial_id`` or ``smiles`` and one for each objective.

    The columns may be called as in an export, ``value:pIC50``. Rows without a value are passed
    over; rows of one molecule are its replicates.

    Raises:
        InvalidRequestError: a row that cannot be used, named by its line; none is taken then.
    """
    told: dict[tuple[str, str], dict[str, list[float]]] = {}
    for record in _records(file, name):
        values = _cells(record, objectives)
        number = record.cells.get("trial_id", "").strip()
        key = ("trial_id", number) if number else ("smiles", record.smiles.strip())
        if values and not key[1]:
            raise InvalidRequestError(f"{name}, line {record.line}: neither trial_id nor smiles")
        for objective, numbers in values.items():
            told.setdefault(key, {}).setdefault(objective, []).extend(numbers)
    if not told:
        wanted = " or ".join(objectives)
        raise InvalidRequestError(f"{name} has no values; name a column {wanted}")
    return [_result(kind, which, values, name) for (kind, which), values in told.items()]


def _result(kind: str, which: str, values: Mapping[str, list[float]], name: str) -> ResultSchema:
    measured = {key: found[0] if len(found) == 1 else found for key, found in values.items()}
    try:
        return from_text(ResultSchema, {kind: which, "values": measured})
    except ValidationError as error:
        raise InvalidRequestError(f"{name}, {kind} {which}: {_said(error)}") from error


def _said(error: ValidationError) -> str:
    return str(RequestValidationError(error.errors()).errors()[0]["msg"])


def _records(file: BinaryIO, name: str) -> Iterator[Record]:
    text = file.read()
    header = text.lstrip(b"\xef\xbb\xbf").partition(b"\n")[0].lower()
    # A table of trial numbers alone needs no structures; the reader asks for some column of them.
    column = None if b"smiles" in header else "trial_id"
    try:
        yield from read_stream(BytesIO(text), "csv", column)
    except DatasetError as error:
        raise InvalidRequestError(f"{name}: {error}") from error


def _cells(record: Record, objectives: list[str]) -> dict[str, list[float]]:
    found = {}
    for objective in objectives:
        cell = record.cells.get(objective) or record.cells.get(f"value:{objective}") or ""
        if cell.strip():
            found[objective] = _list(cell, f"line {record.line}, {objective}")
    return found


def _list(text: str, where: str) -> list[float]:
    numbers = _numbers(text, where)
    return numbers if isinstance(numbers, list) else [numbers]


def _numbers(text: str, where: str) -> float | list[float]:
    try:
        numbers = [float(part) for part in text.split()]
    except ValueError:
        detail = f"{where}: {text.strip()!r} is no number; replicates are separated by spaces"
        raise InvalidRequestError(detail, errors=[FieldError("/values", detail)]) from None
    return numbers[0] if len(numbers) == 1 else numbers
