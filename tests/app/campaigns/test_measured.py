import json

import pytest

from tests.app.campaigns.conftest import assert_problem, run_id_of

MEASURED = [{"name": "pIC50", "source": "measured"}, {"name": "qed"}]


@pytest.fixture
def path(create):
    return create(objectives=MEASURED, budget={"max_evaluations": 100})


def tell(client, path, *results, **headers):
    # The client's own encoder refuses NaN; others do not.
    body = json.dumps(list(results))
    return client.post(
        f"{path}/results", content=body, headers={"Content-Type": "application/json"} | headers
    )


def test_a_run_waits_and_the_last_result_starts_the_next(client, path, run):
    client.post(f"{path}/start")
    assert run(path)["state"] == "waiting"
    partial = client.get(f"{path}/trials?status=partial").json()["items"]
    assert partial
    for trial in partial[:-1]:
        result = {"trial_id": trial["trial_id"], "values": {"pIC50": 6.0}}
        assert tell(client, path, result).json()["items"][0]["status"] == "evaluated"
    assert client.get(path).json()["state"] == "waiting"
    last = {"trial_id": partial[-1]["trial_id"], "status": "abandoned", "note": "no synthesis"}
    reply = tell(client, path, last).json()["items"][0]
    assert (reply["status"], reply["note"]) == ("abandoned", "no synthesis")
    assert client.get(path).json()["state"] == "running"
    assert run(path)["state"] == "waiting"


def test_ask_and_tell_need_no_worker(client, path):
    first = client.post(f"{path}/suggestions").json()["items"]
    assert len(first) == 6
    assert {trial["status"] for trial in first} == {"pending"}
    reply = tell(
        client,
        path,
        *(
            {"trial_id": trial["trial_id"], "values": {"pIC50": 4.0 + index}}
            for index, trial in enumerate(first)
        ),
    ).json()["items"]
    assert all(trial["values"].keys() == {"pIC50", "qed"} for trial in reply)
    second = client.post(f"{path}/suggestions", json={"num_molecules": 2}).json()["items"]
    assert len(second) == 2
    assert all(trial["prediction"] for trial in second)
    keys = {trial["inchi_key"] for trial in [*first, *second]}
    assert len(keys) == 8
    assert client.get(path).json()["state"] == "draft"


def test_any_molecule_counts_and_a_correction_keeps_the_old_value(client, path):
    molecule = {"smiles": "OCC", "values": {"pIC50": 5.0}, "metadata": {"plate": "A7"}}
    (trial,) = tell(client, path, molecule).json()["items"]
    assert (trial["method"], trial["smiles"], trial["metadata"]) == ("told", "CCO", {"plate": "A7"})
    tell(client, path, {"smiles": "CCO", "values": {"pIC50": 6.0}})
    trial = client.get(f"{path}/trials/{trial['trial_id']}").json()
    assert trial["values"]["pIC50"]["value"] == 6.0
    assert [item["value"] for item in trial["history"]["pIC50"]] == [5.0]
    assert trial["history"]["pIC50"][0]["replaced_at"] is not None


@pytest.mark.parametrize(
    "result",
    [
        {"trial_id": 99, "values": {"pIC50": 5}},
        {"smiles": "C1CC", "values": {"pIC50": 5}},
        {"smiles": "CCO", "values": {"ic50": 5}},
        {"smiles": "CCO"},
        {"values": {"pIC50": 5}},
        {"smiles": "CCO", "values": {"pIC50": "high"}},
        {"smiles": "CCO", "values": {"pIC50": float("nan")}},
        {"smiles": "CCO", "values": {"pIC50": 1e308}},
        {"smiles": "CCO", "values": {"pIC50": 5}, "metadata": {"x": float("nan")}},
        {"smiles": "CCO", "values": {"pIC50": 5}, "metadata": {"x": "\ud800"}},
        {"smiles": "CCO", "values": {"pIC50": 5}, "note": "\0"},
    ],
)
def test_a_bad_result_is_pointed_at_and_nothing_is_stored(client, path, result):
    good = {"smiles": "CCN", "values": {"pIC50": 5}}
    problem = assert_problem(tell(client, path, good, result), 422)
    assert problem["errors"][0]["pointer"].startswith("/1")
    assert client.get(f"{path}/trials").json()["total"] == 0


def test_a_lost_answer_is_asked_for_again(client, path):
    headers = {"Idempotency-Key": "one"}
    first, again = (client.post(f"{path}/suggestions", headers=headers) for _ in range(2))
    assert first.json() == again.json()
    assert client.get(path).json()["num_trials"] >= 6
    other = client.post(f"{path}/suggestions", headers={"Idempotency-Key": "two"})
    assert other.json() != first.json()


def test_results_told_while_a_worker_computes_are_kept_and_used(client, path, sessions, iterations):
    client.post(f"{path}/start")
    campaign_id = path.rpartition("/")[2]
    run_id = run_id_of(sessions, path)
    outcome = iterations.propose(campaign_id, run_id)
    tell(client, path, {"smiles": "CCO", "values": {"pIC50": 5.0}})
    with sessions.begin() as session:
        assert iterations.commit(session, campaign_id, run_id, outcome)
    assert client.get(f"{path}/trials").json()["total"] == 1
    outcome = iterations.propose(campaign_id, run_id)
    with sessions.begin() as session:
        assert not iterations.commit(session, campaign_id, run_id, outcome)
    assert client.get(path).json()["state"] == "waiting"
    trials = client.get(f"{path}/trials").json()["items"]
    assert [trial["trial_id"] for trial in trials] == list(range(len(trials)))
