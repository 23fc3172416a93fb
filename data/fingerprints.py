"""Morgan fingerprints and Tanimoto similarity."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from rdkit import Chem, DataStructs
from rdkit.Chem import rdFingerprintGenerator
from rdkit.DataStructs import ExplicitBitVect

RADIUS = 2
"""Bonds around each atom; radius 2 is what the field calls ECFP4."""

NUM_BITS = 2048

_GENERATOR = rdFingerprintGenerator.GetMorganGenerator(radius=RADIUS, fpSize=NUM_BITS)


def morgan(mol: Chem.Mol) -> ExplicitBitVect:
    """The Morgan fingerprint of `NUM_BITS` bits; stereoisomers share one.

    Source: Rogers and Hahn, J. Chem. Inf. Model. 50:742 (2010), doi:10.1021/ci100050t.
    """
    fingerprint: ExplicitBitVect = _GENERATOR.GetFingerprint(mol)
    return fingerprint


def tanimoto(a: ExplicitBitVect, b: ExplicitBitVect) -> float:
    """Shared bits over bits set in either, 0 to 1."""
    return DataStructs.TanimotoSimilarity(a, b)


def bulk_tanimoto(query: ExplicitBitVect, others: Sequence[ExplicitBitVect]) -> NDArray[np.float64]:
    """Tanimoto similarity of `query` to each of `others`, shape `n`."""
    return np.array(DataStructs.BulkTanimotoSimilarity(query, list(others)), dtype=np.float64)


def morgan_counts(mols: Sequence[Chem.Mol]) -> NDArray[np.float64]:
    """How often each environment occurs, `n x NUM_BITS`: what `morgan` only says to be there.

    Folded as `morgan` is, so that its bits are the counts above 0.
    """
    counts = np.zeros((len(mols), NUM_BITS))
    for row, mol in zip(counts, mols, strict=True):
        row[:] = _GENERATOR.GetCountFingerprintAsNumPy(mol)
    return counts
