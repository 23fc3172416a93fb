import pytest
from hypothesis import given
from hypothesis import strategies as st

from chemvae.checkpoints import TrainingIndex
from chemvae.errors import CheckpointError

KEYS = ["BSYNRYMUTXBXSQ-UHFFFAOYSA-N", "UHOVQNZJYSORNB-UHFFFAOYSA-N"]


def test_it_knows_its_compounds_and_no_others(tmp_path):
    TrainingIndex.of([*KEYS, KEYS[0]]).write(tmp_path)
    index = TrainingIndex.read(tmp_path)
    assert len(index) == 2
    assert all(key in index for key in KEYS)
    assert "VNWKTOKETHGBQD-UHFFFAOYSA-N" not in index


def test_an_empty_index_knows_nothing():
    assert KEYS[0] not in TrainingIndex.of([])


def test_a_model_without_an_index(tmp_path):
    assert TrainingIndex.read(tmp_path) is None


@pytest.mark.parametrize("content", [b"", b"\x93NUMPY\x01", b"nothing of the kind"])
def test_a_damaged_index_is_refused(tmp_path, content):
    (tmp_path / "training_keys.npy").write_bytes(content)
    with pytest.raises(CheckpointError, match=r"training_keys\.npy is incomplete or altered"):
        TrainingIndex.read(tmp_path)


def test_it_knows_a_compound_however_it_is_written():
    index = TrainingIndex.of_smiles(["CCO", "C[C@H](N)C(=O)O", "not a molecule"])
    assert len(index) == 2
    assert index.knows("OCC")
    assert index.knows("N[C@@H](C)C(O)=O")
    assert not index.knows("C[C@@H](N)C(=O)O")
    assert not index.knows("not a molecule")


@given(st.lists(st.text(max_size=3)), st.lists(st.text(max_size=3)))
def test_it_counts_as_if_each_were_asked_alone(known, asked):
    index = TrainingIndex.of(known)
    assert index.count(asked) == sum(key in set(known) for key in asked)
