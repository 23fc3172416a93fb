import pytest
from typer.testing import CliRunner

from app.cli import app


@pytest.fixture
def molwright(tmp_path, monkeypatch):
    """Commands on a database that a secret file names."""
    monkeypatch.chdir(tmp_path)

    def invoke(name, *arguments):
        secret = tmp_path / f"{name}.url"
        secret.write_text(f"sqlite:///{tmp_path / name}\n")
        env = {"COLUMNS": "200", "MOLWRIGHT_DATABASE_URL_FILE": str(secret)}
        return CliRunner().invoke(app, arguments, env=env)

    return invoke


def test_what_is_backed_up_is_restored_elsewhere(molwright):
    made = molwright("old.db", "keys", "create", "laptop", "--owner", "alice")
    assert made.exit_code == 0, made.output
    done = molwright("old.db", "backup", "kept 50%?.backup")
    assert done.exit_code == 0, done.output
    assert "every row was copied and compared" in done.output
    assert "laptop" not in molwright("new.db", "keys", "list").output
    back = molwright("new.db", "restore", "kept 50%?.backup")
    assert back.exit_code == 0, back.output
    assert "laptop" in molwright("new.db", "keys", "list").output
    again = molwright("new.db", "restore", "kept 50%?.backup")
    assert (again.exit_code, "is not empty" in again.output) == (2, True)


def test_a_folder_that_is_not_there_is_one_line(molwright):
    molwright("old.db", "migrate")
    failed = molwright("old.db", "backup", "nowhere/kept")
    assert failed.exit_code == 1
    assert "nowhere" in failed.output
    assert "Traceback" not in failed.output
