"""Replicates, corrections, values taken back, and the words a client keeps with a trial."""

import csv
import io

import pytest

from tests.app.campaigns.conftest import assert_problem

MEASURED = [{"name": "pIC50", "source": "measured"}, {"name": "qed"}]


@pytest.fixture
def path(create):
    return create(objectives=MEASURED, budget={"max_evaluations": 100})


@pytest.fixture
def trial(client, path):
    """The URL of a suggested trial."""
    first = client.post(f"{path}/suggestions").json()["items"][0]
    return f"{path}/trials/{first['trial_id']}"


def patch(client, url, **changes):
    response = client.patch(url, json=changes)
    assert response.status_code == 200, response.text
    assert response.json() == client.get(url).json()
    return response.json()


def test_replicates_are_kept_with_their_mean(client, path):
    told = [{"smiles": "CCO", "values": {"pIC50": [6.3, 6.1]}}]
    for _ in range(2):
        (reply,) = client.post(f"{path}/results", json=told).json()["items"]
        value = reply["values"]["pIC50"]
        assert (value["value"], value["replicates"]) == (pytest.approx(6.2), [6.1, 6.3])
        assert value["standard_error"] == pytest.approx(0.1)
        assert reply["history"] == {}
    client.post(f"{path}/results", json=[{"smiles": "CCO", "values": {"pIC50": 6.2}}])
    reply = client.get(f"{path}/trials/0").json()
    assert reply["values"]["pIC50"]["replicates"] is None
    assert [item["replicates"] for item in reply["history"]["pIC50"]] == [[6.1, 6.3]]


def test_an_export_has_the_replicates_in_a_cell_of_their_own(client, path):
    told = [{"smiles": "CCO", "values": {"pIC50": [6.1, 6.3]}}]
    client.post(f"{path}/results", json=told)
    (row,) = csv.DictReader(io.StringIO(client.get(f"{path}/export").text))
    assert float(row["value:pIC50"]) == pytest.approx(6.2)
    assert row["replicates:pIC50"] == "6.1 6.3"
    assert row["replicates:qed"] == ""


@pytest.mark.parametrize(
    ("values", "pointer"),
    [({"pIC50": []}, "/0/values/pIC50"), ({"pIC50": [6, "x"]}, "/0/values/pIC50/1")],
)
def test_bad_replicates_are_pointed_at(client, path, values, pointer):
    response = client.post(f"{path}/results", json=[{"smiles": "CCO", "values": values}])
    assert assert_problem(response, 422)["errors"][0]["pointer"] == pointer


def test_a_correction_and_a_withdrawal_leave_a_history(client, trial):
    patch(client, trial, values={"pIC50": 9.0})
    corrected = patch(client, trial, values={"pIC50": 6.0}, note="misread", metadata={"lot": "B"})
    assert corrected["status"] == "evaluated"
    assert (corrected["note"], corrected["metadata"]) == ("misread", {"lot": "B"})
    taken_back = patch(client, trial, values={"pIC50": None})
    assert taken_back["status"] == "partial"
    assert taken_back["values"].keys() == {"qed"}
    assert taken_back["utility"] is None
    history = taken_back["history"]["pIC50"]
    assert [item["value"] for item in history] == [9.0, 6.0]
    assert all(item["source"] == "measured" and item["replaced_at"] for item in history)
    again = patch(client, trial, values={"pIC50": 6.0})
    assert again["values"]["pIC50"]["value"] == 6.0
    for name in ("status", "utility", "reason", "note"):
        assert again[name] == corrected[name]


def test_a_withdrawn_trial_has_its_values_in_the_history_alone(client, path, trial):
    patch(client, trial, values={"pIC50": 9.0})
    withdrawn = patch(client, trial, status="withdrawn", note="wrong lot")
    assert (withdrawn["status"], withdrawn["reason"]) == ("withdrawn", "wrong lot")
    assert withdrawn["values"] == {}
    assert withdrawn["history"].keys() == {"pIC50", "qed"}
    patch(client, trial, values={"pIC50": 5.0})
    told = client.get(trial).json()
    assert (told["status"], told["reason"]) == ("evaluated", None)
    assert told["values"].keys() == {"pIC50", "qed"}


def test_an_abandoned_molecule_is_not_suggested_again_and_may_be_told_of_later(client, path, trial):
    abandoned = patch(client, trial, status="abandoned", note="no synthesis")
    assert (abandoned["status"], abandoned["reason"]) == ("abandoned", "no synthesis")
    others = client.post(f"{path}/suggestions", json={"num_molecules": 20}).json()["items"]
    assert abandoned["inchi_key"] not in {other["inchi_key"] for other in others}
    assert patch(client, trial, values={"pIC50": 7.0})["status"] == "evaluated"


def test_words_alone_compute_nothing(client, path, trial):
    before = client.get(trial).json()
    after = patch(client, trial, note="at the bench", metadata={"plate": "A7"})
    changed = {name for name in before if before[name] != after[name]}
    assert changed == {"note", "metadata", "updated_at"}
    assert patch(client, trial, note=None)["note"] is None


def test_the_last_correction_lets_a_waiting_campaign_go_on(client, path, run):
    client.post(f"{path}/start")
    assert run(path)["state"] == "waiting"
    for item in client.get(f"{path}/trials?status=partial").json()["items"]:
        patch(client, f"{path}/trials/{item['trial_id']}", values={"pIC50": 6.0})
    assert client.get(path).json()["state"] == "running"


@pytest.mark.parametrize(
    ("change", "pointer"),
    [
        ({}, ""),
        ({"values": {"ic50": 1.0}}, "/values"),
        ({"values": {"pIC50": 1e300}}, "/values"),
        ({"values": {"pIC50": 1.0}, "status": "withdrawn"}, "/values"),
        ({"status": "lost"}, "/status"),
        ({"smiles": "CCO"}, "/smiles"),
    ],
)
def test_a_change_that_makes_no_sense_is_pointed_at(client, trial, change, pointer):
    before = client.get(trial).json()
    problem = assert_problem(client.patch(trial, json=change), 422)
    assert problem["errors"][0]["pointer"] == pointer
    assert client.get(trial).json() == before


def test_an_unknown_trial_is_not_found(client, path):
    for changes in ({"note": "x"}, {"values": {"pIC50": 1.0}}):
        assert_problem(client.patch(f"{path}/trials/999", json=changes), 404)
        assert_problem(client.patch("/v1/campaigns/none/trials/0", json=changes), 404)


def test_a_suggestion_names_the_known_molecule_it_resembles_and_why_it_is_there(client, path):
    first = client.post(f"{path}/suggestions").json()["items"]
    assert all(item["nearest"] is None and item["why"] for item in first)
    results = [{"trial_id": t["trial_id"], "values": {"pIC50": 1.0 * t["trial_id"]}} for t in first]
    known = client.post(f"{path}/results", json=results).json()["items"]
    smiles = {item["trial_id"]: item["smiles"] for item in known}
    (one,) = client.post(f"{path}/suggestions", json={"num_molecules": 1}).json()["items"]
    assert one["nearest"]["smiles"] == smiles[one["nearest"]["trial_id"]]
    assert 0 < one["nearest"]["similarity"] <= 1
    assert client.get(f"{path}/trials/{one['trial_id']}").json() == one
