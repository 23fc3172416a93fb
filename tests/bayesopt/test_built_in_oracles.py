from __future__ import annotations

import math
from dataclasses import replace

import pytest

from bayesopt.errors import SpecError
from bayesopt.oracles import MoleculeOracle, available_oracles, get_oracle
from data.errors import PropertyError, Refusal
from data.properties import PROPERTIES

ASPIRIN = "CC(=O)Oc1ccccc1C(=O)O"


def test_every_objective_of_the_contract_is_built_in():
    names = "logp qed sas penalized_logp molecular_weight tpsa hbd hba rotatable_bonds ring_count"
    assert [spec.name for spec in available_oracles()] == [*names.split(" "), "similarity"]


def test_values_are_the_properties():
    assert get_oracle("molecular_weight")([ASPIRIN]) == [pytest.approx(180.16, abs=0.01)]


def test_similarity_is_to_the_molecule_given():
    oracle = get_oracle("similarity", {"smiles": ASPIRIN})
    same, other = oracle([ASPIRIN, "CCCCCC"])
    assert same == 1.0
    assert other < 0.2


@pytest.mark.parametrize(
    ("name", "parameters"),
    [
        ("similarity", {}),
        ("similarity", {"smiles": "C1CC"}),
        ("similarity", {"smiles": 5}),
        ("similarity", {"smiles": "C", "radius": 2}),
        ("qed", {"smiles": "C"}),
    ],
)
def test_parameters_are_checked(name, parameters):
    with pytest.raises(SpecError) as refused:
        get_oracle(name, parameters)
    assert refused.value.pointer.startswith("/parameters")


def raises(mol):
    raise PropertyError("no value here")


@pytest.mark.parametrize("compute", [lambda mol: math.nan, lambda mol: math.inf, raises])
def test_no_value_is_a_refusal_never_a_score(compute):
    oracle = replace(
        MoleculeOracle(get_oracle("qed").spec, PROPERTIES["qed"].compute), compute=compute
    )
    (refusal,) = oracle(["CCO"])
    assert isinstance(refusal, Refusal)
    assert "qed" in refusal.message
