import math

import pytest
from hypothesis import given, settings

from data.errors import PropertyError
from data.molecules import parse
from data.properties import PROPERTIES, compute, logp, penalized_logp, sas
from tests.data.strategies import valid_smiles

ASPIRIN = "CC(=O)Oc1ccccc1C(=O)O"
CAFFEINE = "Cn1cnc2c1c(=O)n(C)c(=O)n2C"


# Masses from the IUPAC atomic weights, TPSA by adding the published contributions of
# doi:10.1021/jm000942e, counts by hand; Crippen logP and QED as those methods' papers' software
# gives them.
@pytest.mark.parametrize(
    ("smiles", "name", "value", "tolerance"),
    [
        (ASPIRIN, "molecular_weight", 180.159, 0.01),
        (ASPIRIN, "tpsa", 26.30 + 37.30, 0.01),  # ester 9.23 + 17.07, acid 20.23 + 17.07
        (ASPIRIN, "logp", 1.3101, 1e-3),
        (ASPIRIN, "hbd", 1, 0),
        (ASPIRIN, "hba", 3, 0),
        (ASPIRIN, "heavy_atoms", 13, 0),
        (ASPIRIN, "ring_count", 1, 0),
        (ASPIRIN, "qed", 0.55, 5e-3),
        (CAFFEINE, "molecular_weight", 194.19, 0.01),
        (CAFFEINE, "tpsa", 61.82, 0.01),
        (CAFFEINE, "logp", -1.0293, 1e-3),
        (CAFFEINE, "qed", 0.538, 5e-3),
        ("CCCC", "rotatable_bonds", 1, 0),
        ("CC(=O)NC", "rotatable_bonds", 0, 0),
        ("c1ccc2ccccc2c1", "ring_count", 2, 0),
        ("C", "logp", 0.6361, 1e-3),
        ("O", "molecular_weight", 18.015, 0.001),
    ],
)
def test_known_values(smiles, name, value, tolerance):
    assert compute(parse(smiles), [name])[name] == pytest.approx(value, abs=max(tolerance, 1e-9))


def test_penalized_logp_is_raw_and_charges_rings_larger_than_six():
    six, eight = parse("C1CCCCC1"), parse("C1CCCCCCC1")
    assert penalized_logp(six) == pytest.approx(logp(six) - sas(six))
    assert penalized_logp(eight) == pytest.approx(logp(eight) - sas(eight) - 2)
    assert penalized_logp(parse("CCC")) == pytest.approx(logp(parse("CCC")) - sas(parse("CCC")))


def test_sas_ranks_aspirin_easier_than_strychnine():
    strychnine = "O=C1CC2OCC=C3CN4CCC56C4CC3C2C5N1c1ccccc16"
    assert 1 <= sas(parse(ASPIRIN)) < 2 < 4 < sas(parse(strychnine)) <= 10


@given(valid_smiles)
@settings(deadline=None)
def test_every_property_is_a_finite_float(smiles):
    values = compute(parse(smiles), PROPERTIES)
    assert list(values) == list(PROPERTIES)
    assert all(type(value) is float and math.isfinite(value) for value in values.values())
    assert 0 <= values["qed"] <= 1
    assert 1 <= values["sas"] <= 10


def test_registry_describes_every_property():
    for name, entry in PROPERTIES.items():
        assert entry.name == name
        assert entry.low < entry.high
        assert entry.source
        assert len(entry.description) > 10
    assert PROPERTIES["molecular_weight"].unit == "g/mol"
    assert PROPERTIES["sas"].direction == "minimize"


def test_unknown_property_is_named_with_the_known_ones():
    with pytest.raises(PropertyError, match=r"'colour'.*logp, qed"):
        compute(parse("C"), ["logp", "colour"])
