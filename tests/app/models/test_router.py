from tests.app.conftest import TOY_CARD
from tests.app.problems import check_problem

CARD = {
    "name": "toy",
    "is_default": True,
    "latent_dim": 12,
    "weights_sha256": "toy-12-3.0",
    "labels": [],
    "properties": ["logp", "tpsa"],
    "card": TOY_CARD,
}


def test_the_list(client):
    assert client.get("/v1/models").json() == {"items": [CARD], "total": 1, "next": None}


def test_one_model(client):
    assert client.get("/v1/models/toy").json() == CARD


def test_an_unknown_model(client):
    body = check_problem(client.get("/v1/models/zinc"), 404, "not_found")
    assert "toy" in body["detail"]
