"""A molecule by itself, and as a trial of a campaign."""

import pytest

from app.pages.molecules.opinion import Opinion
from tests.app.campaigns.conftest import REQUEST
from tests.app.pages.conftest import BROWSER
from tests.toys import library

ASPIRIN = "CC(=O)Oc1ccccc1C(=O)O"
MEASURED = REQUEST | {
    "objectives": [{"name": "pIC50", "source": "measured", "direction": "maximize"}],
    "constraints": [],
}


@pytest.fixture
def path(client):
    """The page of the first of two measured trials."""
    campaign = client.post("/v1/campaigns", json=MEASURED).json()["id"]
    told = [
        {"smiles": library()[0], "values": {"pIC50": [5.0, 6.0]}, "metadata": {"plate": "A7"}},
        {"smiles": library()[-1], "values": {"pIC50": 7.0}},
    ]
    assert client.post(f"/v1/campaigns/{campaign}/results", json=told).status_code == 200
    return f"/campaigns/{campaign}/molecules/0"


@pytest.fixture
def trial(client, path):
    """What the API says of it."""
    return lambda: client.get(f"/v1{path.replace('molecules', 'trials')}").json()


@pytest.fixture
def say(client, path):
    def post(status=303, **data):
        response = client.post(path, data=data, headers=BROWSER, follow_redirects=False)
        assert response.status_code == status, response.text
        return response

    return post


def test_a_molecule_has_names_properties_and_ways_on(browse):
    page = browse("/molecules", params={"smiles": "OC(=O)c1ccccc1OC(C)=O"})
    assert ASPIRIN in page.text
    assert "BSYNRYMUTXBXSQ-UHFFFAOYSA-N" in page.text
    assert "C₉H₈O₄" in page.text
    assert "180.2" in page.text
    assert page.all("img", alt=f"Structure of {ASPIRIN}")
    for start in ("/explore?", "/explore/between?start=", "/campaigns/new?smiles="):
        assert any(link.startswith(start) for link in page.links)


def test_without_a_latent_it_has_its_properties_all_the_same(browse):
    page = browse("/molecules", params={"smiles": "C[Si](C)(C)C"})
    assert "88.23" in page.text
    [latent] = page.all("dd", **{"hx-trigger": "load"})
    assert "['Si']" in browse(latent["hx-get"]).text


def test_the_way_to_the_latent_and_back_is_told_after_the_page(browse):
    smiles = library()[3]
    page = browse("/molecules", params={"smiles": smiles})
    assert "decodes to the same" not in page.text
    [latent] = page.all("dd", **{"hx-trigger": "load"})
    assert "decodes to the same molecule" in browse(latent["hx-get"]).text


def test_what_is_no_molecule_stays_in_the_form_with_the_reason(browse):
    page = browse("/molecules", 422, params={"smiles": "C1CC"})
    assert "unclosed ring" in page.text
    [box] = page.all("input", name="smiles")
    assert (box["value"], box["aria-invalid"]) == ("C1CC", "true")
    assert browse("/molecules").all("input", name="smiles")


def test_a_molecule_knows_the_campaigns_that_have_it(browse, path):
    page = browse("/molecules", params={"smiles": library()[0]})
    assert page.all("a", href=path)
    other = browse("/molecules", params={"smiles": library()[1]})
    assert not other.all("a", href=path)


def test_a_trial_tells_what_was_found_and_where_it_came_from(browse, path):
    page = browse(path)
    assert "5.5" in page.text
    assert "n = 2" in page.text
    assert "told" in page.text
    assert page.all("a", rel="next", href=path.removesuffix("/0") + "/1")
    assert not page.all("a", rel="prev")
    [value] = page.all("input", name="value.pIC50")
    assert value["value"] == "5 6"


def test_verdict_note_and_values_are_kept_with_what_was_there(say, trial):
    say(verdict="like", note="keep\r\nthis", **{"value.pIC50": "6.5"})
    kept = trial()
    assert kept["metadata"] == {"plate": "A7", "verdict": "like"}
    assert kept["note"] == "keep\nthis"
    assert kept["values"]["pIC50"]["value"] == 6.5
    assert [old["value"] for old in kept["history"]["pIC50"]] == [5.5]
    say(verdict="none", note="")
    assert trial()["metadata"] == {"plate": "A7"}
    assert trial()["note"] is None
    assert trial()["values"]["pIC50"]["value"] == 6.5


def test_a_value_can_be_taken_back(say, trial):
    say(**{"withdraw.pIC50": "on"})
    assert "pIC50" not in trial()["values"]


def test_saving_without_a_change_changes_nothing(say, trial):
    before = trial()
    say(verdict="none", note="", **{"value.pIC50": "5 6"})
    assert trial() == before


def test_what_cannot_be_kept_stays_in_the_form_and_nothing_is_stored(say, trial, browse):
    before = trial()
    response = say(422, note="mine", **{"value.pIC50": "about 6"})
    assert "valid number" in response.text
    assert 'value="about 6"' in response.text
    assert ">mine</textarea>" in response.text
    assert trial() == before


def test_a_trial_that_is_not_there_is_a_page(browse, path):
    assert "has no trial 99" in browse(path.removesuffix("/0") + "/99", 404).text


def test_only_what_differs_is_sent():
    before = Opinion({"pIC50": "5"}, frozenset(), "", "none")
    assert before.patch(before, {"plate": 1}) == {}
    after = Opinion({"pIC50": "5 6; 7"}, frozenset(), "", "reject")
    assert after.patch(before, None) == {
        "values": {"pIC50": ["5", "6", "7"]},
        "metadata": {"verdict": "reject"},
    }
