from __future__ import annotations

import pytest

from bayesopt.constraints import (
    Alerts,
    PropertyWindow,
    SimilarTo,
    Substructure,
    first_violation,
)
from data.molecules import parse

ASPIRIN = "CC(=O)Oc1ccccc1C(=O)O"


@pytest.mark.parametrize(
    ("constraint", "passes", "fails", "says"),
    [
        (PropertyWindow("molecular_weight", max=100), "CCO", ASPIRIN, "180.2 is above 100"),
        (PropertyWindow("hbd", min=1), "CCO", "CCC", "hbd 0 is below 1"),
        (PropertyWindow("hbd", min=1, max=1), "CCO", "OCO", "above 1"),
        (Substructure("c1ccncc1"), "c1ccncc1", "c1ccccc1", "missing"),
        (Substructure("[Cl]", required=False), "CC", "CCl", "present"),
        (Alerts(), "CCO", "O=C1C=CC(=O)C=C1", "quinone"),
        (PropertyWindow("heavy_atoms", max=38), ASPIRIN, "C" * 39, "heavy_atoms 39 is above 38"),
        (SimilarTo(ASPIRIN, 0.9), "O=C(C)Oc1ccccc1C(O)=O", "CCO", "below 0.9"),
        (SimilarTo((ASPIRIN, "CCO"), 0.9), "OCC", "CCN", "0.333 to CCO is below 0.9"),
    ],
)
def test_a_violation_names_the_limit(constraint, passes, fails, says):
    assert constraint.violation(parse(passes)) is None
    assert says in constraint.violation(parse(fails))


def test_the_first_broken_constraint_speaks():
    limits = (Substructure("O"), Substructure("N"), Substructure("S"))
    assert "N is missing" in first_violation(parse("CO"), limits)
    assert first_violation(parse("OCNCS"), limits) is None
