import math

import numpy as np
import pytest

from chemvae.errors import ConfigError
from chemvae.training.corpus import load_corpus
from chemvae.training.labels import kept_labels, label_matrix


def test_columns_go_before_properties_and_gaps_are_nan():
    measured = {"CCO": {"pIC50": 6.0, "qed": 0.1}, "CC": {}}
    labels = label_matrix(["CCO", "CC"], ["heavy_atoms", "pIC50", "qed"], measured)
    assert labels[0].tolist() == pytest.approx([3.0, 6.0, 0.1])
    assert labels[1, 0] == 2
    assert labels[1, 1:].isnan().all()


def test_labels_are_computed_once_a_run(tmp_path):
    first = kept_labels(tmp_path, ["CCO"], ["heavy_atoms"], {})
    assert first.tolist() == [[3.0]]
    (path,) = tmp_path.iterdir()
    np.save(path, np.array([[7.0]], dtype=np.float32))
    assert kept_labels(tmp_path, ["CCO"], ["heavy_atoms"], {}).tolist() == [[7.0]]
    other = kept_labels(tmp_path, ["CCC"], ["heavy_atoms"], {"CCC": {"heavy_atoms": 9.0}})
    assert other.tolist() == [[9.0]], "other molecules, another file"


def test_an_unknown_label_is_named():
    with pytest.raises(ConfigError, match="no label 'pic50'"):
        label_matrix(["CCO"], ["pic50"], {"CCO": {"pIC50": 6.0}})


def test_a_files_numbers_follow_its_molecules(tmp_path):
    path = tmp_path / "assay.csv"
    rows = [f"{'C' * n}O,{n},n{n}" for n in range(1, 9)]
    path.write_text(
        "\n".join(["smiles,pIC50,note", *rows, "OC,3,again", "OCC,,empty", "CCCN,inf,"])
    )
    corpus = load_corpus(str(path), max_tokens=20)
    assert corpus.measured["CO"] == {"pIC50": 2.0}, "replicates are averaged"
    assert corpus.measured["CCO"] == {"pIC50": 2.0}
    assert "pIC50" not in corpus.measured["CCCN"]
    molecules = [*corpus.train, *corpus.validation, *corpus.test]
    labels = label_matrix(molecules, ["pIC50"], corpus.measured)[:, 0].tolist()
    assert labels[molecules.index("CCCO")] == 3
    assert math.isnan(labels[molecules.index("CCCN")])
