import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from chemvae.errors import ConfigError, ShapeError
from chemvae.latent import neighbours as module
from chemvae.latent.library import LatentLibrary, packed_fingerprint
from chemvae.latent.neighbours import fingerprint_distances, latent_distances, neighbours
from data.errors import MoleculeError
from data.fingerprints import bulk_tanimoto, morgan
from data.molecules import parse
from tests.chemvae.conftest import MOLECULES


@pytest.mark.parametrize("space", ["latent", "fingerprint"])
def test_a_molecule_of_the_library_is_its_own_nearest(codec, library, space):
    for i, smiles in enumerate(MOLECULES):
        nearest = neighbours(library, smiles, library.latents[i], 3, space)
        assert (nearest[0].smiles, nearest[0].name) == (smiles, f"m{i}")
        assert nearest[0].latent_distance == nearest[0].fingerprint_distance == 0
        assert len(nearest) == 3


@pytest.mark.parametrize("space", ["latent", "fingerprint"])
def test_neighbours_come_in_order_with_both_distances(library, space):
    found = neighbours(library, MOLECULES[5], library.latents[0], 100, space)
    assert sorted(item.smiles for item in found) == sorted(MOLECULES)
    ranked = [getattr(item, f"{space}_distance") for item in found]
    assert ranked == sorted(ranked)
    for item in found:
        i = MOLECULES.index(item.smiles)
        expected = torch.dist(library.latents[i], library.latents[0]).item()
        assert item.latent_distance == pytest.approx(expected, abs=1e-5)
        shared = bulk_tanimoto(morgan(parse(MOLECULES[5])), [morgan(parse(item.smiles))])[0]
        assert item.fingerprint_distance == pytest.approx(1 - shared)


@given(st.integers(1, 20), st.integers(1, 7))
def test_chunks_change_no_distance(chunk, rows):
    fingerprints = torch.stack([packed_fingerprint(smiles) for smiles in MOLECULES[:rows]])
    latents = torch.arange(rows * 3, dtype=torch.float32).view(rows, 3)
    whole = (
        fingerprint_distances(fingerprints, fingerprints[0]),
        latent_distances(latents, latents[0]),
    )
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(module, "CHUNK", chunk)
        parts = (
            fingerprint_distances(fingerprints, fingerprints[0]),
            latent_distances(latents, latents[0]),
        )
    assert all(torch.equal(a, b) for a, b in zip(whole, parts, strict=True))


def test_a_near_neighbour_keeps_its_digits_far_from_the_origin():
    latents = torch.tensor([[1000.0, 1000.0], [1000.0, 1000.001]])
    assert latent_distances(latents, latents[0])[1].item() == pytest.approx(1e-3, rel=0.05)


def test_ties_go_to_the_first_of_the_library():
    same = LatentLibrary(
        ("C", "N", "O"), ("", "", ""), torch.zeros(3, 2), torch.ones(3, 256, dtype=torch.uint8), ""
    )
    assert [item.smiles for item in neighbours(same, "C", torch.ones(2), 2)] == ["C", "N"]


def test_an_empty_library_has_no_neighbours(codec, library):
    empty, _ = LatentLibrary.build(codec, codec.fingerprint, [])
    assert neighbours(empty, "C", library.latents[0], 3) == []


def test_what_cannot_be_asked_is_refused(library):
    latent = library.latents[0]
    with pytest.raises(ConfigError, match="0 neighbours"):
        neighbours(library, "C", latent, 0)
    with pytest.raises(ConfigError, match="'shape'; use latent or fingerprint"):
        neighbours(library, "C", latent, 1, "shape")
    with pytest.raises(ShapeError, match=r"\(3,\) in a library of shape \(16, 8\)"):
        neighbours(library, "C", latent[:3], 1)
    with pytest.raises(MoleculeError):
        neighbours(library, "C1", latent, 1)
