"""No page loads anything from elsewhere, runs what was written into it, or shows raw input."""

import re
from urllib.parse import urlsplit

import pytest

from app.pages import assets
from app.pages.front import POLICY
from tests.app.campaigns.conftest import REQUEST
from tests.app.pages.conftest import BROWSER, Page

NASTY = "<script>alert(1)</script>\"'><img src=x onerror=alert(2)> {{ 7*7 }}"


@pytest.fixture
def campaign_id(client):
    response = client.post("/v1/campaigns", json=REQUEST | {"name": NASTY})
    return response.json()["id"]


PAGES = [
    "/campaigns",
    "/campaigns?state=draft",
    "/campaigns/new",
    "/campaigns/ID/clone",
    "/campaigns/ID",
    "/campaigns/ID/molecules",
    "/campaigns/ID/model",
    "/campaigns/ID/log",
    "/compare?id=ID",
    "/nowhere",
    "/explore",
    "/molecules?smiles=C",
    "/map",
    "/docs",
]


@pytest.fixture(params=PAGES)
def page(request, client, campaign_id):
    return client.get(request.param.replace("ID", campaign_id), headers=BROWSER)


def test_the_policy_lets_a_page_load_from_here_alone(page):
    assert page.headers["content-security-policy"] == POLICY
    assert "default-src 'self'" in POLICY
    assert "script-src 'self'" in POLICY
    assert "unsafe" not in POLICY
    assert page.headers["x-content-type-options"] == "nosniff"
    assert page.headers["x-frame-options"] == "DENY"


def test_a_page_refers_to_nothing_elsewhere(page):
    links = Page(page.text).links
    assert links
    for link in links:
        parts = urlsplit(link)
        assert (parts.scheme, parts.netloc) == ("", ""), link


def test_a_page_holds_nothing_that_the_policy_refuses(page):
    for tag, attributes in Page(page.text).elements:
        assert "style" not in attributes, (tag, attributes)
        assert not [name for name in attributes if name.startswith(("on", "hx-on"))]
        assert tag != "style"
        assert tag != "script" or attributes.get("src"), attributes


def test_what_somebody_wrote_is_text(client, campaign_id):
    html = client.get("/campaigns", headers=BROWSER).text
    assert NASTY not in html
    assert "49" not in re.findall(r"<th[^>]*>.*?</th>", html, re.DOTALL)[0]
    assert NASTY in Page(html).text
    [name] = Page(client.get(f"/campaigns/{campaign_id}/clone", headers=BROWSER).text).all(
        "input", name="name"
    )
    assert name["value"] == NASTY


def test_our_own_files_name_no_other_host():
    for name, path in assets.OWN.items():
        # The names of XML's and SVG's vocabularies are no addresses.
        text = path.read_text().replace("http://www.w3.org/2000/svg", "")
        assert not re.search(r"(?:https?:)?//[a-z0-9-]+\.[a-z]", text), name


def test_every_file_that_a_page_loads_is_there_for_ever(client, browse):
    page = browse("/campaigns")
    found = [link for link in page.links if link.startswith("/static/")]
    assert len(found) > 5
    for link in found:
        response = client.get(link)
        is_there = "/vendor/" not in link or not assets.missing()
        assert response.status_code == (200 if is_there else 404), link
        assert not is_there or "immutable" in response.headers["cache-control"]


def test_a_file_of_another_version_is_not_kept(client):
    response = client.get("/static/old/css/base.css")
    assert response.status_code == 200
    assert response.headers["cache-control"] == "no-cache"


@pytest.mark.parametrize(
    "name", ["../assets.py", "..%2fassets.py", "css", "vendor/../../assets.py", "package.json"]
)
def test_no_name_leads_out_of_the_files(client, name):
    assert client.get(f"/static/{assets.VERSION}/{name}").status_code == 404


def test_what_is_not_installed_is_said_plainly(client, browse, monkeypatch, tmp_path):
    monkeypatch.setattr(assets, "INSTALLED", tmp_path)
    assets._read.cache_clear()
    response = client.get(assets.address("vendor/htmx.js"))
    assert response.status_code == 404
    assert "make assets" in response.json()["detail"]
    assert "make assets" in browse("/campaigns").text


def test_an_error_is_a_page_to_a_browser_and_json_to_a_program(client, browse):
    assert "no campaign has the id" in browse("/campaigns?after=nothing", 404).text
    assert client.get("/campaigns?after=nothing").json()["code"] == "not_found"
    response = client.get("/v1/campaigns/nothing", headers=BROWSER)
    assert response.json()["code"] == "not_found"


def test_an_error_within_a_page_goes_to_its_messages(client):
    response = client.get("/campaigns?after=nothing", headers={"HX-Request": "true"})
    assert response.status_code == 404
    assert response.headers["hx-retarget"] == "#messages"
    assert "<html" not in response.text


def test_a_bug_is_a_page_too(client, browse, app, monkeypatch):
    def broken(*_):
        raise RuntimeError("secret")

    monkeypatch.setattr("app.pages.campaigns.listing.step_points", broken)
    client.post("/v1/campaigns", json=REQUEST)
    text = browse("/campaigns", 500).text
    assert "unexpected error" in text
    assert "secret" not in text
