"""The one place where molecules are cleaned, and the report of what was lost and why.

The rules and their reasons: docs/decisions/0001-cleaning.md.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass
from types import MappingProxyType

from tqdm import tqdm  # type: ignore[import-untyped]

from data.errors import MoleculeError, Refusal
from data.molecules import canonical_smiles, parse, standardize
from data.readers import Record

NUM_EXAMPLES = 3
"""Refused molecules that a report quotes for each code."""

Accept = Callable[[str], Refusal | None]
"""Judges a cleaned SMILES: None to keep it, else why not. A vocabulary or length limit is one."""


@dataclass(frozen=True, slots=True)
class Example:
    """A refused molecule as it was given."""

    line: int
    smiles: str
    message: str


@dataclass(frozen=True, slots=True)
class RefusedGroup:
    """All molecules refused with one code: how many, and the first `NUM_EXAMPLES`."""

    count: int
    examples: tuple[Example, ...]


@dataclass(frozen=True, slots=True)
class CleaningReport:
    """What became of every molecule that was read."""

    kept: int
    duplicates: int
    refused: Mapping[str, RefusedGroup]
    """By refusal code, most frequent first."""

    @property
    def num_refused(self) -> int:
        """Refused molecules, whatever the code."""
        return sum(group.count for group in self.refused.values())

    @property
    def read(self) -> int:
        """All molecules: kept, duplicate or refused."""
        return self.kept + self.duplicates + self.num_refused

    def __str__(self) -> str:
        rows = [
            f"{label:<14}{count:>10,}"
            for label, count in (
                ("read", self.read),
                ("kept", self.kept),
                ("duplicates", self.duplicates),
                ("refused", self.num_refused),
            )
        ]
        for code, group in self.refused.items():
            rows.append(f"  {code:<12}{group.count:>10,}")
            rows += [f"    line {each.line}: {each.message}" for each in group.examples]
        return "\n".join(rows)


def clean(
    molecules: Iterable[str | Record],
    accept: Accept | None = None,
    *,
    held_out: Collection[str] = frozenset(),
    progress: bool = False,
    on_kept: Callable[[str, Record], None] | None = None,
) -> tuple[list[str], CleaningReport]:
    """Standardised canonical SMILES, each once, in order of first appearance; and the report.

    Plain strings count as lines 1, 2, ... . `accept` sees the cleaned SMILES, so it judges what
    would be kept. `held_out` are cleaned SMILES to refuse with the code `held_out`: pass the
    cleaned test set when cleaning a training set. `progress` draws a bar where there is a terminal.
    `on_kept` is called with every record that is kept or a duplicate of one, and its cleaned
    SMILES.
    """
    kept: dict[str, None] = {}
    duplicates = 0
    counts: defaultdict[str, int] = defaultdict(int)
    examples: defaultdict[str, list[Example]] = defaultdict(list)
    bar = tqdm(molecules, desc="cleaning", unit=" molecules", disable=None if progress else True)
    for number, item in enumerate(bar, start=1):
        record = Record(number, item, "") if isinstance(item, str) else item
        outcome = _clean_one(record, accept)
        if isinstance(outcome, str) and outcome in held_out:
            outcome = Refusal("held_out", f"{outcome} is held out for testing")
        if isinstance(outcome, Refusal):
            counts[outcome.code] += 1
            if len(examples[outcome.code]) < NUM_EXAMPLES:
                examples[outcome.code].append(Example(record.line, record.smiles, outcome.message))
            continue
        duplicates += outcome in kept
        kept[outcome] = None
        if on_kept is not None:
            on_kept(outcome, record)
    refused = {
        code: RefusedGroup(count, tuple(examples[code]))
        for code, count in sorted(counts.items(), key=lambda pair: -pair[1])
    }
    return list(kept), CleaningReport(len(kept), duplicates, MappingProxyType(refused))


def _clean_one(record: Record, accept: Accept | None) -> str | Refusal:
    if record.refusal is not None:
        return record.refusal
    try:
        smiles = canonical_smiles(standardize(parse(record.smiles)))
    except MoleculeError as error:
        return Refusal.from_error(error)
    return (accept(smiles) if accept else None) or smiles
