"""Campaigns that move to another database or version, as a client sees them."""

import time

from app.database import create_session_factory
from app.engine import port
from app.engine.iterations import CampaignIterations
from tests.app.engine.conftest import REQUEST

BODY = REQUEST.model_dump(mode="json", exclude_none=True)


def two_campaigns(client):
    """Paths of a draft with told, corrected and open trials, and of one that runs."""
    path = f"/v1/campaigns/{_created(client.post('/v1/campaigns', json=BODY))}"
    molecules = client.post(f"{path}/suggestions", json={"num_molecules": 3}).json()["items"]
    values = {"qed": 0.1 + 0.2}
    results = [
        {"trial_id": molecules[0]["trial_id"], "values": values, "metadata": {"a": [1e20, 5e-324]}},
        {"smiles": "CCO", "values": values, "note": "näive\n‰"},
    ]
    assert client.post(f"{path}/results", json=results).status_code == 200
    number = client.get(f"{path}/trials").json()["total"] - 1
    patch = {"values": {"qed": 1 / 3}}
    assert client.patch(f"{path}/trials/{number}", json=patch).status_code == 200
    running = f"/v1/campaigns/{_created(client.post('/v1/campaigns', json=BODY))}"
    assert client.post(f"{running}/start").status_code == 202
    return path, running


def _created(response):
    assert response.status_code == 201, response.text
    return response.json()["id"]


def seen(client, path):
    """Everything that is told about a campaign."""
    paths = [path, f"{path}/trials", f"{path}/progress", f"{path}/export?format=json"]
    campaign, *others = [client.get(each).json() for each in paths]
    campaign.pop("updated_at")  # of one that runs: it got a new run
    return [campaign, *others]


def without_known(answers):
    """What `seen` tells, as of a version that did not know which suggestions are known."""
    for answer in answers:
        for item in answer if isinstance(answer, list) else answer.get("items", ()):
            if "known" in item:
                item["known"] = None
    return answers


def finish(client, path):
    """Run what waits for a worker, until the campaign stops."""
    state = client.app.state
    sessions = create_session_factory(state.engine)
    runner = port.launch(state.engine, "e" * 32, CampaignIterations(sessions, state.models))
    try:
        deadline = time.monotonic() + 60
        while client.get(path).json()["state"] == "running" and time.monotonic() < deadline:
            time.sleep(0.1)
    finally:
        runner.stop()
    return client.get(path).json()
