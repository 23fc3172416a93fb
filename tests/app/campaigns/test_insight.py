"""Whether a campaign can be believed: shares, Pareto front, hypervolume, leave-one-out."""

import pytest

from chemvae.checkpoints import TrainingIndex
from tests.app.campaigns.conftest import assert_problem

TWO = [
    {"name": "qed"},
    {"name": "logp", "direction": "target", "target": 1.0, "low": -3.0, "high": 5.0},
]
SHARES = ("valid_share", "unique_share", "novel_share", "feasible_share")


def feasible(client, path):
    trials = client.get(f"{path}/trials?limit=1000").json()["items"]
    return [trial for trial in trials if trial["status"] == "evaluated" and not trial["reason"]]


@pytest.fixture
def finished(client, create, run, source):
    path = create(objectives=TWO, constraints=[{"property": "molecular_weight", "max": 260}])
    client.post(f"{path}/start")
    assert run(path)["state"] == "succeeded"
    return path


def test_the_front_holds_what_no_other_beats(client, finished):
    def coordinates(trial):
        values = {name: item["value"] for name, item in trial["values"].items()}
        return values["qed"], -abs(values["logp"] - 1.0)

    points = {trial["trial_id"]: coordinates(trial) for trial in feasible(client, finished)}
    expected = {
        number
        for number, point in points.items()
        if not any(
            other != point and other[0] >= point[0] and other[1] >= point[1]
            for other in points.values()
        )
    }
    page = client.get(f"{finished}/pareto").json()
    assert {trial["trial_id"] for trial in page["items"]} == expected
    utilities = [trial["utility"] for trial in page["items"]]
    assert utilities == sorted(utilities, reverse=True)
    short = client.get(f"{finished}/pareto?limit=1").json()
    assert (len(short["items"]), short["total"]) == (1, len(expected))


def test_progress_has_the_hypervolume_beside_the_best(client, finished):
    progress = client.get(f"{finished}/progress").json()
    course = progress["hypervolume"]
    assert course == sorted(course)
    assert len(course) == len(progress["best_so_far"]) == len(feasible(client, finished))
    assert 0 < course[-1] < 1


def test_shares_tell_what_became_of_the_decodes(client, create, run, settings, source):
    path = create(constraints=[{"property": "molecular_weight", "max": 200}])
    empty = client.get(f"{path}/progress").json()
    assert [empty[name] for name in (*SHARES, "hypervolume")] == [None] * 5
    client.post(f"{path}/start")
    run(path)
    trials = client.get(f"{path}/trials?limit=1000").json()["items"]
    progress = client.get(f"{path}/progress").json()
    assert progress["hypervolume"] is None
    assert progress["novel_share"] is None
    assert 0 < progress["unique_share"] <= 1
    decoded = [trial for trial in trials if trial["smiles"] and trial["latent_asked"]]
    kept = sum(trial["reason"] is None for trial in decoded)
    assert progress["feasible_share"] == pytest.approx(kept / len(decoded)) != 1


def test_novel_is_what_the_model_was_not_trained_on(client, finished, app, source):
    known = [trial["inchi_key"] for trial in feasible(client, finished)][:3]
    TrainingIndex.of(known).write(source.folder)
    trials = client.get(f"{finished}/trials?limit=1000").json()["items"]
    decoded = [trial for trial in trials if trial["smiles"] and trial["latent_asked"]]
    share = client.get(f"{finished}/progress").json()["novel_share"]
    assert share == pytest.approx(1 - 3 / len(decoded))


def test_a_diagnosis_leaves_each_molecule_out(client, finished):
    reply = client.get(f"{finished}/diagnosis").json()
    told = client.get(f"{finished}/trials?status=evaluated&limit=1000").json()["items"]
    assert [found["objective"] for found in reply["leave_one_out"]] == ["qed", "logp"]
    for found in reply["leave_one_out"]:
        values = {t["trial_id"]: t["values"][found["objective"]]["value"] for t in told}
        assert {item["trial_id"]: item["observed"] for item in found["items"]} == values
        assert all(item["predicted_sd"] > 0 for item in found["items"])
        squares = [(i["predicted_mean"] - i["observed"]) ** 2 for i in found["items"]]
        assert found["rmse"] == pytest.approx((sum(squares) / len(squares)) ** 0.5)
        assert [item["level"] for item in found["coverage"]] == [0.5, 0.8, 0.95]
    progress = client.get(f"{finished}/progress").json()
    assert {name: reply[name] for name in SHARES} == {name: progress[name] for name in SHARES}
    assert client.get(f"{finished}/diagnosis").json() == reply


def test_a_draft_has_nothing_to_diagnose(client, create):
    path = create()
    assert client.get(f"{path}/diagnosis").json()["leave_one_out"] == []
    assert client.get(f"{path}/pareto").json()["items"] == []


def test_an_unknown_campaign_has_no_insight(client):
    for name in ("pareto", "diagnosis", "progress", "best"):
        assert_problem(client.get(f"/v1/campaigns/none/{name}"), 404)
