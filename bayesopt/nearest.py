"""The known molecule that a suggestion resembles most."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache

from rdkit.DataStructs import ExplicitBitVect

from bayesopt.trial import Nearest, Trial
from data.fingerprints import bulk_tanimoto, morgan
from data.molecules import parse


def nearest_known_molecules(smiles: Sequence[str], trials: Sequence[Trial]) -> list[Nearest | None]:
    """For each molecule the trial with a value that resembles it most; the earliest among equals.

    By the Tanimoto similarity of Morgan fingerprints; None where no trial has a value yet.
    """
    known = [trial for trial in trials if trial.values and trial.smiles is not None]
    if not known:
        return [None] * len(smiles)
    fingerprints = [_fingerprint(trial.smiles or "") for trial in known]
    found: list[Nearest | None] = []
    for item in smiles:
        similarities = bulk_tanimoto(_fingerprint(item), fingerprints)
        place = int(similarities.argmax())
        nearest = known[place]
        found.append(Nearest(nearest.number, nearest.smiles or "", float(similarities[place])))
    return found


@lru_cache(maxsize=16_384)
def _fingerprint(smiles: str) -> ExplicitBitVect:
    return morgan(parse(smiles))
