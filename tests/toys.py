"""`ToyLatentModel`: a small, real `LatentModel` on which campaigns can be watched to optimise.

Its molecules are every combination of a few scaffolds with two substituents each. A molecule's
latent is a fixed linear map of its Morgan counts, whitened over the library, so similar molecules
lie close and properties are smooth; a latent decodes to the nearest library member, or to an
invalid string where none is near.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache

import numpy as np
import torch
from numpy.typing import NDArray
from rdkit import Chem
from rdkit.Chem import rdFingerprintGenerator
from torch import Tensor

from data.errors import MoleculeError, Refusal
from data.molecules import canonical_smiles, parse

SCAFFOLDS = (
    "c1({a})ccc({b})cc1",
    "c1({a})cccc({b})c1",
    "c1({a})ccc({b})nc1",
    "c1({a})cnc({b})nc1",
    "c1({a})ccc({b})s1",
    "C1({a})CCC({b})CC1",
    "N1({a})CCC({b})CC1",
    "N1({a})CCN({b})CC1",
    "C(=O)({a})N{b}",
    "c1({a})ccc2cc({b})ccc2c1",
)
SUBSTITUENTS = (
    "C", "CC", "CCO", "C(C)C", "CC(=O)N", "C(=O)O", "C(=O)N", "CC#N", "CCl", "C(F)(F)F",
    "c1ccccc1", "Cc1ccncc1", "C1CC1", "CCCCCC", "CC1CCOCC1", "CCN(C)C",
)  # fmt: skip
ELEMENTS = frozenset(["C", "N", "O", "F", "S", "Cl", "H"])
"""The toy's vocabulary; a molecule with any other element cannot be encoded."""

_COUNTS = rdFingerprintGenerator.GetMorganGenerator(radius=2, fpSize=512)


@dataclass(frozen=True)
class ToyEncoding:
    mean: Tensor
    log_variance: Tensor


@dataclass(frozen=True)
class ToyDecoded:
    smiles: str | None
    raw: str
    log_likelihood: float


@cache
def library() -> tuple[str, ...]:
    """Canonical SMILES of every toy molecule, each once."""
    filled = (
        scaffold.format(a=a.replace("1", "8"), b=b.replace("1", "9"))  # ring digits of their own
        for scaffold in SCAFFOLDS
        for a in SUBSTITUENTS
        for b in SUBSTITUENTS
    )
    return tuple(dict.fromkeys(canonical_smiles(smiles) for smiles in filled))


def _counts(smiles: Sequence[str]) -> NDArray[np.float64]:
    return np.stack([_COUNTS.GetCountFingerprintAsNumPy(parse(s)) for s in smiles]).astype(float)


class ToyLatentModel:
    """Nearest-neighbour decoder over `library()`; see the module."""

    def __init__(self, latent_dim: int = 12, max_distance: float = 3.0) -> None:
        self.latent_dim = latent_dim
        self.fingerprint = f"toy-{latent_dim}-{max_distance}"
        self._max_distance = max_distance
        counts = _counts(library())
        self._centre = counts.mean(0)
        _, singular, axes = np.linalg.svd(counts - self._centre, full_matrices=False)
        self._map = axes[:latent_dim].T / singular[:latent_dim] * np.sqrt(len(counts))
        self._latents = torch.from_numpy((counts - self._centre) @ self._map).float()

    def encode(self, smiles: Sequence[str]) -> list[ToyEncoding | Refusal]:
        return [self._encoded(item) for item in smiles]

    def _encoded(self, smiles: str) -> ToyEncoding | Refusal:
        try:
            mol = parse(smiles)
        except MoleculeError as error:
            return Refusal.from_error(error)
        unknown = {atom.GetSymbol() for atom in mol.GetAtoms()} - ELEMENTS
        if unknown:
            return Refusal("unknown_token", f"{Chem.MolToSmiles(mol)} contains {sorted(unknown)}")
        mean = torch.from_numpy((_counts([smiles])[0] - self._centre) @ self._map).float()
        return ToyEncoding(mean, torch.full_like(mean, -2.0))

    def decode(
        self,
        latents: Tensor,
        *,
        temperature: float = 0.0,
        generator: torch.Generator | None = None,
    ) -> list[ToyDecoded]:
        if temperature > 0:
            noise = torch.randn(latents.shape, generator=generator)
            latents = latents + temperature * noise
        distances, indices = torch.cdist(
            latents, self._latents, compute_mode="donot_use_mm_for_euclid_dist"
        ).min(dim=1)
        return [
            self._decoded(library()[index], distance)
            for index, distance in zip(indices.tolist(), distances.tolist(), strict=True)
        ]

    def _decoded(self, smiles: str, distance: float) -> ToyDecoded:
        valid = distance <= self._max_distance
        return ToyDecoded(
            smiles if valid else None, smiles if valid else f"{smiles}(", -(distance**2) / 2
        )

    def sample_prior(self, n: int, generator: torch.Generator) -> Tensor:
        return torch.randn(n, self.latent_dim, generator=generator)
