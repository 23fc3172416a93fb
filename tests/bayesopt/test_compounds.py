from __future__ import annotations

from rdkit import Chem

from bayesopt.compounds import compound_key


def test_molecules_that_inchi_cannot_name_are_told_apart():
    first, second = (Chem.MolFromSmiles(text) for text in ("*C", "*CC"))
    keys = {compound_key(first), compound_key(second)}
    assert len(keys) == 2
    assert {len(key) for key in keys} == {27}
    assert compound_key(Chem.MolFromSmiles("C*")) == compound_key(first)
