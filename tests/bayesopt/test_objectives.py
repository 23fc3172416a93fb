from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bayesopt.errors import SpecError
from bayesopt.objectives import MAX_MAGNITUDE, MIN_SPREAD, Objective, Scalarization
from bayesopt.trial import Observation, Trial, TrialStatus
from tests.bayesopt.strategies import numbers


def evaluated(number=0, **values):
    told = {name: Observation(value, "measured") for name, value in values.items()}
    return Trial(number, 0, TrialStatus.EVALUATED, "told", values=told)


def utility(objectives, trial, others=()):
    return Scalarization.fit(objectives, [trial, *others]).utility(trial)


@given(numbers)
def test_one_objective_keeps_its_units_and_minimize_is_maximize_of_the_negative(value):
    up = Objective("pIC50", source="measured")
    down = Objective("pIC50", "minimize", source="measured")
    assert utility([up], evaluated(pIC50=value)) == value
    assert utility([down], evaluated(pIC50=-value)) == value


@pytest.mark.parametrize(
    ("value", "expected"), [(2.5, 0), (2.1, 0), (3.0, 0), (4.0, -1), (0.0, -2)]
)
def test_a_target_counts_the_distance_from_its_band(value, expected):
    objective = Objective("logp", "target", target=2.5, tolerance=0.5)
    assert utility([objective], evaluated(logp=value)) == pytest.approx(expected)


def test_several_objectives_are_scaled_by_range_and_averaged_by_weight():
    objectives = [
        Objective("a", source="measured", low=0, high=10, weight=3),
        Objective("b", "minimize", source="measured", low=0, high=2),
    ]
    assert utility(objectives, evaluated(a=10, b=0)) == pytest.approx(1)
    assert utility(objectives, evaluated(a=0, b=2)) == pytest.approx(0)
    assert utility(objectives, evaluated(a=10, b=2)) == pytest.approx(0.75)
    assert utility(objectives, evaluated(a=20, b=0)) == pytest.approx(1.75)


def test_a_target_among_several_falls_from_one():
    objectives = [
        Objective("t", "target", target=5, tolerance=1, source="measured", low=0, high=10),
        Objective("b", source="measured", low=0, high=1),
    ]
    assert utility(objectives, evaluated(t=6, b=1)) == pytest.approx(1)
    assert utility(objectives, evaluated(t=11, b=1)) == pytest.approx(0.75)


def test_a_computed_objective_brings_its_range():
    objectives = [Objective("qed"), Objective("sas", "minimize")]
    ideal = {o.name: o.usual_range()[o.direction == "maximize"] for o in objectives}
    assert utility(objectives, evaluated(**ideal)) == pytest.approx(1)


def test_a_measured_objective_without_range_takes_what_was_told():
    objectives = [Objective("a", source="measured"), Objective("b", source="measured")]
    low, high = evaluated(0, a=5, b=7), evaluated(1, a=9, b=7)
    assert utility(objectives, low, [high]) == pytest.approx(0)
    assert utility(objectives, high, [low]) == pytest.approx(0.5)


@pytest.mark.parametrize("status", [s for s in TrialStatus if s is not TrialStatus.EVALUATED])
def test_only_evaluated_trials_have_a_utility(status):
    trial = Trial(0, 0, status, "told", values={"a": Observation(1, "measured")})
    assert utility([Objective("a", source="measured")], trial) is None


@given(st.lists(numbers, min_size=2, max_size=6, unique=True))
def test_better_values_have_higher_utility_in_company_too(values):
    objectives = [Objective("a", source="measured"), Objective("b", source="measured")]
    trials = [evaluated(i, a=value, b=1) for i, value in enumerate(sorted(values))]
    utilities = [Scalarization.fit(objectives, trials).utility(trial) for trial in trials]
    assert utilities == sorted(utilities)


@pytest.mark.parametrize("direction", ["maximize", "minimize", "target"])
def test_the_largest_numbers_accepted_have_a_finite_utility(direction):
    target = -MAX_MAGNITUDE if direction == "target" else None
    objectives = [
        Objective("a", direction, target, source="measured", low=0, high=MIN_SPREAD),
        Objective("b", source="measured", weight=MAX_MAGNITUDE, low=0, high=MIN_SPREAD),
    ]
    assert math.isfinite(utility(objectives, evaluated(a=MAX_MAGNITUDE, b=MAX_MAGNITUDE)))


@pytest.mark.parametrize(
    "members",
    [{"weight": 1e308}, {"low": -1e308, "high": 1e308}, {"low": 0.0, "high": 5e-324}],
)
def test_numbers_whose_utility_would_overflow_are_refused(members):
    with pytest.raises(SpecError):
        Objective("qed", **members)
