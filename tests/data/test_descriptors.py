"""What a molecule is made of."""

import numpy as np
import pytest
from hypothesis import given, settings

from data.descriptors import COMPOSITION, composition
from data.molecules import parse
from tests.data.strategies import valid_smiles

UNITS = np.array([unit for _, unit in COMPOSITION.values()])


def numbers(smiles):
    return dict(zip(COMPOSITION, composition([parse(smiles)])[0] * UNITS, strict=True))


def test_numbers_are_those_that_a_chemist_counts():
    # 2-chloro-N-methyl-pyridine-4-sulfonamide
    found = numbers("CNS(=O)(=O)c1ccnc(Cl)c1")
    assert found == pytest.approx(
        {
            "heavy_atoms": 12,
            "heteroatoms": 6,
            "nitrogens": 2,
            "oxygens": 2,
            "sulfurs": 1,
            "halogens": 1,
            "acceptors": 4,
            "donors": 1,
            "rotatable_bonds": 2,
            "fraction_sp3": 1 / 6,
            "rings": 1,
            "aromatic_rings": 1,
            "aromatic_atoms": 6,
            "large_rings": 0,
        }
    )
    assert numbers("C1CCCCCC1")["large_rings"] == 1


def test_no_molecules_have_no_rows():
    assert composition([]).shape == (0, len(COMPOSITION))


@given(valid_smiles)
@settings(deadline=None)
def test_every_molecule_has_finite_numbers(smiles):
    row = composition([parse(smiles)])
    assert row.shape == (1, len(COMPOSITION))
    assert np.isfinite(row).all()
    assert (row >= 0).all()
