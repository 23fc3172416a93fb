"""A library on its way into the database: a file for as long as it comes in, then rows in chunks.

The database holds it, not a disk: workers of other hosts need it, and it goes with its job.
"""

import tempfile
from collections.abc import AsyncIterable, AsyncIterator, Iterable, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import BinaryIO, cast

from starlette.concurrency import run_in_threadpool

from app import deadline
from app.bulk.repository import printable
from app.bulk.rows import Refused, SourceRow
from app.bulk.schemas import MAX_ROWS, NeighboursOperation, Operation, SampleOperation
from app.errors import InvalidRequestError, TooLargeError
from data.errors import DatasetError, Refusal
from data.molecules import MAX_SMILES_LENGTH
from data.readers import Format, Record, read_stream

CHUNK_ROWS = 2_000
"""Rows of a chunk: some seconds of work, and the most that is lost with a worker."""

SEARCHED_ROWS = 200
"""Rows of a chunk that searches whole libraries, some 30 ms a row and million molecules."""

CHUNK_CHARACTERS = 4 * 2**20
"""Of its text, as blocks of an SD file may be long."""


@dataclass(slots=True)
class Part:
    """Consecutive rows of a library, of which some are refused at sight."""

    rows: list[SourceRow] = field(default_factory=list)
    refused: list[Refused] = field(default_factory=list)


def chunk_rows(operation: Operation) -> int:
    """Rows of a chunk, so that its result has about as many whatever is done."""
    if isinstance(operation, NeighboursOperation):
        rows = max(1, CHUNK_ROWS // operation.k)
        return min(rows, SEARCHED_ROWS) if operation.libraries else rows
    if isinstance(operation, SampleOperation) and operation.around == "library":
        return max(1, CHUNK_ROWS // operation.num_molecules)
    return CHUNK_ROWS


@asynccontextmanager
async def spooled(body: AsyncIterable[bytes], folder: Path) -> AsyncIterator[BinaryIO]:
    """The body as a file without a name: it is gone afterwards, also after a crash."""
    folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryFile(dir=folder) as file:
        async for piece in body:
            await run_in_threadpool(file.write, piece)
        file.seek(0)
        yield cast("BinaryIO", file)


def parts(
    file: BinaryIO, file_format: Format, smiles_column: str | None, size: int
) -> Iterator[Part]:
    """The rows of the file, ``size`` at a time; none holds more in memory than a few megabytes.

    Raises:
        InvalidRequestError: the file cannot be read, or has no rows.
        TooLargeError: it has more than ``MAX_ROWS``.
    """
    num_rows = 0
    try:
        for part in _parts(read_stream(file, file_format, smiles_column), file_format, size):
            deadline.check()
            num_rows += len(part.rows) + len(part.refused)
            if num_rows > MAX_ROWS:
                raise TooLargeError(f"the library has more than {MAX_ROWS} rows; cut it in several")
            yield part
    except DatasetError as error:
        raise InvalidRequestError(str(error), code="unreadable_library") from error
    if not num_rows:
        raise InvalidRequestError("the library has no rows", code="unreadable_library")


def _parts(records: Iterable[Record], file_format: Format, size: int) -> Iterator[Part]:
    part, characters = Part(), 0
    for record in records:
        row = SourceRow(record.line, printable(record.name), record.smiles)
        refusal = record.refusal
        if file_format != "sdf" and len(row.text) > MAX_SMILES_LENGTH:
            message = f"{len(row.text)} characters; a SMILES has at most {MAX_SMILES_LENGTH}"
            refusal = Refusal("too_long", message)
        if refusal is None:
            part.rows.append(row)
            characters += len(row.text)
        else:
            text = printable(row.text)
            part.refused.append(Refused(SourceRow(row.line, row.name, text), refusal))
        is_long = characters >= CHUNK_CHARACTERS
        if len(part.rows) >= size or len(part.refused) >= CHUNK_ROWS or is_long:
            yield part
            part, characters = Part(), 0
    if part.rows or part.refused:
        yield part
