"""What a map is made of."""

from collections.abc import Sequence
from pathlib import Path
from typing import Protocol

import torch
from torch import Tensor

from app.models.serial import SerialModel
from chemvae.known.index import KnownIndex

PRIOR = "prior"
"""Draws of the model itself, which need no molecules of anybody's."""

NUM_DRAWS = 20_000
NUM_MOLECULES = 100_000
"""Of a library at most; a larger one is sampled."""

SEED = 0


class Source(Protocol):
    """Many places in the latent space of one model, always the same in the same order."""

    @property
    def name(self) -> str:
        """Of the source, as an address gives it."""
        ...

    def kept_in(self, folder: Path) -> Path:
        """The file of its map; ``folder`` is for those that have no place of their own."""
        ...

    def latents(self) -> Tensor:
        """All of them, `n x d`."""
        ...

    def smiles(self, rows: Sequence[int], latents: Tensor) -> list[str | None]:
        """The molecules at some rows; None where there is none. ``latents`` are theirs."""
        ...


class Prior:
    """What the model draws by itself; its molecules are decoded when they are asked for."""

    name = PRIOR

    def __init__(self, model: SerialModel, number: int = NUM_DRAWS) -> None:
        self._model = model
        self._number = number

    def kept_in(self, folder: Path) -> Path:
        """A file for each model."""
        return folder / self._model.fingerprint[:16] / "prior.safetensors"

    def latents(self) -> Tensor:
        """`n x d`, the same each time."""
        generator = torch.Generator().manual_seed(SEED)
        return self._model.sample_prior(self._number, generator)

    def smiles(self, rows: Sequence[int], latents: Tensor) -> list[str | None]:
        """What the latents decode to."""
        return [item.smiles for item in self._model.decode(latents)] if rows else []


class Indexed:
    """A sample of a training set or a library that is indexed."""

    def __init__(self, name: str, index: KnownIndex) -> None:
        self.name = name
        self._index = index
        self._rows = index.sample(NUM_MOLECULES, SEED)

    def kept_in(self, folder: Path) -> Path:  # noqa: ARG002
        """Beside the index: what removes or replaces that, does so with the map."""
        return self._index.folder / "map.safetensors"

    def latents(self) -> Tensor:
        """`n x d`: the posterior means."""
        return torch.from_numpy(self._index.latents_of(self._rows))

    def smiles(self, rows: Sequence[int], latents: Tensor) -> list[str | None]:  # noqa: ARG002
        """As they stand in the index."""
        return [self._index.smiles_of(int(self._rows[row])) for row in rows]
