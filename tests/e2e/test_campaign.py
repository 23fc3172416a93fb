"""Campaigns over HTTP in a real `molwright serve`, with its processes killed on the way."""

import functools
import os
import signal

import pytest

from bayesopt.campaign import Campaign
from bayesopt.constraints import Alerts
from bayesopt.objectives import Objective
from bayesopt.spec import CampaignSpec
from tests.e2e.service import Service
from tests.toys import ToyLatentModel

QED = [{"name": "qed"}]


@pytest.fixture(scope="module")
def service(tmp_path_factory, database_url):
    service = Service(tmp_path_factory.mktemp("service"), database_url=database_url)
    try:
        service.start()
        yield service
        assert service.stop() == 0, service.log_tail()
        assert service.worker_pids() == set()
    finally:
        service.close()


def request(num_evaluations, batch_size=4, seed=5, **others):
    return {
        "objectives": QED,
        "initial": {"num_samples": 12},
        "budget": {"max_evaluations": num_evaluations},
        "batch_size": batch_size,
        "seed": seed,
        **others,
    }


@functools.cache
def uninterrupted(num_evaluations, batch_size=4, seed=5):
    """What the same campaign finds in one piece, in this process."""
    spec = CampaignSpec(
        objectives=(Objective("qed"),),
        constraints=(Alerts(),),  # as a campaign over HTTP has them by default
        num_initial_samples=12,
        batch_size=batch_size,
        seed=seed,
        max_evaluations=num_evaluations,
    )
    campaign = Campaign(spec, ToyLatentModel())
    while not campaign.finished:
        campaign.ask()
        campaign.evaluate()
    return [(trial.number, trial.status, trial.smiles) for trial in campaign.trials]


def assert_nothing_lost_or_repeated(service, path, num_evaluations):
    trials = service.get(f"{path}/trials?limit=1000")["items"]
    assert [trial["trial_id"] for trial in trials] == list(range(len(trials)))
    keys = [trial["inchi_key"] for trial in trials if trial["status"] == "evaluated"]
    assert len(keys) == len(set(keys)) == num_evaluations
    campaign_id = path.rpartition("/")[2]
    values = "SELECT number, objective FROM trial_values WHERE campaign_id = :id"
    stored = service.sql(values, id=campaign_id)
    assert len(stored) == len(set(stored)) == num_evaluations
    iterations = "SELECT iteration FROM iterations WHERE campaign_id = :id ORDER BY iteration"
    numbers = [number for (number,) in service.sql(iterations, id=campaign_id)]
    assert numbers == list(range(len(numbers)))
    found = [(trial["trial_id"], trial["status"], trial["smiles"]) for trial in trials]
    assert found == uninterrupted(num_evaluations)


def wait_for_evaluations(service, path, number):
    service.wait(
        lambda: service.get(path)["num_evaluations"] >= number,
        what=f"{number} evaluations of {path}",
        found=lambda: service.get(path),
    )
    assert service.get(path)["state"] == "running", "too fast to be interrupted"


def test_a_killed_worker_is_replaced_and_nothing_is_lost_or_repeated(service):
    path = service.run(**request(48))
    wait_for_evaluations(service, path, 20)
    (before,) = service.worker_pids()

    os.kill(before, signal.SIGKILL)

    assert service.wait_for(path, "succeeded", "failed")["state"] == "succeeded"
    assert before not in service.worker_pids()
    assert_nothing_lost_or_repeated(service, path, 48)


def test_a_killed_service_goes_on_when_it_is_started_again(service):
    path = service.run(**request(48))
    wait_for_evaluations(service, path, 16)

    service.kill()
    service.start()

    assert service.wait_for(path, "succeeded", "failed")["state"] == "succeeded"
    assert_nothing_lost_or_repeated(service, path, 48)


def test_pause_resume_cancel(service):
    path = service.run(**request(48))
    wait_for_evaluations(service, path, 12)

    assert service.post(f"{path}/pause")["state"] == "paused"
    paused = service.get(path)
    service.run(**request(1, initial={"num_samples": 1}))  # the worker is free for another
    assert service.get(path) == paused

    assert service.post(f"{path}/resume")["state"] == "running"
    wait_for_evaluations(service, path, paused["num_evaluations"] + 4)
    assert service.post(f"{path}/cancel")["state"] == "cancelled"
    cancelled = service.get(path)
    other = service.run(**request(2, initial={"num_samples": 2}))
    service.wait_for(other, "succeeded")
    assert service.get(path) == cancelled
    assert service.http.post(f"{path}/resume").status_code == 409


def test_a_measured_campaign_waits_for_the_bench(service):
    measured = [{"name": "pIC50", "source": "measured"}, {"name": "qed"}]
    path = service.run(**request(6, batch_size=3, initial={"num_samples": 3}, objectives=measured))
    for _ in range(2):
        service.wait_for(path, "waiting")
        pending = service.get(f"{path}/trials?status=partial")["items"]
        assert len(pending) == 3
        assert all(set(trial["values"]) == {"qed"} for trial in pending)
        results = [
            {"trial_id": trial["trial_id"], "values": {"pIC50": 5 + len(trial["smiles"]) / 10}}
            for trial in pending
        ]
        service.post(f"{path}/results", results[:1])
        assert service.get(path)["state"] == "waiting"
        service.post(f"{path}/results", results[1:])
    campaign = service.wait_for(path, "succeeded", "failed")
    assert (campaign["state"], campaign["num_evaluations"]) == ("succeeded", 6)
