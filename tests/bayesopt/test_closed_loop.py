"""The point of it all: at the same number of unique evaluations `auto` beats `random`."""

from __future__ import annotations

from statistics import mean

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


def test_auto_beats_random(toy):
    auto = [top_five(toy, "auto", seed) for seed in SEEDS]
    random = [top_five(toy, "random", seed) for seed in SEEDS]
    assert min(auto) > max(random)
