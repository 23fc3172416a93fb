"""A chemist's way: a pasted list, a run, three values from the bench, the next batch, a file."""

import pytest
from playwright.sync_api import expect
from rdkit import Chem

PASTED = """\
CC(=O)Nc1ccc(O)cc1 paracetamol
C1CC broken
Cc1ccncc1 picoline
O=C(O)c1ccccc1O salicylic acid
"""


def test_from_a_pasted_list_to_a_file(open_page, tmp_path):
    page = open_page("/campaigns")
    page.get_by_role("link", name="Begin the first").or_(
        page.locator(".head").get_by_role("link", name="New campaign")
    ).first.click()
    page.locator("#name").fill("pasted")
    page.locator("#molecules").fill(PASTED)
    check = page.locator("#check")
    expect(check).to_contain_text("line 2")
    expect(check).to_contain_text("unclosed ring")
    expect(page.locator("#molecules")).to_have_attribute("aria-invalid", "true")
    page.locator("#molecules").fill(PASTED.replace("C1CC broken\n", ""))
    expect(check).not_to_contain_text("to mend")
    page.locator("#max_evaluations").fill("24")
    page.locator("#num_samples").fill("5")
    expect(check).to_contain_text("3 of your molecules")
    page.get_by_role("button", name="Start").click()
    watch_it_improve(page)
    measure(open_page, tmp_path)


def watch_it_improve(page):
    # No reload: the page follows by itself.
    expect(page.locator("#head")).to_contain_text("Done")
    expect(page.locator("#tiles")).to_contain_text("24 / 24")
    expect(page.locator("#chart-best canvas").first).to_be_visible()
    page.locator("#figure-best summary").click()
    rows = page.locator("#figure-best tbody td:last-child").all_inner_texts()
    course = [float(text) for text in rows]
    assert len(course) >= 2
    assert course == sorted(course)
    utility = page.locator(".tile", has_text="Best utility").locator("dd.num")
    assert float(utility.inner_text()) == pytest.approx(course[-1], abs=0.01)


def measure(open_page, tmp_path):
    page = open_page("/campaigns/new?recipe=measured")
    page.locator("#results").fill("smiles,pIC50\nCCOc1ccccc1,5.2\nCOc1ccc(CN2CCCC2)cc1,6.1\n")
    page.locator("#num_samples").fill("3")
    expect(page.locator("#check")).to_contain_text("2 measured before")
    page.get_by_role("button", name="Start").click()
    expect(page.locator("#head")).to_contain_text("Waiting for values")
    page.get_by_role("link", name="the molecules to be measured").click()
    fields = page.locator("input.value")
    expect(fields).to_have_count(3)
    for field, value in zip(fields.all(), ["5.5", "6.0 6.4", "4.9"], strict=True):
        field.fill(value)
    page.get_by_role("button", name="Save values").click()
    expect(page.locator("#grid input.value").first).to_be_visible()
    before = set(page.locator("#grid .molecule a").all_inner_texts())
    page.get_by_role("button", name="Pause").click()
    page.get_by_role("button", name="Ask for the next batch").click()
    expect(page.locator("#grid")).to_be_visible()
    assert set(page.locator("#grid .molecule a").all_inner_texts()) - before
    page.get_by_role("link", name="Evaluated").click()
    with page.expect_download() as download:
        page.locator(".bar").get_by_role("link", name="SDF").click()
    file = tmp_path / "bench.sdf"
    download.value.save_as(file)
    found = [float(m.GetProp("pIC50")) for m in Chem.SDMolSupplier(str(file))]
    assert sorted(found) == [4.9, 5.2, 5.5, 6.1, 6.2]
