"""Campaigns on the service of `tests/app`, and a worker that runs where the test does."""

import pytest

from app.campaigns.repository import CampaignRepository
from app.engine.iterations import CampaignIterations
from app.known.suggestions import KnownSuggestions
from tests.app.problems import check_problem

REQUEST = {
    "objectives": [{"name": "qed"}],
    "initial": {"num_samples": 6},
    "budget": {"max_evaluations": 10},
    "batch_size": 4,
    "seed": 3,
}

CODES = {404: "not_found", 409: "wrong_state", 422: "invalid_request"}


def assert_problem(response, status, code=None):
    return check_problem(response, status, code or CODES[status])


def run_id_of(sessions, path):
    with sessions() as session:
        return CampaignRepository(session).get(path.rpartition("/")[2]).run_id


@pytest.fixture
def sessions(app):
    return app.state.session_factory


@pytest.fixture
def iterations(app, sessions):
    models = app.state.models
    return CampaignIterations(sessions, models, KnownSuggestions(sessions, models, app.state.known))


@pytest.fixture
def create(client):
    def create_campaign(**changes):
        response = client.post("/v1/campaigns", json=REQUEST | changes)
        assert response.status_code == 201, response.text
        return response.headers["Location"]

    return create_campaign


@pytest.fixture
def step(sessions, iterations):
    """One iteration of a running campaign; whether there is another."""

    def run_iteration(path):
        campaign_id = path.rpartition("/")[2]
        run_id = run_id_of(sessions, path)
        outcome = iterations.propose(campaign_id, run_id)
        if outcome is None:
            return False
        with sessions.begin() as session:
            return iterations.commit(session, campaign_id, run_id, outcome)

    return run_iteration


@pytest.fixture
def run(client, step):
    """A campaign's iterations until it stops; its reply then."""

    def run_campaign(path):
        while step(path):
            pass
        return client.get(path).json()

    return run_campaign
