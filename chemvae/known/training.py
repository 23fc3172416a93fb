"""The training set of a model as an index of known molecules."""

from collections.abc import Iterable, Iterator
from itertools import islice
from pathlib import Path

from chemvae.checkpoints.training_index import TrainingIndex
from chemvae.known.rows import KnownRows, compound_of, encoded
from chemvae.known.writer import build_index
from chemvae.latent.coder import Coder
from data.readers import Record

CHUNK = 4_096
"""Rows read, encoded and forgotten at a time."""


def build_training_index(
    folder: Path,
    coder: Coder,
    model: str,
    latent_dim: int,
    records: Iterable[Record],
    trained_on: TrainingIndex | None,
) -> int:
    """Write the index of what a model was trained on; how many molecules are in it.

    Args:
        folder: Where to.
        coder: The model.
        model: Its fingerprint.
        latent_dim: Its `d`.
        records: The data set, all splits of it.
        trained_on: Tells the training set from what was held out; None: all of it counts.
    """

    def parts() -> Iterator[KnownRows]:
        rows = iter(records)
        while chunk := list(islice(rows, CHUNK)):
            compounds = [
                (compound, record.name)
                for record in chunk
                if (compound := compound_of(record)) is not None
                and (trained_on is None or compound.inchi_key in trained_on)
            ]
            yield encoded(coder, latent_dim, compounds)

    return build_index(folder, model, latent_dim, parts())
