"""No page has code that nothing runs."""

import tomllib

import pytest
import yaml

from docs.blocks import ROOT, blocks, languages, pages

BY_THEMSELVES = {"sh", "make", "csv", "toml", "yaml"}
"""Commands: `test_commands`. Tables and settings are at least read."""
TESTS = [path.read_text() for path in sorted((ROOT / "tests").rglob("test_*.py"))]


@pytest.mark.parametrize("page", pages())
def test_a_test_reads_the_page(page):
    found = languages(page)
    assert "" not in found, "a block of no language"
    assert found <= BY_THEMSELVES | {"python", "http", "json"}
    if found - BY_THEMSELVES:
        assert any(page.rpartition("/")[2] in test for test in TESTS)


@pytest.mark.parametrize("page", pages())
def test_settings_are_read(page):
    assert all(tomllib.loads(block) for block in blocks(page, "toml"))
    assert all(yaml.safe_load(block) for block in blocks(page, "yaml"))


def test_the_citation_names_the_project():
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    cited = yaml.safe_load((ROOT / "CITATION.cff").read_text())
    assert cited["title"].lower() == project["name"]
    assert (cited["version"], cited["license"]) == (project["version"], project["license"])
