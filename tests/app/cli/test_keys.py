import re

import pytest
from typer.testing import CliRunner

from app.access.keys import KeyRepository
from app.access.tables import AuditRow
from app.cli import app
from app.database import create_engine, create_session_factory
from app.errors import UnauthorizedError
from app.settings import Settings


@pytest.fixture
def keys(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)

    def invoke(*arguments):
        return CliRunner().invoke(app, ["keys", *arguments], env={"COLUMNS": "200"})

    return invoke


def ask(question):
    engine = create_engine(Settings())
    try:
        with create_session_factory(engine)() as session:
            return question(session)
    finally:
        engine.dispose()


def recognise(token):
    return ask(lambda session: KeyRepository(session).recognise(token))


def test_a_key_is_printed_once_works_and_is_revoked(keys):
    made = keys("create", "laptop", "--owner", "alice", "--scope", "read", "--max-body-mb", "2")
    assert made.exit_code == 0, made.output
    token = made.stdout.strip()
    actor = recognise(token)
    assert (actor.owner, actor.scope, actor.max_body_bytes) == ("alice", "read", 2 * 1024 * 1024)
    listed = keys("list").output
    assert "laptop" in listed
    _, key_id, secret = token.split("_", maxsplit=2)  # the secret itself may hold more of them
    assert key_id in listed
    assert secret not in listed
    assert keys("revoke", actor.key_id).exit_code == 0
    with pytest.raises(UnauthorizedError, match="revoked"):
        recognise(token)
    assert re.search(r"revoked \d{4}-", keys("list").output)


def test_who_made_and_revoked_keys_is_audited(keys):
    token = keys("create", "laptop", "--owner", "alice").stdout.strip()
    keys("revoke", token.split("_")[1])
    rows = ask(lambda session: session.query(AuditRow).order_by(AuditRow.id).all())
    assert [row.action for row in rows] == ["molwright keys create", "molwright keys revoke"]
    assert all(row.owner.endswith("at the console") for row in rows)


def test_a_key_expires_unless_told_otherwise(keys):
    keys("create", "a", "--owner", "alice")
    keys("create", "b", "--owner", "alice", "--never-expires")
    keys("create", "c", "--owner", "alice", "--days", "1")
    rows = [line for line in keys("list").output.splitlines() if "alice" in line]
    assert ["never" in row for row in rows] == [False, True, False]


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["create", "laptop", "--owner", "al ice"], "cannot own keys"),
        (["create", "", "--owner", "alice"], "is no name"),
        (["create", "a\nb", "--owner", "alice"], "is no name"),
        (["create", "laptop", "--owner", "alice", "--scope", "root"], "root"),
        (["create", "laptop"], "owner"),
        (["revoke", "0"], "no key has the id '0'"),
    ],
)
def test_what_cannot_be_done_is_one_line_and_2(keys, arguments, says):
    result = keys(*arguments)
    assert result.exit_code == 2
    assert says in result.output


def test_a_key_is_revoked_once(keys):
    token = keys("create", "laptop", "--owner", "alice").stdout.strip()
    key_id = token.split("_")[1]
    assert keys("revoke", key_id).exit_code == 0
    again = keys("revoke", key_id)
    assert again.exit_code == 2
    assert "was revoked on" in again.output
