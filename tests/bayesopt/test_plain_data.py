"""Everything a campaign is made of survives JSON."""

from __future__ import annotations

import json

import pytest
from hypothesis import given

from bayesopt.constraints import constraint_from_dict
from bayesopt.errors import SpecError, UnknownOracleError
from bayesopt.objectives import Objective
from bayesopt.spec import CampaignSpec
from bayesopt.trial import Trial
from tests.bayesopt import strategies


def through_json(data):
    return json.loads(json.dumps(data, allow_nan=False))


@given(strategies.trials)
def test_trial_round_trip(trial):
    assert Trial.from_dict(through_json(trial.to_dict())) == trial


@given(strategies.specs)
def test_spec_round_trip(spec):
    assert CampaignSpec.from_dict(through_json(spec.to_dict())) == spec


@given(strategies.constraints)
def test_constraint_round_trip(constraint):
    assert constraint_from_dict(through_json(constraint.to_dict())) == constraint


@pytest.mark.parametrize(
    ("members", "pointer", "says"),
    [
        ({"objectives": []}, "/objectives", "at least one"),
        ({"objectives": [{"name": "qed"}, {"name": "qed"}]}, "/objectives/1/name", "twice"),
        ({"objectives": [{"name": "qde"}]}, "/objectives/0/name", "did you mean 'qed'"),
        ({"objectives": [{"name": "qed", "weight": 0}]}, "/objectives/0/weight", "above 0"),
        ({"objectives": [{"name": "qed", "colour": 1}]}, "/objectives/0", "colour"),
        ({"objectives": [{"name": "logp", "direction": "target"}]}, "/objectives/0/target", "logp"),
        ({"objectives": [{"name": "qed", "target": 1.0}]}, "/objectives/0/target", "together"),
        ({"objectives": [{"name": "qed", "tolerance": -1}]}, "/objectives/0/tolerance", "negative"),
        (
            {"objectives": [{"name": "x", "source": "guess"}]},
            "/objectives/0/source",
            "Known: measured",
        ),
        ({"objectives": [{"name": "qed", "low": 1}]}, "/objectives/0/low", "neither"),
        ({"objectives": [{"name": "qed", "low": 1, "high": 0}]}, "/objectives/0/low", "not below"),
        ({"objectives": [{"name": "qed", "direction": "up"}]}, "/objectives/0/direction", "up"),
        ({"objectives": [{"name": "similarity"}]}, "/objectives/0/parameters", "smiles"),
        ({"constraints": [{"property": "wight", "max": 1}]}, "/constraints/0/property", "wight"),
        ({"constraints": [{"property": "logp"}]}, "/constraints/0/min", "finite"),
        ({"constraints": [{"property": "logp", "min": 2, "max": 1}]}, "/constraints/0/min", "fits"),
        ({"constraints": [{"smarts": "c1("}]}, "/constraints/0/smarts", "c1("),
        (
            {"constraints": [{"alerts": ["PAIN"]}]},
            "/constraints/0/alerts/0",
            "did you mean 'PAINS'",
        ),
        ({"constraints": [{"similar_to": "C", "min_similarity": 2}]}, "/constraints/0/min_s", "2"),
        (
            {"constraints": [{"similar_to": ["C", "C1"], "min_similarity": 0}]},
            "/constraints/0/similar_to/1",
            "C1",
        ),
        (
            {"constraints": [{"similar_to": [], "min_similarity": 0}]},
            "/constraints/0/similar_to",
            "1 to 100",
        ),
        ({"scalarization": "sum"}, "/scalarization", "weighted or geometric or pareto"),
        ({"objectives": [{"name": "qed", "desirability": [1]}]}, "/objectives/0", "objective"),
        ({"constraints": [{"shape": "round"}]}, "/constraints/0", "shape"),
        ({"initial_smiles": ["CCO", "C1CC"]}, "/initial_smiles/1", "C1CC"),
        ({"batch_size": 0}, "/batch_size", "at least 1"),
        ({"max_evaluations": 0}, "/max_evaluations", "at least 1"),
        ({"seed": -1}, "/seed", "-1"),
        ({"method": "magic"}, "/method", "auto, random"),
        ({"budget": 5}, "", "budget"),
    ],
)
def test_a_spec_that_cannot_run_says_where_and_why(members, pointer, says):
    with pytest.raises(SpecError) as refused:
        CampaignSpec.from_dict({"objectives": [{"name": "qed"}], **members})
    assert refused.value.pointer.startswith(pointer)
    assert says in str(refused.value)


def test_unknown_objective_has_its_own_error():
    with pytest.raises(UnknownOracleError, match="measured"):
        Objective("pIC50")
