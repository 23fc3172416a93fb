"""The models of one process: loaded when first asked for, each used by one thread at a time."""

import threading
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Protocol

import torch
from torch import Tensor

from app.errors import NotFoundError
from bayesopt.latent_model import Decoded, Encoding, LatentModel
from chemvae.checkpoints import TrainingIndex
from data.errors import Refusal

TURN = 1_024
"""Rows of a call after which another thread's call may run."""


class ModelSource(Protocol):
    """Where models come from; the module ``chemvae.checkpoints`` is one."""

    def available(self) -> list[str]:
        """Names that ``load`` and ``card`` know."""
        ...

    def load(self, name: str, /, device: str = "auto") -> LatentModel:
        """The model of that name."""
        ...

    def card(self, name: str, /) -> dict[str, Any]:
        """What the model was trained on and what was measured on it."""
        ...

    def locate(self, name: str, /) -> Path:
        """The folder of its files."""
        ...


class SerialModel:
    """A ``LatentModel`` that several threads may share: its calls run one after another.

    Two forward passes at once would only share the same cores, and a module is not promised to be
    safe for it. A large call gives way after every ``TURN`` rows, so that a small one need not
    wait for all of it.
    """

    def __init__(self, model: LatentModel) -> None:
        self._model = model
        self._lock = threading.Lock()

    @property
    def latent_dim(self) -> int:
        """``d``."""
        return self._model.latent_dim

    @property
    def fingerprint(self) -> str:
        """Hash of the weights."""
        return self._model.fingerprint

    def encode(self, smiles: Sequence[str]) -> list[Encoding | Refusal]:
        """Posterior mean and log variance (``d``) of each molecule, or why there is none."""
        encodings: list[Encoding | Refusal] = []
        for start in range(0, len(smiles), TURN):
            with self._lock:
                encodings += self._model.encode(smiles[start : start + TURN])
        return encodings

    def decode(
        self,
        latents: Tensor,
        *,
        temperature: float = 0.0,
        generator: torch.Generator | None = None,
    ) -> list[Decoded]:
        """One string for each of the ``n x d`` latents."""
        decoded: list[Decoded] = []
        for start in range(0, len(latents), TURN):
            part = latents[start : start + TURN]
            with self._lock:
                decoded += self._model.decode(part, temperature=temperature, generator=generator)
        return decoded

    def sample_prior(self, n: int, generator: torch.Generator) -> Tensor:
        """``n x d`` latents from the prior the model is served with."""
        with self._lock:
            return self._model.sample_prior(n, generator)


class ModelStore:
    """The models a process serves, by name."""

    def __init__(self, source: ModelSource, default: str, device: str = "auto") -> None:
        self._source = source
        self._device = device
        self._loaded: dict[str, SerialModel] = {}
        self._indexes: dict[str, TrainingIndex | None] = {}
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
            if name not in self._indexes:
                self._indexes[name] = TrainingIndex.read(self._source.locate(name))
            return self._indexes[name]

    def card(self, name: str) -> dict[str, Any]:
        """The card of ``name``.

        Raises:
            NotFoundError: no model has that name.
        """
        return self._source.card(self._known(name))

    def is_loaded(self, name: str) -> bool:
        """Whether ``name`` answers without being read from disk first."""
        return name in self._loaded

    def _known(self, name: str) -> str:
        names = self.names()
        if name not in names:
            raise NotFoundError(f"no model is called {name!r}; there are: {', '.join(names)}")
        return name
