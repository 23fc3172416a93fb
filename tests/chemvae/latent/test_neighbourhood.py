import json
from types import SimpleNamespace

import pytest
import torch

from chemvae.encoding import Encoding
from chemvae.errors import ConfigError
from chemvae.latent.neighbourhood import (
    expected_similarity,
    latents_around,
    neighbourhood_report,
)
from tests.chemvae.conftest import MOLECULES

SMALL = {"radii": [20.0, 0.0, 10.0], "molecules": 6, "samples": 3}
"""The tiny network has learnt its molecules so well that only far from them it errs."""


@pytest.fixture(scope="module")
def report(codec):
    return neighbourhood_report(codec, MOLECULES, **SMALL)


def test_the_farther_from_a_molecule_the_less_alike(report):
    rows = report["radii"]
    assert [row["radius"] for row in rows] == [0.0, 10.0, 20.0]
    near, far = rows[0], rows[-1]
    assert near["identical"] == near["similarity"] == 1.0  # learnt by heart
    assert far["similarity"] < near["similarity"]
    assert far["identical"] < near["identical"]
    for row in rows:
        low, middle, high = row["similarity_deciles"]
        assert 0 <= low <= middle <= high <= 1
        assert 0 <= row["validity"]["raw"] <= 1
        assert row["identical"] <= row["validity"]["masked"] <= 1
    assert (report["molecules"], report["samples"]) == (6, 3)


def test_the_seed_decides(codec, report):
    assert neighbourhood_report(codec, MOLECULES, **SMALL) == report
    other = neighbourhood_report(codec, MOLECULES, **SMALL, seed=1)
    assert other["radii"] != report["radii"]


def test_the_radii_measured_together_do_not_matter(codec, report):
    (alone,) = neighbourhood_report(codec, MOLECULES, **SMALL | {"radii": [10.0]})["radii"]
    assert alone == report["radii"][1]


def test_molecules_that_cannot_be_encoded_are_left_out(codec):
    report = neighbourhood_report(
        codec, ["C[Si](C)(C)C", MOLECULES[0]], radii=[0.0], molecules=5, samples=2
    )
    assert report["molecules"] == 1
    assert report["radii"][0]["identical"] == 1.0


def test_a_radius_without_a_valid_decode_has_no_similarity(codec, monkeypatch):
    invalid = SimpleNamespace(smiles=None)
    monkeypatch.setattr(codec, "decode", lambda latents, **_: [invalid] * len(latents))
    (row,) = neighbourhood_report(codec, MOLECULES, radii=[1.0], molecules=2, samples=2)["radii"]
    assert (row["similarity"], row["similarity_deciles"], row["identical"]) == (None, None, 0)
    assert row["validity"] == {"raw": 0, "masked": 0}


def test_raw_and_masked_decodes_are_counted_apart(codec, monkeypatch):
    raw, masked = SimpleNamespace(smiles=None), SimpleNamespace(smiles="CC")
    monkeypatch.setattr(
        codec,
        "decode",
        lambda latents, constrained=True: [masked if constrained else raw] * len(latents),
    )
    (row,) = neighbourhood_report(codec, MOLECULES, radii=[1.0], molecules=2, samples=2)["radii"]
    assert row["validity"] == {"raw": 0, "masked": 1}


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"radii": [-1.0]}, r"radii are \[-1.0\]"),
        ({"radii": [float("nan")]}, "radii are"),
        ({"radii": []}, "radii are"),
        ({"molecules": 0}, "0 molecules"),
        ({"samples": 0}, "x 0 samples"),
    ],
)
def test_settings_out_of_range_are_refused(codec, settings, message):
    with pytest.raises(ConfigError, match=message):
        neighbourhood_report(codec, MOLECULES, **settings)


def test_nothing_to_draw_around_is_refused(codec):
    for test in ([], ["C[Si](C)(C)C"]):
        with pytest.raises(ConfigError, match="encode none of the"):
            neighbourhood_report(codec, test)


def test_the_expected_similarity_lies_between_the_radii_measured(report):
    card = {"neighbourhood": json.loads(json.dumps(report))}
    rows = {row["radius"]: row["similarity"] for row in report["radii"]}
    assert expected_similarity(card, 10.0) == rows[10.0]
    assert expected_similarity(card, 15.0) == pytest.approx((rows[10.0] + rows[20.0]) / 2)
    assert expected_similarity(card, 20.01) is None


@pytest.mark.parametrize(
    "card",
    [
        {},
        {"neighbourhood": None},
        {"neighbourhood": {"radii": []}},
        {"neighbourhood": {"radii": [{"radius": 1.0, "similarity": None}]}},
    ],
)
def test_a_card_without_the_numbers_expects_nothing(card):
    assert expected_similarity(card, 1.0) is None


def test_latents_around_molecules_have_their_means_and_scaled_spreads():
    posteriors = [
        Encoding(torch.full((3,), float(sign)), torch.tensor([0.0, 2.0, -4.0])) for sign in (-5, 5)
    ]
    generator = torch.Generator().manual_seed(0)
    latents = latents_around(posteriors, 2.0, 20_000, generator)
    assert latents.shape == (2, 20_000, 3)
    for drawn, posterior in zip(latents, posteriors, strict=True):
        torch.testing.assert_close(drawn.mean(dim=0), posterior.mean, atol=0.1, rtol=0)
        spread = 2 * (0.5 * posterior.log_variance).exp()
        torch.testing.assert_close(drawn.std(dim=0), spread, rtol=0.02, atol=0)
    assert torch.equal(latents_around(posteriors, 0.0, 1, generator)[1, 0], posteriors[1].mean)
    for radius in (-0.1, float("nan"), float("inf")):
        with pytest.raises(ConfigError, match="must be a number of 0 or more"):
            latents_around(posteriors, radius, 1, generator)
