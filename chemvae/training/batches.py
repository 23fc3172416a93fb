"""Batches of equal length.

Every batch holds sequences of one token length, so nothing is padded, masked or packed. On two CPU
cores this trains 1.4 times as fast as packed batches of mixed length (`docs/decisions`, 0004).
"""

from collections.abc import Iterator, Sequence
from typing import NamedTuple, Protocol

import numpy as np
import torch
from torch import Tensor
from torch.utils.data import Dataset, Sampler

from chemvae.errors import ShapeError

Rows = tuple[int, tuple[int, ...]]
"""A length, and rows among the sequences of that length."""


class Spelling(NamedTuple):
    """What the encoder reads where that is not the target itself."""

    tokens: Tensor
    """`b x s`, padded."""
    lengths: Tensor
    """`b`: how many tokens of each row count."""


class MoleculeBatch(NamedTuple):
    """Molecules to train on."""

    tokens: Tensor
    """`b x t` sequences of one length, BOS and EOS included."""
    labels: Tensor
    """`b x m`, NaN where a molecule lacks one."""
    spelling: Spelling | None = None
    """The encoder's input; none: `tokens`."""


class Speller(Protocol):
    """Writes sequences another way for the encoder."""

    def __call__(self, tokens: Tensor) -> Spelling:
        """`b x t` sequences, each of the same molecule."""


class SequenceDataset(Dataset[MoleculeBatch]):
    """Token sequences grouped by length; an item is a whole batch.

    Args:
        sequences: Token numbers, BOS and EOS included.
        labels: `n x m`; none: `m` is 0.
        speller: Writes the encoder's input; none: it reads the target.

    Raises:
        ShapeError: Not one row of labels for each sequence.
    """

    def __init__(
        self,
        sequences: Sequence[Sequence[int]],
        labels: Tensor | None = None,
        speller: Speller | None = None,
    ) -> None:
        self.labels = torch.empty(len(sequences), 0) if labels is None else labels
        self.speller = speller
        if len(self.labels) != len(sequences):
            raise ShapeError(f"{len(self.labels)} rows of labels for {len(sequences)} molecules")
        by_length: dict[int, list[int]] = {}
        for row, sequence in enumerate(sequences):
            by_length.setdefault(len(sequence), []).append(row)
        self.groups = {
            length: (
                torch.tensor([sequences[row] for row in by_length[length]], dtype=torch.int16),
                self.labels[by_length[length]],
            )
            for length in sorted(by_length)
        }

    def __len__(self) -> int:
        return len(self.labels)

    def __getitem__(self, rows: Rows) -> MoleculeBatch:
        length, members = rows
        sequences, labels = self.groups[length]
        tokens = sequences[list(members)].long()
        spelling = self.speller(tokens) if self.speller else None
        return MoleculeBatch(tokens, labels[list(members)], spelling)


class EqualLengthBatches(Sampler[Rows]):
    """Shuffled batches of one length each.

    Args:
        dataset: The grouped sequences.
        batch_size: Most sequences in a batch; a length's last batch may be smaller.
        seed: Fixes the order.
        rank: This process among `world_size`; all draw the same order and take every
            `world_size`-th batch, the same number each.
        world_size: Processes that train together.
    """

    def __init__(
        self,
        dataset: SequenceDataset,
        batch_size: int,
        seed: int,
        rank: int = 0,
        world_size: int = 1,
    ) -> None:
        sizes = {length: len(tokens) for length, (tokens, _) in dataset.groups.items()}
        self.sizes, self.batch_size, self.seed = sizes, batch_size, seed
        self.rank, self.world_size = rank, world_size

    def __len__(self) -> int:
        batches = sum(-(-size // self.batch_size) for size in self.sizes.values())
        return batches // self.world_size

    def __iter__(self) -> Iterator[Rows]:
        random = np.random.default_rng(self.seed)
        batches: list[Rows] = []
        for length, size in self.sizes.items():
            order = random.permutation(size).tolist()
            batches += [
                (length, tuple(order[i : i + self.batch_size]))
                for i in range(0, size, self.batch_size)
            ]
        own = random.permutation(len(batches))[: len(self) * self.world_size]
        yield from (batches[i] for i in own[self.rank :: self.world_size])
