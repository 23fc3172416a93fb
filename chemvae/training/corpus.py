"""From a data set to the molecules, and the token sequences, a run trains on."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from chemvae.errors import ConfigError, TokenizationError
from chemvae.tokens import Vocabulary, tokenize
from chemvae.training.measured import Gathered, Unread
from data.cleaning import Accept, CleaningReport, clean
from data.datasets import DATASETS, load_smiles
from data.errors import Refusal
from data.molecules import canonical_smiles
from data.readers import read_molecules

HELD_OUT = 0.05
"""Share of a user's file kept for validation, and as much again for the test."""


@dataclass(frozen=True)
class Corpus:
    """Canonical SMILES of a data set, split; and what cleaning left out of each part."""

    train: list[str]
    validation: list[str]
    test: list[str]
    reports: dict[str, CleaningReport]
    measured: dict[str, dict[str, float]] = field(default_factory=dict)
    """The numbers in the other columns of a user's table, replicates averaged."""
    unread: dict[str, Unread] = field(default_factory=dict)
    """What stands in those columns beside numbers."""


def load_corpus(
    dataset: str, max_tokens: int, *, smiles_column: str | None = None, seed: int = 0
) -> Corpus:
    """A published data set with its own splits, or a CSV, SMI or SDF file split at random.

    No test molecule, however written, is left in the training or validation split.

    Args:
        dataset: A name of the registry, or a path.
        max_tokens: Longer molecules are left out.
        smiles_column: Of a CSV file.
        seed: Draws the splits of a file.

    Raises:
        ConfigError: Too few molecules are left to train on.
        data.errors.DatasetError: The data cannot be read.
    """
    accept = token_limit(max_tokens)
    if dataset in DATASETS:
        return _published(dataset, accept)
    records = read_molecules(Path(dataset), smiles_column)
    gathered = Gathered()
    kept, report = clean(records, accept, progress=True, on_kept=gathered.add)
    order = [kept[i] for i in np.random.default_rng(seed).permutation(len(kept))]
    size = max(1, round(HELD_OUT * len(kept)))
    if len(kept) < 3 * size:
        raise ConfigError(f"{dataset} leaves {len(kept)} molecules; training needs at least 3")
    return Corpus(
        order[2 * size :],
        order[:size],
        order[size : 2 * size],
        {"all": report},
        gathered.means(),
        gathered.unread(),
    )


def load_synthetic(
    path: str | Path, max_tokens: int, corpus: Corpus
) -> tuple[list[str], CleaningReport]:
    """The cleaned molecules of a file that stand beside a corpus; none of its own is among them.

    Raises:
        data.errors.DatasetError: It cannot be read.
    """
    held_out = frozenset(clean(corpus.test)[0]).union(corpus.validation)
    accept = token_limit(max_tokens)
    kept, report = clean(read_molecules(path), accept, held_out=held_out, progress=True)
    trained = frozenset(corpus.train)
    return [line for line in kept if line not in trained], report


def load_labelled(path: str | Path) -> tuple[list[str], dict[str, dict[str, float]]]:
    """The cleaned molecules of a user's file, and the numbers in its other columns.

    Raises:
        data.errors.DatasetError: It cannot be read.
    """
    gathered = Gathered()
    kept, _ = clean(read_molecules(path), on_kept=gathered.add)
    return kept, gathered.means()


def _published(dataset: str, accept: Accept) -> Corpus:
    test = load_test(dataset)
    held_out = frozenset(clean(test)[0])
    validation, validation_report = clean(
        load_smiles(dataset, "validation"), accept, held_out=held_out, progress=True
    )
    train, train_report = clean(
        load_smiles(dataset, "train"),
        accept,
        held_out=held_out.union(validation),
        progress=True,
    )
    return Corpus(train, validation, test, {"validation": validation_report, "train": train_report})


def load_test(dataset: str) -> list[str]:
    """The published test split, canonicalised and otherwise as published: all of it counts."""
    return [canonical_smiles(line) for line in load_smiles(dataset, "test")]


def token_limit(max_tokens: int) -> Accept:
    """Refuses what is not made of SMILES tokens, or of more than `max_tokens`."""

    def accept(smiles: str) -> Refusal | None:
        try:
            count = len(tokenize(smiles))
        except TokenizationError as error:
            return Refusal("unknown_token", str(error))
        if count > max_tokens:
            return Refusal("too_many_tokens", f"{count} tokens; at most {max_tokens}")
        return None

    return accept


def known_molecules(smiles: Sequence[str], vocabulary: Vocabulary) -> list[str]:
    """The molecules whose every token the vocabulary has."""
    known = set(vocabulary.tokens)
    return [line for line in smiles if known >= set(tokenize(line))]


def unknown_tokens(smiles: Sequence[str], vocabulary: Vocabulary) -> Counter[str]:
    """Tokens the vocabulary lacks, and how many of the molecules have each of them."""
    known = set(vocabulary.tokens)
    return Counter(token for line in smiles for token in sorted(set(tokenize(line)) - known))
