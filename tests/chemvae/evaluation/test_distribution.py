import warnings
from pathlib import Path
from statistics import fmean

import fcd_torch
import pytest
import torch

from chemvae.evaluation import distribution
from chemvae.evaluation.chemnet import _chemnet, activations, frechet_distance
from chemvae.evaluation.crew import Crew
from chemvae.evaluation.distribution import distribution_report
from chemvae.evaluation.generation import Drawn
from data.molecules import parse
from data.properties import logp
from tests.chemvae.conftest import MOLECULES

CPU = torch.device("cpu")
ALKANES = ["C" * n for n in range(1, 9)]


def _described(codec, drawn, test, described=100):
    return distribution_report(Crew(codec), drawn, test, described)


def test_a_set_is_nearest_to_itself():
    whole, part, alkanes = (activations(x, CPU) for x in (MOLECULES, MOLECULES[:12], ALKANES))
    assert frechet_distance(whole, whole) == pytest.approx(0.0, abs=1e-3)
    assert 0.5 < frechet_distance(whole, part) < frechet_distance(whole, alkanes)


def test_the_distance_is_the_one_of_fcd_torch(codec, monkeypatch):
    monkeypatch.setattr(distribution, "CHUNK", 5)
    report = _described(codec, {"some": Drawn([], [*ALKANES, "C"])}, MOLECULES)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        expected = fcd_torch.FCD(canonize=False)(list(MOLECULES), [*ALKANES, "C"])
    assert report["kinds"]["some"]["fcd"] == pytest.approx(expected, rel=1e-4)


def test_one_molecule_has_no_distance(codec):
    drawn = {"one": Drawn([], ["CCO", "CCO"]), "two": Drawn([], ["CCO", "CCN"])}
    kinds = _described(codec, drawn, MOLECULES)["kinds"]
    assert kinds["one"]["fcd"] is None
    assert kinds["two"]["fcd"] > 1
    assert _described(codec, drawn, ["CCO"])["kinds"]["two"]["fcd"] is None


def test_a_molecule_of_two_kinds_is_described_once(codec, monkeypatch):
    asked = []
    describe = distribution.describe
    monkeypatch.setattr(
        distribution, "describe", lambda codec, lines: asked.extend(lines) or describe(codec, lines)
    )
    drawn = {"raw": Drawn([], ALKANES), "masked": Drawn([], [*ALKANES, "CCN"])}
    report = _described(codec, drawn, MOLECULES)
    assert len(asked) == len(set(asked)) == len({*ALKANES, "CCN", *MOLECULES})
    alone = _described(codec, {"raw": drawn["raw"]}, MOLECULES)
    assert report["kinds"]["raw"]["properties"] == alone["kinds"]["raw"]["properties"]


def test_the_weights_are_loaded_without_executing_anything(monkeypatch):
    load, asked = torch.load, []

    def spy(path, *arguments, **options):
        asked.append((Path(path), options.get("weights_only", True)))
        return load(path, *arguments, **options | {"weights_only": True})

    monkeypatch.setattr(torch, "load", spy)
    before = torch.random.get_rng_state()
    _chemnet.__wrapped__("cpu")
    assert asked == [(Path(fcd_torch.__file__).parent / "ChemNet_v0.13_pretrained.pt", True)]
    assert torch.equal(torch.random.get_rng_state(), before)


def test_properties_deviate_from_those_of_the_test_molecules(codec):
    drawn = {"some": Drawn([], ["CCCCCC", "CCCCC", "c1ccccc1"]), "none": Drawn(["C1"], [])}
    report = _described(codec, drawn, MOLECULES, 2)
    some, data = report["kinds"]["some"], report["reference_properties"]
    assert some["molecules"] == 2
    mean = fmean(logp(parse(line)) for line in ("CCCCCC", "CCCCC"))
    assert some["properties"]["logp"]["mean"] == pytest.approx(mean)
    assert some["deviation"]["logp"]["mean"] == pytest.approx(mean / data["logp"]["mean"] - 1)
    assert some["deviation"]["qed"]["sd"] < 0
    assert report["kinds"]["none"] == {"molecules": 0, "fcd": None}
