"""Fleets on databases of their own, whose tables would keep a second row."""

import pytest

from app.database import create_engine
from app.engine import port
from app.migrating import upgrade
from app.settings import Settings
from tests.chaos.census import allow_duplicates
from tests.chaos.fleet import Fleet
from tests.postgresql import PostgresServer, create_database, find_programs


@pytest.fixture(scope="session")
def seconds(request):
    return request.config.getoption("--chaos-seconds")


@pytest.fixture
def mortal_server():
    """A PostgreSQL that nothing else uses, as it is going to be killed."""
    programs = find_programs()
    if programs is None:
        pytest.skip("no PostgreSQL that may be killed: install Debian's package postgresql")
    server = PostgresServer(programs)
    try:
        server.start()
        yield server
    finally:
        server.close()


@pytest.fixture
def engine(tmp_path, database, request):
    url = ""
    if database == "postgresql":
        url = create_database(request.getfixturevalue("mortal_server").url("postgres"))
    engine = create_engine(Settings(data_dir=tmp_path, database_url=url, _env_file=None))
    upgrade(engine)
    port.migrate(engine)
    allow_duplicates(engine)
    yield engine
    engine.dispose()


@pytest.fixture
def fleet(tmp_path, engine, database, request):
    """On SQLite one API and one host; on PostgreSQL two APIs and two hosts with three workers."""
    num_apis, children, server = 1, [2], None
    if database == "postgresql":
        num_apis, children, server = 2, [2, 1], request.getfixturevalue("mortal_server")
    with Fleet(tmp_path, engine, num_apis, children, server) as fleet:
        yield fleet
