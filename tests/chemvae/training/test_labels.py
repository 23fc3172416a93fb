import math

import numpy as np
import pytest

from chemvae.errors import ConfigError
from chemvae.training.corpus import load_corpus
from chemvae.training.labels import kept_labels, label_matrix
from chemvae.training.measured import Gathered, Unread, write_table
from data.readers import Record, read_molecules


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
    assert corpus.unread["pIC50"] == Unread(1, ((12, "inf"),)), "empty is missing, not unread"
    molecules = [*corpus.train, *corpus.validation, *corpus.test]
    labels = label_matrix(molecules, ["pIC50"], corpus.measured)[:, 0].tolist()
    assert labels[molecules.index("CCCO")] == 3
    assert math.isnan(labels[molecules.index("CCCN")])


def test_cells_that_are_no_numbers_are_counted_and_quoted():
    gathered = Gathered()
    cells = ["6.5", ">10", "", "NaN", "n.d.", " 7 ", "1,5", "active", "-inf"]
    for line, cell in enumerate(cells, start=2):
        gathered.add("CCO", Record(line, "OCC", "", cells={"pIC50": cell}))
    assert gathered.means() == {"CCO": {"pIC50": pytest.approx(6.75)}}
    assert str(gathered.unread()["pIC50"]).splitlines() == [
        "cells that are no finite number, so missing labels: 5",
        "    line 3: '>10'",
        "    line 6: 'n.d.'",
        "    line 8: '1,5'",
    ]


def test_a_table_of_labels_reads_as_it_was_written(tmp_path):
    measured = {"CCO": {"pIC50": 6.123456789, "a, b": -1.0}, "CC": {"pIC50": 5.0}}
    write_table(tmp_path / "test.csv", ["CCO", "CC", "C"], ["pIC50", "a, b"], measured)
    gathered = Gathered()
    for record in read_molecules(tmp_path / "test.csv"):
        gathered.add(record.smiles, record)
    assert gathered.means() == measured | {"C": {}}
