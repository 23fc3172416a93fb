from __future__ import annotations

import numpy as np
import pytest
import torch

from bayesopt.errors import SpecError
from bayesopt.objectives import Objective
from bayesopt.oracles import build_oracle, fitted
from data.molecules import parse
from data.properties import logp
from tests.contracts.oracle import MOLECULES, OracleContract
from tests.toys import library


def data_of(smiles, value=lambda item: logp(parse(item))):
    return {"data": [{"smiles": item, "value": value(item)} for item in smiles]}


@pytest.fixture(scope="module")
def split():
    order = np.random.default_rng(0).permutation(len(library()))
    shuffled = [library()[i] for i in order[:120]]
    return shuffled[:80], shuffled[80:]


def oracle_of(parameters, direction="maximize"):
    return build_oracle("model", "solubility", parameters, direction)


class TestModelOracle(OracleContract):
    @pytest.fixture
    def oracle(self):
        return oracle_of(data_of(MOLECULES) | {"penalty": 1.0})


def test_it_predicts_what_it_was_not_shown_with_a_fitting_uncertainty(split):
    known, other = split
    oracle = oracle_of(data_of(known))
    truth = np.array([logp(parse(item)) for item in other])
    error = np.array(oracle(other)) - truth
    assert np.mean(error**2) < 0.3 * truth.var()
    sds = np.array([each.sd for each in oracle.model.estimates(other)])
    assert np.mean(np.abs(error) < 2 * sds) > 0.8
    assert oracle.spec.low == min(logp(parse(item)) for item in known)


def test_a_penalty_leans_to_the_bad_side_by_so_many_sd(split):
    known, other = split
    parameters = data_of(known)
    plain = np.array(oracle_of(parameters)(other))
    sds = np.array([each.sd for each in oracle_of(parameters).model.estimates(other)])
    for direction, sign in (("maximize", -1), ("minimize", 1)):
        cautious = np.array(oracle_of(parameters | {"penalty": 2.0}, direction)(other))
        np.testing.assert_allclose(cautious, plain + sign * 2 * sds, rtol=1e-6, atol=1e-6)


def test_it_is_fitted_once_and_only_when_asked(split, monkeypatch):
    fits = []

    def fit(fingerprints, values):
        fits.append(len(values))
        return fit_tanimoto_gp(fingerprints, values)

    fit_tanimoto_gp = fitted.fit_tanimoto_gp
    monkeypatch.setattr(fitted, "fit_tanimoto_gp", fit)
    objective = Objective("own", source="model", parameters=data_of(split[0][:7]))
    assert fits == []
    assert objective.oracle()(["CCO"]) == objective.oracle()(["CCO"])
    cautious = Objective("own", source="model", parameters={**objective.parameters, "penalty": 1.0})
    cautious.oracle()(["CCO"])
    assert fits == [7]


def test_one_value_for_all_is_predicted_of_all(split):
    oracle = oracle_of(data_of(split[0][:5], lambda _: 3.5))
    assert oracle(["CCO"])[0] == pytest.approx(3.5, abs=1e-3)
    assert (oracle.spec.low, oracle.spec.high) == (None, None)


@pytest.mark.parametrize(
    ("parameters", "pointer", "says"),
    [
        ({}, "/parameters/data", "required"),
        ({"data": []}, "/parameters/data", "at least 2"),
        ({"data": [{"smiles": "C", "value": 1.0}] * 1001}, "/parameters/data", "at most 1000"),
        (
            {"data": [{"smiles": "C", "value": 1.0}, {"smiles": "C1", "value": 2}]},
            "/1/smiles",
            "C1",
        ),
        (
            {"data": [{"smiles": "C", "value": "x"}, {"smiles": "C", "value": 2}]},
            "/0/value",
            "valid",
        ),
        ({"data": [{"smiles": "C", "value": 1e300}] * 2}, "/0/value", "less than"),
        ({"data": [{"smiles": "C", "value": float("nan")}] * 2}, "/0/value", "finite"),
        (data_of(["C", "CC"]) | {"penalty": -1}, "/parameters/penalty", "greater"),
        (data_of(["C", "CC"]) | {"kernel": "rbf"}, "/parameters/kernel", "not permitted"),
    ],
)
def test_parameters_are_checked(parameters, pointer, says):
    with pytest.raises(SpecError, match=says) as refused:
        Objective("own", source="model", parameters=parameters)
    assert refused.value.pointer.endswith(pointer)
    assert refused.value.pointer.startswith("/parameters")


def test_a_penalty_needs_a_direction():
    with pytest.raises(SpecError, match="direction"):
        Objective(
            "own",
            "target",
            target=1,
            source="model",
            parameters=data_of(["C", "CC"]) | {"penalty": 1.0},
        )


def test_the_global_generator_is_left_alone(split):
    before = torch.get_rng_state()
    oracle_of(data_of(split[0][:9]))(["CCO"])
    assert torch.equal(torch.get_rng_state(), before)
