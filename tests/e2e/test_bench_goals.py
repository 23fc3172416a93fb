"""`molwright bench goals`: a service of its own, and a bench that only it knows the scores of."""

import re

import pytest
from typer.testing import CliRunner

from app.cli import app
from bayesopt.benchmark.goals import GOALS
from data.molecules import parse
from tests.e2e.service import ROOT, TOY_MODEL


@pytest.fixture
def invoke(monkeypatch):
    for name, value in (TOY_MODEL | {"PYTHONPATH": str(ROOT), "COLUMNS": "160"}).items():
        monkeypatch.setenv(name, value)
    return lambda *options: CliRunner().invoke(app, ["bench", "goals", *options])


def test_it_prints_the_best_so_far_of_both_methods(invoke):
    result = invoke(
        "--goal", "celecoxib", "--goal", "median", "--results", "8", "--batch-size", "4",
        "--seeds", "2",
    )  # fmt: skip
    assert result.exit_code == 0, result.output
    found = re.findall(r"^(\w+), (auto|random), seed (\d): ([\d.]+) (\S+)$", result.output, re.M)
    assert [row[:3] for row in found] == [
        (goal, method, seed)
        for goal in ("celecoxib", "median")
        for method in ("auto", "random")
        for seed in "01"
    ]
    for goal, *_, score, smiles in found:
        assert GOALS[goal].score(parse(smiles)) == pytest.approx(float(score), abs=5e-4)
    rows = [re.findall(r"0\.\d+", line) for line in result.output.splitlines() if " to 0" in line]
    assert len(rows) == 4
    for place, row in enumerate(rows):
        means, lowest, highest = (list(map(float, row[start::3])) for start in range(3))
        assert means == sorted(means)
        last = [float(item[3]) for item in found[2 * place : 2 * place + 2]]
        assert (lowest[-1], highest[-1]) == (min(last), max(last))
    for auto, random in (rows[:2], rows[2:]):
        assert auto[:3] == random[:3]  # from the same first batch


def test_a_service_that_is_not_there_is_named(invoke):
    result = invoke("--results", "2", "--url", "http://127.0.0.1:9")
    assert result.exit_code == 2
    assert "no service at http://127.0.0.1:9" in result.output
