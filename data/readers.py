"""Molecule files: the published ones, and what a chemist has (CSV, SMI, SDF, each also .gz)."""

from __future__ import annotations

import csv
import gzip
import tarfile
import zlib
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from io import TextIOWrapper
from itertools import chain
from pathlib import Path
from typing import BinaryIO, Literal, cast

from rdkit import Chem

from data.errors import ColumnError, FormatError, MissingFileError, MoleculeError, Refusal
from data.limits import require_bearable
from data.molecules import canonical_smiles, diagnose, require_real
from data.rdkit_log import collect_errors

Format = Literal["csv", "smi", "sdf"]

MAX_LINE = 2**20
"""Characters of a line of a file that a stranger sent."""

MAX_TEXT = 2**32
"""Characters of such a file: a few kilobytes unpack to any number."""

MAX_BLOCK = 2**20
"""Characters of one record of an SD file."""

MAX_COLUMNS = 1_000
"""Columns of a table. Every row, however short, has a cell in each."""

GZIP = b"\x1f\x8b"

NAME_COLUMNS = ("name", "id", "title")
"""Headers, in any case, whose column names the molecules of a table; the first present wins."""


@dataclass(frozen=True, slots=True)
class Record:
    """One molecule of a file, not yet parsed unless it had to be; or why there is none."""

    line: int
    """Its line in the file, counted from 1; the first one of an SDF record."""
    smiles: str
    name: str
    refusal: Refusal | None = None
    cells: Mapping[str, str] = field(default_factory=dict, compare=False, repr=False)
    """Every cell of a table's row by column."""


def read_molecules(path: str | Path, smiles_column: str | None = None) -> Iterator[Record]:
    """The records of a user's `.csv`, `.smi` or `.sdf` file (or `.gz` of one), in its order.

    A bad row is a record with a `refusal`; the rest goes on. `smiles_column` is for CSV alone;
    by default it is the column called "smiles" in any case. Commas, semicolons and tabs are
    recognised as separators.

    Raises:
        MissingFileError: no such file.
        FormatError: another ending, a damaged archive or a table that cannot be read.
        ColumnError: the table has no such column; the message lists those it has.
    """
    path = Path(path)
    if not path.is_file():
        raise MissingFileError(f"there is no file {path}")
    reader = _reader_for(path, smiles_column)
    opener = gzip.open if path.suffix.lower() == ".gz" else open
    with (
        _reading(path),
        # utf-8-sig: spreadsheets write a mark. A byte that is no UTF-8 spoils its row alone.
        opener(path, "rt", encoding="utf-8-sig", errors="replace", newline="") as file,
    ):
        yield from reader(iter(file))


def read_stream(
    file: BinaryIO, file_format: Format, smiles_column: str | None = None
) -> Iterator[Record]:
    """The records of a file that a stranger sent, as `read_molecules` gives them.

    The file is closed in the end. Gzip is recognised by its first bytes. Memory is bounded,
    whatever comes. Of an SD file nothing is parsed: a record's `smiles` is its block, for
    `read_mol_block`.

    Raises:
        FormatError: a damaged archive, a table that cannot be read, a line of more than `MAX_LINE`
            characters, or more than `MAX_TEXT` in all.
        ColumnError: the table has no such column; the message lists those it has.
    """
    is_packed = file.read(len(GZIP)) == GZIP
    file.seek(0)
    with (
        _reading("the file"),
        cast("BinaryIO", gzip.open(file)) if is_packed else file as plain,
        # As in read_molecules.
        TextIOWrapper(plain, encoding="utf-8-sig", errors="replace", newline="") as text,
    ):
        lines = _bounded(text)
        if file_format == "csv":
            yield from _read_csv(lines, smiles_column)
        elif file_format == "smi":
            yield from _read_smi(lines)
        else:
            yield from (_unparsed(block, number) for number, block in _cut_sdf(lines))


def read_mol_block(block: str, line: int) -> Record:
    """The molecule of one record of an SD file, whose first line is `line`."""
    name = block.partition("\n")[0].strip()
    # RDKit cuts what it logs, maybe within a character, and fails on what is left of that.
    plain = block.encode("ascii", errors="replace").decode("ascii")
    try:
        require_bearable(_parse_block(plain, name, sanitize=False))
        mol = _parse_block(plain, name, sanitize=True)
        return Record(line, canonical_smiles(require_real(mol)), name)
    except MoleculeError as error:
        return Record(line, "", name, Refusal.from_error(error))


def _parse_block(block: str, name: str, *, sanitize: bool) -> Chem.Mol:
    with collect_errors() as log:
        mol = Chem.MolFromMolBlock(block, sanitize=sanitize)
    if mol is None:
        raise diagnose("; ".join(log), f"the record {name!r}")
    return mol


def read_tarred_lines(path: Path) -> list[str]:
    """The lines of the only member of the gzipped tar archive `path`.

    Raises:
        FormatError: it is no such archive.
    """
    try:
        with tarfile.open(path, mode="r:gz") as archive:
            (member,) = archive.getmembers()
            content = archive.extractfile(member)
            lines = content.read().decode("ascii").split() if content else []
    except (tarfile.TarError, EOFError, zlib.error, OSError, ValueError) as error:
        raise FormatError(f"{path} is no gzipped tar of one text file: {error}") from error
    return lines


def read_csv_column(path: Path, column: str) -> list[str]:
    """The column `column` of the CSV file `path`, which has no bad rows.

    Raises:
        ColumnError: it has no such column.
    """
    with path.open(encoding="utf-8", newline="") as file:
        return [record.smiles for record in _read_csv(iter(file), column)]


@contextmanager
def _reading(source: object) -> Iterator[None]:
    try:
        yield
    except ColumnError as error:
        raise ColumnError(f"{source}: {error}") from None
    except (gzip.BadGzipFile, EOFError, zlib.error, csv.Error) as error:
        raise FormatError(f"{source} cannot be read to its end: {error}") from error


def _bounded(file: TextIOWrapper) -> Iterator[str]:
    number = total = 0
    while line := file.readline(MAX_LINE + 1):
        number += 1
        total += len(line)
        if len(line) > MAX_LINE:
            raise FormatError(f"line {number} has more than {MAX_LINE} characters")
        if total > MAX_TEXT:
            raise FormatError(f"the file has more than {MAX_TEXT} characters; cut it into several")
        yield line


def _reader_for(
    path: Path, smiles_column: str | None
) -> Callable[[Iterator[str]], Iterator[Record]]:
    name = path.name.lower().removesuffix(".gz")
    if name.endswith((".csv", ".tsv")):
        return lambda file: _read_csv(file, smiles_column)
    if name.endswith((".smi", ".smiles")):
        return _read_smi
    if name.endswith((".sdf", ".sd", ".mol")):
        return _read_sdf
    raise FormatError(f"{path.name} ends in none of .csv, .tsv, .smi, .sdf (or .gz of these)")


def _read_csv(lines: Iterator[str], smiles_column: str | None) -> Iterator[Record]:
    header = next(lines, "")
    delimiter = max(",;\t", key=header.count)
    rows = csv.DictReader(chain([header], lines), delimiter=delimiter)
    columns = rows.fieldnames or ()
    if len(columns) > MAX_COLUMNS:
        raise FormatError(f"the table has {len(columns)} columns; at most {MAX_COLUMNS} are read")
    smiles_key = smiles_column or _find_column(columns, ("smiles",)) or "smiles"
    if smiles_key not in columns:
        raise ColumnError(f"no column {smiles_key!r}; the columns are: {', '.join(columns)}")
    name_key = _find_column(columns, NAME_COLUMNS)
    for row in rows:
        smiles = row[smiles_key] or ""
        name = (row[name_key] or "") if name_key else ""
        refusal = None
        if None in row:
            refusal = Refusal("columns", f"more cells than the {len(columns)} of the header")
        elif not smiles.strip():
            refusal = Refusal("empty", f"no value in column {smiles_key!r}")
        cells = {column: row[column] or "" for column in columns}
        yield Record(rows.line_num, smiles, name, refusal, cells)


def _find_column(columns: Iterable[str], wanted: Sequence[str]) -> str | None:
    by_lower_case = {column.strip().lower(): column for column in columns}
    return next((by_lower_case[name] for name in wanted if name in by_lower_case), None)


def _read_smi(lines: Iterator[str]) -> Iterator[Record]:
    """A SMILES, white space and a name on each line; `#` starts a comment line."""
    for number, line in enumerate(lines, start=1):
        smiles, _, name = line.strip().replace("\t", " ").partition(" ")
        is_header = number == 1 and smiles.lower() == "smiles"
        if smiles and not smiles.startswith("#") and not is_header:
            yield Record(number, smiles, name.strip())


def _read_sdf(lines: Iterator[str]) -> Iterator[Record]:
    return (read_mol_block(block, number) for number, block in _cut_sdf(lines))


def _cut_sdf(lines: Iterator[str]) -> Iterator[tuple[int, str]]:
    """The first line and the block of each record; of too long a one the beginning."""
    block: list[str] = []
    start, size = 1, 0
    for number, line in enumerate(lines, start=1):
        if line.startswith("$$$$"):
            yield start, "".join(block)
            block, start, size = [], number + 1, 0
        elif size <= MAX_BLOCK:
            block.append(line)
            size += len(line)
    if any(line.strip() for line in block):
        yield start, "".join(block)


def _unparsed(block: str, line: int) -> Record:
    name = block.partition("\n")[0].strip()
    if len(block) > MAX_BLOCK:
        message = f"the record {name[:80]!r} has more than {MAX_BLOCK} characters"
        return Record(line, "", name, Refusal("too_long", message))
    return Record(line, block, name)
