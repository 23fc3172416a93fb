"""The service on a migrated SQLite file, with the toy model in place of a network."""

import functools
import shutil
from pathlib import Path

import pytest
from fastapi.testclient import TestClient
from prometheus_client.parser import text_string_to_metric_families

from app.logging import configure_logging
from app.main import create_app
from app.settings import Settings
from tests.toys import ToyLatentModel

toy = functools.cache(ToyLatentModel)


TOY_CARD = {
    "dataset": "enumerated",
    "reconstruction": None,
    "neighbourhood": {
        "radii": [{"radius": 0.0, "similarity": 1.0}, {"radius": 2.0, "similarity": 0.5}]
    },
}


class ToySource:
    """A source of one model, called `toy`, that counts how often it is loaded."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.num_loads = 0

    def available(self) -> list[str]:
        return ["toy"]

    def load(self, name: str, /, device: str = "auto") -> ToyLatentModel:
        self.num_loads += 1
        return toy()

    def card(self, name: str, /) -> dict:
        return TOY_CARD

    def locate(self, name: str, /) -> Path:
        return self.folder


def _settings(folder: Path) -> Settings:
    return Settings(data_dir=folder, model="toy", trusted_hosts="testserver", _env_file=None)


@pytest.fixture(scope="session", autouse=True)
def _plain_logs():
    configure_logging("console")


@pytest.fixture(scope="session")
def migrated(tmp_path_factory) -> Path:
    """A data directory whose database was migrated once, for every test to copy."""
    settings = _settings(tmp_path_factory.mktemp("migrated"))
    app = create_app(settings, model_source=ToySource(settings.data_dir))
    with TestClient(app):
        return settings.data_dir


@pytest.fixture
def settings(tmp_path, migrated):
    return _settings(Path(shutil.copytree(migrated, tmp_path / "data")))


@pytest.fixture
def source(tmp_path):
    return ToySource(tmp_path)


@pytest.fixture
def app(settings, source):
    return create_app(settings, model_source=source, worker_status=lambda sessions: None)


@pytest.fixture
def client(app):
    with TestClient(app, raise_server_exceptions=False) as client:
        yield client


@pytest.fixture
def model(app):
    return app.state.models.get()


@pytest.fixture
def scrape(client):
    """Every sample of `/metrics`: its name, then the values of its labels, sorted."""

    def read():
        response = client.get("/metrics")
        assert response.status_code == 200
        assert response.headers["content-type"].startswith("text/plain")
        return {
            (sample.name, *sorted(sample.labels.values())): sample.value
            for family in text_string_to_metric_families(response.text)
            for sample in family.samples
        }

    return read
