from __future__ import annotations

import math

import pytest

from bayesopt.campaign import Campaign
from bayesopt.objectives import Objective
from bayesopt.oracles import OracleSpec, build_oracle, register_source, sources
from bayesopt.spec import CampaignSpec
from bayesopt.trial import TrialStatus


@pytest.fixture
def answering(monkeypatch):
    """Lets objectives have a source whose every oracle is the given function."""
    monkeypatch.setattr(sources, "_BUILDS", dict(sources._BUILDS))
    monkeypatch.setattr(sources, "_FORMS", dict(sources._FORMS))

    def register(function):
        form = OracleSpec("own", "", None, None, None, "test", "test")
        register_source(form, lambda name, parameters, direction: function)
        # What a source that only promises to be an oracle may do.
        function.spec = form

    return register


def fails(smiles):
    raise RuntimeError("the licence has expired")


@pytest.mark.parametrize(
    ("answer", "says"),
    [
        (fails, "RuntimeError: the licence has expired"),
        (lambda smiles: [1.0] * (len(smiles) + 1), "values came for"),
        (lambda smiles: [math.nan for _ in smiles], "the value is nan"),
        (lambda smiles: [1e300 for _ in smiles], "beyond 1e+15"),
        (lambda smiles: ["much" for _ in smiles], "'much', which is no number"),
        (lambda smiles: [None for _ in smiles], "no value was given"),
        (lambda smiles: 7, "no list of values: 7"),
    ],
)
def test_an_oracle_that_fails_makes_trials_infeasible_and_the_campaign_goes_on(
    toy, answering, answer, says
):
    broken = True
    answering(lambda smiles: answer(smiles) if broken else [float(len(item)) for item in smiles])
    objectives = (Objective("qed"), Objective("odd", source="own"))
    campaign = Campaign(CampaignSpec(objectives, num_initial_samples=6, batch_size=2), toy)
    campaign.ask()
    campaign.evaluate()
    refused = [trial for trial in campaign.trials if trial.smiles is not None]
    assert {trial.status for trial in refused} == {TrialStatus.INFEASIBLE}
    assert all(trial.reason.startswith("oracle error: odd: ") for trial in refused)
    assert all(says in trial.reason for trial in refused)
    assert all("qed" in trial.values for trial in refused)
    broken = False
    asked = campaign.ask()
    campaign.evaluate()
    known = [campaign.trials[trial.number] for trial in asked if trial.smiles is not None]
    assert TrialStatus.EVALUATED in {trial.status for trial in known}
    assert {trial.values["odd"].source for trial in known if trial.values} == {"own"}
    assert len(campaign.trials) > len(refused)


def test_a_source_that_nobody_registered_is_named():
    with pytest.raises(Exception, match="no source 'own'"):
        build_oracle("own", "x", {}, "maximize")
