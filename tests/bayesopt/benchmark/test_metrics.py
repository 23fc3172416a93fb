from __future__ import annotations

import math

import numpy as np
import pytest

from bayesopt.benchmark import metrics
from bayesopt.benchmark.tasks import Success
from tests.bayesopt.benchmark.conftest import record


def test_the_best_so_far_never_falls_and_holds_to_the_end_of_the_budget():
    curve = metrics.best_curve(record([None, 0.2, 0.5, 0.1], budget=6))
    np.testing.assert_equal(curve, [math.nan, 0.2, 0.5, 0.5, 0.5, 0.5])


def test_the_area_is_that_under_the_mean_of_the_ten_best():
    assert metrics.top_auc(record([0.5] * 20)) == pytest.approx(0.5)
    utilities = list(np.random.default_rng(0).random(40))
    expected = np.mean([np.mean(sorted(utilities[:n])[-10:]) for n in range(1, 41)])
    assert metrics.top_auc(record(utilities)) == pytest.approx(expected)


def test_a_run_that_ends_early_keeps_its_last_value():
    assert metrics.top_auc(record([0.0, 1.0], budget=4)) == pytest.approx((0 + 3 * 0.5) / 4)


def test_the_hypervolume_is_that_of_the_boxes_beyond_the_reference():
    gains = [(1.0, 1.0), (2.0, 1.0), (1.0, 2.0), (9.0, 9.0)]
    found = record([0.0, 0.0, 0.0, None], gains=gains, budget=5)
    assert metrics.hypervolume_curve(found, (0.0, 0.0)).tolist() == [1.0, 2.0, 3.0, 3.0, 3.0]
    assert metrics.hypervolume_curve(found, (1.5, 1.5)).tolist() == [0.0] * 5


def test_a_sparse_hypervolume_curve_never_credits_a_molecule_early():
    n = 4 * metrics.HYPERVOLUME_POINTS
    gains = [(float(i), 1.0) for i in range(1, n + 1)]
    curve = metrics.hypervolume_curve(record([0.0] * n, gains=gains), (0.0, 0.0))
    assert len(curve) == n
    assert (curve <= np.arange(1, n + 1)).all()
    assert curve[-1] == n


def test_success_is_counted_in_calls():
    found = record([0.95, 0.2, None, 0.948, 0.96])
    assert metrics.calls_to(found, Success(0.948, 3)) == 5
    assert metrics.calls_to(found, Success(0.948)) == 1
    assert metrics.calls_to(found, Success(0.948, 4)) == math.inf


def test_alerts_and_size_are_those_of_the_ten_best():
    dirty = "O=C1C=CC(=O)C=C1"
    clean = ["C" * n + "O" for n in range(2, 16)]
    found = record([1.0, *[0.5] * 9, *[0.1] * 5], smiles=[dirty, *clean])
    assert metrics.alert_pass_rate(record([1.0, 0.0], smiles=[dirty, "CCO"])) == 0.5
    assert metrics.largest(found) == 11.0
    assert len(metrics.best_calls(found)) == 10
    assert math.isnan(metrics.alert_pass_rate(record([None])))


def test_seconds_are_per_molecule_asked():
    assert metrics.seconds_per_call(record([1.0])) == 0.5
