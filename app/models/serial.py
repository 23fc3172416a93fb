"""A model that threads share: what is asked of it at the same time is done in turn, or together."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import partial
from itertools import accumulate
from typing import Any, NamedTuple, TypeVar

import torch
from torch import Tensor

from app import deadline
from app.models.batching import Call, Turns
from app.models.generative import GenerativeModel
from app.telemetry.metrics import DECODES
from chemvae.codec import Decoded, Encoding
from chemvae.latent.coder import predicted
from data.errors import Refusal

T = TypeVar("T")
Part = TypeVar("Part", Tensor, Sequence[str], Sequence[Tensor])

TURN = 1_024
"""Rows of a call after which another thread's call may run."""


class DecodeSettings(NamedTuple):
    """How latents are decoded: calls of equal settings share a batch."""

    temperature: float
    constrained: bool
    top_k: int | None
    top_p: float | None
    told: tuple[tuple[str, float], ...]
    """Labels and their values, by name: a mapping has no hash."""

    def options(self) -> dict[str, Any]:
        """What the model's ``decode`` takes."""
        options = self._asdict()
        return options | {"labels": dict(options.pop("told"))}


class Rows(NamedTuple):
    """Latents of one call, and what draws their samples and nobody else's."""

    latents: Tensor
    """``n x d``."""
    generator: torch.Generator | None


class SerialModel:
    """A ``GenerativeModel`` that several threads may share: its calls run one after another.

    Two forward passes at once would only share the same cores, and a module is not promised to be
    safe for it. What waits to be encoded, or decoded in the same way, shares a batch; no answer
    depends on that. A large call gives way after every ``TURN`` rows, so that a small one need not
    wait for all of it.
    """

    def __init__(self, model: GenerativeModel) -> None:
        self._model = model
        self._turns = Turns(model.shared_rows)

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
        for part in _parts(smiles, TURN):
            encodings += self._turns.run(Call(self._encode, part, len(part), "encode"))
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
        labels: Mapping[str, float] | None = None,
    ) -> list[Decoded]:
        """One string for each of the ``n x d`` latents."""
        told = tuple(sorted((labels or {}).items()))
        settings = DecodeSettings(temperature, constrained, top_k, top_p, told)
        work = partial(self._decode, settings)
        results: list[Decoded] = []
        for part in _parts(latents, TURN):
            results += self._turns.run(Call(work, Rows(part, generator), len(part), settings))
        return results

    def beam(
        self,
        latents: Tensor,
        width: int,
        *,
        constrained: bool = True,
        labels: Mapping[str, float] | None = None,
    ) -> list[Sequence[Decoded]]:
        """The likeliest strings of each of the ``n x d`` latents, best first."""
        return self._in_turns(
            latents,
            lambda part: self._model.beam(part, width, constrained=constrained, labels=labels),
            turn=max(1, TURN // width),
        )

    def complete(
        self,
        fragment: str,
        latents: Tensor,
        *,
        temperature: float = 1.0,
        generator: torch.Generator | None = None,
        labels: Mapping[str, float] | None = None,
    ) -> list[Decoded]:
        """One molecule for each of the ``n x d`` latents that continues ``fragment``."""
        return self._in_turns(
            latents,
            lambda part: self._model.complete(
                fragment, part, temperature=temperature, generator=generator, labels=labels
            ),
        )

    def sample_prior(self, n: int, generator: torch.Generator) -> Tensor:
        """``n x d`` latents from the prior the model is served with."""
        return self._turns.run(
            Call(lambda counts: [self._model.sample_prior(n, generator) for n in counts], n)
        )

    @property
    def properties(self) -> tuple[str, ...]:
        """What the model's heads predict (``p`` names)."""
        return self._model.properties

    def predict(self, latents: Tensor) -> Tensor:
        """``n x d`` latents to ``n x p`` properties in their units; differentiable."""
        return self._turns.run(Call(lambda _: [self._model.predict(latents)], len(latents)))

    def predicted(self, means: Sequence[Tensor]) -> list[dict[str, float]]:
        """What the model's heads say of each latent (``d``), by name; of each alone."""
        said: list[dict[str, float]] = []
        for part in _parts(means, TURN):
            said += self._turns.run(Call(self._predicted, part, len(part)))
        return said

    @property
    def conditions(self) -> tuple[str, ...]:
        """The labels that the model's decoder can be told."""
        return self._model.conditions

    def tuned(self, smiles: Sequence[str], weights: Sequence[float], seed: int) -> "SerialModel":
        """A copy with a decoder that has learnt ``smiles``; nobody waits for it meanwhile."""
        return SerialModel(self._model.tuned(smiles, weights, seed))

    def _in_turns(
        self, latents: Tensor, call: Callable[[Tensor], Sequence[T]], turn: int = TURN
    ) -> list[T]:
        results: list[T] = []
        for part in _parts(latents, turn):
            results += self._turns.run(Call(lambda parts: [call(part) for part in parts], part))
        return results

    def _encode(self, asked: Sequence[Sequence[str]]) -> list[Sequence[Encoding | Refusal]]:
        found = self._model.encode([line for lines in asked for line in lines])
        return _shares(found, [len(lines) for lines in asked])

    def _predicted(self, asked: Sequence[Sequence[Tensor]]) -> list[list[dict[str, float]]]:
        return [predicted(self._model, means) for means in asked]

    def _decode(self, settings: DecodeSettings, asked: Sequence[Rows]) -> list[Sequence[Decoded]]:
        if len(asked) == 1:
            [(latents, generator)] = asked
            alone = self._model.decode(latents, generator=generator, **settings.options())
            return [_counted(alone)]
        latents = torch.cat([rows.latents for rows in asked])
        sizes = [len(rows.latents) for rows in asked]
        owners = [rows.generator for rows in asked if rows.generator is not None]
        generators = None
        if len(owners) == len(asked):  # greedy decodes need none
            generators = [own for own, size in zip(owners, sizes, strict=True) for _ in range(size)]
        with _as_before_on_failure(owners):
            found = self._model.decode(latents, generator=generators, **settings.options())
        return _shares(_counted(found), sizes)


def _counted(decoded: Sequence[Decoded]) -> Sequence[Decoded]:
    num_valid = sum(item.smiles is not None for item in decoded)
    DECODES.labels("true").inc(num_valid)
    DECODES.labels("false").inc(sum(item.attempts for item in decoded) - num_valid)
    return decoded


def _parts(rows: Part, size: int) -> Iterator[Part]:
    for start in range(0, len(rows), size):
        deadline.check()
        yield rows[start : start + size]


def _shares(results: Sequence[T], sizes: Sequence[int]) -> list[Sequence[T]]:
    ends = accumulate(sizes)
    return [results[end - size : end] for end, size in zip(ends, sizes, strict=True)]


@contextmanager
def _as_before_on_failure(generators: Sequence[torch.Generator]) -> Iterator[None]:
    """What failed together draws the same numbers again when it is tried alone."""
    states = [generator.get_state() for generator in generators]
    try:
        yield
    except Exception:
        for generator, state in zip(generators, states, strict=True):
            generator.set_state(state)
        raise
