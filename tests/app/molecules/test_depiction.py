import asyncio
import threading
from xml.etree import ElementTree as ET

import pytest
from cachetools import LRUCache

from app.molecules import depiction
from tests.app.problems import check_problem
from tests.data.test_filters import FULLERENE

URL = "/v1/molecules/depiction.svg"
BAD_HIGHLIGHT = ("invalid_request", "/highlight")
BAD_ALIGN = ("invalid_request", "/align")
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
        ({"smiles": "C" * 201}, "invalid_request", "/smiles"),
        ({"highlight": "~".join("*" * 30) + "~[Xe]", "smiles": FULLERENE}, *BAD_HIGHLIGHT),
        ({"width": 5}, "invalid_request", "/width"),
        ({"height": 100_000}, "invalid_request", "/height"),
        ({"highlight": "c1("}, "invalid_request", "/highlight"),
    ],
)
def test_bad_requests(client, change, code, pointer):
    body = check_problem(client.get(URL, params=ASPIRIN | change), 422, code, pointer)
    assert body["errors"][0]["location"] == "query"


@pytest.mark.parametrize(
    "smiles",
    [
        "<script>alert(1)</script>",
        "C<svg onload=alert(1)>",
        "C |$<script>alert(1)</script>$|",
        "C |atomProp:0.atomNote.<script>|",
        'C"><image href=x>',
        "&xxe;",
    ],
)
def test_no_text_of_the_caller_gets_into_the_drawing(client, smiles):
    check_problem(client.get(URL, params={"smiles": smiles}), 422, "syntax", "/smiles")


@pytest.mark.parametrize("smiles", ["[13CH3:1][NH3+]", "C[C@H](F)Cl", "[U]", "C1CC1", "F[Xe]F"])
def test_a_drawing_draws_and_does_nothing_else(client, smiles):
    response = client.get(URL, params={"smiles": smiles, "highlight": "*~*"})
    assert response.headers["content-security-policy"].startswith("default-src 'none'")
    assert response.headers["x-content-type-options"] == "nosniff"
    root = ET.fromstring(response.text)  # noqa: S314
    for element in root.iter():
        assert element.tag.rpartition("}")[2] in {"svg", "rect", "path", "ellipse", "text", "tspan"}
        for name, value in element.attrib.items():
            assert not name.lower().startswith("on")
            assert "href" not in name
            assert "url(" not in value
            assert "script" not in value


def test_a_part_that_is_aligned_changes_the_drawing_and_a_part_that_is_not_there_nothing(client):
    plain = client.get(URL, params=ASPIRIN).text
    assert client.get(URL, params=ASPIRIN | {"align": "C(=O)O"}).text != plain
    assert client.get(URL, params=ASPIRIN | {"align": "[Xe]"}).text == plain


def test_what_is_no_part_to_align_is_named(client):
    check_problem(client.get(URL, params=ASPIRIN | {"align": "c1("}), 422, *BAD_ALIGN)


def test_a_drawing_is_kept_for_whoever_asks_next(client, monkeypatch):
    drawn = []
    real = depiction.depict_svg
    monkeypatch.setattr(depiction, "depict_svg", lambda *a: drawn.append(a) or real(*a))
    monkeypatch.setattr(depiction, "_kept", LRUCache(2))

    def ask(smiles):
        return client.get(URL, params={"smiles": smiles}).content

    first = ask("CCO")
    assert ask("CCO") == first
    assert len(drawn) == 1
    ask("CCN")
    ask("CCC")
    assert ask("CCO") == first
    assert len(drawn) == 4


def test_what_cannot_be_drawn_ahead_is_left_to_whoever_asks(monkeypatch):
    monkeypatch.setattr(depiction, "_kept", LRUCache(10))
    real = depiction.depict_svg
    monkeypatch.setattr(
        depiction, "depict_svg", lambda mol, *a: real(mol, *a) if mol.GetNumAtoms() > 1 else 1 / 0
    )
    wanted = [depiction.Depiction(smiles) for smiles in ("c1(", "C", "CCO")]
    asyncio.run(depiction.draw_ahead(wanted))
    assert [each.etag in depiction._kept for each in wanted] == [False, False, True]
    assert depiction._coming == {}


def test_who_asks_for_what_is_being_drawn_waits_for_it(monkeypatch):
    drawn = []
    started, goes_on = threading.Event(), threading.Event()
    real = depiction.depict_svg

    def slow(*arguments):
        drawn.append(arguments)
        started.set()
        assert goes_on.wait(30)
        return real(*arguments)

    monkeypatch.setattr(depiction, "depict_svg", slow)
    monkeypatch.setattr(depiction, "_kept", LRUCache(10))
    wanted = [depiction.Depiction("CCO"), depiction.Depiction("CCN")]

    async def ask():
        ahead = asyncio.ensure_future(depiction.draw_ahead(wanted))
        await asyncio.to_thread(started.wait, 30)
        answers = [asyncio.ensure_future(depiction.respond(each, None)) for each in wanted]
        await asyncio.sleep(0.05)
        goes_on.set()
        await ahead
        return [await answer for answer in answers]

    assert [answer.status_code for answer in asyncio.run(ask())] == [200, 200]
    assert len(drawn) == 2


def test_what_no_thread_came_to_keeps_nobody_waiting(monkeypatch):
    async def gone(_):
        raise asyncio.CancelledError

    monkeypatch.setattr(depiction, "_kept", LRUCache(10))
    monkeypatch.setattr(depiction, "run_in_threadpool", gone)
    with pytest.raises(asyncio.CancelledError):
        asyncio.run(depiction.draw_ahead([depiction.Depiction("CCO")]))
    assert depiction._coming == {}
