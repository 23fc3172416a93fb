"""Wanting something else on the way, and forgetting a campaign."""

from math import prod

import pytest
import sqlalchemy as sa

from app.database import all_tables
from tests.app.campaigns.conftest import assert_problem, run_id_of

LOGP = [{"name": "logp", "direction": "target", "target": 2.0}]
PIC50 = [{"name": "qed"}, {"name": "pIC50", "source": "measured"}]
LIGHT = [{"property": "molecular_weight", "max": 200}]


def trials_of(client, path):
    return client.get(f"{path}/trials?limit=1000").json()["items"]


def patch(client, path, **changes):
    response = client.patch(path, json=changes)
    assert response.status_code == 200, response.text
    assert response.json() == client.get(path).json()
    return response.json()


@pytest.fixture
def finished(client, create, run):
    path = create(constraints=LIGHT)
    client.post(f"{path}/start")
    assert run(path)["state"] == "succeeded"
    return path


def test_new_objectives_are_a_new_version_by_which_all_is_scored(client, finished):
    before = trials_of(client, finished)
    best = client.get(finished).json()["best_utility"]
    campaign = patch(client, finished, objectives=LOGP)
    assert (campaign["objective_version"], campaign["state"]) == (2, "succeeded")
    assert campaign["constraints"] != []
    after = trials_of(client, finished)
    for old, new in zip(before, after, strict=True):
        assert (old["status"], old["smiles"]) == (new["status"], new["smiles"])
        assert new["objective_version"] == 1
        if new["status"] == "evaluated":
            assert new["values"].keys() == {"logp"}
            assert new["utility"] == pytest.approx(-abs(new["values"]["logp"]["value"] - 2.0))
            assert new["history"].keys() == {"qed"}
    utilities = [t["utility"] for t in after if t["utility"] is not None and not t["reason"]]
    assert campaign["best_utility"] == max(utilities) != best
    assert client.get(f"{finished}/best?limit=1").json()["items"][0]["utility"] == max(utilities)
    versions = client.get(f"{finished}/objectives").json()["items"]
    assert [v["version"] for v in versions] == [1, 2]
    assert [v["objectives"][0]["name"] for v in versions] == ["qed", "logp"]
    assert versions[0]["constraints"] == versions[1]["constraints"]


def test_another_scalarization_is_a_new_version_that_scores_what_is_stored(client, create, run):
    two = [
        {"name": "qed", "low": 0, "high": 1, "weight": 3},
        {"name": "logp", "low": -2, "high": 6},
    ]
    path = create(objectives=two)
    client.post(f"{path}/start")
    run(path)
    before = trials_of(client, path)
    rescored = dict.fromkeys(("utility", "updated_at"))
    for version, scalarization in enumerate(["geometric", "pareto", "pareto", "weighted"], 2):
        campaign = patch(client, path, scalarization=scalarization)
        assert campaign["scalarization"] == scalarization
        assert campaign["objective_version"] == version - (version > 3)
        after = trials_of(client, path)
        utilities = [trial["utility"] for trial in after if trial["utility"] is not None]
        assert campaign["best_utility"] == max(utilities)
        for old, new in zip(before, after, strict=True):
            assert old | rescored == new | rescored
            if new["status"] == "evaluated":
                qed, logp = (new["values"][name]["value"] for name in ("qed", "logp"))
                scores = (qed, 3), ((logp + 2) / 8, 1)
                expected = sum(score * weight for score, weight in scores) / 4
                if scalarization == "geometric":
                    expected = prod(min(1, max(0, s)) ** (w / 4) for s, w in scores)
                assert new["utility"] == pytest.approx(expected)
    versions = client.get(f"{path}/objectives").json()["items"]
    named = [version["scalarization"] for version in versions]
    assert named == ["weighted", "geometric", "pareto", "weighted"]
    assert [t["utility"] for t in trials_of(client, path)] == [t["utility"] for t in before]


def test_constraints_are_judged_both_ways(client, finished):
    def reasons():
        return [trial["reason"] for trial in trials_of(client, finished)]

    refused = [i for i, reason in enumerate(reasons()) if reason and "molecular_w" in reason]
    assert refused
    patch(client, finished, constraints=[])
    assert [reasons()[i][:9] for i in refused] == ["no budget"] * len(refused)
    patch(client, finished, budget={"max_evaluations": 50})
    assert all(reasons()[i] is None for i in refused)
    revived = [trials_of(client, finished)[i] for i in refused]
    assert all(trial["status"] == "evaluated" and trial["latent"] for trial in revived)
    tight = [{"property": "molecular_weight", "max": 1}]
    assert patch(client, finished, constraints=tight)["best_utility"] is None
    assert client.get(f"{finished}/best").json()["total"] == 0


def test_a_raised_budget_lets_a_finished_campaign_go_on(client, finished, run):
    patch(client, finished, budget={"max_evaluations": 14}, batch_size=2)
    assert client.post(f"{finished}/resume").status_code == 202
    campaign = run(finished)
    assert (campaign["state"], campaign["num_evaluations"]) == ("succeeded", 14)
    keys = [trial["inchi_key"] for trial in trials_of(client, finished) if trial["inchi_key"]]
    assert len(keys) == len(set(keys))


def test_a_budget_s_other_member_stays(client, create):
    path = create(budget={"max_evaluations": 10, "max_seconds": 60})
    campaign = patch(client, path, budget={"max_evaluations": 20})
    assert campaign["budget"] == {"max_evaluations": 20, "max_seconds": 60}


def test_the_same_again_and_a_name_are_no_new_version(client, finished):
    same = {name: client.get(finished).json()[name] for name in ("objectives", "constraints")}
    before = trials_of(client, finished)
    assert patch(client, finished, **same)["objective_version"] == 1
    campaign = patch(client, finished, name="  the   second ")
    assert (campaign["name"], campaign["objective_version"]) == ("the second", 1)
    assert trials_of(client, finished) == before


def test_what_a_worker_computed_for_the_old_wish_is_dropped(client, create, sessions, iterations):
    path = create()
    client.post(f"{path}/start")
    campaign_id, run_id = path.rpartition("/")[2], run_id_of(sessions, path)
    late = iterations.propose(campaign_id, run_id)
    assert patch(client, path, objectives=LOGP)["state"] == "running"
    with sessions.begin() as session:
        assert iterations.commit(session, campaign_id, run_id, late)
    assert trials_of(client, path) == []
    late = iterations.propose(campaign_id, run_id)
    with sessions.begin() as session:
        assert iterations.commit(session, campaign_id, run_id, late)
    evaluated = [t for t in trials_of(client, path) if t["status"] == "evaluated"]
    assert evaluated
    assert all(t["values"].keys() == {"logp"} and t["objective_version"] == 2 for t in evaluated)


def test_a_campaign_waits_for_what_is_measured_no_longer_than_it_is_wanted(client, create, run):
    path = create(objectives=PIC50)
    client.post(f"{path}/start")
    assert run(path)["state"] == "waiting"
    assert patch(client, path, objectives=PIC50[:1])["state"] == "running"
    assert run(path)["state"] == "succeeded"


@pytest.mark.parametrize(
    ("change", "pointer"),
    [
        ({}, ""),
        ({"objectives": []}, "/objectives"),
        ({"objectives": None}, ""),
        ({"objectives": [{"name": "qeed"}]}, "/objectives/0/name"),
        ({"objectives": [{"name": "qed"}, {"name": "qed"}]}, "/objectives/1/name"),
        ({"constraints": [{"smarts": "C1CC"}]}, "/constraints/0/smarts"),
        ({"scalarization": "sum"}, "/scalarization"),
        ({"scalarization": None}, ""),
        ({"budget": {"max_evaluations": 0}}, "/budget/max_evaluations"),
        ({"seed": 4}, "/seed"),
    ],
)
def test_a_change_that_cannot_be_run_is_pointed_at_and_changes_nothing(
    client, create, change, pointer
):
    path = create()
    before = client.get(path).json()
    problem = assert_problem(client.patch(path, json=change), 422)
    assert problem["errors"][0]["pointer"] == pointer
    assert client.get(path).json() == before


def test_a_deleted_campaign_leaves_nothing(client, finished, create, sessions, iterations):
    other = create()
    client.post(f"{other}/start")
    assert_problem(client.delete(other), 409)
    run_id = run_id_of(sessions, other)
    late = iterations.propose(other.rpartition("/")[2], run_id)
    client.post(f"{other}/pause")
    for path in (finished, other):
        assert client.delete(path).status_code == 204
        assert_problem(client.get(path), 404)
        assert_problem(client.delete(path), 404)
    with sessions.begin() as session:  # a worker that had not noticed
        assert not iterations.commit(session, other.rpartition("/")[2], run_id, late)
    assert iterations.propose(other.rpartition("/")[2], run_id) is None
    with sessions() as session:
        for name in ("campaigns", "objective_versions", "trials", "trial_values", "iterations"):
            table = all_tables().tables[name]
            assert session.scalar(sa.select(sa.func.count()).select_from(table)) == 0, name


def test_an_unknown_campaign_is_not_found(client):
    assert_problem(client.patch("/v1/campaigns/none", json={"name": "x"}), 404)
    assert_problem(client.patch("/v1/campaigns/none", json={"batch_size": 2}), 404)
    assert_problem(client.get("/v1/campaigns/none/objectives"), 404)
