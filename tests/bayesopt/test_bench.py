"""A bench as it is: noise, gaps, failed syntheses, results late and out of order."""

from __future__ import annotations

from statistics import mean

import numpy as np

from bayesopt.campaign import Campaign
from bayesopt.objectives import Objective
from bayesopt.results import Result
from bayesopt.spec import CampaignSpec
from bayesopt.trial import TrialStatus
from data.molecules import parse
from data.properties import compute

SEEDS = range(3)
NUM_MEASUREMENTS = 30
NOISE = 0.3
"""Standard deviation of one measurement; the truth has one of about 1.5 over the toy's library."""
P_MISSING = 0.3
P_FAILED = 0.1
LATE = 2
"""Results come in up to so many rounds after they were suggested."""


def truth(smiles):
    """What the bench measures and nobody knows."""
    return compute(parse(smiles), ["logp"])["logp"]


class Bench:
    """Makes and measures what is suggested, in its own time."""

    def __init__(self, seed):
        self.random = np.random.default_rng(seed)
        self.num_measured = 0
        self.queue = []

    def take(self, trials):
        for trial in trials:
            self.queue.append((self.random.integers(LATE + 1), trial))

    def report(self):
        """What is done this round, in no order, some of it twice."""
        done = [trial for left, trial in self.queue if left == 0]
        self.queue = [(left - 1, trial) for left, trial in self.queue if left > 0]
        self.random.shuffle(done)
        return [result for trial in done for result in self.results_of(trial)]

    def results_of(self, trial):
        if self.random.random() < P_FAILED:
            return [Result(trial=trial.number, status="abandoned", reason="no synthesis")]
        if self.random.random() < P_MISSING:
            return []
        count = self.random.integers(1, 3)
        self.num_measured += 1
        measured = truth(trial.smiles) + NOISE * self.random.standard_normal(count)
        return [Result(trial=trial.number, values={"activity": measured.tolist()})]


def best_true_values(toy, method, seed):
    spec = CampaignSpec(
        (Objective("activity", source="measured"),),
        num_initial_samples=10,
        batch_size=10,
        seed=seed,
        method=method,
    )
    campaign, bench = Campaign(spec, toy), Bench(seed)
    while bench.num_measured < NUM_MEASUREMENTS:
        bench.take(t for t in campaign.ask() if t.status is TrialStatus.PENDING)
        results = bench.report()
        campaign.tell(results)
        campaign.tell(results[::-1])  # sent again, as after a lost answer
    keys = [trial.inchi_key for trial in campaign.trials if trial.inchi_key]
    assert len(keys) == len(set(keys))
    abandoned = [t for t in campaign.trials if t.status is TrialStatus.ABANDONED]
    assert all(trial.reason == "no synthesis" and not trial.values for trial in abandoned)
    assert sum(bool(trial.values) for trial in campaign.trials) == bench.num_measured
    measured = sorted((truth(t.smiles) for t in campaign.trials if t.values), reverse=True)
    return mean(measured[:5])


def test_the_campaign_ends_ahead_of_random_on_a_noisy_bench(toy):
    auto = [best_true_values(toy, "auto", seed) for seed in SEEDS]
    random = [best_true_values(toy, "random", seed) for seed in SEEDS]
    assert mean(auto) > max(random)
