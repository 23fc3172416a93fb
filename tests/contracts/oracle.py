"""What every `Oracle` must do. Subclass as `Test...` and give the fixture `oracle`."""

from __future__ import annotations

import math

import pytest

from bayesopt.oracles import Oracle
from data.errors import Refusal

MOLECULES = (
    "CCO",
    "c1ccccc1",
    "CC(=O)Oc1ccccc1C(=O)O",
    "CC(C)Cc1ccc(cc1)C(C)C(=O)O",
    "[Na+].[Cl-]",
)


class OracleContract:
    @pytest.fixture
    def oracle(self) -> Oracle:
        raise NotImplementedError

    def test_one_finite_value_per_molecule(self, oracle):
        values = oracle(MOLECULES)
        assert len(values) == len(MOLECULES)
        assert all(math.isfinite(value) for value in values)

    def test_order_is_kept_and_the_batch_does_not_matter(self, oracle):
        values = oracle(MOLECULES)
        assert list(oracle(MOLECULES[::-1])) == list(values)[::-1]
        assert [oracle([smiles])[0] for smiles in MOLECULES] == list(values)

    def test_a_bad_molecule_fails_alone(self, oracle):
        first, syntax, empty, valence, last = oracle(["CCO", "C1CC(", "", "C(C)(C)(C)(C)C", "CCO"])
        assert isinstance(first, float)
        assert first == last
        for refusal in (syntax, empty, valence):
            assert isinstance(refusal, Refusal)
            assert refusal.code
            assert refusal.message

    def test_spelling_does_not_matter(self, oracle):
        one, other = oracle(["OCC", "CCO"])
        assert one == pytest.approx(other)

    def test_empty_batch(self, oracle):
        assert list(oracle([])) == []

    def test_spec_says_what_a_chemist_needs(self, oracle):
        spec = oracle.spec
        assert spec.name
        assert spec.description
        assert spec.source
        assert (spec.low is None) == (spec.high is None)
        assert spec.low is None or -math.inf < spec.low < spec.high < math.inf
        assert spec.direction in ("maximize", "minimize", None)
