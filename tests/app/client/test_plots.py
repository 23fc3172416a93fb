"""Pictures of a campaign show its values, and say what is missing."""

import subprocess
import sys
from xml.etree import ElementTree

import pytest

from app.client import MissingPackageError, NothingToDrawError
from tests.app.client.conftest import CAMPAIGN

pytest.importorskip("matplotlib")

WANTED = [
    {"name": "pIC50", "source": "measured", "low": 4, "high": 9},
    {"name": "dose", "source": "measured", "direction": "minimize", "low": 0, "high": 10},
]
TOLD = {"CCO": (6.0, 4.0), "CCN": (5.0, 1.0), "CCCO": (5.5, 5.0), "CCCC": (7.0, 9.0)}


@pytest.fixture
def told(molwright):
    campaign = molwright.campaigns.create(**CAMPAIGN | {"objectives": WANTED, "name": "two"})
    campaign.tell(
        {"smiles": smiles, "values": {"pIC50": first, "dose": second}}
        for smiles, (first, second) in TOLD.items()
    )
    return campaign


def _points(axes, label):
    [found] = [item for item in axes.collections if item.get_label() == label]
    return {tuple(point) for point in found.get_offsets().tolist()}


def test_the_front_is_told_apart_from_what_it_beats(told):
    plot = told.plots.front()
    [axes] = plot.figure.axes
    assert (axes.get_xlabel(), axes.get_ylabel()) == ("pIC50", "dose")
    assert _points(axes, "evaluated") == set(TOLD.values())
    assert _points(axes, "front") == set(TOLD.values()) - {TOLD["CCCO"]}


def test_one_axis_named_takes_another_beside_it(told):
    [axes] = told.plots.front(y="pIC50").figure.axes
    assert (axes.get_xlabel(), axes.get_ylabel()) == ("dose", "pIC50")


@pytest.mark.parametrize("wanted", [{"x": "logd"}, {"x": "pIC50", "y": "logd"}])
def test_a_front_of_what_is_not_there(told, wanted):
    with pytest.raises(NothingToDrawError, match="has pIC50, dose, and not logd"):
        told.plots.front(**wanted)


def test_a_front_of_one_objective(campaign):
    with pytest.raises(NothingToDrawError, match="a second one"):
        campaign.plots.front()


def test_the_best_so_far_of_several(told, campaign):
    campaign.tell([{"smiles": "CCO", "values": {"pIC50": 6}}])
    [axes] = told.plots.best_so_far(campaign).figure.axes
    first, second = axes.lines
    assert first.get_label() == "two"
    assert list(first.get_ydata()) == told.progress().best_so_far
    assert list(second.get_ydata()) == campaign.progress().best_so_far == [6]
    assert first.get_color() != second.get_color()


def test_predicted_against_observed(told):
    [axes] = told.plots.predicted("dose").figure.axes
    line, _, _ = axes.containers[0]
    left_out = {item.objective: item for item in told.diagnosis().leave_one_out}["dose"]
    assert list(line.get_xdata()) == [item.observed for item in left_out.items]
    assert list(line.get_ydata()) == [item.predicted_mean for item in left_out.items]
    assert told.plots.predicted().figure.axes[0].get_xlabel() == "pIC50, observed"


def test_nothing_is_predicted_yet(campaign):
    with pytest.raises(NothingToDrawError, match="tell more values"):
        campaign.plots.predicted()


def test_a_plot_shows_and_saves_itself(told, tmp_path):
    plot = told.plots.front()
    assert ElementTree.fromstring(plot._repr_svg_()).tag.endswith("svg")  # noqa: S314
    plot.save(tmp_path / "front.png")
    assert (tmp_path / "front.png").read_bytes().startswith(b"\x89PNG")


def test_without_matplotlib(told, monkeypatch):
    monkeypatch.setitem(sys.modules, "matplotlib.figure", None)
    with pytest.raises(MissingPackageError, match="pip install matplotlib"):
        told.plots.best_so_far()


def test_the_client_loads_neither_plots_nor_tables():
    code = "import sys, app.client; print({'matplotlib', 'pandas', 'rdkit'} & sys.modules.keys())"
    done = subprocess.run(  # noqa: S603
        [sys.executable, "-c", code], capture_output=True, text=True, check=True
    )
    assert done.stdout == "set()\n"
