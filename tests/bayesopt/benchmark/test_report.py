from __future__ import annotations

import csv
import io

import pytest

from bayesopt.benchmark.plots import draw
from bayesopt.benchmark.report import Statistic, as_csv, grouped, markdown
from tests.bayesopt.benchmark.conftest import record

RUNS = [
    record([0.1, 0.2, 0.3], method="genetic", seed=0),
    record([0.1, 0.2, 0.5], method="genetic", seed=1),
    record([0.1, 0.1, 0.1], method="auto", seed=0),
    record([0.0], task="similar-qed", method="zinc", budget=30),
    record(
        [0.5, 0.6],
        task="drug-like",
        gains=[(0.9, -2.0, 0.0), (0.8, -3.0, 0.0)],
    ),
]


def test_a_statistic_is_over_the_runs_that_have_the_number():
    found = Statistic.of([1.0, 3.0, float("nan")])
    assert (found.mean, found.min) == (2.0, 1.0)
    assert found.sd == pytest.approx(2**0.5)
    assert str(found) == "2.000 ± 1.414 (1.000)"
    assert str(Statistic.of([0.5])) == "0.500 (0.500)"
    assert str(Statistic.of([])) == "-"


def test_runs_are_grouped_by_task_and_budget_in_the_registry_s_order():
    groups = grouped([*RUNS, record([0.1], task="forgotten")])
    assert list(groups) == [("qed", 3, 10), ("drug-like", 2, 10), ("similar-qed", 30, 10)]
    assert list(groups["qed", 3, 10]) == ["auto", "genetic"]


def test_the_table_says_what_was_measured_and_how():
    text = markdown(RUNS)
    assert "## qed: QED from 10 random molecules" in text
    assert "3 unique oracle calls" in text
    assert "| genetic | 2 | 0.400 ± 0.141 (0.300) |" in text
    assert "no alerts, top 10" in text
    assert "heavy atoms, top 10" in text
    assert "rdkit 1" in text
    assert "Hypervolume from the gains (0.73, -3.05, -0.5)" in text
    assert "| best at 20 | best at 30 | success at 20 | success at 30 |" in text


def test_the_csv_holds_every_statistic():
    found = list(csv.DictReader(io.StringIO(as_csv(RUNS))))
    (best,) = (r for r in found if r["method"] == "genetic" and r["metric"] == "best at 3")
    assert float(best["mean"]) == pytest.approx(0.4)
    assert float(best["min"]) == pytest.approx(0.3)
    assert best["runs"] == "2"
    (volume,) = (r for r in found if r["metric"] == "hypervolume")
    assert float(volume["mean"]) == pytest.approx(0.5 * (0.17 * 1.05 + 0.0) + 0.5 * 0.0, abs=0.01)


def test_every_measure_has_its_picture(tmp_path):
    names = {path.name for path in draw(RUNS, tmp_path)}
    assert names == {
        "qed-n3-q10-best-so-far.png",
        "drug-like-n2-q10-best-so-far.png",
        "drug-like-n2-q10-hypervolume.png",
        "similar-qed-n30-q10-best-so-far.png",
        "similar-qed-n30-q10-success.png",
    }
    assert all((tmp_path / name).read_bytes().startswith(b"\x89PNG") for name in names)
