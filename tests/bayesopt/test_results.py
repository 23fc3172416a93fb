"""`tell` loses nothing, invents nothing and knows a compound however it is spelt."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bayesopt.campaign import Campaign
from bayesopt.constraints import Substructure
from bayesopt.errors import ResultError
from bayesopt.objectives import Objective
from bayesopt.results import Result
from bayesopt.spec import CampaignSpec
from bayesopt.trial import Trial, TrialStatus
from data.molecules import canonical_smiles
from tests.bayesopt import strategies

KEY = "LFQSCWFLJHTTHZ-UHFFFAOYSA-N"
"""Of ethanol."""

OBJECTIVES = (Objective("a", source="measured"), Objective("b", "minimize", source="measured"))


@pytest.fixture
def campaign(toy):
    return Campaign(CampaignSpec(OBJECTIVES, initial_smiles=("CCO",), num_initial_samples=0), toy)


results = st.lists(
    st.builds(
        Result,
        smiles=strategies.molecules,
        values=st.dictionaries(st.sampled_from("ab"), strategies.numbers, min_size=1),
    ),
    max_size=8,
)


@given(results)
def test_tell_never_loses_a_value(toy, told):
    campaign = Campaign(CampaignSpec(OBJECTIVES), toy)
    campaign.tell(told)
    expected = {}
    for result in told:
        expected.setdefault(canonical_smiles(result.smiles), {}).update(result.values)
    recorded = {
        trial.smiles: {name: seen.value for name, seen in trial.values.items()}
        for trial in campaign.trials
    }
    assert recorded == expected
    for trial in campaign.trials:
        complete = len(trial.values) == len(OBJECTIVES)
        assert trial.status is (TrialStatus.EVALUATED if complete else TrialStatus.PARTIAL)


@given(results)
def test_telling_twice_is_telling_once(toy, told):
    once, twice = (Campaign(CampaignSpec(OBJECTIVES), toy) for _ in range(2))
    once.tell(told)
    twice.tell(told)
    twice.tell(told)
    assert once.trials == twice.trials


def test_any_spelling_finds_the_suggested_trial(campaign):
    campaign.ask()
    (trial,) = campaign.tell([Result(smiles="OCC", values={"a": 1.0})])
    assert (trial.number, trial.method, trial.status) == (0, "initial", TrialStatus.PARTIAL)
    (trial,) = campaign.tell([Result(trial=0, values={"b": 2.0})])
    assert trial.status is TrialStatus.EVALUATED
    assert len(campaign.trials) == 1


def test_a_molecule_that_cannot_be_encoded_is_kept_without_a_latent(campaign):
    encoded, other = campaign.tell(
        [Result(smiles="CCO", values={"a": 1}), Result(smiles="CCBr", values={"a": 1, "b": 1})]
    )
    assert encoded.latent is not None
    assert other.latent is None
    assert other.status is TrialStatus.EVALUATED
    assert campaign.best(1) == (other,)


def test_a_told_molecule_that_breaks_a_constraint_informs_but_is_never_best(toy):
    spec = CampaignSpec(OBJECTIVES, (Substructure("N"),))
    campaign = Campaign(spec, toy)
    (trial,) = campaign.tell([Result(smiles="CCO", values={"a": 1, "b": 1})])
    assert trial.status is TrialStatus.EVALUATED
    assert "N is missing" in trial.reason
    assert campaign.utility(trial) is not None
    assert campaign.best(5) == ()


def test_abandoned_keeps_its_reason_and_its_values(campaign):
    campaign.tell([Result(smiles="CCO", values={"a": 1.0})])
    (trial,) = campaign.tell([Result(smiles="CCO", status="abandoned", reason="oiled out")])
    assert (trial.status, trial.reason) == (TrialStatus.ABANDONED, "oiled out")
    assert trial.values["a"].value == 1.0
    assert campaign.utility(trial) is None


def test_a_value_taken_back_leaves_the_others(campaign):
    campaign.ask()
    campaign.tell([Result(trial=0, values={"a": 1.0, "b": 2.0})])
    (trial,) = campaign.tell([Result(trial=0, values={"a": None})])
    assert trial.status is TrialStatus.PARTIAL
    assert trial.values.keys() == {"b"}
    (trial,) = campaign.tell([Result(trial=0, values={"b": None})])
    assert (trial.status, trial.values) == (TrialStatus.PENDING, {})


def test_taking_back_the_values_of_a_refused_molecule_refuses_it_again(toy):
    refused = Trial(0, 0, TrialStatus.INFEASIBLE, "prior", "CCO", KEY, reason="constraint: N")
    spec = CampaignSpec(OBJECTIVES, (Substructure("N"),))
    campaign = Campaign(spec, toy, (refused,))
    assert campaign.tell([Result(trial=0, values={"a": None})])[0] == refused
    (told,) = campaign.tell([Result(trial=0, values={"a": 1.0})])
    assert told.status is TrialStatus.PARTIAL
    (trial,) = campaign.tell([Result(trial=0, values={"a": None})])
    assert trial.status is TrialStatus.INFEASIBLE
    assert "N is missing" in trial.reason


def test_an_abandoned_molecule_stays_abandoned_until_it_is_told_of(campaign):
    campaign.tell([Result(smiles="CCO", values={"a": 1.0})])
    campaign.tell([Result(smiles="CCO", status="abandoned", reason="oiled out")])
    (trial,) = campaign.tell([Result(smiles="CCO", values={"a": None})])
    assert (trial.status, trial.values) == (TrialStatus.ABANDONED, {})
    (trial,) = campaign.tell([Result(smiles="CCO", values={"a": 1.0, "b": 1.0})])
    assert (trial.status, trial.reason) == (TrialStatus.EVALUATED, None)


def test_what_is_missing_of_a_told_molecule_holds_nothing_up(toy):
    campaign = Campaign(CampaignSpec(OBJECTIVES, (), ("CCO",), 0, max_evaluations=1), toy)
    campaign.ask()
    campaign.tell([Result(smiles="CCN", values={"a": 1.0})])
    assert campaign.awaiting_measurements
    campaign.tell([Result(smiles="CCO", values={"a": 1.0, "b": 1.0})])
    assert not campaign.awaiting_measurements
    assert campaign.finished


@pytest.mark.parametrize("taken_back", [{"a": None, "b": None}, None])
def test_withdraw_then_tell_equals_tell(campaign, toy, taken_back):
    other = Campaign(campaign.spec, toy)
    campaign.tell([Result(smiles="CCO", values={"a": 9, "b": 9})])
    if taken_back is None:
        back = Result(smiles="CCO", status="withdrawn", reason="wrong lot")
        (withdrawn,) = campaign.tell([back])
        assert (withdrawn.status, withdrawn.reason) == (TrialStatus.WITHDRAWN, "wrong lot")
    else:
        (withdrawn,) = campaign.tell([Result(smiles="CCO", values=taken_back)])
        assert withdrawn.status is TrialStatus.PENDING
    assert withdrawn.values == {}
    assert campaign.utility(withdrawn) is None
    campaign.tell([Result(smiles="CCO", values={"a": 1})])
    other.tell([Result(smiles="CCO", values={"a": 1})])
    assert campaign.trials == other.trials


@pytest.mark.parametrize(
    ("result", "says"),
    [
        (Result(smiles="CCO", values={"a": math.nan}), "a is nan"),
        (Result(smiles="CCO", values={"a": math.inf}), "a is inf"),
        (Result(smiles="CCO", values={"a": -1e308}), "at most 1e\\+15"),
        (Result(smiles="CCO", values={"A": 1}), "did you mean 'a'|Known: a, b"),
        (Result(smiles="C1CC", values={"a": 1}), "C1CC"),
        (Result(smiles="CCO"), "neither"),
        (Result(values={"a": 1}), "by trial or by smiles"),
        (Result(trial=7, values={"a": 1}), "no trial 7"),
        (Result(trial=-1, values={"a": 1}), "no trial -1"),
        (Result(trial=0, smiles="CCC", values={"a": 1}), "not the molecule CCC"),
        (Result(smiles="CCO", values={"a": 1}, status="withdrawn"), "no values"),
        (Result(smiles="CCO", status="lost"), "lost"),
    ],
)
def test_a_bad_result_is_refused_and_nothing_of_it_recorded(campaign, result, says):
    campaign.ask()
    before = campaign.trials
    with pytest.raises(ResultError, match=says) as refused:
        campaign.tell([Result(smiles="CCN", values={"a": 1}), result])
    assert refused.value.index == 1
    assert campaign.trials == before
