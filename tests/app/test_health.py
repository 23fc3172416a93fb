import pytest
import sqlalchemy as sa
from fastapi.testclient import TestClient

from app.main import create_app
from app.settings import Settings


def test_live(client):
    response = client.get("/health/live")
    assert (response.status_code, response.json()) == (200, {"status": "ok"})


def test_ready(client):
    response = client.get("/health/ready")
    assert (response.status_code, response.json()) == (200, {"status": "ok", "missing": {}})


def _missing(app) -> dict:
    with TestClient(app) as client:
        response = client.get("/health/ready")
    assert response.status_code == 503
    assert response.json()["status"] == "unavailable"
    return response.json()["missing"]


def test_a_missing_worker_is_named(settings, source):
    app = create_app(settings, model_source=source, worker_status=lambda _: "no worker is running")
    assert _missing(app) == {"worker": "no worker is running"}


def test_a_missing_model_is_named_and_the_service_lives(settings, source):
    settings = settings.model_copy(update={"model": "absent"})
    app = create_app(settings, model_source=source, worker_status=lambda _: None)
    assert "absent" in _missing(app)["model"]
    with TestClient(app) as client:
        assert client.post("/v1/properties", json={"smiles": ["C"]}).status_code == 200


@pytest.mark.parametrize("damage", ["DELETE FROM alembic_version", "DROP TABLE alembic_version"])
def test_a_database_of_another_version_is_named(client, app, damage):
    with app.state.engine.begin() as connection:
        connection.execute(sa.text(damage))
    response = client.get("/health/ready")
    assert response.status_code == 503
    assert "migrate" in response.json()["missing"]["database"]


def test_a_database_that_does_not_answer_is_named(source, tmp_path, client, app):
    app.state.session_factory.configure(
        bind=sa.create_engine(f"sqlite:///{tmp_path}/no/such/folder.db")
    )
    response = client.get("/health/ready")
    assert response.status_code == 503
    assert response.json()["missing"].keys() == {"database", "worker"}


def test_readiness_does_not_wait_for_a_writer(client, app):
    with app.state.engine.begin():
        assert client.get("/health/ready").status_code == 200


def test_settings_reach_the_app(settings, app):
    assert isinstance(app.state.settings, Settings)
    assert app.state.settings is settings
