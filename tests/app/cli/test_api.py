from types import SimpleNamespace

import httpx

from app.cli import api

AIOHTTP_SECONDS = 15
"""Its connector's default."""


def test_clients_forget_an_idle_connection_before_the_service_closes_it(settings, monkeypatch):
    configs = []
    monkeypatch.setattr(api, "on_stop", lambda act: None)
    monkeypatch.setattr(
        api, "Server", lambda config: SimpleNamespace(run=lambda: configs.append(config))
    )
    api.run_api(settings, 5)
    [config] = configs
    forgotten = max(httpx.Limits().keepalive_expiry, AIOHTTP_SECONDS)
    assert config.timeout_keep_alive > forgotten
