from __future__ import annotations

from dataclasses import replace

import pytest
import torch

from bayesopt.proposers import cma_es
from bayesopt.surrogates.latent_scale import LatentScale
from bayesopt.trial import Observation, Trial, TrialStatus
from tests.contracts.proposer import problem


@pytest.fixture
def scale(toy):
    return LatentScale.of(toy)


@pytest.fixture
def strategy(scale):
    """The replayed strategy's mean, in prior standard deviations, and step size."""

    def of(posed):
        start = cma_es._start(posed)
        found = cma_es._replayed(posed, scale, start, torch.Generator().manual_seed(0))
        return torch.tensor(found.mean), found.sigma

    return of


def standard(scale, latent):
    return (torch.tensor(latent).double() - scale.mean) / scale.sd


def after(posed, scale, utilities, iteration=1):
    """`posed` and a batch of the strategy's own around its start; None is an invalid decode."""
    centre = standard(scale, cma_es._start(posed))
    generator = torch.Generator().manual_seed(iteration)
    steps = torch.randn(len(utilities), len(centre), generator=generator)
    asked = scale.to_latent(0.5 + (centre + 0.5 * steps) / 12**0.5)
    trials = [
        Trial(
            len(posed.trials) + place,
            iteration,
            TrialStatus.INFEASIBLE if utility is None else TrialStatus.EVALUATED,
            "cma_es",
            latent_asked=tuple(latent),
            values={} if utility is None else {"logp": Observation(utility, "computed")},
            reason="invalid decode: C(" if utility is None else None,
        )
        for place, (latent, utility) in enumerate(zip(asked.tolist(), utilities, strict=True))
    ]
    return replace(posed, trials=(*posed.trials, *trials))


RISING = [float(value) for value in range(16)]


def test_the_first_generation_lies_around_the_best_molecule(toy, scale, strategy):
    posed = problem(toy)
    best = max(posed.trials, key=lambda trial: trial.values["logp"].value)
    mean, sigma = strategy(posed)
    torch.testing.assert_close(mean, standard(scale, best.latent))
    assert sigma == cma_es.INITIAL_SD
    chosen = cma_es.propose_by_cma_es(posed, 4, torch.Generator().manual_seed(0)).chosen
    own = [draft for draft in chosen if draft.method == "cma_es"]
    assert own
    for draft in own:
        away = (standard(scale, draft.latent_asked) - mean).norm() / toy.latent_dim**0.5
        assert 0.2 < away < 1.0


def test_generations_move_the_mean_to_the_better_half(toy, scale, strategy):
    posed = problem(toy)
    before, _ = strategy(posed)
    told = after(posed, scale, RISING)
    moved = strategy(told)[0] - before
    asked = torch.stack([standard(scale, t.latent_asked) for t in told.trials[-16:]]) - before
    along = asked @ moved
    assert float(along[8:].mean()) > float(along[:8].mean())
    # The other way round, the other half.
    opposite = strategy(after(posed, scale, RISING[::-1]))[0] - before
    assert float((asked @ opposite)[:8].mean()) > float((asked @ opposite)[8:].mean())


def test_a_generation_waits_until_it_is_large_enough_and_settled(toy, scale, strategy):
    posed = problem(toy)
    before = strategy(posed)[0]
    assert torch.equal(strategy(after(posed, scale, RISING[:2]))[0], before)
    told = after(posed, scale, RISING)
    opened = tuple(
        replace(t, status=TrialStatus.PENDING, values={}) if t.method == "cma_es" else t
        for t in told.trials
    )
    waiting = replace(told, trials=opened)
    assert torch.equal(strategy(waiting)[0], before)
    small = after(after(posed, scale, RISING[:8]), scale, RISING[8:], iteration=2)
    assert not torch.equal(strategy(small)[0], before)


def test_what_is_no_molecule_counts_as_the_worst_known(toy, scale, strategy):
    posed = problem(toy)
    failed = strategy(after(posed, scale, [None, *RISING]))[0]
    worst = min(*posed.utilities, *RISING)
    assert torch.equal(failed, strategy(after(posed, scale, [worst, *RISING]))[0])
    assert not torch.equal(failed, strategy(after(posed, scale, [99.0, *RISING]))[0])


def test_the_state_is_a_function_of_the_record_alone(toy, scale, strategy):
    told = problem(toy)
    states = []
    for iteration in range(1, 5):
        told = after(told, scale, RISING, iteration)
        states.append(strategy(told))
    assert len({sigma for _, sigma in states}) == 4
    start = cma_es._start(told)
    other = cma_es._replayed(told, scale, start, torch.Generator().manual_seed(99))
    assert torch.equal(torch.tensor(other.mean), states[-1][0])
    assert other.sigma == states[-1][1]


def test_later_molecules_of_others_do_not_move_the_start(toy, scale):
    told = after(problem(toy), scale, RISING)
    best = replace(
        told.trials[0],
        number=len(told.trials),
        method="told",
        values={"logp": Observation(99.0, "measured")},
    )
    told = replace(told, trials=(*told.trials, best))
    assert cma_es._start(told) == cma_es._start(problem(toy))


def test_a_strategy_that_has_converged_starts_anew_at_its_best(toy, scale, strategy, monkeypatch):
    told = after(problem(toy), scale, RISING)
    monkeypatch.setattr(cma_es.cma.CMAEvolutionStrategy, "stop", lambda self: {"tolx": 1})
    mean, sigma = strategy(told)
    torch.testing.assert_close(mean, standard(scale, told.trials[-1].latent_asked))
    assert sigma == cma_es.INITIAL_SD
