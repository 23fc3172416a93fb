"""Whether suggestions are known: for each what is the same, and what is nearest."""

from collections.abc import Iterable
from dataclasses import asdict, dataclass
from typing import Any

import structlog

from app.database import SessionFactory, read
from app.errors import AppError
from app.known.indexes import KnownIndexes
from app.known.libraries import libraries_of
from app.known.names import TRAINING
from app.known.search import merged
from app.models.store import ModelStore
from bayesopt.trial import Trial
from chemvae.errors import ChemvaeError
from chemvae.known.index import KnownIndex
from chemvae.known.rows import Compound
from data.errors import MoleculeError

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class NearestInLibrary:
    """The molecule of all libraries that a suggestion resembles most."""

    library: str
    smiles: str
    name: str
    similarity: float


@dataclass(frozen=True, slots=True)
class Knowledge:
    """What was known of a compound when it was suggested."""

    in_training_set: bool | None
    """None where the model's files do not tell."""
    libraries: tuple[str, ...]
    """Those that hold the compound, of those that the campaign's owner may search."""
    nearest: NearestInLibrary | None
    """None where nothing is indexed."""


class KnownSuggestions:
    """Compares suggestions with the training set and with the libraries of a campaign's owner."""

    def __init__(self, sessions: SessionFactory, models: ModelStore, indexes: KnownIndexes) -> None:
        self._sessions = sessions
        self._models = models
        self._indexes = indexes

    def of(
        self, trials: Iterable[Trial], owner: str | None, model: str
    ) -> dict[int, dict[str, Any]]:
        """Plain JSON of a ``Knowledge`` by the number of each suggestion that is a molecule.

        A library that cannot be read is passed over: no campaign ends for that.
        """
        suggested = [(t.number, t.smiles) for t in trials if t.smiles and t.method != "told"]
        if not suggested:
            return {}
        indexes = self._readable(owner, model)
        found: dict[int, dict[str, Any]] = {}
        for number, smiles in suggested:
            try:
                found[number] = asdict(self._knowledge(Compound.of(smiles), indexes, model))
            except MoleculeError as error:
                log.info("a suggestion has no standard form", smiles=smiles, reason=str(error))
        return found

    def _readable(self, owner: str | None, model: str) -> dict[str, KnownIndex]:
        with read(self._sessions) as session:
            names = list(libraries_of(session, owner))
        found: dict[str, KnownIndex] = {}
        for name in (TRAINING, *names):
            try:
                index = (
                    self._indexes.training(model)
                    if name == TRAINING
                    else self._indexes.library(name)
                )
            except (AppError, ChemvaeError, OSError) as error:
                log.error("a library cannot be searched", library=name, reason=str(error))
                continue
            if index is not None:
                found[name] = index
        return found

    def _knowledge(
        self, compound: Compound, indexes: dict[str, KnownIndex], model: str
    ) -> Knowledge:
        trained_on = self._models.training_index(model)
        nearest = merged(indexes, compound, None, "", 1, "fingerprint")
        return Knowledge(
            in_training_set=None if trained_on is None else compound.inchi_key in trained_on,
            libraries=tuple(
                name
                for name, index in indexes.items()
                if name != TRAINING and index.find(compound.inchi_key)
            ),
            nearest=next(
                (
                    NearestInLibrary(name, item.smiles, item.name, 1 - item.fingerprint_distance)
                    for name, item in nearest
                ),
                None,
            ),
        )
