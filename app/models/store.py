"""The models of one process: loaded when first asked for, each used by one thread at a time."""

import threading
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, Protocol, TypeVar

import torch
from torch import Tensor

from app.errors import NotFoundError
from chemvae import several
from chemvae.checkpoints import TrainingIndex
from chemvae.codec import Decoded, Encoding
from data.errors import Refusal

T = TypeVar("T")

TURN = 1_024
"""Rows of a call after which another thread's call may run."""


class GenerativeModel(several.Model, Protocol):
    """What is served: a ``LatentModel`` that also searches beams and completes fragments."""

    @property
    def latent_dim(self) -> int:
        """``d``."""
        ...

    @property
    def fingerprint(self) -> str:
        """Hash of the weights."""
        ...

    def complete(
        self,
        fragment: str,
        latents: Tensor,
        *,
        temperature: float = 1.0,
        generator: torch.Generator | None = None,
    ) -> Sequence[Decoded]:
        """One molecule for each of ``n x d`` latents that continues ``fragment``."""
        ...

    def sample_prior(self, n: int, generator: torch.Generator) -> Tensor:
        """``n x d`` latents from the model's prior."""
        ...

    @property
    def properties(self) -> tuple[str, ...]:
        """What its heads predict (``p`` names)."""
        ...

    def predict(self, latents: Tensor) -> Tensor:
        """``n x d`` latents to ``n x p`` properties in their units; differentiable."""
        ...


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


class SerialModel:
    """A ``GenerativeModel`` that several threads may share: its calls run one after another.

    Two forward passes at once would only share the same cores, and a module is not promised to be
    safe for it. A large call gives way after every ``TURN`` rows, so that a small one need not
    wait for all of it.
    """

    def __init__(self, model: GenerativeModel) -> None:
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
        constrained: bool = True,
        top_k: int | None = None,
        top_p: float | None = None,
    ) -> list[Decoded]:
        """One string for each of the ``n x d`` latents."""
        return self._in_turns(
            latents,
            lambda part: self._model.decode(
                part,
                temperature=temperature,
                generator=generator,
                constrained=constrained,
                top_k=top_k,
                top_p=top_p,
            ),
        )

    def beam(
        self, latents: Tensor, width: int, *, constrained: bool = True
    ) -> list[Sequence[Decoded]]:
        """The likeliest strings of each of the ``n x d`` latents, best first."""
        return self._in_turns(
            latents,
            lambda part: self._model.beam(part, width, constrained=constrained),
            turn=max(1, TURN // width),
        )

    def complete(
        self,
        fragment: str,
        latents: Tensor,
        *,
        temperature: float = 1.0,
        generator: torch.Generator | None = None,
    ) -> list[Decoded]:
        """One molecule for each of the ``n x d`` latents that continues ``fragment``."""
        return self._in_turns(
            latents,
            lambda part: self._model.complete(
                fragment, part, temperature=temperature, generator=generator
            ),
        )

    def _in_turns(
        self, latents: Tensor, call: Callable[[Tensor], Sequence[T]], turn: int = TURN
    ) -> list[T]:
        results: list[T] = []
        for start in range(0, len(latents), turn):
            with self._lock:
                results += call(latents[start : start + turn])
        return results

    def sample_prior(self, n: int, generator: torch.Generator) -> Tensor:
        """``n x d`` latents from the prior the model is served with."""
        with self._lock:
            return self._model.sample_prior(n, generator)

    @property
    def properties(self) -> tuple[str, ...]:
        """What the model's heads predict (``p`` names)."""
        return self._model.properties

    def predict(self, latents: Tensor) -> Tensor:
        """``n x d`` latents to ``n x p`` properties in their units; differentiable."""
        with self._lock:
            return self._model.predict(latents)


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
            if name not in self._indexes:
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
