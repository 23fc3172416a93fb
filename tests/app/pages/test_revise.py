"""What a campaign wants, changed from its log."""

import pytest

from tests.app.campaigns.conftest import create, iterations, run, sessions, step  # noqa: F401
from tests.app.pages.conftest import BROWSER, Page


@pytest.fixture
def ended(client, create, run):  # noqa: F811
    """The page of a campaign that has spent its budget."""
    path = create(
        objectives=[{"name": "qed", "weight": 1.23456789}],
        constraints=[{"property": "molecular_weight", "max": 499.98765432}],
    )
    client.post(f"{path}/start")
    run(path)
    return path.removeprefix("/v1")


@pytest.fixture
def send(client):
    def post(path, data, status=303):
        response = client.post(path, data=data, headers=BROWSER, follow_redirects=False)
        assert response.status_code == status, response.text
        return response

    return post


def test_the_log_leads_to_a_form_of_what_is_wanted_now(browse, ended):
    [link] = browse(f"{ended}/log").all("a", href=f"{ended}/revise")
    page = browse(link["href"])
    assert dict(page.form)["o0.name"] == "qed"
    assert dict(page.form)["max.molecular_weight"] == "499.988"
    assert "Version 2" in page.text


def test_what_is_changed_becomes_a_version_by_which_all_is_judged(client, browse, send, ended):
    page = browse(f"{ended}/revise")
    data = page.filled(max__molecular_weight="60")
    assert send(f"{ended}/revise", data).headers["location"] == f"{ended}/log#versions"
    campaign = client.get(f"/v1{ended}").json()
    assert campaign["objective_version"] == 2
    assert campaign["constraints"] == [{"property": "molecular_weight", "min": None, "max": 60.0}]
    assert campaign["objectives"][0]["weight"] == 1.23456789
    refused = client.get(f"/v1{ended}/trials").json()["items"]
    assert any("molecular_weight" in (trial["reason"] or "") for trial in refused)


def test_a_form_that_says_the_same_makes_no_version(client, browse, send, ended):
    send(f"{ended}/revise", browse(f"{ended}/revise").filled())
    assert client.get(f"/v1{ended}").json()["objective_version"] == 1


def test_an_objective_is_added_before_anything_is_stored(client, browse, send, ended):
    data = browse(f"{ended}/revise").filled(action="add-objective", objective="sas")
    page = Page(send(f"{ended}/revise/form", data, 200).text)
    assert dict(page.form)["o1.name"] == "sas"
    assert client.get(f"/v1{ended}").json()["objective_version"] == 1
    send(f"{ended}/revise", page.filled(scalarization="geometric"))
    campaign = client.get(f"/v1{ended}").json()
    assert [item["name"] for item in campaign["objectives"]] == ["qed", "sas"]
    assert campaign["scalarization"] == "geometric"


def test_what_cannot_be_used_is_led_back_to_its_field(client, browse, send, ended):
    for change, field in (
        ({"o0__goal": "curve", "o0__curve": "1:2 nothing"}, "o0.curve"),
        ({"required": "c1ccc"}, "required"),
    ):
        data = browse(f"{ended}/revise").filled(**change)
        page = Page(send(f"{ended}/revise", data, 422).text)
        assert page.all("a", **{"data-field": field})
        [value] = change.values() if len(change) == 1 else list(change.values())[1:]
        assert value in dict(page.form).values()
    assert client.get(f"/v1{ended}").json()["objective_version"] == 1
