import pytest

from chemvae import checkpoints
from chemvae.config import TrainConfig
from chemvae.errors import ConfigError
from chemvae.training.own_data import held_out_data, keep_test, training_data


@pytest.fixture
def checkpoint(codec, tmp_path):
    """A model of `tmp_path/mine.smi`, which is not there."""
    home = tmp_path / "checkpoint"
    checkpoints.save(home, codec, TrainConfig(), str(tmp_path / "mine.smi"))
    return home


@pytest.mark.parametrize("name", checkpoints.available())
def test_a_bundled_model_has_its_published_data_set(name):
    home = checkpoints.locate(name)
    assert held_out_data(home) == training_data(home) == name


def test_a_users_file_is_for_training_and_what_was_held_out_of_it_for_measuring(
    checkpoint, tmp_path
):
    (tmp_path / "mine.smi").write_text("CCO\nCCN\n")
    assert training_data(checkpoint) == str(tmp_path / "mine.smi")
    with pytest.raises(ConfigError, match=r"no test\.smi with molecules held out"):
        held_out_data(checkpoint)
    keep_test(tmp_path, ["CCN"], ["logp"], {})
    assert held_out_data(checkpoint) == str(tmp_path / "test.smi")
    keep_test(tmp_path, ["CCN", "CCO"], ["logp", "pIC50"], {"CCO": {"pIC50": 5.5}})
    assert held_out_data(checkpoint) == str(tmp_path / "test.csv")
    assert (tmp_path / "test.csv").read_text().split() == ["smiles,pIC50", "CCN,", "CCO,5.5"]


def test_a_file_that_is_gone_is_named(checkpoint):
    with pytest.raises(ConfigError, match=r"mine\.smi, which is not here; say where by --dataset"):
        training_data(checkpoint)
