"""Rows of a library, and why some are refused."""

from dataclasses import dataclass

from data.errors import Refusal


@dataclass(frozen=True, slots=True)
class SourceRow:
    """One row of a library; of an SD file the text is the record's block."""

    line: int
    name: str
    text: str


@dataclass(frozen=True, slots=True)
class Refused:
    """A row that nothing came of, and why."""

    row: SourceRow
    refusal: Refusal
