"""Around a molecule, between two, and on from a scaffold."""

import pytest
from rdkit import Chem
from starlette.datastructures import ImmutableMultiDict

from app.molecules.schemas.sample import SampleRequest
from app.pages.explore.asking import ask
from data.molecules import parse
from tests.app.known.conftest import *  # noqa: F403
from tests.toys import library

TOLUENE = "Cc1ccccc1"
KNOWN = library()[0]
SILANE = "C[Si](C)(C)C"


def paths(page, start):
    return [link for link in page.links if link.startswith(start)]


def test_nothing_asked_is_no_error_and_shows_the_way(browse):
    page = browse("/explore")
    assert "aspirin" in page.text
    assert not page.all("input", **{"aria-invalid": "true"})


def test_around_a_molecule_each_has_drawing_values_and_ways_on(browse, client):
    page = browse("/explore", params={"smiles": KNOWN, "scaled_radius": "2", "num_molecules": "3"})
    found = client.post(
        "/v1/sample",
        json={"smiles": KNOWN, "scaled_radius": 2, "num_molecules": 3, "seed": 0},
    ).json()["molecules"]
    assert found
    for item in found:
        smiles = item["smiles"]
        assert page.all("img", alt=f"Structure of {smiles}")
        assert page.all("input", name="smiles", value=smiles, type="checkbox")
        assert f"{item['properties']['qed']:.3g}" in page.text
    assert len(paths(page, "/campaigns/new?smiles=")) == len(found)
    assert paths(page, "/molecules?smiles=")


def test_the_same_address_leads_to_the_same_molecules(browse):
    asked = {"smiles": KNOWN, "scaled_radius": "2", "num_molecules": "3", "seed": "3"}
    first, second = (browse("/explore", params=asked) for _ in range(2))
    assert first.links == second.links
    other = browse("/explore", params=asked | {"seed": "4"})
    assert other.links != first.links


def test_the_order_is_the_readers(browse):
    asked = {"smiles": KNOWN, "scaled_radius": "2", "num_molecules": "4"}

    def shown(sort):
        page = browse("/explore", params=asked | {"sort": sort})
        return [box["value"] for box in page.all("input", name="smiles", type="checkbox")]

    assert sorted(shown("qed")) == sorted(shown("molecular_weight"))
    assert shown("qed") != shown("molecular_weight")


def test_the_radius_stands_beside_what_it_means(browse):
    page = browse("/explore/expected?scaled_radius=1")
    assert "0.75" in page.text
    assert "–" in browse("/explore/expected?scaled_radius=5").text
    assert "–" in browse("/explore/expected?scaled_radius=far").text
    [slider] = browse("/explore?scaled_radius=0.5").all("input", type="range")
    assert (slider["value"], slider["max"]) == ("0.5", "2.0")


def test_of_a_molecule_without_a_latent_the_missing_token_is_named(browse):
    page = browse("/explore", 422, params={"smiles": SILANE})
    assert "['Si']" in page.text
    assert "cannot encode" in page.text
    assert page.all("img", alt=f"Structure of {SILANE}")
    [box] = page.all("input", name="smiles", id="smiles")
    assert (box["value"], box["aria-invalid"]) == (SILANE, "true")


def test_the_way_through_the_model_and_back_is_measured(browse):
    assert (
        "Round trip exact"
        in browse("/explore", params={"smiles": KNOWN, "num_molecules": "1"}).text
    )
    assert (
        "Round trip at similarity"
        in browse("/explore", params={"smiles": TOLUENE, "num_molecules": "1"}).text
    )


@pytest.mark.parametrize(
    ("field", "value", "said"),
    [
        ("smiles", "C1CC", "unclosed ring"),
        ("smiles", "C" * 1_001, "at most 1000"),
        ("scaled_radius", "-1", "greater than or equal to 0"),
        ("scaled_radius", "wide", "valid number"),
        ("min_similarity", "2", "less than or equal to 1"),
    ],
)
def test_what_cannot_be_used_is_said_in_the_page_and_stays_in_the_form(browse, field, value, said):
    page = browse("/explore", 422, params={"smiles": KNOWN, field: value})
    assert said in page.text
    kept = [box for box in page.all("input", name=field) if box.get("type") != "checkbox"]
    assert kept[0]["value"] == value


def test_between_two_every_step_is_drawn_and_told(browse, client):
    ends = {"start": library()[0], "end": library()[-1]}
    page = browse("/explore/between", params=ends | {"num_steps": "5"})
    steps = client.post("/v1/interpolate", json=ends | {"num_steps": 5}).json()["steps"]
    assert len(page.all("td", **{"data-value": str(steps[2]["fraction"])})) >= 1
    valid = [step["smiles"] for step in steps if step["smiles"]]
    assert f"{len(valid)} of 5 steps are molecules" in page.text
    for smiles in valid:
        assert page.all("img", alt=f"Structure of {smiles}")
    charts = page.all("figure")
    assert all(chart["data-table"] == "steps" for chart in charts)
    assert page.all("table", id="steps")
    [_, swapped] = paths(page, "/explore/between?start=")
    [start] = browse(swapped).all("input", name="start")
    assert start["value"] == ends["end"]


def test_an_end_that_has_no_latent_is_the_one_that_is_marked(browse):
    page = browse("/explore/between", 422, params={"start": KNOWN, "end": SILANE})
    assert page.all("input", name="end", **{"aria-invalid": "true"})
    assert not page.all("input", name="start", **{"aria-invalid": "true"})


def test_a_scaffold_is_in_every_molecule_that_continues_it(browse):
    page = browse("/explore/complete", params={"fragment": "*c1ccccc1", "num_molecules": "4"})
    found = [box["value"] for box in page.all("input", name="smiles", type="checkbox")]
    assert found
    scaffold = Chem.MolFromSmarts("*c1ccccc1")
    assert all(parse(smiles).HasSubstructMatch(scaffold) for smiles in found)


def test_a_fragment_that_cannot_be_continued_is_explained(browse):
    page = browse("/explore/complete", 422, params={"fragment": "*C*"})
    assert page.all("input", name="fragment", **{"aria-invalid": "true"})
    assert page.all("div", id="problems")


def test_a_model_that_is_not_there_is_a_page_too(browse):
    assert "no model is called" in browse("/explore?smiles=C&model=other", 404).text


def test_the_molecule_goes_along_to_the_other_tools(browse):
    page = browse("/explore", params={"smiles": KNOWN, "num_molecules": "1"})
    assert paths(page, "/explore/between?start=")


def test_an_empty_field_counts_as_left_out():
    asked = ask(
        SampleRequest,
        ImmutableMultiDict({"smiles": " C ", "seed": "", "sort": "x"}),
        {"seed": "5"},
        ("smiles",),
    )
    assert asked.request is not None
    assert (asked.request.smiles, asked.request.seed) == ("C", 5)
    assert ask(SampleRequest, ImmutableMultiDict({"smiles": ""}), {}, ("smiles",)).request is None


def test_known_neighbours_of_training_set_and_libraries(browse, trained_on, upload):
    mine = upload()
    asked = {"smiles": trained_on[3], "k": "4", "libraries": ["training", mine]}
    page = browse("/explore/neighbours", params=asked)
    shown = [box["value"] for box in page.all("input", name="smiles", type="checkbox")]
    assert shown[0] == trained_on[3]
    assert len(shown) == 4
    assert "50 compared" in page.text
    assert "the model was trained on the molecule" in page.text
    ticked = page.all("input", name="libraries")
    assert [box["value"] for box in ticked if "checked" in box] == ["training", mine]


def test_neighbours_say_how_a_training_set_is_indexed(browse):
    assert "molwright index" in browse("/explore/neighbours", 422, params={"smiles": KNOWN}).text
