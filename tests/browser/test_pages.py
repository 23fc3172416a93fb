"""Every page: nothing that keeps anybody out, nothing wider than the screen, light and dark."""

import pytest
from playwright.sync_api import expect

PAGES = {
    "/campaigns": "#campaign-rows",
    "/campaigns/new": "#check .facts",
    "/campaigns/ID": "#chart-map canvas",
    "/campaigns/ID/molecules": "#grid",
    "/campaigns/ID/model": "#fits canvas",
    "/campaigns/ID/log": "#refusals",
    "/compare?id=ID": "[data-chart=courses] canvas",
    "/campaigns/ID/clone": "#check .facts",
    "/campaigns/ID/molecules/0": "#origin",
    "/molecules?smiles=CCO": "#identity",
    "/explore": "#sketch canvas",
    "/explore?smiles=CCO&num_molecules=2": ".place",
    "/explore/between?start=CCO&end=CCN": ".chart canvas",
    "/explore/complete": "#sketch canvas",
    "/map?area=0,0 1,0 1,1": "#map canvas",
    "/campaigns/ID/revise": "#limits",
    "/docs": "#reference [data-path='/v1/neighbours']",
}


@pytest.mark.parametrize(("width", "theme"), [(375, "dark"), (1280, "light"), (2560, "dark")])
@pytest.mark.parametrize("path", PAGES)
def test_a_page_is_open_to_everybody(open_page, violations, finished, path, width, theme):
    page = open_page(path.replace("ID", finished), width, theme)
    expect(page.locator(PAGES[path]).first).to_be_visible()
    assert violations(page) == []
    root = "document.documentElement"
    assert page.evaluate(f"{root}.scrollWidth <= {root}.clientWidth")


def test_the_theme_is_kept(open_page):
    page = open_page("/campaigns")
    page.get_by_role("button", name="Switch between light and dark").click()
    page.reload()
    assert page.evaluate("document.documentElement.dataset.theme") == "dark"


def test_what_was_typed_is_there_after_a_reload_and_a_step_back(open_page):
    page = open_page("/campaigns/new?recipe=drug-like")
    page.locator("#molecules").fill("CCO\n")
    page.locator("#add-objective").select_option("tpsa")
    page.get_by_role("button", name="Add objective").click()
    expect(page.locator(".objective")).to_have_count(3)
    page.reload()
    expect(page.locator(".objective")).to_have_count(3)
    page.goto("/campaigns")
    page.go_back()
    expect(page.locator("#molecules")).to_have_value("CCO\n")
    page.get_by_role("link", name="Drug-like and easy to make").click()
    expect(page.locator("#molecules")).to_have_value("")


def test_a_drawn_molecule_goes_into_the_list(open_page):
    page = open_page("/campaigns/new")
    page.locator('[data-draw="molecules"]').click()
    canvas = page.locator("#editor-canvas canvas").last
    expect(canvas).to_be_visible()
    box = canvas.bounding_box()
    page.mouse.click(box["x"] + 200, box["y"] + 150)
    expect(page.locator("#editor-smiles")).to_have_text("CC")
    page.get_by_role("button", name="Add", exact=True).click()
    expect(page.locator("#molecules")).to_have_value("CC\n")


def test_a_hidden_tab_does_not_ask(open_page, service):
    path = service.post("/v1/campaigns", {"objectives": [{"name": "pIC50", "source": "measured"}]})[
        "id"
    ]
    service.post(f"/v1/campaigns/{path}/start")
    service.wait_for(f"/v1/campaigns/{path}", "waiting")
    page = open_page(f"/campaigns/{path}")
    asked = []
    page.on("request", lambda request: "/head?" in request.url and asked.append(request.url))
    page.evaluate("Object.defineProperty(document, 'hidden', {value: true, configurable: true})")
    page.wait_for_timeout(5_000)
    assert asked == []
    page.evaluate("delete document.hidden")
    page.wait_for_timeout(5_000)
    assert asked


def test_selected_molecules_are_exported(open_page, finished):
    page = open_page(f"/campaigns/{finished}/molecules")
    button = page.get_by_role("button", name="SMILES")
    expect(button).to_be_disabled()
    for box in page.locator('input[name="trial"]').all()[:2]:
        box.check()
    with page.expect_download() as download:
        button.click()
    assert len(download.value.path().read_text().splitlines()) == 2


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_an_opened_path_of_the_reference_keeps_nobody_out(open_page, violations, theme):
    page = open_page("/docs", theme=theme)
    for path in ("/v1/encode", "/v1/campaigns/{campaign_id}/trials", "/v1/bulk"):
        block = page.locator("#reference .opblock", has=page.locator(f"[data-path='{path}']")).first
        block.locator("button.opblock-summary-control").click()
        block.get_by_role("button", name="Try it out").click()
        expect(block.locator(".execute")).to_be_visible()
    assert violations(page) == []


def test_a_curve_is_drawn_as_it_is_typed_and_typed_as_it_is_drawn(open_page):
    page = open_page("/campaigns/new")
    page.locator("[id='o0.goal']").select_option("curve")
    box, curve = page.locator("[id='o0.curve']"), page.locator("svg[data-curve]")
    box.fill("0:0 1:1")
    expect(curve.locator("circle")).to_have_count(2)
    place = curve.bounding_box()
    middle = place["x"] + place["width"] / 2, place["y"] + place["height"] / 2
    page.mouse.click(*middle)
    expect(box).to_have_value("0:0 0.5:0.5 1:1")
    page.mouse.move(*middle)
    page.mouse.down()
    page.mouse.move(middle[0], place["y"])
    page.mouse.up()
    expect(box).to_have_value("0:0 0.5:1 1:1")
    page.mouse.dblclick(middle[0], place["y"] + place["height"] * 10 / 96)
    expect(box).to_have_value("0:0 1:1")
    box.fill("0:0 one")
    expect(curve.locator("circle")).to_have_count(0)


def test_what_a_campaign_wants_is_changed_from_its_log(open_page, service):
    path = service.post("/v1/campaigns", {"objectives": [{"name": "qed"}]})["id"]
    page = open_page(f"/campaigns/{path}/log")
    page.get_by_role("link", name="Change it").click()
    page.locator("#add-objective").select_option("sas")
    page.get_by_role("button", name="Add objective").click()
    expect(page.locator(".objective")).to_have_count(2)
    page.reload()
    expect(page.locator(".objective")).to_have_count(2)
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_role("cell", name="QED ↑, SA score ↓")).to_be_visible()
