from __future__ import annotations

import math

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from bayesopt.errors import SpecError
from bayesopt.objectives import MAX_MAGNITUDE, MIN_SPREAD, Objective, Scalarization
from bayesopt.trial import Observation, Trial, TrialStatus
from tests.bayesopt.strategies import curves, numbers, weights


def evaluated(number=0, **values):
    told = {name: Observation(value, "measured") for name, value in values.items()}
    return Trial(number, 0, TrialStatus.EVALUATED, "told", values=told)


def utility(objectives, trial, others=(), method="weighted"):
    return Scalarization.fit(objectives, [trial, *others], method).utility(trial)


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


RISING = ((0.0, 0.0), (10.0, 1.0))
FALLING = ((0.0, 1.0), (10.0, 0.0))


def two(*curves_, weight=1.0):
    first, second = curves_
    return [
        Objective("a", source="measured", desirability=first, weight=weight),
        Objective("b", source="measured", desirability=second),
    ]


@given(numbers, numbers, weights, st.sampled_from(["weighted", "geometric", "pareto"]))
def test_in_company_too_minimize_is_maximize_of_the_negative(a, b, weight, method):
    def of(direction, sign):
        bounds = sorted((sign * -3.0, sign * 8.0))
        members = {"source": "measured", "low": bounds[0], "high": bounds[1], "weight": weight}
        objectives = [Objective("a", direction, **members), Objective("b", source="measured")]
        return utility(objectives, evaluated(a=sign * a, b=b), method=method)

    assert of("minimize", -1) == pytest.approx(of("maximize", 1), rel=1e-9, abs=1e-9)


@given(curves, numbers)
def test_one_objective_with_a_curve_has_its_height_as_utility(curve, value):
    objective = Objective("a", source="measured", desirability=curve)
    expected = objective.gain(torch.tensor(value, dtype=torch.double))
    assert utility([objective], evaluated(a=value)) == expected
    down = Objective("a", "minimize", source="measured", desirability=curve)
    assert utility([down], evaluated(a=value)) == expected


def test_a_curve_needs_no_range_and_others_keep_theirs():
    objectives = [
        Objective("a", source="measured", desirability=FALLING),
        Objective("b", source="measured", low=0, high=4),
    ]
    trial = evaluated(a=2, b=8)
    assert utility(objectives, trial) == pytest.approx((0.8 + 2) / 2)
    scalarization = Scalarization.fit(objectives, [trial])
    assert scalarization.trial_desirabilities(trial) == pytest.approx((0.8, 2.0))
    assert scalarization.trial_desirabilities(Trial(1, 0, TrialStatus.PENDING, "told")) is None


def test_the_geometric_mean_forgives_nothing():
    objectives = two(RISING, FALLING, weight=3.0)
    value = utility(objectives, evaluated(a=4, b=2), method="geometric")
    assert value == pytest.approx(math.exp((3 * math.log(0.4) + math.log(0.8)) / 4))
    assert utility(objectives, evaluated(a=4, b=10), method="geometric") == 0
    assert utility(objectives, evaluated(a=4, b=10)) == pytest.approx(0.3)


def test_the_geometric_mean_clips_what_is_beyond_the_range():
    objectives = [Objective(name, source="measured", low=0, high=1) for name in "ab"]
    assert utility(objectives, evaluated(a=9, b=0.25), method="geometric") == pytest.approx(0.5)
    assert utility(objectives, evaluated(a=-9, b=0.25), method="geometric") == 0


@given(st.floats(-5, 15), st.floats(-5, 15), weights)
def test_the_geometric_mean_is_at_most_the_arithmetic_one(a, b, weight):
    objectives = two(RISING, FALLING, weight=weight)
    geometric = utility(objectives, evaluated(a=a, b=b), method="geometric")
    assert 0 <= geometric <= utility(objectives, evaluated(a=a, b=b)) + 1e-9


def test_pareto_ranks_by_the_arithmetic_mean():
    objectives, trial = two(RISING, FALLING), evaluated(a=3, b=9)
    assert utility(objectives, trial, method="pareto") == utility(objectives, trial)


@pytest.mark.parametrize("method", ["weighted", "geometric", "pareto"])
def test_utilities_of_tensors_have_finite_gradients(method):
    objectives = two(RISING, FALLING)
    values = torch.tensor([[[5.0, 5.0], [0.0, 10.0], [-1.0, 3.0]]], dtype=torch.double)
    values.requires_grad_()
    utilities = Scalarization.fit(objectives, [], method).utilities(values)
    assert utilities.shape == (1, 3)
    utilities.sum().backward()
    assert values.grad.isfinite().all()
    assert values.grad[0, 0].tolist() == pytest.approx([0.05, -0.05])
