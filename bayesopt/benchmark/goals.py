"""Goals of the GuacaMol kind, each a score of 0 to 1 that only the client of a service knows.

Source: Brown, Fiscato, Segler and Vaucher, J. Chem. Inf. Model. 59:1096 (2019),
doi:10.1021/acs.jcim.8b00839. Molecules, fingerprints, thresholds and widths are those of the second
suite of the authors' package `guacamol`; its fingerprints count each environment, unfolded.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType

from rdkit import Chem, DataStructs
from rdkit.Chem import rdFingerprintGenerator

from bayesopt.errors import SpecError, nearest_known
from data.molecules import parse
from data.properties import PROPERTIES

Score = Callable[[Chem.Mol], float]

CELECOXIB = "CC1=CC=C(C=C1)C1=CC(=NN1C1=CC=C(C=C1)S(N)(=O)=O)C(F)(F)F"
ARIPIPRAZOLE = "Clc4cccc(N3CCN(CCCCOc2ccc1c(NC(=O)CC1)c2)CC3)c4Cl"
CAMPHOR = "CC1(C)C2CCC1(C)C(=O)C2"
MENTHOL = "CC(C)C1CCC(C)CC1O"
OSIMERTINIB = "COc1cc(N(C)CCN(C)C)c(NC(=O)C=C)cc1Nc2nccc(n2)c3cn(C)c4ccccc34"


@dataclass(frozen=True, slots=True)
class Goal:
    """What a molecule is worth, 1 at best."""

    name: str
    description: str
    score: Score


def similar_to(smiles: str, radius: int, *, features: bool = False) -> Score:
    """Tanimoto similarity of counted Morgan environments, of atoms or of pharmacophore features.

    Radius 2 is ECFP4, 3 is ECFP6; with `features` 2 is FCFP4.
    """
    kind = rdFingerprintGenerator.GetMorganFeatureAtomInvGen() if features else None
    generator = rdFingerprintGenerator.GetMorganGenerator(radius, atomInvariantsGenerator=kind)
    wanted = generator.GetSparseCountFingerprint(parse(smiles))

    def similarity(mol: Chem.Mol) -> float:
        return DataStructs.TanimotoSimilarity(generator.GetSparseCountFingerprint(mol), wanted)

    return similarity


def thresholded(score: Score, threshold: float) -> Score:
    """`min(score / threshold, 1)`."""
    return lambda mol: min(score(mol) / threshold, 1.0)


def at_least(score: Score, mean: float, sd: float) -> Score:
    """1 from `mean` on, below it a Gaussian of `sd`."""
    return lambda mol: math.exp(-0.5 * (max(mean - score(mol), 0.0) / sd) ** 2)


def at_most(score: Score, mean: float, sd: float) -> Score:
    """1 up to `mean`, above it a Gaussian of `sd`."""
    return at_least(lambda mol: -score(mol), -mean, sd)


def geometric_mean(*scores: Score) -> Score:
    """0 where one of `scores` is."""
    return lambda mol: math.prod(score(mol) for score in scores) ** (1 / len(scores))


_GOALS = (
    Goal("celecoxib", "rediscovery of celecoxib: ECFP4 similarity", similar_to(CELECOXIB, 2)),
    Goal(
        "aripiprazole",
        "ECFP4 similarity of 0.75 to aripiprazole",
        thresholded(similar_to(ARIPIPRAZOLE, 2), 0.75),
    ),
    Goal(
        "median",
        "ECFP4 similarity to camphor and to menthol",
        geometric_mean(similar_to(CAMPHOR, 2), similar_to(MENTHOL, 2)),
    ),
    Goal(
        "osimertinib",
        "FCFP4 similarity of 0.8 to osimertinib, ECFP6 up to 0.85, TPSA from 100, logP up to 1",
        geometric_mean(
            thresholded(similar_to(OSIMERTINIB, 2, features=True), 0.8),
            at_most(similar_to(OSIMERTINIB, 3), 0.85, 0.1),
            at_least(PROPERTIES["tpsa"].compute, 100, 10),
            at_most(PROPERTIES["logp"].compute, 1, 1),
        ),
    ),
)

GOALS: Mapping[str, Goal] = MappingProxyType({goal.name: goal for goal in _GOALS})
"""Every goal by name."""


def goal(name: str) -> Goal:
    """The goal `name`.

    Raises:
        SpecError: there is none.
    """
    if name not in GOALS:
        raise SpecError(f"no goal {name!r}: {nearest_known(name, GOALS)}", "/goal")
    return GOALS[name]
