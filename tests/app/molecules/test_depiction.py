from xml.etree import ElementTree as ET

import pytest

from tests.app.problems import check_problem

URL = "/v1/molecules/depiction.svg"
ASPIRIN = {"smiles": "CC(=O)Oc1ccccc1C(=O)O"}


def test_a_drawing_of_the_size_asked_for(client):
    response = client.get(URL, params=ASPIRIN | {"width": 400, "height": 250})
    assert response.status_code == 200
    assert response.headers["content-type"].startswith("image/svg+xml")
    root = ET.fromstring(response.text)  # noqa: S314
    assert (root.get("width"), root.get("height")) == ("400px", "250px")


def test_a_highlight_shows(client):
    plain = client.get(URL, params=ASPIRIN)
    marked = client.get(URL, params=ASPIRIN | {"highlight": "c1ccccc1"})
    assert marked.status_code == 200
    assert marked.text != plain.text
    assert marked.headers["etag"] != plain.headers["etag"]


def test_a_browser_may_keep_it(client):
    first = client.get(URL, params=ASPIRIN)
    assert "max-age=" in first.headers["cache-control"]
    again = client.get(URL, params=ASPIRIN, headers={"if-none-match": first.headers["etag"]})
    assert (again.status_code, again.content) == (304, b"")
    assert again.headers["etag"] == first.headers["etag"]
    other = client.get(
        URL, params=ASPIRIN | {"width": 301}, headers={"if-none-match": first.headers["etag"]}
    )
    assert other.status_code == 200


def test_the_same_request_draws_the_same_picture(client):
    first, second = (client.get(URL, params=ASPIRIN) for _ in range(2))
    assert (first.text, first.headers["etag"]) == (second.text, second.headers["etag"])


@pytest.mark.parametrize(
    ("change", "code", "pointer"),
    [
        ({"smiles": "C1CC"}, "syntax", "/smiles"),
        ({"smiles": ""}, "empty", "/smiles"),
        ({"smiles": "C" * 301}, "too_large", "/smiles"),
        ({"width": 5}, "invalid_request", "/width"),
        ({"height": 100_000}, "invalid_request", "/height"),
        ({"highlight": "c1("}, "invalid_request", "/highlight"),
    ],
)
def test_bad_requests(client, change, code, pointer):
    body = check_problem(client.get(URL, params=ASPIRIN | change), 422, code, pointer)
    assert body["errors"][0]["location"] == "query"
