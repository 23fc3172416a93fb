"""Exploring by hand: the editor in step with its box, the radius, and the lasso on the map."""

from playwright.sync_api import expect

ETHANOL = "/explore?smiles=CCO&num_molecules=2&scaled_radius=2"


def test_what_is_drawn_is_written_and_what_is_written_is_drawn(open_page):
    page = open_page(ETHANOL)
    box = page.locator("#smiles")
    canvas = page.locator("#sketch canvas").last
    expect(canvas).to_be_visible()
    before = canvas.screenshot()
    at = canvas.bounding_box()
    page.mouse.click(at["x"] + at["width"] - 60, at["y"] + 60)
    expect(box).not_to_have_value("CCO")
    assert "." in box.input_value()
    box.fill("c1ccccc1O")
    page.wait_for_function("document.activeElement.id === 'smiles'")
    assert canvas.screenshot() != before


def test_an_answer_is_in_the_address_and_there_again_after_a_step_back(open_page):
    page = open_page(ETHANOL)
    page.locator("#smiles").fill("c1ccccc1O")
    page.get_by_role("button", name="Sample around").click()
    page.wait_for_url("**c1ccccc1O**")
    expect(page.locator(".place")).to_contain_text("Oc1ccccc1")
    page.locator("#scaled_radius").fill("0.5")
    page.wait_for_url("**scaled_radius=0.5**")
    page.go_back()
    expect(page.locator("#scaled_radius")).to_have_value("2")
    page.go_back()
    expect(page.locator("#smiles")).to_have_value("CCO")


def test_selected_finds_begin_a_campaign(open_page):
    page = open_page(ETHANOL)
    chosen = page.locator(".find input").first
    chosen.check()
    smiles = chosen.get_attribute("value")
    page.get_by_role("button", name="New campaign from the selected").click()
    expect(page.locator("#molecules")).to_have_value(f"{smiles}\n")


def test_a_lasso_shows_what_it_encloses_and_stays_in_the_address(open_page):
    page = open_page("/map")
    expect(page.locator(".map-scale li").first).to_be_visible()
    page.get_by_role("button", name="Lasso").click()
    at = page.locator("#map").bounding_box()
    middle = (at["x"] + at["width"] / 2, at["y"] + at["height"] / 2)
    page.mouse.move(*middle)
    page.mouse.down()
    for across, up in ((80, -40), (120, 60), (20, 80), (0, 0)):
        page.mouse.move(middle[0] + across, middle[1] + up, steps=5)
    page.mouse.up()
    expect(page.locator("#result")).to_contain_text("places in the area")
    page.wait_for_url("**area=**")
    page.reload()
    expect(page.locator(".find").first).to_be_visible()
    page.go_back()
    expect(page.locator(".find")).to_have_count(0)
