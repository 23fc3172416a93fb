"""The point of it all: at the same number of unique evaluations every method beats `random`."""

from __future__ import annotations

from statistics import mean

import pytest

from bayesopt.campaign import Campaign
from bayesopt.objectives import Objective
from bayesopt.spec import CampaignSpec

SEEDS = range(3)


def top_five(toy, method, seed):
    spec = CampaignSpec(
        (Objective("logp"),),
        num_initial_samples=10,
        batch_size=8,
        seed=seed,
        method=method,
        max_evaluations=58,
    )
    campaign = Campaign(spec, toy)
    while not campaign.finished:
        campaign.ask()
        campaign.evaluate()
    assert len({trial.inchi_key for trial in campaign.trials if trial.values}) == 58
    return mean(campaign.utility(trial) for trial in campaign.best(5))


@pytest.fixture(scope="module")
def prior_samples(toy):
    return [top_five(toy, "random", seed) for seed in SEEDS]


@pytest.mark.parametrize("method", ["auto", "genetic", "cma_es", "gradient"])
def test_every_method_beats_prior_samples(toy, prior_samples, method):
    assert min(top_five(toy, method, seed) for seed in SEEDS) > max(prior_samples)
