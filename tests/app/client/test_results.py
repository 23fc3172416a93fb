"""Results as a chemist looks at them: tables, molecules, drawings."""

import sys
from xml.etree import ElementTree

import numpy as np
import pytest

from app.client import MissingPackageError

pandas = pytest.importorskip("pandas")


@pytest.fixture
def told(campaign):
    campaign.tell([{"smiles": "CCO", "values": {"pIC50": 6}}])
    campaign.tell([{"smiles": "CCN", "status": "abandoned", "note": "explodes"}])
    return campaign


def test_a_row_a_trial_with_its_columns_called_as_in_the_export(told, tmp_path):
    frame = told.trials.frame()
    exported = pandas.read_csv(told.trials.export(tmp_path / "trials.csv"))
    assert list(frame.columns) == [c for c in exported if not c.startswith("replicates:")]
    assert frame["smiles"].tolist() == exported["smiles"].tolist() == ["CCO", "CCN"]
    assert frame["value:pIC50"].tolist()[0] == 6
    assert pandas.isna(frame["value:pIC50"][1])
    assert frame["note"].tolist()[1] == "explodes"


def test_with_molecules(told):
    frame = told.trials.frame(molecules=True)
    assert [mol.GetNumAtoms() for mol in frame["molecule"]] == [3, 3]


def test_of_samples(molwright):
    samples = molwright.molecules.sample(num_molecules=2, seed=1, properties=["qed"])
    frame = samples.frame(molecules=True)
    assert frame["value:qed"].tolist() == [m.properties["qed"] for m in samples.molecules]
    assert frame["molecule"].notna().all()


@pytest.mark.parametrize(("missing", "package"), [("pandas", "pandas"), ("rdkit.Chem", "rdkit")])
def test_a_missing_package_is_named(told, monkeypatch, missing, package):
    monkeypatch.setitem(sys.modules, missing, None)
    with pytest.raises(MissingPackageError, match=f"pip install {package}"):
        told.trials.frame(molecules=True)


def test_arrays_are_sent_as_they_are(molwright):
    [item] = molwright.molecules.encode(smiles=["CCO"]).items
    as_list = molwright.molecules.decode(latents=[item.latent])
    as_array = molwright.molecules.decode(latents=np.array([item.latent]), seed=as_list.seed)
    assert as_array == as_list


def test_a_drawing_shows_itself(molwright, tmp_path):
    drawing = molwright.molecules.draw("c1ccccc1O", width=120, height=90, highlight="[OH]")
    root = ElementTree.fromstring(drawing._repr_svg_())  # noqa: S314
    assert root.attrib["width"] == "120px"
    drawing.save(tmp_path / "phenol.svg")
    assert (tmp_path / "phenol.svg").read_text() == drawing.svg


def test_a_gallery_shows_every_molecule_and_runs_nothing(molwright):
    html = molwright.molecules.gallery(["CCO", "CCN"], ["<script>", "b"])._repr_html_()
    assert html.count('src="data:image/svg+xml;base64,') == 2
    assert "&lt;script&gt;" in html
    assert "<script" not in html
    assert "<svg" not in html


def test_captions_that_do_not_fit(molwright):
    with pytest.raises(ValueError, match="zip"):
        molwright.molecules.gallery(["CCO"], ["a", "b"])


def test_a_campaign_shows_its_best(told):
    gallery = told.gallery()
    assert [(drawing.smiles, caption) for drawing, caption in gallery.items] == [("CCO", "6")]


def test_what_was_asked_for_is_drawn_with_what_is_predicted(told):
    asked = told.ask(2)
    gallery = told.gallery(trials=asked)
    assert [drawing.smiles for drawing, _ in gallery.items] == [trial.smiles for trial in asked]
    assert [caption for _, caption in gallery.items] == [trial.caption() for trial in asked]
    frame = told.trials.frame(asked)
    assert frame["trial_id"].tolist() == [trial.trial_id for trial in asked]


def test_a_notebook_draws_the_molecules_of_a_frame(told):
    html = told.trials.frame(molecules=True)._repr_html_()
    assert html.count('data-content="rdkit/molecule"') == 2


def test_a_gallery_as_one_file(molwright, tmp_path):
    gallery = molwright.molecules.gallery(["CCO", "CCN", "CCC"], ["<a>", "b", "c"], width=90)
    gallery.save(tmp_path / "three.svg", columns=2)
    root = ElementTree.fromstring((tmp_path / "three.svg").read_text())  # noqa: S314
    images = [item for item in root if item.tag.endswith("image")]
    captions = [item.text for item in root if item.tag.endswith("text")]
    places = [(image.attrib["x"], image.attrib["y"]) for image in images]
    assert places == [("0", "0"), ("90", "0"), ("0", "180")]
    assert captions == ["<a>", "b", "c"]
    assert root.attrib["viewBox"] == "0 0 180 360"
