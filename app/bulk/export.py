"""A bulk job's result as a file, chunk by chunk, whatever its size."""

import csv
import io
from collections.abc import Iterable, Iterator
from typing import Literal

import pyarrow as pa  # type: ignore[import-untyped]
import pyarrow.parquet  # type: ignore[import-untyped]

from app.spreadsheets import harmless

Format = Literal["csv", "parquet"]

MEDIA_TYPES: dict[Format, str] = {
    "csv": "text/csv",
    "parquet": "application/vnd.apache.parquet",
}

GROUP_ROWS = 50_000
"""Least rows of a Parquet row group but the last: they are in memory together."""


def write(chunks: Iterable[pa.Table], schema: pa.Schema, file_format: Format) -> Iterator[bytes]:
    """The file in pieces; one without rows has its columns all the same."""
    return (_csv if file_format == "csv" else _parquet)(chunks, schema)


def _csv(chunks: Iterable[pa.Table], schema: pa.Schema) -> Iterator[bytes]:
    buffer = io.StringIO()
    # RFC 4180, as in the export of a campaign.
    writer = csv.writer(buffer, lineterminator="\r\n")
    writer.writerow(schema.names)
    for chunk in chunks:
        writer.writerows([_cell(value) for value in row.values()] for row in chunk.to_pylist())
        yield buffer.getvalue().encode()
        buffer.seek(0)
        buffer.truncate()
    yield buffer.getvalue().encode()


def _cell(value: object) -> object:
    # Nine digits tell every float32 from its neighbours.
    if isinstance(value, list):
        return " ".join(f"{number:.9g}" for number in value)
    return harmless(value)


def _parquet(chunks: Iterable[pa.Table], schema: pa.Schema) -> Iterator[bytes]:
    outlet = _Outlet()
    with pa.parquet.ParquetWriter(outlet, schema, compression="zstd") as writer:
        for group in _groups(chunks):
            writer.write_table(group)
            yield outlet.take()
    yield outlet.take()


def _groups(chunks: Iterable[pa.Table]) -> Iterator[pa.Table]:
    group: list[pa.Table] = []
    for chunk in chunks:
        group.append(chunk)
        if sum(table.num_rows for table in group) >= GROUP_ROWS:
            yield pa.concat_tables(group).combine_chunks()
            group = []
    if group:
        yield pa.concat_tables(group).combine_chunks()


class _Outlet(io.RawIOBase):
    """A file that is written at one end and taken away at the other."""

    def __init__(self) -> None:
        self._pieces: list[bytes] = []
        self._position = 0

    def writable(self) -> bool:
        return True

    def tell(self) -> int:
        return self._position

    def write(self, piece: object) -> int:
        self._pieces.append(bytes(memoryview(piece)))  # type: ignore[arg-type]
        self._position += len(self._pieces[-1])
        return len(self._pieces[-1])

    def take(self) -> bytes:
        """What was written since the last call."""
        taken = b"".join(self._pieces)
        self._pieces.clear()
        return taken
