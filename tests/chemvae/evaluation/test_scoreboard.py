import copy
import io

import pytest
import torch
from rich.console import Console

from chemvae import checkpoints
from chemvae.config import TrainConfig
from chemvae.errors import ConfigError
from chemvae.evaluation import Budget, Crew, evaluate, scoreboard
from chemvae.evaluation.scoreboard import lines
from chemvae.evaluation.targets import TARGETS, Target
from tests.chemvae.conftest import MOLECULES

SMALL = Budget(
    test_molecules=12,
    stochastic_molecules=4,
    inverted_molecules=4,
    importance_molecules=2,
    prior_samples=30,
    described=10,
)


@pytest.fixture(scope="module")
def test_file(tmp_path_factory):
    path = tmp_path_factory.mktemp("test") / "test.smi"
    path.write_text("\n".join(MOLECULES))
    return str(path)


def _evaluate(crew, test_file):
    return evaluate(crew, test_file, None, budget=SMALL, kl_weight=0.01, seed=3)


def _but_its_time(report):
    return {name: value for name, value in report.items() if name != "timing"}


@pytest.fixture(scope="module")
def report(codec, test_file):
    return _evaluate(Crew(codec), test_file).report


def test_the_same_seed_measures_the_same(codec, test_file, report):
    families = []
    again = _evaluate(Crew(codec, notify=families.append), test_file)
    assert _but_its_time(again.report) == _but_its_time(report)
    assert {"reconstruction", "generation", "distribution", "heads"} <= set(families)
    assert report["reconstruction"]["molecules"] == 12
    assert report["protocol"]["budget"]["prior_samples"] == 30
    assert len(again.drawn["raw_greedy"].raw) == 30


def test_the_number_of_processes_changes_no_number(codec, test_file, tmp_path):
    checkpoints.save(tmp_path / "tiny", codec, TrainConfig(), "a few molecules")
    loaded = checkpoints.load(tmp_path / "tiny", "cpu")
    found = []
    for processes in (1, 2):
        with Crew(loaded, processes, tmp_path / "tiny") as crew:
            found.append(_evaluate(crew, test_file))
    one, two = found
    assert _but_its_time(one.report) == _but_its_time(two.report)
    assert one.drawn == two.drawn
    assert [item.report["timing"]["processes"] for item in found] == [1, 2]
    assert one.report["timing"]["cpu_seconds"]["generation"] > 0


def test_processes_are_for_the_cpu(codec):
    class OnGpu:
        device = torch.device("cuda")

    with pytest.raises(ConfigError, match=r"2 processes .* cuda"):
        Crew(OnGpu(), 2)


def test_every_target_stands_beside_its_measure(report):
    zinc = copy.deepcopy(report)
    zinc["data"]["name"] = "zinc250k"
    zinc["heads"] = {"molecules": 12, "mae": {"logp": 0.01, "qed": 0.1, "sas": 0.03}}
    zinc["latent_gp"] = {
        "training_molecules": 10, "test_molecules": 12, "rmse": 0.7, "log_likelihood": -1.2,
    }  # fmt: skip
    rows = list(lines(zinc))
    for name, target in TARGETS["zinc250k"].items():
        if target.peer:
            assert any(row.peer == target.peer for row in rows), name
    met = {row.measure.partition(",")[0]: row.met for row in rows if "head" in row.measure}
    assert met == {
        "property head logp": True, "property head qed": False, "property head sas": True,
    }  # fmt: skip
    assert [row.met for row in rows if "latent GP" in row.measure] == [True, False]
    [greedy] = [
        row for row in rows if row.measure.startswith("reconstruction, greedy from the mean, raw")
    ]
    assert (greedy.reached, greedy.target, greedy.met) == ("100.00 %", ">= 97.00 %", True)


def test_a_masked_share_names_its_attempts(report):
    def masked(card):
        return [line.reached for line in lines(card) if "with the automaton" in line.measure]

    assert masked(report)
    assert all("at the first of at most 16 attempts" in reached for reached in masked(report))
    counted = report["generation"]
    older = {key: value for key, value in counted.items() if key != "masked_attempts"}
    assert all(reached.endswith(" %") for reached in masked({**report, "generation": older}))


def test_a_column_of_the_users_own_is_a_row(report):
    heads = {"molecules": 12, "mae": {"pIC50": 0.25, "logp": 0.1}, "labelled": {"pIC50": 7}}
    rows = {row.measure: row.reached for row in lines(report | {"heads": heads})}
    assert rows["property head pIC50, MAE on the mean, 7 molecules"] == "0.2500"
    assert rows["property head logp, MAE on the mean, 12 molecules"] == "0.1000"


def test_what_was_not_measured_is_a_dash_with_its_reason(report):
    rows = {row.measure: row for row in lines(report)}
    assert rows["property heads, MAE on the mean"].reached == "- (the model has no property heads)"
    assert "not at hand" in rows["latent GP on penalised logP"].reached
    novel = next(row for name, row in rows.items() if name.startswith("novel"))
    assert novel.reached == "-"
    assert all(row.met is None for row in rows.values() if not row.target)
    assert "asked" not in report, "a decoder that is told nothing is asked for nothing"
    assert not any(name.startswith("asked") for name in rows)


def test_the_table_names_its_protocol(report):
    out = io.StringIO()
    Console(file=out, width=250).print(scoreboard(report, "tiny [quick]"))
    text = out.getvalue()
    assert "tiny [quick]" in text
    assert "seed 3" in text
    assert "CPU seconds: generation" in text
    for name in ("rdkit", "torch", "fcd_torch", "gpytorch"):
        assert f"{name} {report['protocol'][name]}" in text
    assert "log p(x), importance sampling with 1 / 64 / 512 samples, N(0, I), 2 molecules" in text


@pytest.mark.parametrize(
    ("target", "value", "met"),
    [
        (Target(0.9), 0.9, True),
        (Target(0.9), 0.89, False),
        (Target(0.9, at_least=False), 0.89, True),
        (Target(0.9, at_least=False), 0.91, False),
        (Target(), 0.5, None),
    ],
)
def test_a_goal_is_met_from_its_own_side(target, value, met):
    assert target.met(value) is met
