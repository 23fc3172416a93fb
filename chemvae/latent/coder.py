"""What these tools need of a model, and the molecules that go into it."""

from collections.abc import Sequence
from typing import Protocol

import torch
from rdkit import Chem
from torch import Tensor

from chemvae.errors import ChemvaeError
from data.errors import PropertyError, Refusal
from data.properties import PROPERTIES, compute

DEFAULT_PROPERTIES = ("logp", "qed", "sas", "molecular_weight")
"""What is computed of every molecule shown, where nothing else is asked for."""


class Posterior(Protocol):
    """The Gaussian that the encoder assigns a molecule; its mean stands for the molecule."""

    @property
    def mean(self) -> Tensor:
        """`d`."""

    @property
    def log_variance(self) -> Tensor:
        """`d`."""


class Molecule(Protocol):
    """One decode."""

    @property
    def smiles(self) -> str | None:
        """Canonical SMILES; `None` where the decoder's string is no molecule."""

    @property
    def raw(self) -> str:
        """The decoder's string itself."""


class Coder(Protocol):
    """Molecules to latents and back: a `MoleculeCodec`, or what a service wraps around one."""

    def encode(self, smiles: Sequence[str]) -> Sequence[Posterior | Refusal]:
        """One answer a molecule, in order."""

    def decode(self, latents: Tensor) -> Sequence[Molecule]:
        """One greedy decode a row of `latents` (`n x d`), in order."""


class Predictor(Protocol):
    """A model whose heads predict properties from a latent."""

    @property
    def properties(self) -> tuple[str, ...]:
        """What they predict (`p` names); empty where there are none."""

    def predict(self, latents: Tensor) -> Tensor:
        """`n x d` latents to `n x p` properties in their units."""


class NoLatentError(ChemvaeError):
    """A molecule that the model has no latent for.

    Args:
        refusal: Why; its code is kept as `code`.
    """

    def __init__(self, refusal: Refusal) -> None:
        super().__init__(refusal.message)
        self.code = refusal.code


def encode_all(coder: Coder, smiles: Sequence[str]) -> list[Posterior]:
    """The posteriors of molecules that all must have one.

    Raises:
        NoLatentError: The first that has none.
    """
    posteriors: list[Posterior] = []
    for item in coder.encode(smiles):
        if isinstance(item, Refusal):
            raise NoLatentError(item)
        posteriors.append(item)
    return posteriors


def predicted(model: Predictor, means: Sequence[Tensor]) -> list[dict[str, float]]:
    """What the heads say of each latent (`d`), in their units; nothing where there are no heads.

    Of each alone: the last bits of a product depend on its number of rows, and what is said of a
    molecule should not depend on its company.
    """
    if not model.properties:
        return [{} for _ in means]
    with torch.no_grad():
        rows = [model.predict(mean.unsqueeze(0))[0].tolist() for mean in means]
    return [dict(zip(model.properties, row, strict=True)) for row in rows]


def described(mol: Chem.Mol, names: Sequence[str]) -> dict[str, float | None]:
    """The named properties of `mol`; `None` where one has no finite value.

    Raises:
        PropertyError: There is no property of that name.
    """
    values: dict[str, float | None] = {}
    for name in names:
        try:
            values |= compute(mol, [name])
        except PropertyError:
            if name not in PROPERTIES:
                raise
            values[name] = None
    return values
