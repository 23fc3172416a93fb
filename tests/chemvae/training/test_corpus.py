import pytest

from chemvae.errors import ConfigError
from chemvae.tokens import Vocabulary, detokenize, tokenize
from chemvae.training.corpus import known_molecules, load_corpus, token_limit
from data.datasets import DATASETS, DatasetSpec, fetch
from data.errors import DownloadError


@pytest.fixture(params=sorted(DATASETS))
def published(request) -> DatasetSpec:
    spec = DATASETS[request.param]
    try:
        fetch(spec, progress=False)
    except DownloadError as error:
        pytest.skip(str(error))
    return spec


def test_every_published_line_survives_tokenizing(published):
    lines = published.reader(fetch(published))
    assert len(lines) == published.num_molecules
    assert all(detokenize(tokenize(line)) == line for line in lines)


def test_a_file_is_split_without_overlap(tmp_path):
    path = tmp_path / "alkanes.smi"
    path.write_text("\n".join("C" * n for n in range(1, 61)) + "\nC1CC\nCC\n")
    corpus = load_corpus(str(path), max_tokens=50)
    parts = (corpus.train, corpus.validation, corpus.test)
    assert len(set().union(*parts)) == sum(map(len, parts)) == 50
    report = corpus.reports["all"]
    assert (report.kept, report.duplicates, report.num_refused) == (50, 1, 11)
    assert set(report.refused) == {"syntax", "too_many_tokens"}
    assert load_corpus(str(path), max_tokens=50, seed=1).test != corpus.test


def test_a_file_without_molecules_is_refused(tmp_path):
    path = tmp_path / "one.smi"
    path.write_text("CCO\n")
    with pytest.raises(ConfigError, match="leaves 1 molecules"):
        load_corpus(str(path), max_tokens=50)


def test_molecules_beyond_vocabulary_or_length_are_left_out():
    vocabulary = Vocabulary.from_smiles(["CCO"])
    assert known_molecules(["CO", "CN"], vocabulary) == ["CO"]
    accept = token_limit(3)
    assert accept("CCO") is None
    assert accept("CCCO").code == "too_many_tokens"
