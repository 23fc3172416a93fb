import pytest

from chemvae.training import kept
from chemvae.training.kept import kept_corpus, kept_index, kept_synthetic
from data.errors import DatasetError
from tests.chemvae.conftest import MOLECULES


def _file(path, lines=MOLECULES):
    path.write_text("smiles,ic50\n" + "".join(f"{line},{i}\n" for i, line in enumerate(lines)))
    return str(path)


def test_a_corpus_is_cleaned_once(tmp_path, monkeypatch):
    dataset = _file(tmp_path / "ours.csv")
    first = kept_corpus(tmp_path / "run", dataset, 40)
    assert first.reports["all"].kept == len(MOLECULES)
    monkeypatch.setattr(kept, "load_corpus", None)
    again = kept_corpus(tmp_path / "run", dataset, 40)
    assert (again.train, again.validation, again.test) == (
        first.train,
        first.validation,
        first.test,
    )
    assert again.measured == first.measured
    assert again.measured[first.train[0]].keys() == {"ic50"}


@pytest.mark.parametrize(
    "changed", [{"max_tokens": 12}, {"seed": 1}, {"lines": MOLECULES[:9]}], ids=str
)
def test_another_question_gets_another_corpus(changed, tmp_path):
    settings = {"max_tokens": 40, "seed": 0, "lines": MOLECULES}
    seen = []
    for now in (settings, settings | changed):
        dataset = _file(tmp_path / "ours.csv", now["lines"])
        corpus = kept_corpus(tmp_path / "run", dataset, now["max_tokens"], seed=now["seed"])
        seen.append((corpus.train, corpus.test))
    assert seen[0] != seen[1]


def test_a_file_that_is_missing_is_named_and_nothing_kept(tmp_path):
    with pytest.raises(DatasetError, match=r"absent\.csv"):
        kept_corpus(tmp_path / "run", str(tmp_path / "absent.csv"), 40)
    assert not (tmp_path / "run").exists()


def test_an_index_is_computed_once_for_each_training_set(tmp_path, monkeypatch):
    index = kept_index(tmp_path, list(MOLECULES))
    other = kept_index(tmp_path, list(MOLECULES[1:]))
    assert index.knows(MOLECULES[0])
    assert not other.knows(MOLECULES[0])
    monkeypatch.setattr(kept.TrainingIndex, "of_smiles", None)
    assert kept_index(tmp_path, list(MOLECULES)).knows(MOLECULES[0])


def test_synthetic_molecules_are_cleaned_once_and_are_none_of_the_corpus(tmp_path, monkeypatch):
    corpus = kept_corpus(tmp_path, _file(tmp_path / "ours.csv"), 40)
    samples = tmp_path / "samples.smi"
    samples.write_text("\n".join(["OCCCCO", "C(O)CCCO", *MOLECULES, "NCCCCN"]))
    assert kept_synthetic(tmp_path, samples, 40, corpus) == ["OCCCCO", "NCCCCN"]
    monkeypatch.setattr(kept, "load_synthetic", None)
    assert kept_synthetic(tmp_path, samples, 40, corpus) == ["OCCCCO", "NCCCCN"]
