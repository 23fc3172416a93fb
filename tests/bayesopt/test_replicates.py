from __future__ import annotations

from dataclasses import replace
from statistics import mean, stdev

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bayesopt.campaign import Campaign
from bayesopt.errors import ResultError
from bayesopt.objectives import Objective
from bayesopt.replicates import pooled_variance
from bayesopt.results import Result
from bayesopt.spec import CampaignSpec
from bayesopt.trial import Observation, Trial, TrialStatus
from tests.bayesopt.strategies import numbers

SPEC = CampaignSpec((Objective("a", source="measured"),), num_initial_samples=0)


def told(toy, *values):
    campaign = Campaign(SPEC, toy)
    campaign.tell([Result(smiles="CCO", values={"a": value}) for value in values])
    return campaign.trials[0]


@given(st.lists(numbers, min_size=2, max_size=6), st.randoms())
def test_replicates_are_their_mean_and_its_standard_error_in_any_order(values, random):
    shuffled = random.sample(values, len(values))
    seen = Observation.of(values, "measured")
    assert Observation.of(shuffled, "measured") == seen
    assert seen.value == pytest.approx(mean(values), abs=1e-6)
    assert seen.standard_error == pytest.approx(stdev(values) / len(values) ** 0.5, abs=1e-6)
    assert seen.num_replicates == len(values)


def test_a_single_replicate_is_a_value(toy):
    assert told(toy, [6.1]) == told(toy, 6.1)
    (seen,) = told(toy, 6.1).values.values()
    assert (seen.num_replicates, seen.standard_error) == (1, None)


def test_told_again_they_replace_and_are_not_added(toy):
    assert told(toy, [6.1, 6.3]) == told(toy, [6.3, 6.1], [6.1, 6.3]) == told(toy, 9.0, [6.1, 6.3])
    assert told(toy, [6.1, 6.3], 9.0) == told(toy, 9.0)
    assert told(toy, [6.1, 6.3]).values["a"].value == pytest.approx(6.2)


@pytest.mark.parametrize(
    ("values", "says"),
    [([], "no replicate"), ([1.0, float("nan")], "a is nan"), ([1.0, 1e308], "at most")],
)
def test_a_bad_replicate_refuses_the_result(toy, values, says):
    with pytest.raises(ResultError, match=says):
        told(toy, values)


def test_the_pooled_variance_is_the_mean_square_within_groups():
    def trial(*values):
        seen = Observation.of(values, "measured")
        return Trial(0, 0, TrialStatus.EVALUATED, "told", values={"a": seen})

    groups = [trial(1.0, 3.0), trial(10.0, 10.0, 13.0), trial(50.0)]
    # Squares (1 + 1) + (1 + 1 + 4), over 1 + 2 degrees of freedom.
    assert pooled_variance(groups, "a") == pytest.approx((2 + 6) / 3)
    assert pooled_variance(groups[2:], "a") is None
    assert pooled_variance([replace(groups[0], values={})], "a") is None


@pytest.mark.parametrize("molecules", [["CCO"], ["CCO", "CCN"]])
@pytest.mark.parametrize("values", [[0.0, 0.0], [1.0, 2.0]])
def test_auto_goes_on_from_the_first_replicates(toy, molecules, values):
    """One value has no spread, and repeats that agree have no noise, to go by."""
    campaign = Campaign(SPEC, toy)
    campaign.tell([Result(smiles=smiles, values={"a": values}) for smiles in molecules])
    pending = [trial for trial in campaign.ask(2) if trial.status is TrialStatus.PENDING]
    assert len(pending) == 2
    assert all(trial.prediction is not None for trial in pending)
