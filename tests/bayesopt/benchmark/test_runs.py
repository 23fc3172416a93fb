from __future__ import annotations

from dataclasses import replace
from itertools import islice

import pytest

from bayesopt.benchmark import runs
from bayesopt.benchmark.plots import draw
from bayesopt.benchmark.record import RunRecord, read_all
from bayesopt.benchmark.report import grouped
from bayesopt.benchmark.runs import METHODS, Run, Runner
from bayesopt.benchmark.start import random_molecules, start_molecules
from bayesopt.benchmark.tasks import TASKS, Success
from bayesopt.benchmark.tasks import task as named
from bayesopt.compounds import compound_key
from bayesopt.constraints import PropertyWindow
from bayesopt.errors import RecordError, SpecError
from data.molecules import parse
from tests.bayesopt.benchmark.conftest import LOGP
from tests.toys import ToyLatentModel

TASK = replace(LOGP, success=None)


@pytest.mark.parametrize("method", METHODS)
def test_every_method_spends_the_same_unique_calls_from_the_same_start(toy, tmp_path, method):
    record = Runner(toy, tmp_path).run(Run(TASK, method, seed=1, batch_size=5))
    keys = {compound_key(parse(call.smiles)) for call in record.calls}
    assert len(record.calls) == len(keys) == 24
    start = tuple(call.smiles for call in record.calls[:4])
    assert start == start_molecules(TASK, "zinc250k", 1)
    assert record.asked == (0 if method == "zinc" else 20)
    assert (record.seconds > 0) == (method != "zinc")


def test_a_run_that_is_finished_is_read_not_run(toy, tmp_path):
    run = Run(TASK, "random", seed=0)
    first = Runner(toy, tmp_path).run(run)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(runs.Campaign, "ask", None)
        assert Runner(toy, tmp_path).run(run) == first
    assert list(read_all(tmp_path)) == [first]
    assert [path.suffix for path in tmp_path.rglob("*.*")] == [".json"]


@pytest.mark.parametrize("method", ["auto", "genetic", "cma_es", "gradient"])
def test_an_interrupted_run_goes_on_as_if_nothing_had_happened(toy, tmp_path, method):
    run = Run(TASK, method, seed=2, batch_size=5)
    whole = Runner(toy, tmp_path / "whole").run(run)

    def stop(done, total):
        assert total == 24
        if done >= 14:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        Runner(toy, tmp_path / "part", stop).run(run)
    assert not read_all(tmp_path / "part")
    resumed = Runner(ToyLatentModel(), tmp_path / "part").run(run)
    assert resumed.calls == whole.calls
    assert resumed.asked == whole.asked


def test_another_model_s_run_is_no_one_else_s(toy, tmp_path):
    run = Run(TASK, "random", seed=0)
    Runner(toy, tmp_path).run(run)
    with pytest.raises(RecordError, match="choose another folder"):
        Runner(ToyLatentModel(latent_dim=8), tmp_path).run(run)


def test_a_success_ends_a_run(toy, tmp_path):
    task = replace(TASK, success=Success(0.0, 2))
    record = Runner(toy, tmp_path).run(Run(task, "random", seed=0, batch_size=2))
    assert len(record.calls) < 24
    assert sum(call.utility >= 0.0 for call in record.calls) >= 2


def test_a_record_survives_its_file(toy, tmp_path):
    record = Runner(toy, tmp_path).run(Run(TASK, "random", seed=0))
    record.write(tmp_path / "again.json")
    assert RunRecord.read(tmp_path / "again.json") == record


def test_calls_of_a_refused_constraint_are_never_made(toy, tmp_path):
    task = replace(TASK, constraints=(PropertyWindow("heavy_atoms", max=13),))
    for method in ("zinc", "genetic"):
        record = Runner(toy, tmp_path).run(Run(task, method, seed=0))
        assert record.calls
        assert all(parse(call.smiles).GetNumHeavyAtoms() <= 13 for call in record.calls)


def test_start_molecules_are_the_seed_s_own():
    starts = {start_molecules(TASK, "zinc250k", seed) for seed in range(5)}
    assert len(starts) == 5
    window = replace(TASK, start=PropertyWindow("logp", min=1.0, max=2.0), num_start=1)
    singles = [start_molecules(window, "zinc250k", seed) for seed in range(5)]
    assert len(set(singles)) == 5
    for (smiles,) in singles:
        assert window.start.violation(parse(smiles)) is None


def test_a_data_set_too_small_for_a_seed_is_named():
    rare = replace(TASK, constraints=(PropertyWindow("heavy_atoms", max=3),))
    with pytest.raises(SpecError, match="zinc250k has too few"):
        start_molecules(rare, "zinc250k", 0)


def test_the_data_set_gives_every_molecule_once():
    drawn = list(random_molecules("zinc250k", "train", 0, ()))
    assert len(drawn) == len({compound_key(parse(smiles)) for smiles in drawn}) > 100
    assert drawn == list(random_molecules("zinc250k", "train", 0, ()))
    assert drawn != list(islice(random_molecules("zinc250k", "train", 1, ()), len(drawn)))


@pytest.mark.parametrize("name", TASKS)
def test_every_task_makes_a_campaign(name):
    task = named(name)
    spec = task.spec(("Cc1ccccc1",), seed=3, batch_size=7)
    assert (spec.max_evaluations, spec.seed, spec.batch_size) == (task.budget, 3, 7)
    assert len(task.reference) in (0, len(spec.objectives))
    assert all(mark < task.budget for mark in task.reports)


def test_unknown_names_are_refused_with_the_known_ones():
    with pytest.raises(SpecError, match="did you mean 'qed'"):
        named("qedd")
    with pytest.raises(SpecError, match="did you mean 'genetic'"):
        Run(TASK, "genetics", seed=0)


def test_another_budget_or_batch_is_another_run(tmp_path):
    run = Run(TASK, "random", seed=0)
    others = [
        replace(run, task=replace(TASK, budget=30)),
        replace(run, batch_size=3),
        replace(run, seed=1),
        replace(run, method="zinc"),
    ]
    assert len({r.path(tmp_path) for r in (run, *others)}) == 5


def test_the_versions_are_on_record(toy, tmp_path):
    record = Runner(toy, tmp_path).run(Run(TASK, "random", seed=0))
    assert record.versions["model"] == toy.fingerprint
    assert record.versions["rdkit"] == runs.version("rdkit")


def test_a_tuned_run_is_another_run_in_another_row(toy, tmp_path):
    runs_ = [Run(TASK, "random", 0, batch_size=5, fine_tune_every=every) for every in (None, 8)]
    plain, tuned = (Runner(toy, tmp_path).run(run) for run in runs_)
    assert (plain.method, tuned.method) == ("random", "random+tuned8")
    assert plain.calls[:4] == tuned.calls[:4]
    assert plain.calls != tuned.calls
    (by_method,) = grouped(read_all(tmp_path)).values()
    assert list(by_method) == ["random", "random+tuned8"]
    assert draw([plain, tuned], tmp_path)


def test_the_data_set_has_no_decoder_to_tune():
    run = Run(TASK, "zinc", 0, fine_tune_every=8)
    assert run.label == "zinc"
    assert run.spec().fine_tune_every is None
