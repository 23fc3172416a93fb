"""The inputs of the surrogates: where a molecule lies, what it is made of, what it resembles."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from rdkit.DataStructs import ExplicitBitVect
from torch import Tensor

from bayesopt.compounds import Vector
from bayesopt.surrogates.latent_scale import LatentScale
from data.descriptors import COMPOSITION, composition
from data.fingerprints import bulk_tanimoto, morgan
from data.molecules import parse

NO_MOLECULE = -1
"""Row of a latent that has not been decoded: it resembles nothing."""


class MoleculeSpace:
    """Molecules as rows that a kernel can compare; what else it needs of them is computed once.

    A row is `d + 2` numbers: the latent in unit coordinates (zeros where the model cannot encode
    the molecule), 1 or 0 for whether there is a latent, and the molecule's place in the tables.
    A fingerprint would do for the last, but 2,048 numbers a molecule make every step of a fit
    compute the same similarities again.
    """

    def __init__(self, scale: LatentScale) -> None:
        self.scale = scale
        self.similarity = torch.zeros(0, 0, dtype=torch.double)
        """Tanimoto similarities of Morgan fingerprints, every molecule so far to every other."""
        self.composition = torch.zeros(0, len(COMPOSITION), dtype=torch.double)
        """`data.descriptors.composition` of every molecule so far."""
        self._fingerprints: list[ExplicitBitVect] = []
        self._places: dict[str, int] = {}

    @property
    def latent_dim(self) -> int:
        """`d`."""
        return len(self.scale.mean)

    def rows(self, smiles: Sequence[str | None], latents: Sequence[Vector | None]) -> Tensor:
        """`n x (d + 2)`, double: one row per molecule, or per latent that is not decoded."""
        self._add([text for text in smiles if text is not None])
        rows = torch.zeros(len(smiles), self.latent_dim + 2, dtype=torch.double)
        placed = [i for i, latent in enumerate(latents) if latent is not None]
        if placed:
            known = torch.tensor([latent for latent in latents if latent is not None])
            rows[placed, : self.latent_dim] = self.scale.to_unit(known)
        rows[placed, -2] = 1
        places = [NO_MOLECULE if text is None else self._places[text] for text in smiles]
        rows[:, -1] = torch.tensor(places)
        return rows

    def latent_rows(self, points: Tensor) -> Tensor:
        """`n x (d + 2)` rows of latents not decoded yet, `points` (`n x d`) in unit coordinates."""
        n = len(points)
        ends = torch.tensor([[1.0, NO_MOLECULE]], dtype=torch.double).expand(n, 2)
        return torch.cat([points.double(), ends], dim=-1)

    def _add(self, smiles: Sequence[str]) -> None:
        new = [text for text in dict.fromkeys(smiles) if text not in self._places]
        if not new:
            return
        first = len(self._fingerprints)
        mols = [parse(text) for text in new]
        self._fingerprints += [morgan(mol) for mol in mols]
        self.composition = torch.cat([self.composition, torch.from_numpy(composition(mols))])
        self._places |= {text: first + i for i, text in enumerate(new)}
        # A row short for each molecule, the rest by symmetry.
        table = torch.zeros(len(self._fingerprints), len(self._fingerprints), dtype=torch.double)
        table[:first, :first] = self.similarity
        for i in range(first, len(self._fingerprints)):
            row = bulk_tanimoto(self._fingerprints[i], self._fingerprints[: i + 1])
            table[i, : i + 1] = table[: i + 1, i] = torch.from_numpy(row)
        self.similarity = table
