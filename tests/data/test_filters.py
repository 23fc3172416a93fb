import pytest

from data.errors import FilterError
from data.filters import MAX_SMARTS_LENGTH, alerts, matches, smarts_pattern, substructures
from data.molecules import parse


def test_smarts_matches_where_the_group_is():
    assert matches(parse("OC(=O)c1ccncc1"), "c1ccncc1")
    assert not matches(parse("OC(=O)c1ccccc1"), "c1ccncc1")


def test_a_query_with_stereo_asks_for_that_stereo():
    assert matches(parse("C[C@H](N)C(=O)O"), "[CH3][C@H](N)C=O")
    assert not matches(parse("C[C@@H](N)C(=O)O"), "[CH3][C@H](N)C=O")


@pytest.mark.parametrize("smarts", ["", "  ", "[#6", "C&X", ")(", "C" * (MAX_SMARTS_LENGTH + 1)])
def test_bad_smarts(smarts):
    with pytest.raises(FilterError, match="SMARTS"):
        smarts_pattern(smarts)


def test_alerts_name_the_catalogue_and_the_group():
    quinone, nitrobenzene = parse("O=C1C=CC(=O)C=C1"), parse("O=[N+]([O-])c1ccccc1")
    assert alerts(quinone, ["PAINS"]) == ["PAINS: quinone_A(370)"]
    assert "BRENK: nitro_group" in alerts(nitrobenzene)
    assert alerts(nitrobenzene, ["PAINS"]) == []
    assert alerts(parse("CCO")) == []
    assert alerts(quinone, []) == []


def test_unknown_catalogue():
    with pytest.raises(FilterError, match="'PAIN'; known are: PAINS, BRENK"):
        alerts(parse("C"), ["PAIN"])


FULLERENE = (
    "c12c3c4c5c1c1c6c7c2c2c8c3c3c9c4c4c%10c5c5c1c1c6c6c%11c7c2c2c7c8c3c3c8c9c4c4c9c%10c5c5c1c1c6c6"
    "c%11c2c2c7c3c3c8c4c4c9c5c1c1c6c2c3c41"
)


@pytest.mark.parametrize(
    "smarts", ["~".join("*" * 30) + "~[Xe]", f"[$({'~'.join('*' * 30)}~[Xe])]"]
)
def test_a_search_ends_however_hostile_the_pattern(smarts):
    with pytest.raises(FilterError, match="300000 comparisons of atoms in a molecule of 60"):
        matches(parse(FULLERENE), smarts)


def test_substructures_are_found_up_to_as_many_as_asked():
    hexane = parse("CCCCCC")
    assert substructures(hexane, "CC", most=2) == [(0, 1), (1, 2)]
    assert len(substructures(hexane, "CC", most=100)) == 5
    assert substructures(hexane, "N", most=100) == []
