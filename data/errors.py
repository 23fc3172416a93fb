"""What can go wrong with molecules and data sets.

::

    DataError
    ├── MoleculeError            one molecule is no use; `code` says how
    ├── PropertyError            an unknown property, or one that has no value here
    ├── FilterError              a SMARTS or an alert catalogue that is none
    ├── DepictionError           a drawing that is too small, too large or too crowded
    └── DatasetError
        ├── UnknownDatasetError  no such data set, or no such split
        ├── MissingFileError     the file is not there
        ├── FormatError          the file is not of the format that its name claims
        ├── ChecksumError        the file is there, but its bytes are not the published ones
        ├── ColumnError          the table has no such column
        └── DownloadError        the address did not answer, or broke off

Inside a batch nothing is raised for one bad item: it becomes a `Refusal` in its place.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, Self

MoleculeErrorCode = Literal[
    "empty",
    "too_long",
    "syntax",
    "valence",
    "kekulize",
    "wildcard",
    "too_large",
    "no_atoms",
    "no_inchi",
]


class DataError(Exception):
    """Root of everything this package raises on purpose."""


class MoleculeError(DataError):
    """One molecule cannot be read or used."""

    def __init__(self, code: MoleculeErrorCode, message: str) -> None:
        super().__init__(message)
        self.code: MoleculeErrorCode = code


class PropertyError(DataError):
    """A property is unknown, or has no value for this molecule."""


class FilterError(DataError):
    """A SMARTS pattern does not parse, or an alert catalogue is unknown."""


class DepictionError(DataError):
    """The molecule cannot be drawn as asked."""


class DatasetError(DataError):
    """A data set or a user's file cannot be read."""


class UnknownDatasetError(DatasetError):
    """The registry has no such data set or split."""


class MissingFileError(DatasetError):
    """The file is not there."""


class FormatError(DatasetError):
    """The file is not of the format that its name claims."""


class ChecksumError(DatasetError):
    """The file's bytes are not the published ones."""


class ColumnError(DatasetError):
    """The table has no such column."""


class DownloadError(DatasetError):
    """The download failed; nothing was kept of it."""


@dataclass(frozen=True, slots=True)
class Refusal:
    """Why one item of a batch has no result: a stable `code` and a sentence for people."""

    code: str
    message: str

    @classmethod
    def from_error(cls, error: MoleculeError) -> Self:
        """The refusal that says what `error` says."""
        return cls(code=error.code, message=str(error))
