"""Rows as bytes of a database: Arrow's stream format, compressed, which holds data and no code."""

from collections.abc import Iterator
from typing import Any, cast

import pyarrow as pa  # type: ignore[import-untyped]

from app.bulk.rows import SourceRow

SOURCE = pa.schema([("line", pa.int64()), ("name", pa.string()), ("text", pa.string())])
"""A ``SourceRow`` by column."""

_OPTIONS = pa.ipc.IpcWriteOptions(compression="zstd")


def pack(rows: list[dict[str, Any]], schema: pa.Schema) -> bytes:
    """The rows, each by column; also where there are none the schema is kept."""
    sink = pa.BufferOutputStream()
    with pa.ipc.new_stream(sink, schema, options=_OPTIONS) as writer:
        writer.write_table(pa.Table.from_pylist(rows, schema=schema))
    return cast("bytes", sink.getvalue().to_pybytes())


def unpack(data: bytes) -> pa.Table:
    """What was packed."""
    return pa.ipc.open_stream(data).read_all()


def pack_source(rows: list[SourceRow]) -> bytes:
    """Rows of a library."""
    return pack([{"line": row.line, "name": row.name, "text": row.text} for row in rows], SOURCE)


def unpack_source(data: bytes) -> Iterator[SourceRow]:
    """The rows, one by one."""
    return (SourceRow(**row) for row in unpack(data).to_pylist())
