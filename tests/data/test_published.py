"""The published sets themselves; skipped, with the reason, only where they cannot be had."""

import hashlib

import numpy as np
import pytest

from data.cleaning import clean
from data.datasets import DATASETS_DIR_VARIABLE, dataset_spec, fetch, load_smiles
from data.errors import DownloadError
from data.molecules import canonical_smiles, inchi_key, parse, standardize
from data.properties import logp, qed, sas

SPLITS = ("train", "validation", "test")
SIZES = {"zinc250k": (220_010, 24_445, 5_000), "qm9": (112_040, 10_000, 10_000)}
# sha256 of the validation lines: a model's numbers hold only while its validation set stays.
VALIDATION_SHA256 = {
    "zinc250k": "627b78b9dcbadd612390cb6c9f9d53e804221f62a9579b0b7d148913b9f5073e",
    "qm9": "8a81218055fc46a3977dbd6e2fa86cca5afdbed15d4e5eccc18280c3a10145b0",
}


@pytest.fixture(scope="module", params=SIZES)
def name(request) -> str:
    try:
        fetch(request.param, progress=False)
    except DownloadError:
        pytest.skip(f"{request.param} cannot be downloaded; set {DATASETS_DIR_VARIABLE}")
    return request.param


def test_splits_have_the_fields_sizes_and_share_no_molecule(name):
    lines = {split: load_smiles(name, split) for split in SPLITS}
    assert tuple(len(lines[split]) for split in SPLITS) == SIZES[name]
    assert len(set().union(*lines.values())) == dataset_spec(name).num_molecules
    digest = hashlib.sha256("\n".join(lines["validation"]).encode()).hexdigest()
    assert digest == VALIDATION_SHA256[name]


def test_the_test_set_of_zinc_is_its_first_5000_lines(name):
    if name == "zinc250k":
        spec = dataset_spec(name)
        assert load_smiles(name, "test") == spec.reader(fetch(name))[:5000]


# Mean over each set as published (and as measured on 20,000 molecules of each).
@pytest.mark.parametrize(
    ("compute", "published", "tolerance"),
    [
        (logp, {"zinc250k": 2.46, "qm9": 0.30}, 0.15),
        (qed, {"zinc250k": 0.73, "qm9": 0.48}, 0.02),
        (sas, {"zinc250k": 3.05, "qm9": 4.25}, 0.1),
    ],
)
def test_property_means_are_the_published_ones(name, compute, published, tolerance):
    mols = [parse(smiles) for smiles in load_smiles(name, "test")[::10]]
    assert np.mean([compute(mol) for mol in mols]) == pytest.approx(published[name], abs=tolerance)


def test_cleaning_keeps_the_published_molecules_as_they_are(name):
    lines = load_smiles(name, "test")[:1000]
    canonical = [canonical_smiles(line) for line in lines]
    cleaned, report = clean(canonical)
    assert report.num_refused == 0
    assert report.kept + report.duplicates == len(lines)
    changed = [line for line in canonical if line not in set(cleaned)]
    assert len(changed) <= 2
    for line in changed:
        assert inchi_key(standardize(parse(line))) == inchi_key(parse(line))
