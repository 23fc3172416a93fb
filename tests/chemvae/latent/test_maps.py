import sys
from types import SimpleNamespace

import pytest
import torch
from sklearn.decomposition import PCA

from chemvae.errors import ConfigError, ShapeError
from chemvae.latent.maps import fit_map
from chemvae.seeds import MAX_SEED


@pytest.fixture(scope="module")
def groups():
    """Three groups of 12 latents, far from each other: `36 x 6`."""
    generator = torch.Generator().manual_seed(0)
    centres = 20 * torch.eye(6)[:3]
    return torch.randn(36, 6, generator=generator) + centres.repeat_interleave(12, dim=0)


def _are_apart(coordinates):
    """Whether every point's nearest one is of its own group of 12."""
    distances = torch.cdist(coordinates, coordinates).fill_diagonal_(torch.inf)
    return torch.equal(distances.argmin(dim=1) // 12, torch.arange(36) // 12)


def test_pca_keeps_the_largest_variance(groups):
    plane = fit_map(groups, "pca")
    centred = (groups - groups.mean(0)).double()
    variances = torch.linalg.svdvals(centred).square()
    assert plane.explained_variance == pytest.approx((variances[:2] / variances.sum()).tolist())
    assert plane.coordinates.shape == (36, 2)
    assert plane.coordinates.var(dim=0).tolist() == pytest.approx(
        (variances[:2] / 35).tolist(), rel=1e-4
    )
    assert _are_apart(plane.coordinates)
    assert plane.trustworthiness > 0.8


def test_pca_never_lengthens_a_distance(groups):
    plane = fit_map(groups)
    assert (torch.pdist(plane.coordinates) <= torch.pdist(groups) + 1e-4).all()


def test_pca_places_molecules_of_the_library_where_they_are(groups):
    plane = fit_map(groups)
    assert torch.allclose(plane.project(groups[:5]), plane.coordinates[:5], atol=1e-4)
    assert plane.project(groups[:0]).shape == (0, 2)


def test_umap_keeps_groups_together_and_places_new_molecules_in_theirs(groups):
    plane = fit_map(groups, "umap", seed=1)
    assert plane.coordinates.shape == (36, 2)
    assert plane.explained_variance is None
    assert plane.trustworthiness > 0.8
    assert _are_apart(plane.coordinates)
    new = groups[::12] + 0.1
    placed = plane.project(new)
    assert torch.cdist(placed, plane.coordinates).argmin(dim=1).div(12).long().tolist() == [0, 1, 2]
    assert torch.equal(plane.project(new), placed)
    assert torch.equal(fit_map(groups, "umap", seed=1).coordinates, plane.coordinates)
    assert not torch.equal(fit_map(groups, "umap", seed=2).coordinates, plane.coordinates)


def test_without_umap_the_message_says_how_to_install_it(groups, monkeypatch):
    monkeypatch.setitem(sys.modules, "umap", None)
    with pytest.raises(ConfigError, match=r"pip install 'molwright\[map\]'"):
        fit_map(groups, "umap")


def test_umap_takes_every_seed(groups, monkeypatch):
    def umap(n_neighbors, random_state, n_jobs):
        assert (n_neighbors, random_state, n_jobs) == (15, 2**32 - 1, 1)
        return PCA(n_components=2)

    monkeypatch.setitem(sys.modules, "umap", SimpleNamespace(UMAP=umap))
    assert len(fit_map(groups, "umap", MAX_SEED).coordinates) == len(groups)


def test_the_smallest_map():
    plane = fit_map(torch.eye(4))
    assert plane.coordinates.shape == (4, 2)
    assert 0 <= plane.trustworthiness <= 1


def test_a_map_of_many_is_judged_on_a_part(groups, monkeypatch):
    monkeypatch.setattr("chemvae.latent.maps.JUDGED", 20)
    first, again, other = (fit_map(groups, seed=seed).trustworthiness for seed in (0, 0, 1))
    assert first == again != other


def test_what_has_no_map_is_refused(groups):
    with pytest.raises(ConfigError, match="'tsne'; use pca or umap"):
        fit_map(groups, "tsne")
    for latents in (groups[:3], groups[:, :1], groups[0]):
        with pytest.raises(ShapeError, match="at least 4 x 2"):
            fit_map(latents)
    with pytest.raises(ShapeError, match=r"map of \(n, 6\)"):
        fit_map(groups).project(groups[:, :5])
