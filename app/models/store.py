"""The models of one process: loaded when first asked for, each used by one thread at a time."""

import threading
from pathlib import Path
from typing import Any, Protocol

from app.errors import NotFoundError
from app.models.generative import GenerativeModel
from app.models.serial import SerialModel
from chemvae.checkpoints import TrainingIndex


class ModelSource(Protocol):
    """Where models come from; the module ``chemvae.checkpoints`` is one."""

    def available(self) -> list[str]:
        """Names that ``load`` and ``card`` know."""
        ...

    def load(self, name: str, /, device: str = "auto") -> GenerativeModel:
        """The model of that name."""
        ...

    def card(self, name: str, /) -> dict[str, Any]:
        """What the model was trained on and what was measured on it."""
        ...

    def locate(self, name: str, /) -> Path:
        """The folder of its files."""
        ...


class ModelStore:
    """The models a process serves, by name."""

    def __init__(self, source: ModelSource, default: str, device: str = "auto") -> None:
        self._source = source
        self._device = device
        self._loaded: dict[str, SerialModel] = {}
        self._indexes: dict[str, TrainingIndex | None] = {}
        self._cards: dict[str, dict[str, Any]] = {}
        self._lock = threading.Lock()
        self.default = default

    def names(self) -> list[str]:
        """Names that can be asked for."""
        return self._source.available()

    def get(self, name: str | None = None) -> SerialModel:
        """The model called ``name``, or the default one; loaded once, whoever asks first.

        Raises:
            NotFoundError: no model has that name.
            chemvae.errors.CheckpointError: its files are missing, incomplete or altered.
        """
        name = self._known(name or self.default)
        with self._lock:
            if name not in self._loaded:
                self._loaded[name] = SerialModel(self._source.load(name, self._device))
            return self._loaded[name]

    def training_index(self, name: str | None = None) -> TrainingIndex | None:
        """What ``name`` was trained on; None where its files hold no index.

        Raises:
            NotFoundError: no model has that name.
        """
        name = self._known(name or self.default)
        with self._lock:
            if self._indexes.get(name) is None:
                self._indexes[name] = TrainingIndex.read(self._source.locate(name))
            return self._indexes[name]

    def card(self, name: str) -> dict[str, Any]:
        """The card of ``name``.

        Raises:
            NotFoundError: no model has that name.
        """
        name = self._known(name)
        with self._lock:
            if name not in self._cards:
                self._cards[name] = self._source.card(name)
            return self._cards[name]

    def is_loaded(self, name: str) -> bool:
        """Whether ``name`` answers without being read from disk first."""
        return name in self._loaded

    def _known(self, name: str) -> str:
        names = self.names()
        if name not in names:
            raise NotFoundError(f"no model is called {name!r}; there are: {', '.join(names)}")
        return name
