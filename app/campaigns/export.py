"""A campaign's trials as a file of a usual tool, line by line."""

import csv
import io
import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Literal

from rdkit import Chem

from app.campaigns.tables import TrialRow, ValueRow
from app.campaigns.trial_replies import TrialReply
from app.spreadsheets import harmless
from data.molecules import parse

Format = Literal["csv", "smi", "sdf", "json"]

MEDIA_TYPES: dict[Format, str] = {
    "csv": "text/csv",
    "smi": "chemical/x-daylight-smiles",
    "sdf": "chemical/x-mdl-sdfile",
    "json": "application/json",
}

COLUMNS = (
    "trial_id",
    "iteration",
    "status",
    "method",
    "smiles",
    "inchi_key",
    "utility",
    "predicted_mean",
    "predicted_sd",
    "reason",
    "why",
    "note",
)
KNOWN_COLUMNS = (
    "in_training_set",
    "libraries",
    "nearest_known_library",
    "nearest_known_smiles",
    "nearest_known_name",
    "nearest_known_similarity",
)
"""Of the member ``known``; all are empty where it is null."""

_ATTRIBUTES = {"trial_id": "number"}


def write(trials: Iterable[TrialRow], objectives: list[str], file_format: Format) -> Iterator[str]:
    """The file in pieces; csv and json hold every trial, smi and sdf those with a molecule."""
    return _WRITERS[file_format](trials, objectives)


def _csv(trials: Iterable[TrialRow], objectives: list[str]) -> Iterator[str]:
    buffer = io.StringIO()
    # RFC 4180's end of a line; with another one, Python leaves a lone \r in a cell unquoted.
    writer = csv.writer(buffer, lineterminator="\r\n")
    # A property may be called like a column; its prefix keeps the two apart.
    named = [f"{kind}:{name}" for name in objectives for kind in ("value", "replicates")]
    writer.writerow([*COLUMNS, *KNOWN_COLUMNS, *named])
    for trial in trials:
        values = trial.current_values
        cells = [harmless(getattr(trial, _ATTRIBUTES.get(name, name))) for name in COLUMNS]
        known = map(harmless, _known(trial).values())
        writer.writerow([*cells, *known, *_measured(values, objectives)])
        yield buffer.getvalue()
        buffer.seek(0)
        buffer.truncate()
    yield buffer.getvalue()


def _measured(values: Mapping[str, ValueRow], objectives: list[str]) -> Iterator[object]:
    """Of each objective the value, and its replicates in one cell."""
    for name in objectives:
        row = values.get(name)
        yield row and row.value
        yield row and row.replicates and " ".join(str(value) for value in row.replicates)


def _known(trial: TrialRow) -> dict[str, object]:
    """``KNOWN_COLUMNS`` of a trial: ids of libraries with spaces between them, None for nothing."""
    known = trial.known or {}
    trained_on = known.get("in_training_set")
    nearest = known.get("nearest") or {}
    cells = (
        None if trained_on is None else str(trained_on).lower(),
        " ".join(known.get("libraries", ())) or None,
        *(nearest.get(name) for name in ("library", "smiles", "name", "similarity")),
    )
    return dict(zip(KNOWN_COLUMNS, cells, strict=True))


def _smi(trials: Iterable[TrialRow], _: list[str]) -> Iterator[str]:
    for trial in trials:
        if trial.smiles is not None:
            yield f"{trial.smiles}\t{trial.number}\n"


def _sdf(trials: Iterable[TrialRow], objectives: list[str]) -> Iterator[str]:
    for trial in trials:
        if trial.smiles is not None:
            yield sdf_record(
                trial.smiles,
                str(trial.number),
                {
                    "status": trial.status,
                    "inchi_key": trial.inchi_key,
                    "utility": trial.utility,
                    **_known(trial),
                    **{
                        name: value.value
                        for name, value in trial.current_values.items()
                        if name in objectives
                    },
                },
            )


def sdf_record(smiles: str, title: str, properties: Mapping[str, object]) -> str:
    """One molecule of an SD file, with two-dimensional coordinates; None is left out."""
    mol = parse(smiles)
    Chem.rdDepictor.Compute2DCoords(mol)
    mol.SetProp("_Name", title)
    fields = "".join(
        f">  <{name}>\n{_line(value)}\n\n"
        for name, value in properties.items()
        if value is not None
    )
    return f"{Chem.MolToMolBlock(mol)}{fields}$$$$\n"


def _line(value: object) -> str:
    text = " ".join(str(value).split())
    # A line that begins so would end the record, or begin another field of it.
    return f" {text}" if text.startswith(("$$$$", ">")) else text


def _json(trials: Iterable[TrialRow], _: list[str]) -> Iterator[str]:
    separator = "[\n"
    for trial in trials:
        yield separator + json.dumps(TrialReply.of(trial).model_dump(mode="json"))
        separator = ",\n"
    yield "[]\n" if separator == "[\n" else "\n]\n"


_WRITERS: dict[Format, Callable[[Iterable[TrialRow], list[str]], Iterator[str]]] = {
    "csv": _csv,
    "smi": _smi,
    "sdf": _sdf,
    "json": _json,
}
