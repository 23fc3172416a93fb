from chemvae.checkpoints.training_index import TrainingIndex
from data.molecules import inchi_key, parse

KNOWN = ("CCO", "c1ccccc1", "C[C@H](N)C(=O)O")


def test_knows_the_compound_however_it_is_written():
    index = TrainingIndex.of_smiles(KNOWN)
    assert index.knows("OCC")
    assert index.knows("N[C@@H](C)C(O)=O")
    assert not index.knows("C[C@@H](N)C(=O)O")
    assert inchi_key(parse("C1=CC=CC=C1")) in index


def test_survives_its_file(tmp_path):
    TrainingIndex.of_smiles(KNOWN).write(tmp_path)
    index = TrainingIndex.read(tmp_path)
    assert index is not None
    assert len(index) == 3
    assert index.knows("CCO")
    assert TrainingIndex.read(tmp_path / "elsewhere") is None
