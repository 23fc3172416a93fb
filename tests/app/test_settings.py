import pytest
from pydantic import ValidationError

from app.errors import ConfigurationError
from app.settings import Settings


def test_the_defaults_of_the_contract(monkeypatch, tmp_path):
    monkeypatch.chdir(tmp_path)
    settings = Settings()
    assert (settings.host, settings.port, settings.device, settings.workers) == (
        "127.0.0.1",
        8000,
        "auto",
        1,
    )
    assert settings.resolved_database_url == f"sqlite:///{tmp_path}/.molwright/molwright.db"


def test_the_environment_wins_over_the_file(monkeypatch, tmp_path):
    monkeypatch.chdir(tmp_path)
    (tmp_path / ".env").write_text("MOLWRIGHT_PORT=9000\nMOLWRIGHT_DEVICE=cpu\nOTHER=1\n")
    monkeypatch.setenv("MOLWRIGHT_PORT", "9001")
    assert (Settings().port, Settings().device) == (9001, "cpu")


@pytest.mark.parametrize("place", ["environment", "file"])
def test_an_unknown_variable_names_the_nearest(monkeypatch, tmp_path, place):
    monkeypatch.chdir(tmp_path)
    if place == "file":
        (tmp_path / ".env").write_text("MOLWRIGHT_DATABSE_URL=sqlite://\n")
    else:
        monkeypatch.setenv("MOLWRIGHT_DATABSE_URL", "sqlite://")
    with pytest.raises(ConfigurationError, match=r"MOLWRIGHT_DATABSE_URL.*MOLWRIGHT_DATABASE_URL"):
        Settings()


@pytest.mark.parametrize("host", ["0.0.0.0", "192.168.1.4", "::", "lab.example.org"])  # noqa: S104
def test_a_host_that_others_reach_needs_keys_or_consent(monkeypatch, tmp_path, host):
    monkeypatch.chdir(tmp_path)
    with pytest.raises(ValidationError, match=r"MOLWRIGHT_REQUIRE_KEYS.*MOLWRIGHT_ALLOW_REMOTE"):
        Settings(host=host)
    assert Settings(host=host, allow_remote=True).host == host
    assert Settings(host=host, require_keys=True).host == host


@pytest.mark.parametrize("host", ["127.0.0.1", "127.0.1.1", "::1", "localhost"])
def test_loopback_needs_none(monkeypatch, tmp_path, host):
    monkeypatch.chdir(tmp_path)
    assert Settings(host=host).host == host


def test_settings_are_frozen(settings):
    with pytest.raises(ValidationError, match="frozen"):
        settings.port = 1


@pytest.mark.parametrize("origin", ["*", "https://*.example", "lab.example", "https://a.b/path"])
def test_origins_are_origins(monkeypatch, tmp_path, origin):
    monkeypatch.chdir(tmp_path)
    with pytest.raises(ValidationError, match="is no origin"):
        Settings(cors_origins=f"https://lab.example,{origin}")
    good = Settings(cors_origins="https://lab.example, http://127.0.0.1:3000")
    assert good.allowed_origins == ("https://lab.example", "http://127.0.0.1:3000")


def test_the_database_s_password_may_come_from_a_file_and_is_not_shown(monkeypatch, tmp_path):
    monkeypatch.chdir(tmp_path)
    url = "postgresql+psycopg://molwright:secret@db/molwright"
    (tmp_path / "url").write_text(f"{url}\n")
    monkeypatch.setenv("MOLWRIGHT_DATABASE_URL_FILE", str(tmp_path / "url"))
    assert Settings().resolved_database_url == url
    assert "secret" not in repr(Settings(database_url=url))
