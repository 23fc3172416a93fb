"""`molwright bench load`: a service of its own under clients that do everything."""

import re

import httpx
import pytest
from typer.testing import CliRunner

from app.cli import app
from app.cli.bench_load import READS, WRITES, Kind
from tests.e2e.service import ROOT, TOY_MODEL


def test_it_prints_rates_latencies_and_memory(monkeypatch):
    for name, value in (TOY_MODEL | {"PYTHONPATH": str(ROOT), "COLUMNS": "120"}).items():
        monkeypatch.setenv(name, value)
    result = CliRunner().invoke(app, ["bench", "load", "--clients", "4", "--seconds", "5"])
    assert result.exit_code == 0, result.output
    assert "4 clients for 5 s" in result.output
    assert all(name in result.output for name in READS | WRITES)
    [line] = [line for line in result.output.splitlines() if re.search(r"^\W*all ", line)]
    rate, half, most = map(float, re.findall(r"[\d.]+", line))
    assert rate > 0
    assert 0 < half <= most
    assert re.search(r"memory of the API, MB: \d+", result.output)


@pytest.mark.parametrize(
    ("status", "headers", "counted"),
    [(200, {}, "seconds"), (503, {"Retry-After": "1"}, "refused"), (503, {}, "errors")],
)
def test_what_is_no_success_is_counted_apart(status, headers, counted):
    kind = Kind()
    kind.note(httpx.Response(status, headers=headers, json={"code": "busy"}), 0.5)
    for name in ("seconds", "refused", "errors"):
        assert bool(getattr(kind, name)) is (name == counted)
