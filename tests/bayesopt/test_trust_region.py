from __future__ import annotations

import pytest
import torch

from bayesopt.proposers.trust_region import (
    FAILURE_TOLERANCE,
    INITIAL_LENGTH,
    MIN_LENGTH,
    SUCCESS_TOLERANCE,
    TrustRegion,
    candidates,
    replay,
)
from bayesopt.trial import Trial, TrialStatus


def history(*batches):
    """One iteration per batch of utilities; None is a trial still pending."""
    rows = [(i, utility) for i, batch in enumerate(batches) for utility in batch]
    trials = [
        Trial(
            number,
            iteration,
            TrialStatus.PENDING if utility is None else TrialStatus.EVALUATED,
            "trust_region",
        )
        for number, (iteration, utility) in enumerate(rows)
    ]
    return trials, [utility for _, utility in rows]


def test_successes_in_a_row_double_the_region():
    region = replay(*history([0.0], *([float(i)] for i in range(1, SUCCESS_TOLERANCE + 1))))
    assert region.length == 2 * INITIAL_LENGTH
    assert region.num_successes == 0
    assert region.best == SUCCESS_TOLERANCE


def test_failures_in_a_row_halve_it():
    region = replay(*history([1.0], *([0.5] for _ in range(FAILURE_TOLERANCE))))
    assert region.length == INITIAL_LENGTH / 2
    assert region.num_failures == 0


def test_a_stall_lasts_until_something_better_comes_whatever_the_length():
    flat = [[0.5]] * (FAILURE_TOLERANCE + 2)
    assert replay(*history([1.0], *flat)).num_stalled == FAILURE_TOLERANCE + 2
    assert replay(*history([1.0], *flat, [2.0])).num_stalled == 0
    assert replay(*history([1.0], *flat, [2.0], [2.0])).num_stalled == 1


def test_the_founding_batch_counts_as_neither():
    region = replay(*history([-3.0]))
    assert region == TrustRegion(best=-3.0)


def test_a_tiny_improvement_is_a_failure_but_the_best_is_kept():
    region = replay(*history([1.0], [1.0001]))
    assert region.num_failures == 1
    assert region.best == 1.0001


def test_a_collapse_starts_a_new_region():
    batches = [[1.0]]
    while (region := replay(*history(*batches))).start == 0:
        assert region.length >= MIN_LENGTH
        batches.append([0.0])
    assert region == TrustRegion(start=len(batches))
    assert replay(*history(*batches, [0.2])).best == 0.2


def test_a_batch_that_is_out_is_passed_over():
    assert replay(*history([1.0], [None, None])) == replay(*history([1.0]))


def test_a_partly_known_batch_counts():
    assert replay(*history([1.0], [2.0, None])).num_successes == 1


def test_no_trials():
    assert replay([], []) == TrustRegion()


@pytest.mark.parametrize("length", [1e-3, 0.4])
def test_candidates_stay_in_the_box_and_near_the_centre(length):
    d = 64
    centre = torch.full((d,), 0.6, dtype=torch.double)
    lengthscales = torch.linspace(0.5, 2, d, dtype=torch.double)
    points = candidates(centre, lengthscales, length, 256, torch.Generator().manual_seed(0))
    moves = (points - centre).abs()
    weights = lengthscales / lengthscales.log().mean().exp()
    assert points.shape == (256, d)
    assert (moves <= weights * length / 2 + 1e-12).all()
    moved = (moves > 0).double().sum(1)
    assert moved.min() >= 1
    assert 15 < moved.mean() < 25


def test_candidates_repeat_with_the_generator():
    centre = torch.full((3,), 0.5, dtype=torch.double)
    draw = lambda seed: candidates(  # noqa: E731
        centre, torch.ones(3).double(), 0.8, 16, torch.Generator().manual_seed(seed)
    )
    assert torch.equal(draw(1), draw(1))
    assert not torch.equal(draw(1), draw(2))
