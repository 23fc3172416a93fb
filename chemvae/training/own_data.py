"""The data of a trained model, where they can still be found: what commands take by default."""

from collections.abc import Sequence
from pathlib import Path

from chemvae.checkpoints import read_config
from chemvae.errors import ConfigError
from chemvae.training.labels import Measured
from chemvae.training.measured import write_table
from data.datasets import DATASETS

TEST_FILE = "test.smi"
"""Beside a checkpoint: the molecules that its run held out of a user's file."""
LABELLED_TEST_FILE = "test.csv"
"""The same with their labels, where any of them was measured."""


def training_data(checkpoint: Path) -> str:
    """What a model was trained on, whole: the name of a published data set, or a user's file.

    Args:
        checkpoint: Its directory.

    Raises:
        ConfigError: The file is not there.
        CheckpointError: The checkpoint cannot be read.
    """
    dataset = _named(checkpoint)
    if dataset not in DATASETS and not Path(dataset).is_file():
        raise ConfigError(
            f"{checkpoint} was trained on {dataset}, which is not here; say where by --dataset"
        )
    return dataset


def held_out_data(checkpoint: Path) -> str:
    """What to measure a model on: the name of its published data set, whose test split counts, or
    the file of test molecules that its run left beside it.

    Never the whole of a user's file: most of that the model was trained on.

    Args:
        checkpoint: Its directory.

    Raises:
        ConfigError: There is no such file.
        CheckpointError: The checkpoint cannot be read.
    """
    dataset, folder = _named(checkpoint), checkpoint.parent
    table = folder / LABELLED_TEST_FILE
    kept = table if table.is_file() else folder / TEST_FILE
    if dataset in DATASETS:
        return dataset
    if not kept.is_file():
        raise ConfigError(
            f"{checkpoint} was trained on {dataset}, and no {TEST_FILE} with molecules held out of "
            "that lies beside it; name a file, or a published data set, by --dataset"
        )
    return str(kept)


def keep_test(
    folder: Path, smiles: Sequence[str], labels: Sequence[str], measured: Measured
) -> None:
    """Write a run's test molecules where `held_out_data` finds them: beside `folder/checkpoint`.

    Args:
        folder: Of the run.
        smiles: The molecules.
        labels: That the model learns; those that are columns of the user's go into a table.
        measured: The user's values.
    """
    (folder / TEST_FILE).write_text("".join(f"{line}\n" for line in smiles))
    columns = {name for values in measured.values() for name in values}
    names = [name for name in labels if name in columns]
    (folder / LABELLED_TEST_FILE).unlink(missing_ok=True)  # an earlier run's
    if names:
        write_table(folder / LABELLED_TEST_FILE, smiles, names, measured)


def _named(checkpoint: Path) -> str:
    return str(read_config(checkpoint)["dataset"])
