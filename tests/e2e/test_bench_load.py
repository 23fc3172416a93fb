"""`molwright bench load`: a service of its own under clients that do everything."""

import re

import pytest
from typer.testing import CliRunner

from app.cli import app, bench_load
from app.cli.bench_clients import READS, WRITES, Answer, Kind
from tests.e2e.service import ROOT, TOY_MODEL


def test_it_prints_rates_latencies_and_memory(monkeypatch):
    for name, value in (TOY_MODEL | {"PYTHONPATH": str(ROOT), "COLUMNS": "120"}).items():
        monkeypatch.setenv(name, value)
    result = CliRunner().invoke(app, ["bench", "load", "--clients", "4", "--seconds", "5"])
    assert result.exit_code == 0, result.output
    assert "4 clients for 5 s" in result.output
    assert all(name in result.output for name in READS | WRITES)
    [line] = [line for line in result.output.splitlines() if re.search(r"^\W*all ", line)]
    rate, half, most, cpu = map(float, re.findall(r"[\d.]+", line))
    assert rate > 0
    assert 0 < half <= most
    assert cpu > 0
    assert re.search(r"memory of the API, MB: \d+", result.output)


def test_each_kind_alone_tells_what_it_costs(monkeypatch):
    for name, value in (TOY_MODEL | {"PYTHONPATH": str(ROOT), "COLUMNS": "120"}).items():
        monkeypatch.setenv(name, value)
    monkeypatch.setattr(bench_load, "RECORD_EVALUATIONS", 12)
    asked = ["bench", "load", "--clients", "2", "--seconds", "3", "--reads", "--alone"]
    result = CliRunner().invoke(app, asked)
    assert result.exit_code == 0, result.output
    lines = [line for line in result.output.splitlines() if re.search(r" (GET \w+|all) ", line)]
    assert len(lines) == len(READS) + 1
    assert len(re.findall(r" [\d.]+ ", lines[-1])) == 4


@pytest.mark.parametrize(
    ("status", "headers", "counted"),
    [(200, {}, "seconds"), (503, {"Retry-After": "1"}, "refused"), (503, {}, "errors")],
)
def test_what_is_no_success_is_counted_apart(status, headers, counted):
    kind = Kind()
    kind.note(Answer(status, headers, b'{"code": "busy"}'), 0.5)
    for name in ("seconds", "refused", "errors"):
        assert bool(getattr(kind, name)) is (name == counted)
