"""What every test stands on."""

import os

import pytest

from tests.postgresql import PostgresServer, find_programs

# No name of ours before it: to the application it would be a setting that nobody knows.
GIVEN_SERVER = os.environ.get("TEST_DATABASE_URL")


def pytest_addoption(parser):
    parser.addoption(
        "--database",
        choices=["sqlite", "postgresql"],
        default="sqlite",
        help="where the tests of the service keep their rows; some use both all the same",
    )
    parser.addoption(
        "--chaos-seconds",
        type=float,
        default=20.0,
        help="for how long the processes of each chaos test are killed",
    )
    parser.addoption(
        "--fuzz-seconds",
        type=int,
        default=0,
        help="for how long each fuzz test makes up input; 0: for a few inputs, always the same",
    )


@pytest.fixture(autouse=True)
def _no_settings_from_outside(monkeypatch):
    """A test sees the settings it makes, not those of the machine it runs on."""
    for name in os.environ:
        if name.startswith("MOLWRIGHT_") and name != "MOLWRIGHT_DATASETS_DIR":
            monkeypatch.delenv(name)


@pytest.fixture(scope="session")
def postgresql():
    """URL of a PostgreSQL on which databases may be made: the one given, or one of our own."""
    if GIVEN_SERVER is not None:
        yield GIVEN_SERVER
        return
    programs = find_programs()
    if programs is None:
        pytest.skip("no PostgreSQL: install Debian's package postgresql, or set TEST_DATABASE_URL")
    server = PostgresServer(programs)
    try:
        server.start()
        yield server.url("postgres")
    finally:
        server.close()
