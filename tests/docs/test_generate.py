"""The parts that the site is made of."""

from xml.etree import ElementTree

import pytest

from docs.generate import figures, navigation, root_pages, score_tables
from docs.generate.markdown import table, typeset
from docs.generate.schema_types import constraints, described_type, example_of

PAGES = ["index.md", "guides/a.md", "guides/b.md", "guides/index.md"]


def test_a_wildcard_stands_for_the_pages_that_are_named_nowhere():
    nav = ["index.md", {"Guides": ["guides/*", {"First": "guides/a.md"}]}]
    expanded = [
        "index.md",
        {"Guides": ["guides/index.md", "guides/b.md", {"First": "guides/a.md"}]},
    ]
    assert navigation.expand(nav, PAGES) == expanded


def test_a_section_of_no_pages_is_left_out():
    named = [{"All": ["guides/a.md", "guides/b.md", "guides/index.md"]}, {"More": "guides/*"}]
    assert navigation.expand(named, PAGES) == named[:1]
    assert navigation.expand([{"More": "guides/*"}], ["guides/a.md"]) == [{"More": ["guides/a.md"]}]


def test_links_of_the_root_s_pages_lead_into_the_site(tmp_path):
    text = "[a](docs/guides/x.md#y) [b](docs/decisions) [c](SECURITY.md) [d](https://example.org)"
    (tmp_path / "CHANGELOG.md").write_text(text)
    moved = "[a](guides/x.md#y) [b](decisions/index.md) [c](security.md) [d](https://example.org)"
    assert root_pages.pages(tmp_path) == {"changelog.md": moved}


def test_types_in_words():
    number = {"type": "number", "minimum": 0.0, "default": 1}
    assert described_type({"anyOf": [number, {"type": "null"}]}) == "number or null"
    many = {"type": "array", "items": {"$ref": "#/components/schemas/Trial"}, "minItems": 1}
    assert described_type(many) == "list of [Trial](schemas.md#trial)"
    assert constraints(number) == ["default `1`", "at least 0"]
    assert constraints(many) == ["at least 1 item"]


def test_an_example_is_made_of_the_required_members():
    trial = {
        "properties": {
            "smiles": {"type": "string", "examples": ["CCO"]},
            "values": {"type": "array", "items": {"const": 2}},
            "note": {"type": "string", "examples": ["no"]},
        },
        "required": ["smiles", "values"],
    }
    document = {"components": {"schemas": {"Trial": trial}}}
    made = example_of({"$ref": "#/components/schemas/Trial"}, document)
    assert made == {"smiles": "CCO", "values": [2]}


def test_a_cell_breaks_no_table():
    assert table(("a",), [("x|y\nz",)]).splitlines()[2] == r"| x\|y z |"


def test_numbers_stay_on_their_line():
    assert typeset(">= 97 %, 1 ± 2") == "≥&nbsp;97&nbsp;%, 1&nbsp;±&nbsp;2"


SCOREBOARD = """# The scoreboard

## small

| measure | reached | target | best peer |
|---|---|---|---|
| valid, 10 samples | 97.5 % ✓ | >= 95.00 % | other 80 % |
| unique, 10 samples | 50.00 % |  |  |
| KL | 3.2 nats |  |  |

### hill: a task

| method | runs | best at 1,000 | s a call |
|---|---|---|---|
| auto | 2 | -0.5 ± 0.1 (-0.7) | 0.1 |
| zinc | 1 | 1,200.5 (1,200.5) | - |

## Words alone
"""


@pytest.fixture
def scoreboard(tmp_path, monkeypatch):
    monkeypatch.setattr(score_tables, "SCOREBOARD", tmp_path / "scoreboard.md")
    score_tables.SCOREBOARD.write_text(SCOREBOARD)
    score_tables.sections.cache_clear()
    yield
    score_tables.sections.cache_clear()


def test_tables_are_read_back(scoreboard):
    shares = [(share.measure, share.reached, share.goal) for share in score_tables.shares("small")]
    assert shares == [("valid, 10 samples", 97.5, 95.0), ("unique, 10 samples", 50.0, None)]
    measured = score_tables.task("hill")
    assert measured.keys() == {"best at 1,000"}
    auto, zinc = measured["best at 1,000"].values()
    assert (auto.mean, auto.sd, auto.lowest) == (-0.5, 0.1, -0.7)
    assert (zinc.mean, zinc.sd, zinc.lowest) == (1200.5, 0.0, 1200.5)


def test_every_table_that_can_be_drawn_is(scoreboard):
    page = score_tables.with_figures(SCOREBOARD)
    assert "## small\n\n<!-- figure: shares small -->" in page
    assert "### hill: a task\n\n<!-- figure: task hill -->" in page
    assert page.count("<!-- figure") == 2


def test_a_figure_takes_its_colours_from_the_page(scoreboard):
    drawn = figures.draw("<p>a</p><!-- figure: task hill --><!-- figure: loop -->")
    assert drawn.startswith("<p>a</p><figure")
    assert "#0102" not in drawn
    assert "currentColor" in drawn
    assert "var(--figure-strong)" in drawn
    for picture in drawn.split("<figure")[1:]:
        svg = picture[picture.index("<svg") : picture.index("</svg>") + len("</svg>")]
        prefixed = (
            svg.replace("<svg", '<svg xmlns:xlink="x"', 1) if "xmlns:xlink" not in svg else svg
        )
        assert ElementTree.fromstring(prefixed).attrib["aria-label"]  # noqa: S314


def test_a_figure_that_is_none():
    with pytest.raises(KeyError, match="unknown"):
        figures.draw("<!-- figure: unknown -->")
