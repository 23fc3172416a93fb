"""The service on a migrated database, with the toy model in place of a network.

The database is a SQLite file or, with ``--database postgresql`` or the mark ``ON_BOTH`` of
``tests.app.databases``, one on PostgreSQL.
"""

import functools
import shutil
from pathlib import Path

import pytest
import sqlalchemy as sa
from fastapi.testclient import TestClient
from prometheus_client.parser import text_string_to_metric_families

from app.database import create_engine
from app.engine import port
from app.logging import configure_logging
from app.main import create_app
from app.migrating import upgrade
from app.settings import Settings
from tests.postgresql import create_database, drop_database
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


@pytest.fixture(scope="session", autouse=True)
def _plain_logs():
    configure_logging("console")


@pytest.fixture
def backend(request):
    """Name of the database that the test runs on."""
    return request.config.getoption("--database")


@pytest.fixture(scope="session")
def migrated_sqlite(tmp_path_factory) -> Path:
    """A data directory whose database was migrated once, for every test to copy."""
    folder = tmp_path_factory.mktemp("migrated")
    _migrate(Settings(data_dir=folder, _env_file=None))
    return folder


@pytest.fixture(scope="session")
def migrated_postgresql(postgresql, tmp_path_factory):
    """Name of a database that was migrated once, for every test to copy."""
    url = create_database(postgresql)
    _migrate(Settings(data_dir=tmp_path_factory.mktemp("pg"), database_url=url, _env_file=None))
    yield sa.make_url(url).database
    drop_database(postgresql, url)


def _migrate(settings):
    engine = create_engine(settings)
    upgrade(engine)
    port.migrate(engine)
    engine.dispose()


@pytest.fixture
def make_postgresql(request):
    """Makes migrated and empty databases; gives their URLs."""
    made = []
    server = functools.partial(request.getfixturevalue, "postgresql")

    def make(*, migrated=True):
        template = request.getfixturevalue("migrated_postgresql") if migrated else "template1"
        made.append(create_database(server(), template))
        return made[-1]

    yield make
    for url in made:
        drop_database(server(), url)


@pytest.fixture
def settings(backend, tmp_path, request):
    """Of a service whose database is migrated and empty."""
    folder, url = tmp_path / "data", ""
    if backend == "sqlite":
        shutil.copytree(request.getfixturevalue("migrated_sqlite"), folder)
    else:
        url = request.getfixturevalue("make_postgresql")()
    return Settings(
        data_dir=folder,
        model="toy",
        database_url=url,
        trusted_hosts="testserver",
        _env_file=None,
    )


@pytest.fixture
def unmigrated(backend, tmp_path, request):
    """Settings of a database that has no tables."""
    url = ""
    if backend == "postgresql":
        url = request.getfixturevalue("make_postgresql")(migrated=False)
    return Settings(data_dir=tmp_path / "new", database_url=url, _env_file=None)


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
