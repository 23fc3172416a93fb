"""``molwright index``: the training set of a model, ready to be searched."""

import importlib
from collections.abc import Iterator

from tqdm import tqdm  # type: ignore[import-untyped]

from app.known.indexes import known_folder, training_folder
from app.models.store import ModelStore
from app.settings import Settings
from chemvae.known.training import build_training_index
from chemvae.latent.library import library_records
from data.readers import Record


def index_training_set(settings: Settings, name: str | None, source: str | None) -> int:
    """Write the index of what a model was trained on; how many molecules are in it.

    Args:
        settings: Where models come from, and where indexes are kept.
        name: Of the model; None: the default one.
        source: Its data set, or the file it was trained on; None: what its card names.

    Raises:
        NotFoundError: no model has that name.
        data.errors.DatasetError: the data set cannot be read.
    """
    models = ModelStore(
        importlib.import_module(settings.model_source), settings.model, settings.device
    )
    model, name = models.get(name), name or models.default
    records: Iterator[Record] = library_records(source or models.card(name)["dataset"])
    return build_training_index(
        training_folder(known_folder(settings.data_dir), model.fingerprint),
        model,
        model.fingerprint,
        model.latent_dim,
        tqdm(records, desc="indexing", unit=" molecules", disable=None),
        models.training_index(name),
    )
