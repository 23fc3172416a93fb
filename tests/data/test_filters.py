import pytest

from data.errors import FilterError
from data.filters import MAX_SMARTS_LENGTH, alerts, matches, smarts_pattern
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
