"""The index of known molecules against RDKit and numpy, molecule by molecule."""

import functools
import json

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from chemvae.checkpoints.training_index import key_hash
from chemvae.errors import CheckpointError, ShapeError
from chemvae.known import bits as fingerprints
from chemvae.known import latents as latent_space
from chemvae.known import seen
from chemvae.known.bits import BLOCK, to_columns
from chemvae.known.index import KnownIndex
from chemvae.known.rows import Compound, KnownRows, compound_of, encoded
from chemvae.known.writer import build_index
from data.fingerprints import NUM_BITS, bulk_tanimoto, morgan
from data.molecules import parse
from data.readers import Record
from tests.toys import ToyLatentModel, library

SMILES = library()[:300]
NO_TOKENS = "CC[Si](C)(C)C"
"""A molecule that the toy cannot encode."""


@pytest.fixture(scope="module")
def model():
    return ToyLatentModel()


def rows_of(model, smiles, size=64):
    records = [Record(n, text, f"mol-{n}") for n, text in enumerate(smiles, start=1)]
    found = [(c, record.name) for record in records if (c := compound_of(record))]
    for start in range(0, len(found), size):
        yield encoded(model, model.latent_dim, found[start : start + size])


@pytest.fixture(scope="module")
def index(model, tmp_path_factory):
    folder = tmp_path_factory.mktemp("known") / "index"
    build_index(folder, model.fingerprint, model.latent_dim, rows_of(model, [*SMILES, NO_TOKENS]))
    return KnownIndex.open(folder, model.fingerprint)


@functools.cache
def stored_fingerprints():
    smiles = [Compound.of(text).smiles for text in (*SMILES, NO_TOKENS)]
    return smiles, [morgan(parse(text)) for text in smiles]


@functools.cache
def stored_latents():
    return torch.stack([item.mean for item in ToyLatentModel().encode(SMILES)]).numpy()


def latent_of(model, smiles):
    return model.encode([smiles])[0].mean.numpy()


@settings(max_examples=15, deadline=None)
@given(st.sampled_from(library()), st.integers(1, 20), st.sampled_from([0.0, 0.3, 0.7, 1.0]))
def test_fingerprints_are_those_of_rdkit(index, model, smiles, k, least):
    compound = Compound.of(smiles)
    found = index.nearest(compound.bits, latent_of(model, smiles), k, least)
    stored, stored_bits = stored_fingerprints()
    similarities = bulk_tanimoto(morgan(parse(smiles)), stored_bits)
    order = [i for i in np.argsort(-similarities, kind="stable") if similarities[i] >= least]
    assert [item.smiles for item in found] == [stored[i] for i in order[:k]]
    expected = pytest.approx([1 - similarities[i] for i in order[:k]])
    assert [item.fingerprint_distance for item in found] == expected


@settings(max_examples=15, deadline=None)
@given(st.sampled_from(library()), st.integers(1, 20))
def test_latents_are_the_nearest_of_all(index, model, smiles, k):
    latent = latent_of(model, smiles)
    found = index.nearest_in_latent_space(Compound.of(smiles).bits, latent, k)
    exact = np.linalg.norm(stored_latents() - latent, axis=1)
    order = np.argsort(exact, kind="stable")[:k]
    assert [item.latent_distance for item in found] == pytest.approx(exact[order], abs=1e-5)
    by_distance = {item.smiles for item in found if item.latent_distance < exact[order[-1]] - 1e-4}
    assert by_distance <= {Compound.of(SMILES[i]).smiles for i in order}


def test_both_spaces_tell_both_distances_and_names(index, model):
    compound, latent = Compound.of(SMILES[7]), latent_of(model, SMILES[7])
    by_bits = index.nearest(compound.bits, latent, len(index))
    by_latent = index.nearest_in_latent_space(compound.bits, latent, len(index))
    assert {item.name for item in by_bits} == {f"mol-{n}" for n in range(1, 302)}
    both = {item.smiles: item for item in by_bits}
    assert all(both[item.smiles] == item for item in by_latent)
    [unknown] = both.keys() - {item.smiles for item in by_latent}
    assert (unknown, both[unknown].latent_distance) == (NO_TOKENS, None)


def test_a_molecule_without_a_latent_is_compared_by_its_fingerprint(index):
    [first, *_] = index.nearest(Compound.of(NO_TOKENS).bits, None, 3)
    assert (first.smiles, first.fingerprint_distance) == (NO_TOKENS, 0)
    assert first.latent_distance is None


def test_a_compound_is_found_by_its_inchi_key(index):
    keys = [Compound.of(text).inchi_key for text in (SMILES[0], SMILES[299], NO_TOKENS)]
    assert [index.find(key) for key in keys] == [SMILES[0], SMILES[299], NO_TOKENS]
    assert index.find(Compound.of("CCO").inchi_key) is None


def test_a_hash_that_two_compounds_share_confuses_nobody(index, monkeypatch):
    monkeypatch.setattr(
        "chemvae.known.index.key_hash", lambda _: key_hash(Compound.of(SMILES[0]).inchi_key)
    )
    assert index.find(Compound.of("CCO").inchi_key) is None


def test_of_one_compound_the_first_row_is_kept(model, tmp_path, monkeypatch):
    monkeypatch.setattr(seen, "RECENT", 2)
    smiles = ["CCO", "OCC", "c1ccccc1C", "C1CC", "CCO.Cl", "CCN", "CCC", "OCC"]
    number = build_index(tmp_path / "x", "m", model.latent_dim, rows_of(model, smiles, size=3))
    index = KnownIndex(tmp_path / "x")
    assert number == len(index) == 4
    found = index.nearest(Compound.of("CCO").bits, None, 9)
    assert {item.name for item in found} == {"mol-1", "mol-3", "mol-6", "mol-7"}


@pytest.mark.parametrize("number", [BLOCK - 1, BLOCK, BLOCK + 1, 2 * BLOCK + 70])
def test_blocks_join_without_a_seam(number, tmp_path):
    rng = np.random.default_rng(number)
    table = rng.random((number, NUM_BITS)) < 0.003
    table[:, 0] = True
    latents = rng.standard_normal((number, 4), dtype=np.float32)
    names = [f"{n}" for n in range(number)]
    rows = KnownRows(
        names,
        names,
        names,
        np.nonzero(table)[1].astype(np.uint16),
        table.sum(1).astype(np.uint16),
        latents,
    )
    build_index(tmp_path / "x", "m", 4, [rows])
    index = KnownIndex(tmp_path / "x")
    for n in (0, number - 1, number // 2):
        bits = np.flatnonzero(table[n]).astype(np.uint16)
        shared = (table & table[n]).sum(1)
        tanimoto = shared / (table.sum(1) + len(bits) - shared)
        expected = np.argsort(-tanimoto, kind="stable")[:5]
        assert [item.smiles for item in index.nearest(bits, None, 5)] == [f"{i}" for i in expected]
        near = index.nearest_in_latent_space(bits, latents[n], 5)
        exact = np.argsort(np.linalg.norm(latents - latents[n], axis=1), kind="stable")[:5]
        assert [item.smiles for item in near] == [f"{i}" for i in exact]


def test_more_bits_than_a_byte_counts(tmp_path):
    bits = np.arange(300, dtype=np.uint16)
    columns = to_columns(np.concatenate([bits, bits[:280]]), np.array([300, 280], np.uint16))
    counts = np.array([300, 280], dtype=np.uint16)
    assert fingerprints.search(columns[None], counts, bits, 5, 0.9).tolist() == [0, 1]
    found = fingerprints.similarities(columns[None], counts, bits, np.array([1, 0]))
    assert found == pytest.approx([280 / 300, 1])


def test_near_neighbours_far_from_the_origin_keep_their_order():
    rng = np.random.default_rng(0)
    latents = (1_000 + rng.standard_normal((500, 8)) * 0.01).astype(np.float32)
    halves = latent_space.half_squares(latents)
    exact = np.linalg.norm(latents.astype(float) - latents[3].astype(float), axis=1)
    found = latent_space.search(latents, halves, latents[3], len(latents))
    assert found.tolist() == np.argsort(exact, kind="stable").tolist()


def test_an_empty_index_has_no_neighbours(model, tmp_path):
    assert build_index(tmp_path / "x", model.fingerprint, 12, []) == 0
    index = KnownIndex.open(tmp_path / "x", model.fingerprint)
    bits, latent = Compound.of("CCO").bits, latent_of(model, "CCO")
    assert index.nearest(bits, latent, 3) == index.nearest_in_latent_space(bits, latent, 3) == []
    assert index.find(Compound.of("CCO").inchi_key) is None


def test_a_new_index_takes_the_old_one_s_place_and_a_failure_leaves_it(model, tmp_path):
    folder = tmp_path / "x"
    build_index(folder, "m", model.latent_dim, rows_of(model, ["CCO"]))
    old = KnownIndex(folder)

    def broken():
        yield from rows_of(model, ["CCC"])
        raise ValueError("no more")

    with pytest.raises(ValueError, match="no more"):
        build_index(folder, "m", model.latent_dim, broken())
    assert [path.name for path in tmp_path.iterdir()] == ["x"]
    assert len(KnownIndex(folder)) == 1
    build_index(folder, "m", model.latent_dim, rows_of(model, ["CCC", "CCN"]))
    assert [path.name for path in tmp_path.iterdir()] == ["x"]
    assert len(KnownIndex(folder)) == 2
    assert old.nearest(Compound.of("CCO").bits, None, 9)[0].smiles == "CCO"


def test_what_is_no_index_is_refused_with_the_reason(model, tmp_path):
    folder = tmp_path / "x"
    with pytest.raises(CheckpointError, match="no index"):
        KnownIndex(folder)
    build_index(folder, "m", model.latent_dim, rows_of(model, ["CCO"]))
    with pytest.raises(CheckpointError, match="of the model m, not of other"):
        KnownIndex.open(folder, "other")
    with pytest.raises(ShapeError, match="12 dimensions"):
        KnownIndex(folder).nearest_in_latent_space(
            Compound.of("C").bits, np.zeros(3, np.float32), 1
        )
    (folder / "latents").write_bytes(b"1234")
    with pytest.raises(CheckpointError, match="4 bytes, and not 48"):
        KnownIndex(folder)
    for content, reason in (("[]", "version"), ("{", "no index"), ('{"format": 1}', "no 'model'")):
        (folder / "index.json").write_text(content)
        with pytest.raises(CheckpointError, match=reason):
            KnownIndex(folder)
    (folder / "index.json").write_text(json.dumps({"format": 2}))
    with pytest.raises(CheckpointError, match="version"):
        KnownIndex(folder)
