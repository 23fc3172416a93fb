"""An indexed training set of the toy, and libraries that were uploaded."""

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import sessionmaker

from app.known.indexes import known_folder, training_folder
from chemvae.checkpoints import TrainingIndex
from chemvae.known.training import build_training_index
from data.readers import Record
from tests.app.bulk.conftest import (
    _small_chunks,
    chunks,
    create,
    rows,
    run,
    send,
    sessions,
    step,
)
from tests.toys import library

__all__ = [
    "_small_chunks",
    "away",
    "chunks",
    "create",
    "rows",
    "run",
    "send",
    "sessions",
    "step",
    "trained_on",
    "upload",
]

TRAINED_ON = library()[:40]
MINE = library()[60:70]


@pytest.fixture
def away(tmp_path):
    """Sessions of a database that does not answer."""
    return sessionmaker(sa.create_engine(f"sqlite:///{tmp_path}/nowhere/gone.db"))


@pytest.fixture
def trained_on(app, settings, source):
    """What the toy was trained on, indexed."""
    source.folder.mkdir(exist_ok=True)
    TrainingIndex.of_smiles(TRAINED_ON).write(source.folder)
    models = app.state.models
    model = models.get()
    records = (Record(n, smiles, f"mol-{n}") for n, smiles in enumerate(library()[:80]))
    folder = training_folder(known_folder(settings.data_dir), model.fingerprint)
    build_training_index(
        folder, model, model.fingerprint, model.latent_dim, records, models.training_index()
    )
    return TRAINED_ON


@pytest.fixture
def upload(create, send, run):
    """Makes a library; its id."""

    def make(smiles=MINE):
        path = create({"kind": "library"})
        send(path, "".join(f"{text} mine-{n}\n" for n, text in enumerate(smiles)))
        assert run(path)["state"] == "succeeded"
        return path.rpartition("/")[2]

    return make
