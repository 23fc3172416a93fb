import csv
import io
import json

import pytest
from rdkit import Chem

from bayesopt import tuning
from tests.app.campaigns.conftest import assert_problem, run_id_of


@pytest.fixture
def finished(client, create, run):
    path = create()
    client.post(f"{path}/start")
    assert run(path)["state"] == "succeeded"
    return path


def trials_of(client, path, query=""):
    return client.get(f"{path}/trials?limit=1000{query}").json()["items"]


def test_actions_answer_202_with_the_state_or_409(client, create):
    path = create()
    for action, status, state in [
        ("pause", 409, None),
        ("start", 202, "running"),
        ("start", 409, None),
        ("suggestions", 409, None),
        ("pause", 202, "paused"),
        ("resume", 202, "running"),
        ("cancel", 202, "cancelled"),
        ("resume", 409, None),
        ("suggestions", 409, None),
    ]:
        response = client.post(f"{path}/{action}")
        if status == 409:
            assert_problem(response, 409)
        else:
            assert (response.status_code, response.json()["state"]) == (status, state)
    assert client.get(path).json()["finished_at"] is not None


def test_a_run_spends_the_budget_and_records_every_trial(client, finished):
    campaign = client.get(finished).json()
    trials = trials_of(client, finished)
    assert campaign["num_evaluations"] == 10
    assert campaign["num_trials"] == len(trials)
    evaluated = [trial for trial in trials if trial["status"] == "evaluated"]
    assert len({trial["inchi_key"] for trial in evaluated}) == 10
    for trial in evaluated:
        assert trial["values"]["qed"]["source"]
        assert len(trial["latent"]) == 12
        assert trial["model_hash"] == "toy-12-3.0"
        assert (trial["objective_version"], trial["seed"]) == (1, 3)
    proposed = [trial for trial in evaluated if trial["method"] == "trust_region"]
    assert proposed
    assert all(trial["prediction"]["sd"] > 0 for trial in proposed)
    assert all(trial["reason"] for trial in trials if trial["status"] == "infeasible")
    one = client.get(f"{finished}/trials/3").json()
    assert one == trials[3]
    assert_problem(client.get(f"{finished}/trials/999"), 404)


def test_best_and_progress_agree(client, finished):
    page = client.get(f"{finished}/best?limit=3").json()
    assert (page["total"], page["next"]) == (3, None)
    best = page["items"]
    progress = client.get(f"{finished}/progress").json()
    assert [trial["utility"] for trial in best] == sorted(
        (trial["utility"] for trial in trials_of(client, finished, "&status=evaluated")),
        reverse=True,
    )[:3]
    assert progress["best_so_far"][-1] == best[0]["utility"]
    assert progress["best_so_far"] == sorted(progress["best_so_far"])
    assert sum(progress["trials_by_status"].values()) == progress["num_trials"]
    assert progress["estimated_seconds_left"] == 0
    assert 0 < progress["valid_share"] <= 1


@pytest.mark.parametrize("sort", ["number", "-number", "utility", "-utility"])
def test_pages_in_any_order_hold_every_trial_once(client, finished, sort):
    page = client.get(f"{finished}/trials?limit=3&sort={sort}").json()
    trials = page["items"]
    while page["next"]:
        page = client.get(f"{finished}/trials?limit=3&sort={sort}&after={page['next']}").json()
        trials += page["items"]
    numbers = [trial["trial_id"] for trial in trials]
    assert sorted(numbers) == list(range(page["total"]))
    key = sort.removeprefix("-").replace("number", "trial_id")
    values = [trial[key] for trial in trials if trial[key] is not None]
    assert values == sorted(values, reverse=sort.startswith("-"))
    assert all(trial[key] is None for trial in trials[len(values) :])


def test_a_cursor_that_is_no_number_is_refused(client, finished):
    assert_problem(client.get(f"{finished}/trials?after=x"), 422)


def test_every_export_opens_in_its_tool(client, finished):
    trials = trials_of(client, finished)
    with_molecule = [trial for trial in trials if trial["smiles"]]

    rows = list(csv.DictReader(io.StringIO(client.get(f"{finished}/export").text)))
    assert [int(row["trial_id"]) for row in rows] == [trial["trial_id"] for trial in trials]
    assert float(rows[0]["value:qed"]) == trials[0]["values"]["qed"]["value"]

    assert json.loads(client.get(f"{finished}/export?format=json").text) == trials

    lines = client.get(f"{finished}/export?format=smi").text.splitlines()
    assert lines == [f"{trial['smiles']}\t{trial['trial_id']}" for trial in with_molecule]

    response = client.get(f"{finished}/export?format=sdf")
    assert response.headers["content-type"].startswith("chemical/x-mdl-sdfile")
    supplier = Chem.SDMolSupplier()
    supplier.SetData(response.text)
    molecules = list(supplier)
    assert [mol.GetProp("_Name") for mol in molecules] == [
        str(trial["trial_id"]) for trial in with_molecule
    ]
    assert float(molecules[0].GetProp("qed")) == trials[0]["values"]["qed"]["value"]


def test_exports_of_an_empty_campaign_are_empty_files(client, create):
    path = create()
    assert client.get(f"{path}/export?format=json").json() == []
    assert client.get(f"{path}/export?format=sdf").text == ""
    assert client.get(f"{path}/export").text.startswith("trial_id,")


def test_a_compute_time_that_is_used_ends_the_campaign(client, create, run):
    path = create(budget={"max_evaluations": 50, "max_seconds": 1e-6})
    client.post(f"{path}/start")
    campaign = run(path)
    assert campaign["state"] == "succeeded"
    assert campaign["num_evaluations"] == 6
    assert "compute time" in campaign["reason"]


def test_what_no_molecule_can_satisfy_fails_with_the_reason(client, create, run):
    path = create(constraints=[{"property": "molecular_weight", "min": 5_000}])
    client.post(f"{path}/start")
    campaign = run(path)
    assert campaign["state"] == "failed"
    assert "no molecule was found" in campaign["reason"]
    trials = trials_of(client, path)
    assert len(trials) == campaign["num_trials"] > 0
    assert all("molecular_weight" in trial["reason"] or not trial["smiles"] for trial in trials)


def test_a_paused_run_writes_nothing_and_a_resumed_one_goes_on(
    client, create, step, run, sessions, iterations
):
    path = create()
    campaign_id = path.rpartition("/")[2]
    client.post(f"{path}/start")
    assert step(path)
    run_id = run_id_of(sessions, path)
    late = iterations.propose(campaign_id, run_id)
    client.post(f"{path}/pause")
    before = client.get(path).json()

    with sessions.begin() as session:
        assert not iterations.commit(session, campaign_id, run_id, late)
    assert iterations.propose(campaign_id, run_id) is None
    assert client.get(path).json() == before

    client.post(f"{path}/resume")
    resumed = client.get(path).json()
    with sessions.begin() as session:  # the run of before is not the one that was resumed
        assert not iterations.commit(session, campaign_id, run_id, late)
    assert client.get(path).json() == resumed
    assert run(path)["num_evaluations"] == 10


def test_an_unexpected_error_fails_the_campaign_alone(client, create, run, app, monkeypatch):
    path = create()
    client.post(f"{path}/start")
    model = type(app.state.models.get())
    monkeypatch.setattr(model, "sample_prior", lambda *_: 1 / 0)
    campaign = run(path)
    assert campaign["state"] == "failed"
    assert "ZeroDivisionError" in campaign["reason"]
    assert client.get("/health/ready").status_code == 200

    monkeypatch.undo()
    assert client.post(f"{path}/resume").json()["state"] == "running"
    resumed = run(path)
    assert (resumed["state"], resumed["reason"]) == ("succeeded", None)


def test_other_weights_do_not_continue_a_campaign(client, create, run, app, monkeypatch):
    path = create()
    client.post(f"{path}/start")
    monkeypatch.setattr(type(app.state.models.get()), "fingerprint", "others")
    campaign = run(path)
    assert campaign["state"] == "failed"
    assert "other weights" in campaign["reason"]


@pytest.mark.parametrize("method", ["genetic", "cma_es", "gradient"])
def test_a_campaign_runs_by_the_method_it_names(client, create, run, method):
    path = create(optimizer={"method": method}, objectives=[{"name": "logp"}])
    client.post(f"{path}/start")
    assert run(path)["state"] == "succeeded"
    brought = {trial["method"] for trial in trials_of(client, path, "&status=evaluated")}
    assert method in brought
    assert client.get(path).json()["optimizer"] == {"method": method, "fine_tune_every": None}


def test_a_run_with_a_decoder_of_its_own_goes_on_in_another_process(client, create, step, run):
    """The trials are the same, and each says which model's decoder it came from."""
    wanted = {"optimizer": {"fine_tune_every": 4}}
    whole, killed = create(**wanted), create(**wanted)
    for path in (whole, killed):
        client.post(f"{path}/start")
        assert step(path)
    run(whole)
    tuning._tuned.cache_clear()  # as a process that has just begun
    assert run(killed)["state"] == "succeeded"
    kept = ("trial_id", "smiles", "method", "latent_asked", "reason", "model_hash")
    one, other = (
        [{name: trial[name] for name in kept} for trial in trials_of(client, path)]
        for path in (whole, killed)
    )
    assert one == other
    hashes = dict.fromkeys(trial["model_hash"] for trial in one)
    assert next(iter(hashes)) == client.get(whole).json()["model_hash"] == "toy-12-3.0"
    assert len(hashes) > 1
