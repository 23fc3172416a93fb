"""The map of the latent space."""

import sys

import numpy as np
import pytest
import torch

from app.maps import store
from app.maps.kept import KeptMap
from app.maps.sources import Prior
from app.maps.store import MapStore
from app.pages.latent_map.area import polygon, squares
from chemvae.errors import CheckpointError
from chemvae.latent.maps import fit_map
from tests.app.campaigns.conftest import REQUEST
from tests.app.known.conftest import *  # noqa: F403
from tests.toys import library


@pytest.fixture(autouse=True)
def _few(monkeypatch):
    monkeypatch.setattr(Prior.__init__, "__defaults__", (300,))


@pytest.fixture
def kept(app):
    model = app.state.models.get()
    return app.state.maps.get(Prior(model), model)


def corners(kept):
    """Of a rectangle around everything."""
    (left, low), (right, high) = kept.coordinates.amin(0), kept.coordinates.amax(0)
    return (
        f"{left - 1},{low - 1} {right + 1},{low - 1} {right + 1},{high + 1} {left - 1},{high + 1}"
    )


def test_the_page_says_what_the_map_is_and_how_far_to_believe_it(browse, kept):
    page = browse("/map")
    assert "300 draws of the model's prior, by PCA from 12 dimensions" in page.text
    assert f"{kept.trustworthiness:.2g}" in page.text
    [area] = page.all("div", id="map")
    assert area["data-columns"].split() == list(kept.properties)
    assert page.all("option", value="tpsa")
    table = [link for link in page.links if "area=" in link]
    assert len(table) == len(squares(kept))


def test_the_points_are_numbers_by_column_and_kept_for_ever(client, browse, kept):
    [area] = browse("/map").all("div", id="map")
    response = client.get(area["data-points"])
    assert "immutable" in response.headers["cache-control"]
    numbers = np.frombuffer(response.content, "<f4").reshape(4, 300)
    assert np.array_equal(numbers[:2].T, kept.coordinates.numpy())
    assert np.array_equal(numbers[2:].T, kept.values.numpy())


def test_a_point_leads_to_its_drawing(client, kept):
    drawn = 0
    for row in range(5):
        response = client.get(f"/map/{row}.svg", follow_redirects=True)
        assert response.status_code in (200, 404)
        drawn += response.status_code == 200
    assert drawn
    assert client.get("/map/300.svg").status_code == 404


def test_an_area_shows_its_molecules_and_leads_to_a_campaign(browse, kept):
    page = browse("/map", params={"area": corners(kept)})
    assert "300 places in the area" in page.text
    boxes = page.all("input", name="smiles", type="checkbox")
    assert boxes
    assert {box["value"] for box in boxes} <= set(library())
    assert page.all("form", id="seeds", action="/campaigns/new")
    assert "0 places" in browse("/map", params={"area": "90,90 91,90 91,91"}).text


@pytest.mark.parametrize(
    "area", ["0,0 1,1", "0,0 1,1 here", "0,0 1,1 nan,2", "0 1 2", "0,0 " * 300]
)
def test_what_is_no_area_is_said_in_the_page(browse, area):
    assert "3 to 200 corners" in browse("/map", 422, params={"area": area}).text


def test_a_campaign_is_placed_on_the_map(client, browse, kept):
    request = REQUEST | {
        "objectives": [{"name": "pIC50", "source": "measured", "direction": "maximize"}],
        "constraints": [],
    }
    campaign = client.post("/v1/campaigns", json=request).json()["id"]
    smiles = library()[3]
    told = [{"smiles": smiles, "values": {"pIC50": 5.0}}]
    assert client.post(f"/v1/campaigns/{campaign}/results", json=told).status_code == 200
    assert browse("/map", params={"campaign": campaign}).all("input", value=campaign)[0]
    found = client.get(f"/campaigns/{campaign}/map.json").json()
    [(x, y, number, utility)] = found["points"]
    latent = client.app.state.models.get().encode([smiles])[0].mean
    assert (x, y) == pytest.approx(kept.place(latent[None])[0].tolist(), abs=1e-3)
    assert (number, utility) == (0, 5.0)


def test_there_is_no_map_of_nothing(browse):
    assert "no library has the id" in browse("/map?source=elsewhere", 404).text


def test_a_map_places_its_own_latents_where_they_are(kept):
    assert torch.allclose(kept.place(kept.latents), kept.coordinates, atol=1e-3)


def test_a_map_is_made_once_and_is_the_same_from_its_file(app, kept, monkeypatch):
    model = app.state.models.get()
    monkeypatch.setattr("app.maps.store.fit_map", None)
    again = MapStore(app.state.settings.data_dir / "maps").get(Prior(model), model)
    assert torch.equal(again.coordinates, kept.coordinates)
    assert again.trustworthiness == kept.trustworthiness
    assert again.properties == kept.properties


def test_by_umap_it_says_that_it_keeps_no_variance_and_is_kept_beside(app, browse, client, kept):
    page = browse("/map", params={"projection": "umap"})
    assert "by UMAP from 12 dimensions: it keeps who is near whom and no variance" in page.text
    assert "% of the variance" not in page.text
    [area] = page.all("div", id="map")
    assert area["data-x"] == "UMAP 1"
    by_umap = np.frombuffer(client.get(area["data-points"]).content, "<f4").reshape(4, 300)
    assert not np.allclose(by_umap[:2].T, kept.coordinates.numpy())
    model = app.state.models.get()
    again = MapStore(app.state.settings.data_dir / "maps").get(Prior(model), model, "umap")
    assert np.array_equal(by_umap[:2].T, again.coordinates.numpy())
    assert again.explained_variance is None
    assert torch.allclose(again.place(again.latents), again.coordinates, atol=1e-3)
    assert "by PCA" in browse("/map").text


def test_without_umap_the_page_says_how_to_install_it(browse, monkeypatch):
    monkeypatch.setitem(sys.modules, "umap", None)
    assert "pip install 'molwright[map]'" in browse("/map?projection=umap", 422).text


def test_by_umap_a_library_is_sampled(app, monkeypatch):
    monkeypatch.setattr(store, "MOST_BY_UMAP", 40)
    monkeypatch.setattr(store, "fit_map", lambda latents, _: fit_map(latents))
    model = app.state.models.get()
    assert len(app.state.maps.get(Prior(model), model, "umap")) == 40


def test_a_damaged_file_is_named(tmp_path):
    path = tmp_path / "prior.safetensors"
    path.write_bytes(b"nothing")
    with pytest.raises(CheckpointError, match="remove it"):
        KeptMap.load(path)


def test_inside_a_polygon_by_the_even_odd_rule():
    latents = torch.tensor([[0.0, 0.0], [2.0, 0.0], [0.0, 2.0], [2.0, 2.0], [1.0, 0.5]])
    kept = KeptMap.of(latents, fit_map(latents), ("p",), torch.zeros(5, 1))
    corner = kept.coordinates[3].numpy()
    around = corner + 0.1 * np.array([[-1, -1], [1, -1], [1, 1], [-1, 1]])
    assert kept.inside(around).tolist() == [3]
    assert kept.inside(around[::-1]).tolist() == [3]
    assert len(kept.inside(100 * np.array([[-1, -1], [1, -1], [1, 1], [-1, 1]]))) == 5


def test_the_squares_hold_every_point_that_their_address_finds(kept):
    found = squares(kept)
    assert sum(square.count for square in found) == 300
    for square in found:
        assert len(kept.inside(polygon(square.area))) == square.count


def test_the_map_is_of_the_training_set_where_that_is_indexed(browse, client, trained_on):
    page = browse("/map")
    assert f"{len(trained_on)} molecules, by PCA" in page.text
    assert "20,000" not in page.text
    found = {
        client.get(f"/map/{row}.svg", follow_redirects=False).headers["location"]
        for row in range(3)
    }
    assert len(found) == 3
    assert "300 draws" in browse("/map?source=prior").text


def test_a_library_has_a_map_for_who_may_use_it(browse, upload):
    mine = upload()
    assert "10 molecules, by PCA" in browse("/map", params={"source": mine}).text
    assert browse("/map").all("option", value=mine)
