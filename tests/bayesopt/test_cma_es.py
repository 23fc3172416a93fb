from __future__ import annotations

from dataclasses import replace

import pytest
import torch

from bayesopt.proposers import cma_es
from bayesopt.surrogates.latent_scale import LatentScale
from bayesopt.trial import TrialStatus
from tests.contracts.proposer import continued, problem


def propose(posed, num=16, seed=0):
    return cma_es.propose_by_cma_es(posed, num, torch.Generator().manual_seed(seed))


@pytest.fixture
def strategy(toy):
    """The replayed strategy, its mean and step size."""

    def of(posed):
        scale = LatentScale.of(toy)
        start = cma_es._start(posed)
        found = cma_es._replayed(posed, scale, start, torch.Generator().manual_seed(0))
        return torch.tensor(found.mean), found.sigma

    return of


def test_the_first_generation_lies_around_the_best_molecule(toy, strategy):
    posed = problem(toy)
    best = max(posed.trials, key=lambda trial: trial.values["logp"].value)
    scale = LatentScale.of(toy)
    mean, sigma = strategy(posed)
    expected = (torch.tensor(best.latent).double() - scale.mean) / scale.sd
    torch.testing.assert_close(mean, expected)
    assert sigma == cma_es.INITIAL_SD


def test_generations_move_the_mean_towards_the_better_ones(toy, strategy):
    posed = problem(toy)
    before, _ = strategy(posed)
    posed = continued(posed, propose(posed))
    own = [t for t in posed.trials if t.method == "cma_es" and t.feasible]
    own.sort(key=lambda t: t.values["logp"].value)
    scale = LatentScale.of(toy)
    after, _ = strategy(posed)

    def closer(trial):
        asked = (torch.tensor(trial.latent_asked).double() - scale.mean) / scale.sd
        return float((before - asked).norm() - (after - asked).norm())

    quarter = len(own) // 4
    assert sum(map(closer, own[-quarter:])) > sum(map(closer, own[:quarter]))


def test_an_unfinished_generation_changes_nothing_yet(toy, strategy):
    posed = problem(toy)
    again = continued(posed, propose(posed, num=2))
    assert strategy(again)[1] == strategy(posed)[1]
    pending = tuple(
        replace(t, status=TrialStatus.PENDING, values={}) if t.method == "cma_es" else t
        for t in continued(posed, propose(posed)).trials
    )
    utilities = tuple(
        None if t.open else u for t, u in zip(pending, [0.0] * len(pending), strict=True)
    )
    waiting = replace(posed, trials=pending, utilities=utilities)
    assert torch.equal(strategy(waiting)[0], strategy(posed)[0])


def test_what_is_no_molecule_counts_as_the_worst(toy, strategy):
    posed = continued(problem(toy), propose(problem(toy)))
    first = next(t for t in posed.trials if t.method == "cma_es")

    def with_first(change, utility):
        trials, utilities = list(posed.trials), list(posed.utilities)
        trials[first.number] = replace(first, **change)
        utilities[first.number] = utility
        return strategy(replace(posed, trials=tuple(trials), utilities=tuple(utilities)))[0]

    worst = min(u for u in posed.utilities if u is not None)
    failed = with_first({"status": TrialStatus.INFEASIBLE, "values": {}, "reason": "x"}, None)
    assert torch.equal(failed, with_first({}, worst))
    assert not torch.equal(failed, with_first({}, worst + 10))


def test_a_strategy_that_has_converged_starts_anew_at_its_best(toy, strategy, monkeypatch):
    posed = continued(problem(toy), propose(problem(toy)))
    monkeypatch.setattr(cma_es.cma.CMAEvolutionStrategy, "stop", lambda self: {"tolx": 1})
    own = [t for t in posed.trials if t.method == "cma_es" and t.feasible]
    best = max(own, key=lambda t: t.values["logp"].value)
    scale = LatentScale.of(toy)
    mean, sigma = strategy(posed)
    expected = (torch.tensor(best.latent_asked).double() - scale.mean) / scale.sd
    torch.testing.assert_close(mean, expected)
    assert sigma == cma_es.INITIAL_SD
