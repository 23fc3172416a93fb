"""`ToyLatentModel`: a small, real `LatentModel` on which campaigns can be watched to optimise.

Its molecules are every combination of a few scaffolds with two substituents each. A molecule's
latent is a fixed linear map of its Morgan counts, whitened over the library, so similar molecules
lie close and properties are smooth; a latent decodes to the nearest library member, or to an
invalid string where none is near.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from copy import copy
from dataclasses import dataclass
from functools import cache, cached_property

import numpy as np
import torch
from numpy.typing import NDArray
from rdkit import Chem
from rdkit.Chem import rdFingerprintGenerator
from torch import Tensor

from chemvae.completion import read_fragment
from chemvae.errors import CompletionError
from data.errors import MoleculeError, Refusal
from data.molecules import canonical_smiles, parse
from data.properties import PROPERTIES

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
HEADS = ("logp", "tpsa")
"""What the toy's heads predict."""

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
    attempts: int = 1


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


@cache
def _labels() -> Tensor:
    return torch.tensor(
        [[PROPERTIES[head].compute(parse(smiles)) for head in HEADS] for smiles in library()]
    )


@cache
def _places() -> dict[str, int]:
    return {smiles: place for place, smiles in enumerate(library())}


@cache
def _continuing(fragment: str) -> tuple[str, ...]:
    wanted = read_fragment(fragment)
    return tuple(
        smiles
        for smiles in library()
        if (wanted.read(smiles) if wanted.open_end else smiles.startswith(fragment))
    )


def _padded(latents: Tensor) -> Tensor:
    return torch.nn.functional.pad(latents, (0, 1), value=1.0)


def _counts(smiles: Sequence[str]) -> NDArray[np.float64]:
    return np.stack([_COUNTS.GetCountFingerprintAsNumPy(parse(s)) for s in smiles]).astype(float)


class ToyLatentModel:
    """Nearest-neighbour decoder over `library()`; see the module."""

    shared_rows = 0
    conditions: tuple[str, ...] = ()

    def __init__(self, latent_dim: int = 12, max_distance: float = 3.0) -> None:
        self.latent_dim = latent_dim
        self.fingerprint = f"toy-{latent_dim}-{max_distance}"
        self._max_distance = max_distance
        counts = _counts(library())
        self._centre = counts.mean(0)
        _, singular, axes = np.linalg.svd(counts - self._centre, full_matrices=False)
        self._map = axes[:latent_dim].T / singular[:latent_dim] * np.sqrt(len(counts))
        self._latents = torch.from_numpy((counts - self._centre) @ self._map).float()
        self._reach = dict.fromkeys(library(), max_distance)

    @property
    def properties(self) -> tuple[str, ...]:
        return HEADS

    def predict(self, latents: Tensor) -> Tensor:
        """Linear heads, by least squares over the library."""
        return _padded(latents) @ self._heads

    @cached_property
    def _heads(self) -> Tensor:
        return torch.linalg.lstsq(_padded(self._latents), _labels()).solution

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
        constrained: bool = True,
        top_k: int | None = None,
        top_p: float | None = None,
        labels: Mapping[str, float] | None = None,
    ) -> list[ToyDecoded]:
        """It knows no masks, tokens or labels: `constrained`, the tops and `labels` do nothing."""
        noisy = self._noisy(latents, temperature, generator)
        return [row[0] for row in self._nearest(noisy, library(), 1)]

    def tuned(self, smiles: Sequence[str], weights: Sequence[float], seed: int) -> ToyLatentModel:
        """One that knows relatives of `smiles` where this one knows nothing: from farther away a
        latent still decodes to a molecule whose own is near one of theirs."""
        taught = sorted(zip(smiles, weights, strict=True))
        recipe = repr((self.fingerprint, taught, seed))
        _ = self._heads  # copied: least squares differ in the last bit from call to call
        clone = copy(self)
        clone.fingerprint = hashlib.sha256(recipe.encode()).hexdigest()
        encoded = self.encode([line for line, _ in taught])
        means = [item.mean for item in encoded if isinstance(item, ToyEncoding)]
        near = torch.cdist(self._latents, torch.stack(means)).amin(dim=1) < self._max_distance
        clone._reach = {
            line: reach * (1.5 if relative else 1.0)
            for (line, reach), relative in zip(self._reach.items(), near.tolist(), strict=True)
        }
        return clone

    def beam(
        self,
        latents: Tensor,
        width: int,
        *,
        constrained: bool = True,
        labels: Mapping[str, float] | None = None,
    ) -> list[list[ToyDecoded]]:
        return self._nearest(latents, library(), width)

    def complete(
        self,
        fragment: str,
        latents: Tensor,
        *,
        temperature: float = 1.0,
        generator: torch.Generator | None = None,
        labels: Mapping[str, float] | None = None,
    ) -> list[ToyDecoded]:
        """The nearest molecules that begin with a prefix or contain a scaffold."""
        fitting = _continuing(fragment)
        if not fitting:
            raise CompletionError(f"no toy molecule continues {fragment!r}")
        noisy = self._noisy(latents, temperature, generator)
        return [row[0] for row in self._nearest(noisy, fitting, 1)]

    @staticmethod
    def _noisy(latents: Tensor, temperature: float, generator: torch.Generator | None) -> Tensor:
        if temperature == 0:
            return latents
        return latents + temperature * torch.randn(latents.shape, generator=generator)

    def _nearest(
        self, latents: Tensor, candidates: tuple[str, ...], width: int
    ) -> list[list[ToyDecoded]]:
        places = self._latents[[_places()[smiles] for smiles in candidates]]
        nearest = torch.cdist(latents, places, compute_mode="donot_use_mm_for_euclid_dist").topk(
            width, dim=1, largest=False
        )
        return [
            [
                self._decoded(candidates[index], distance)
                for index, distance in zip(indices, distances, strict=True)
            ]
            for indices, distances in zip(
                nearest.indices.tolist(), nearest.values.tolist(), strict=True
            )
        ]

    def _decoded(self, smiles: str, distance: float) -> ToyDecoded:
        valid = distance <= self._reach[smiles]
        return ToyDecoded(
            smiles if valid else None, smiles if valid else f"{smiles}(", -(distance**2) / 2
        )

    def sample_prior(self, n: int, generator: torch.Generator) -> Tensor:
        return torch.randn(n, self.latent_dim, generator=generator)
