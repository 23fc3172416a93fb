"""`molwright bench-http`: a service of its own, driven by several clients."""

import re

import pytest
from typer.testing import CliRunner

from app.cli import app, own_service
from tests.e2e.service import ROOT, TOY_MODEL


def test_it_prints_rates_and_latencies_of_both_kinds(monkeypatch):
    for name, value in (TOY_MODEL | {"PYTHONPATH": str(ROOT), "COLUMNS": "120"}).items():
        monkeypatch.setenv(name, value)
    options = ["--clients", "4", "--requests", "8", "--molecules", "3"]
    result = CliRunner().invoke(app, ["bench-http", *options])
    assert result.exit_code == 0, result.output
    assert "4 clients, 8 requests of 3 molecules" in result.output
    for path in ("/v1/sample", "/v1/decode"):
        [line] = [line for line in result.output.splitlines() if path in line]
        served, threads, ratio, alone, half, most, spread = map(
            float, re.findall(r"[\d.]+", line.split(path)[1])
        )
        assert served > 0
        assert alone > 0
        assert ratio == pytest.approx(served / threads, rel=0.1, abs=0.01)
        assert 0 < half <= most
        assert spread == pytest.approx(most / half, rel=0.1)


def test_a_service_that_does_not_start_says_why(monkeypatch):
    for name, value in TOY_MODEL.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setattr(own_service, "SERVE", "raise SystemExit('no such port')")
    result = CliRunner().invoke(app, ["bench-http", "--requests", "2", "--molecules", "1"])
    assert result.exit_code != 0
    assert "the service did not start: no such port" in result.output
