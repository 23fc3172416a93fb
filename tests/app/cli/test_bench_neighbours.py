"""`molwright bench neighbours`."""

import re

import pytest
from typer.testing import CliRunner

from app.cli import app, bench_neighbours
from tests.toys import library


@pytest.fixture
def molwright(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("MOLWRIGHT_MODEL", "toy")
    monkeypatch.setenv("MOLWRIGHT_MODEL_SOURCE", "tests.e2e.models")
    monkeypatch.setattr(
        bench_neighbours, "load_smiles", lambda dataset, of: library()[:: 40 if of == "test" else 8]
    )

    def invoke(*arguments):
        result = CliRunner().invoke(
            app, ["bench", "neighbours", *arguments], env={"COLUMNS": "200"}
        )
        assert result.exit_code == 0, result.output
        return result.output

    return invoke


@pytest.mark.parametrize("latents", ["model", "prior"])
def test_an_index_is_built_once_and_measured(molwright, latents):
    asked = ("--molecules", "400", "--queries", "4", "-k", "3", "--latents", latents)
    output = molwright(*asked)
    assert "400 molecules: made in" in output
    rows = {
        cells[1].strip(): cells[2:7]
        for line in output.splitlines()
        if len(cells := line.split("│")) == 8
    }
    assert rows.keys() == {"fingerprint", "latent"}
    for cells in rows.values():
        p50, p99, whole_p50, whole_p99 = map(float, cells[:4])
        assert 0 <= p50 <= p99
        assert whole_p50 <= whole_p99
    assert rows["latent"][4].strip() == "1.000"
    assert re.search(r"files \d+ MiB", output)
    assert "made in" not in molwright(*asked)
