"""Where the services of these tests keep their rows."""

import pytest

from tests.postgresql import create_database, drop_database


@pytest.fixture(scope="module")
def database_url(request):
    """Empty: a SQLite file in the data directory; ``--database postgresql``: one on a server."""
    if request.config.getoption("--database") == "sqlite":
        yield ""
        return
    server = request.getfixturevalue("postgresql")
    url = create_database(server)
    yield url
    drop_database(server, url)
