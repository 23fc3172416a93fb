"""Address and key, from arguments or the environment; and nothing heavy comes along."""

import subprocess
import sys

import httpx
import pytest

from app.client import Client
from app.client.client import KEY_VARIABLE, URL_VARIABLE
from app.settings import Settings


@pytest.fixture
def seen():
    return []


@pytest.fixture
def connect(seen):
    def answer(request):
        seen.append(request)
        return httpx.Response(200, json={"status": "ok"})

    def make(*args, **kwargs):
        return Client(*args, transport=httpx.MockTransport(answer), **kwargs)

    return make


def test_this_machine_and_no_key_by_default(connect, seen, monkeypatch):
    monkeypatch.delenv(KEY_VARIABLE, raising=False)
    monkeypatch.delenv(URL_VARIABLE, raising=False)
    connect().health.live()
    assert str(seen[0].url) == "http://127.0.0.1:8000/health/live"
    assert "Authorization" not in seen[0].headers


def test_address_and_key_from_the_environment(connect, seen, monkeypatch):
    monkeypatch.setenv(KEY_VARIABLE, "mw_a_b\n")
    monkeypatch.setenv(URL_VARIABLE, "https://molwright.example/lab")
    connect().health.live()
    assert str(seen[0].url) == "https://molwright.example/lab/health/live"
    assert seen[0].headers["Authorization"] == "Bearer mw_a_b"


def test_an_argument_wins(connect, seen, monkeypatch):
    monkeypatch.setenv(KEY_VARIABLE, "mw_a_b")
    monkeypatch.setenv(URL_VARIABLE, "https://molwright.example")
    client = connect("http://other.example", api_key="mw_c_d")
    client.health.live()
    assert seen[0].url.host == "other.example"
    assert seen[0].headers["Authorization"] == "Bearer mw_c_d"
    assert "mw_c_d" not in repr(client)


def test_a_server_does_not_mind_the_client_s_variables(monkeypatch):
    monkeypatch.setenv(KEY_VARIABLE, "mw_a_b")
    monkeypatch.setenv(URL_VARIABLE, "https://molwright.example")
    Settings(_env_file=None)


def test_it_brings_along_neither_torch_nor_a_server():
    heavy = {
        "torch", "rdkit", "pandas", "fastapi", "starlette", "sqlalchemy", "dbos",
        "bayesopt", "chemvae", "data",
    }  # fmt: skip
    code = "import sys, app.client; print(*{m.partition('.')[0] for m in sys.modules})"
    done = subprocess.run(  # noqa: S603
        [sys.executable, "-c", code], capture_output=True, text=True, check=True
    )
    loaded = set(done.stdout.split())
    assert "httpx" in loaded
    assert not loaded & heavy
