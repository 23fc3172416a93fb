"""Computed properties, one function each, and the registry that names them for everybody else."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Literal

from rdkit import Chem
from rdkit.Chem import QED, Descriptors, rdMolDescriptors

# RDKit ships the reference implementation inside its wheel, outside the documented API. Its table
# of fragment scores is a pickle, read by RDKit itself from the same pinned and hashed package as
# its code.
from rdkit.Contrib.SA_Score import sascorer  # type: ignore[import-untyped]

from data.errors import PropertyError

_LARGEST_FREE_RING = 6


def logp(mol: Chem.Mol) -> float:
    """Octanol-water partition coefficient, log10, by Crippen's atom contributions.

    Source: Wildman and Crippen, J. Chem. Inf. Comput. Sci. 39:868 (1999), doi:10.1021/ci990307l.
    """
    return float(rdMolDescriptors.CalcCrippenDescriptors(mol)[0])


def qed(mol: Chem.Mol) -> float:
    """Quantitative estimate of drug-likeness, 0 to 1, with the paper's mean weights.

    Source: Bickerton et al., Nat. Chem. 4:90 (2012), doi:10.1038/nchem.1243.
    """
    return float(QED.qed(mol))  # type: ignore[no-untyped-call]


def sas(mol: Chem.Mol) -> float:
    """Synthetic accessibility score, 1 (easy) to 10 (hard), RDKit's variant.

    Source: Ertl and Schuffenhauer, J. Cheminform. 1:8 (2009), doi:10.1186/1758-2946-1-8.
    """
    return float(sascorer.calculateScore(mol))


def penalized_logp(mol: Chem.Mol) -> float:
    """`logp - sas - max(0, largest ring - 6)`, raw: no term is scaled by ZINC's mean and sd.

    This is J(m) of Gómez-Bombarelli et al., ACS Cent. Sci. 4:268 (2018),
    doi:10.1021/acscentsci.7b00572. Kusner et al., ICML (2017), and Jin et al., ICML (2018),
    standardise each term over ZINC first, so their numbers do not compare with these. Rings are
    those of RDKit's smallest set of smallest rings.
    """
    largest = max((len(ring) for ring in mol.GetRingInfo().AtomRings()), default=0)
    return logp(mol) - sas(mol) - max(0, largest - _LARGEST_FREE_RING)


def molecular_weight(mol: Chem.Mol) -> float:
    """Average molecular weight in g/mol, natural isotopes, implicit hydrogens counted."""
    return float(Descriptors.MolWt(mol))  # type: ignore[attr-defined]  # the stubs lack it


def tpsa(mol: Chem.Mol) -> float:
    """Topological polar surface area in Å², of N and O only.

    Source: Ertl, Rohde and Selzer, J. Med. Chem. 43:3714 (2000), doi:10.1021/jm000942e.
    """
    return float(rdMolDescriptors.CalcTPSA(mol))


def hbd(mol: Chem.Mol) -> float:
    """Hydrogen bond donors, by RDKit's SMARTS definition."""
    return float(rdMolDescriptors.CalcNumHBD(mol))


def hba(mol: Chem.Mol) -> float:
    """Hydrogen bond acceptors, by RDKit's SMARTS definition."""
    return float(rdMolDescriptors.CalcNumHBA(mol))


def rotatable_bonds(mol: Chem.Mol) -> float:
    """Rotatable bonds, by RDKit's strict definition (amide C-N and the like do not count)."""
    return float(rdMolDescriptors.CalcNumRotatableBonds(mol))


def ring_count(mol: Chem.Mol) -> float:
    """Rings in the smallest set of smallest rings."""
    return float(rdMolDescriptors.CalcNumRings(mol))


def heavy_atoms(mol: Chem.Mol) -> float:
    """Atoms other than hydrogen."""
    return float(mol.GetNumHeavyAtoms())


Direction = Literal["maximize", "minimize"]


@dataclass(frozen=True, slots=True)
class Property:
    """A computed property as data."""

    name: str
    unit: str
    """Empty where the value is a pure number."""
    low: float
    high: float
    """`low` and `high`: 1st and 99th percentile of the 5,000 test molecules of ZINC250k."""
    direction: Direction | None
    """What chemists usually want of it; None where it depends on the task."""
    source: str
    description: str
    compute: Callable[[Chem.Mol], float]
    minimum: float | None = None
    maximum: float | None = None
    """`minimum` and `maximum`: no molecule is beyond them; None where there is no such bound."""


def _entry(
    compute: Callable[[Chem.Mol], float],
    low: float,
    high: float,
    source: str = "RDKit",
    unit: str = "",
    direction: Direction | None = None,
    minimum: float | None = None,
    maximum: float | None = None,
) -> Property:
    """Name and description are the function's own name and the first line of its docstring."""
    description = (compute.__doc__ or "").partition("\n")[0].replace("`", "")
    name = compute.__name__
    return Property(
        name, unit, low, high, direction, source, description, compute, minimum, maximum
    )


_ENTRIES = (
    _entry(logp, -1.5, 5.1, "doi:10.1021/ci990307l"),
    _entry(qed, 0.34, 0.94, "doi:10.1038/nchem.1243", direction="maximize", minimum=0, maximum=1),
    _entry(sas, 1.7, 5.5, "doi:10.1186/1758-2946-1-8", direction="minimize", minimum=1, maximum=10),
    _entry(penalized_logp, -6.5, 2.9, "doi:10.1021/acscentsci.7b00572", direction="maximize"),
    _entry(molecular_weight, 186, 482, unit="g/mol", minimum=0),
    _entry(tpsa, 17, 122, "doi:10.1021/jm000942e", unit="Å²", minimum=0),
    _entry(hbd, 0, 3, minimum=0),
    _entry(hba, 1, 8, minimum=0),
    _entry(rotatable_bonds, 1, 7, minimum=0),
    _entry(ring_count, 1, 5, minimum=0),
    _entry(heavy_atoms, 13, 34, minimum=0),
)

PROPERTIES: Mapping[str, Property] = MappingProxyType({entry.name: entry for entry in _ENTRIES})
"""Every computed property by name."""


def compute(mol: Chem.Mol, names: Iterable[str]) -> dict[str, float]:
    """The value of each named property of `mol`, in the order of `names`.

    Raises:
        PropertyError: an unknown name, or a property that is not finite for this molecule.
    """
    values = {}
    for name in names:
        if name not in PROPERTIES:
            raise PropertyError(f"no property {name!r}; known are: {', '.join(PROPERTIES)}")
        value = PROPERTIES[name].compute(mol)
        if not math.isfinite(value):
            raise PropertyError(f"{name} of {Chem.MolToSmiles(mol)} is not a finite number")
        values[name] = value
    return values
