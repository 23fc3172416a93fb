from pathlib import Path
from statistics import fmean

import fcd_torch
import pytest
import torch

from chemvae.evaluation.distribution import FrechetDistance, distribution_report
from chemvae.evaluation.generation import Drawn
from data.molecules import parse
from data.properties import logp
from tests.chemvae.conftest import MOLECULES

CPU = torch.device("cpu")


@pytest.fixture(scope="module")
def distance():
    return FrechetDistance(MOLECULES, CPU)


def test_a_set_is_nearest_to_itself(distance):
    alkanes = ["C" * n for n in range(1, 9)]
    assert distance.to(MOLECULES) == pytest.approx(0.0, abs=1e-3)
    assert 0.5 < distance.to(MOLECULES[:12]) < distance.to(alkanes)


def test_one_molecule_has_no_distance(distance):
    assert distance.to(["CCO"]) is None
    assert distance.to(["CCO", "CCO"]) is None
    assert distance.to(["CCO", "CCN"]) > 1
    assert FrechetDistance(["CCO"], CPU).to(MOLECULES) is None


def test_the_weights_are_loaded_without_executing_anything(monkeypatch):
    load, asked = torch.load, []

    def spy(path, *arguments, **options):
        asked.append((Path(path), options.get("weights_only", True)))
        return load(path, *arguments, **options | {"weights_only": True})

    monkeypatch.setattr(torch, "load", spy)
    before = torch.random.get_rng_state()
    FrechetDistance(["CCO"], CPU)
    assert asked == [(Path(fcd_torch.__file__).parent / "ChemNet_v0.13_pretrained.pt", True)]
    assert torch.equal(torch.random.get_rng_state(), before)


def test_properties_deviate_from_those_of_the_test_molecules():
    drawn = {"some": Drawn([], ["CCCCCC", "CCCCC", "c1ccccc1"]), "none": Drawn(["C1"], [])}
    report = distribution_report(drawn, MOLECULES, 2, CPU)
    some, data = report["kinds"]["some"], report["reference_properties"]
    assert some["molecules"] == 2
    mean = fmean(logp(parse(line)) for line in ("CCCCCC", "CCCCC"))
    assert some["properties"]["logp"]["mean"] == pytest.approx(mean)
    assert some["deviation"]["logp"]["mean"] == pytest.approx(mean / data["logp"]["mean"] - 1)
    assert some["deviation"]["qed"]["sd"] < 0
    assert report["kinds"]["none"] == {"molecules": 0, "fcd": None}
