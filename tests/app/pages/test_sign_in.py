"""Signing in where the service asks for keys."""

import pytest

from app.access.actor import Scope
from app.access.gate import KEY_COOKIE
from tests.app.access.conftest import *  # noqa: F403
from tests.app.access.conftest import REQUEST
from tests.app.pages.conftest import BROWSER, Page
from tests.app.problems import check_problem

HERE = {"Origin": "http://testserver", "Sec-Fetch-Site": "same-origin"}


def key_of(headers):
    return headers["Authorization"].removeprefix("Bearer ")


@pytest.fixture
def sign_in(client):
    def post(key, where="/campaigns"):
        return client.post(
            "/sign-in",
            data={"key": key, "next": where},
            headers=BROWSER | HERE,
            follow_redirects=False,
        )

    return post


def test_who_has_not_signed_in_is_asked_to_and_comes_back(client, sign_in, alice):
    response = client.get("/campaigns?state=draft", headers=BROWSER, follow_redirects=False)
    assert response.status_code == 303
    asked = response.headers["location"]
    assert asked == "/sign-in?next=/campaigns%3Fstate%3Ddraft"
    page = Page(client.get(asked, headers=BROWSER).text)
    [where] = page.all("input", name="next")
    signed = sign_in(key_of(alice), where["value"])
    assert (signed.status_code, signed.headers["location"]) == (303, "/campaigns?state=draft")
    assert client.get("/campaigns", headers=BROWSER).status_code == 200


def test_a_part_of_a_page_leads_the_whole_page_there(client):
    headers = {"HX-Request": "true", "HX-Current-URL": "http://testserver/campaigns?state=draft"}
    response = client.get("/campaigns", headers=headers)
    assert response.headers["hx-redirect"] == "/sign-in?next=/campaigns%3Fstate%3Ddraft"


def test_no_script_and_no_other_site_gets_at_the_cookie(sign_in, alice):
    cookie = sign_in(key_of(alice)).headers["set-cookie"].lower()
    assert "httponly" in cookie
    assert "samesite=strict" in cookie
    assert "max-age" not in cookie
    assert "secure" not in cookie


def test_over_tls_the_cookie_goes_nowhere_else(client, alice):
    client.base_url = "https://testserver"
    response = client.post(
        "/sign-in", data={"key": key_of(alice)}, headers=BROWSER, follow_redirects=False
    )
    assert "secure" in response.headers["set-cookie"].lower()


@pytest.mark.parametrize("key", ["", "nonsense", "mw_0123456789abcdef_" + "a" * 43])
def test_a_key_that_opens_nothing_is_refused(client, sign_in, key):
    response = sign_in(key)
    assert response.status_code == 401
    assert "There is no such key" in Page(response.text).text
    assert KEY_COOKIE not in client.cookies


@pytest.mark.parametrize(
    "where", ["https://evil.example", "//evil.example", "/\\evil.example", "javascript:0", "/\tx"]
)
def test_nobody_is_sent_elsewhere(sign_in, alice, where):
    assert sign_in(key_of(alice), where).headers["location"] == "/campaigns"


def test_after_signing_out_nothing_opens(client, sign_in, give):
    sign_in(key_of(give("bob", Scope.READ)))
    assert client.get("/campaigns", headers=BROWSER).status_code == 200
    response = client.post("/sign-out", headers=BROWSER | HERE, follow_redirects=False)
    assert response.headers["location"] == "/sign-in"
    assert client.get("/v1/campaigns").status_code == 401


def test_each_sees_their_own(client, sign_in, alice, bob):
    client.post("/v1/campaigns", json=REQUEST | {"name": "of Alice"}, headers=alice)
    client.post("/v1/campaigns", json=REQUEST | {"name": "of Bob"}, headers=bob)
    sign_in(key_of(bob))
    text = Page(client.get("/campaigns", headers=BROWSER).text).text
    assert "of Bob" in text
    assert "of Alice" not in text


@pytest.mark.parametrize("path", ["/compare", "/compare.json"])
def test_nobody_compares_what_is_not_theirs(client, alice, bob, path):
    theirs = client.post("/v1/campaigns", json=REQUEST, headers=bob).json()["id"]
    mine = client.post("/v1/campaigns", json=REQUEST, headers=alice).json()["id"]
    both = client.get(f"{path}?id={mine}&id={theirs}", headers=alice)
    check_problem(both, 404, "not_found")
    assert client.get(f"{path}?id={mine}", headers=alice).status_code == 200


@pytest.mark.parametrize(
    "headers",
    [
        {"Origin": "https://evil.example", "Sec-Fetch-Site": "cross-site"},
        {"Origin": "http://other.testserver", "Sec-Fetch-Site": "same-site"},
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "none"},
        {"Origin": "null"},
        {},
    ],
)
def test_by_the_cookie_only_our_own_pages_change_anything(client, sign_in, alice, headers):
    sign_in(key_of(alice))
    for path in ("/v1/campaigns", "/sign-out"):
        check_problem(client.post(path, json=REQUEST, headers=headers), 403, "foreign_origin")
    assert client.post("/v1/campaigns", json=REQUEST, headers=HERE).status_code == 201


def test_an_allowed_origin_needs_a_key_and_has_no_use_of_the_cookie(serve, alice):
    client = serve(cors_origins="http://lab.testserver")
    client.cookies[KEY_COOKIE] = key_of(alice)
    lab = {"Origin": "http://lab.testserver", "Sec-Fetch-Site": "same-site"}
    check_problem(client.post("/v1/campaigns", json=REQUEST, headers=lab), 403, "foreign_origin")
    assert client.post("/v1/campaigns", json=REQUEST, headers=lab | alice).status_code == 201


def test_where_no_keys_are_asked_for_nobody_signs_in(serve):
    client = serve(require_keys=False, trusted_hosts="testserver")
    response = client.get("/sign-in", headers=BROWSER, follow_redirects=False)
    assert response.headers["location"] == "/campaigns"
    foreign = {"Sec-Fetch-Site": "cross-site"}
    check_problem(
        client.post("/v1/campaigns", json=REQUEST, headers=foreign), 403, "foreign_origin"
    )
