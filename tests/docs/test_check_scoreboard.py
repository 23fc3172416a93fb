"""The independent check: it agrees with `chemvae evaluate`, and with nothing of it imported."""

import ast
import json
import subprocess
import sys

import pytest
import torch

from chemvae.evaluation.chemnet import activations, frechet_distance
from tests.chemvae.conftest import MOLECULES
from tests.e2e.service import ROOT

SCRIPT = ROOT / "docs" / "check_scoreboard.py"
SAMPLES = ("OC(=O)c1ccccc1O", "CCC", "C1CC", "", "OCC", "CCO", "c1ccccc1")


def test_it_imports_nothing_of_this_project():
    nodes = list(ast.walk(ast.parse(SCRIPT.read_text())))
    imported = {name.name for node in nodes if isinstance(node, ast.Import) for name in node.names}
    imported |= {node.module for node in nodes if isinstance(node, ast.ImportFrom)}
    assert "fcd_torch" in imported
    packages = {name.partition(".")[0] for name in imported}
    assert not packages & {"app", "bayesopt", "chemvae", "data"}


def test_it_finds_what_the_evaluation_finds(tmp_path):
    (tmp_path / "samples.smi").write_text("".join(f"{line}\n" for line in SAMPLES))
    lines = ["smiles,logP", *(f'"{line}\n",0' for line in (*MOLECULES, "CCCCCC"))]
    (tmp_path / "reference.csv").write_text("\n".join(lines))
    answer = _run(tmp_path / "samples.smi", tmp_path / "reference.csv", "--first", "16")
    assert (answer["samples"], answer["described"], answer["reference"]) == (7, 5, 16)
    assert answer["validity"] == pytest.approx(5 / 7)
    assert answer["unique"] == pytest.approx(4 / 5)
    valid = ["O=C(O)c1ccccc1O", "CCC", "CCO", "CCO", "c1ccccc1"]
    cpu = torch.device("cpu")
    ours = frechet_distance(activations(MOLECULES, cpu), activations(valid, cpu))
    assert answer["fcd"] == pytest.approx(ours, abs=1e-4)


def _run(*arguments):
    done = subprocess.run(  # noqa: S603
        [sys.executable, str(SCRIPT), *map(str, arguments)],
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stderr == ""
    return json.loads(done.stdout)
