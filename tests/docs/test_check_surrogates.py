"""The script behind decision 10 measures what it says."""

import importlib.util
import re

import pytest
import torch

from bayesopt.surrogates import molecule_gp
from bayesopt.surrogates.latent_scale import LatentScale
from bayesopt.surrogates.molecule_space import MoleculeSpace
from tests.e2e.service import ROOT
from tests.toys import ToyLatentModel, library

PATH = ROOT / "docs" / "check_surrogates.py"


@pytest.fixture(scope="module")
def script():
    spec = importlib.util.spec_from_file_location("check_surrogates", PATH)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture(scope="module")
def placed():
    model = ToyLatentModel(latent_dim=3)
    smiles = library()[::13]
    space = MoleculeSpace(LatentScale.of(model))
    return space, space.rows(smiles, [tuple(e.mean.tolist()) for e in model.encode(smiles)])


def test_a_function_of_the_latent_is_told_by_the_latent(script, placed):
    space, rows = placed
    rows = rows.clone()
    # Latents that have nothing to do with the molecules.
    rows[:, :3] = torch.rand(len(rows), 3, generator=torch.Generator().manual_seed(0))
    lines = list(script.kernels(space, rows, torch.sin(3 * rows[:, 0]), 100))
    found = {line.partition(":")[0]: re.findall(r"-?[0-9.]+", line) for line in lines}
    assert found.keys() == {
        "all",
        "without composition",
        "latent",
        "fingerprint, composition",
    }
    correlation = {name: float(numbers[0]) for name, numbers in found.items()}
    assert correlation["latent"] > 0.9 > correlation["fingerprint, composition"]


def test_local_and_sparse_are_compared_on_what_was_left_out(script, placed, monkeypatch):
    space, rows = placed
    monkeypatch.setattr(molecule_gp, "MAX_OBSERVATIONS", 40)
    monkeypatch.setattr(script, "INDUCING", (20,))
    lines = list(script.sparse(space, rows, torch.sin(3 * rows[:, 0]), 30))
    assert [line.partition(":")[0] for line in lines] == [
        "exact, nearest 40",
        "SGPR, 20 inducing",
    ]
    assert all(0 < float(re.search(r": ([0-9.]+);", line)[1]) < 1 for line in lines)
