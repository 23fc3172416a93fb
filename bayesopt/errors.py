"""What can go wrong in a campaign.

::

    BayesOptError
    ├── SpecError                 the campaign asked for cannot be run; `pointer` says which part
    │   └── UnknownOracleError    no built-in objective of that name
    ├── ResultError               a told result is refused; `index` says which one
    ├── OracleError               an oracle gave no values; becomes the refusal of its molecules
    ├── RecordError               stored trials that no campaign can have written
    └── SurrogateError            the data cannot carry a Gaussian process
"""

from __future__ import annotations

import difflib
from collections.abc import Iterable
from typing import Self


class BayesOptError(Exception):
    """Root of everything this package raises on purpose."""


class SpecError(BayesOptError):
    """A campaign, objective or constraint that cannot be run."""

    def __init__(self, message: str, pointer: str = "") -> None:
        super().__init__(message)
        self.pointer = pointer
        """JSON pointer (RFC 6901) of the offending member, relative to what was being built."""

    def within(self, parent: str) -> Self:
        """The same error seen from the document that holds this part at `parent`."""
        self.pointer = parent + self.pointer
        return self


class UnknownOracleError(SpecError):
    """No built-in objective of that name."""


class ResultError(BayesOptError):
    """A told result is refused; nothing of the same `tell` was recorded."""

    def __init__(self, message: str, index: int) -> None:
        super().__init__(message)
        self.index = index
        """Position, from 0, of the refused result among those told together."""


class OracleError(BayesOptError):
    """An oracle gave no values. `code` says how; after a `fatal` one it had to be started anew."""

    def __init__(self, code: str, message: str, *, fatal: bool = False) -> None:
        super().__init__(message)
        self.code = code
        self.fatal = fatal


class RecordError(BayesOptError):
    """Stored trials contradict themselves."""


class SurrogateError(BayesOptError):
    """The data cannot carry a Gaussian process."""


def nearest_known(name: str, known: Iterable[str]) -> str:
    """The end of an error message about an unknown `name`: the likeliest meant, and all there are.

    Known names come as they are, in order; the guess is `difflib`'s closest match.
    """
    names = list(known)
    guess = difflib.get_close_matches(name, names, n=1)
    hint = f"did you mean {guess[0]!r}? " if guess else ""
    return f"{hint}Known: {', '.join(names) or 'none'}."
