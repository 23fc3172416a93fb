"""`molwright index`."""

import pytest
from typer.testing import CliRunner

from app.cli import app
from app.known.indexes import known_folder, training_folder
from chemvae.known.index import KnownIndex
from chemvae.known.rows import Compound
from tests.toys import ToyLatentModel


@pytest.fixture
def molwright(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("MOLWRIGHT_MODEL", "toy")
    monkeypatch.setenv("MOLWRIGHT_MODEL_SOURCE", "tests.e2e.models")
    return lambda *arguments: CliRunner().invoke(app, list(arguments), env={"COLUMNS": "200"})


def test_a_model_s_training_set_is_indexed_where_the_service_looks(molwright, tmp_path):
    (tmp_path / "mine.smi").write_text("CCO ethanol\nC1CC open\nOCC again\nCCC propane\n")
    result = molwright("index", "--source", "mine.smi")
    assert result.exit_code == 0, result.output
    assert "2 molecules are indexed" in result.output
    folder = known_folder(tmp_path / ".molwright")
    index = KnownIndex(training_folder(folder, ToyLatentModel().fingerprint))
    found = index.nearest(Compound.of("CCO").bits, None, 9)
    assert [(item.smiles, item.name) for item in found] == [("CCO", "ethanol"), ("CCC", "propane")]


@pytest.mark.parametrize(
    ("arguments", "word"),
    [
        (["--source", "nowhere.smi"], "nowhere.smi"),
        ([], "enumerated"),
        (["--model", "none"], "no model is called"),
    ],
)
def test_what_cannot_be_indexed_is_one_line(molwright, arguments, word):
    result = molwright("index", *arguments)
    assert result.exit_code != 0
    assert word in result.output
    assert "Traceback" not in result.output
