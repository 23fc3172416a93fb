"""The pages for beginners run, from top to bottom, over a socket and with the bundled model."""

import csv
import io
import re

import pytest
from rdkit import Chem

from app.client.client import URL_VARIABLE
from docs.blocks import blocks
from docs.make_pictures import PICTURES
from tests.e2e.service import BUNDLED_MODEL, Service

BUDGET = re.compile(r"(?<=\"max_evaluations\": )100")
"""What the text spends; the initial design and one batch are enough to see that it works."""


@pytest.fixture(scope="module")
def service(tmp_path_factory):
    service = Service(tmp_path_factory.mktemp("start"), BUNDLED_MODEL)
    try:
        service.start()
        yield service
    finally:
        service.close()


@pytest.fixture
def run(service, tmp_path, monkeypatch):
    """Runs a page's Python in an empty folder; the names it defines."""
    monkeypatch.setenv(URL_VARIABLE, f"http://127.0.0.1:{service.port}")
    monkeypatch.chdir(tmp_path)

    def run(page):
        names = {}
        exec(BUDGET.sub("28", "\n".join(blocks(page, "python"))), names)  # noqa: S102
        names["client"].close()
        return names

    return run


def _molecules(path):
    return [mol for mol in Chem.SDMolSupplier(str(path)) if mol is not None]


def test_the_quickstart(run, tmp_path, capsys):
    names = run("docs/quickstart.md")
    assert len(_molecules(tmp_path / "best.sdf")) == 10
    assert "drug-like, logP 2.5: 100%" in capsys.readouterr().err
    assert len(names["table"]) >= 28
    assert len(names["way"].steps) == 8
    assert names["near"].molecules
    indole = Chem.MolFromSmarts("c1ccc2[nH]ccc2c1")
    grown = [Chem.MolFromSmiles(item.smiles) for item in names["grown"].molecules]
    assert grown
    assert all(mol.HasSubstructMatch(indole) for mol in grown)


def test_the_tutorial(run, tmp_path, capsys):
    [table] = blocks("docs/tutorial.md", "csv")
    (tmp_path / "measured.csv").write_text(table)
    names = run("docs/tutorial.md")
    said = capsys.readouterr().out
    assert "/initial/results/14 unclosed ring in 'C1CC'" in said
    assert len(names["batch"]) == 6
    assert said.count("nearest:") == 6
    rows = [row for row in csv.DictReader(io.StringIO(table)) if row["smiles"] != "C1CC"]
    assert all(names["assay"](row["smiles"]) == float(row["pIC50"]) for row in rows)
    best, known = tmp_path / "best.sdf", max(float(row["pIC50"]) for row in rows)
    assert len(_molecules(best)) == 10
    assert max(names["assay"](Chem.MolToSmiles(mol)) for mol in _molecules(best)) > known
    drawn = {path.name for path in tmp_path.glob("*.svg")}
    assert drawn == {path.name for path in PICTURES.glob("*.svg")}
