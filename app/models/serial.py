"""A model that threads share: what is asked of it at the same time is done in turn, or together."""

from collections.abc import Callable, Sequence
from functools import partial
from itertools import accumulate
from typing import Protocol, TypeVar

import torch
from torch import Tensor

from app.models.batching import Call, Decode, Settings, Turns
from chemvae import several
from chemvae.codec import Decoded, Encoding
from chemvae.decoding.generate import Randomness
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

    @property
    def shared_rows(self) -> int:
        """Rows of a decode up to which others in its batch change not one bit of it; 0: none."""
        ...

    def decode(
        self,
        latents: Tensor,
        *,
        temperature: float = 0.0,
        generator: Randomness | None = None,
        constrained: bool = True,
        top_k: int | None = None,
        top_p: float | None = None,
    ) -> Sequence[Decoded]:
        """One decode of each of ``n x d`` latents; a generator for all, or one for each."""
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


class SerialModel:
    """A ``GenerativeModel`` that several threads may share: its calls run one after another.

    Two forward passes at once would only share the same cores, and a module is not promised to be
    safe for it. Decodes that wait for each other share a batch. A large call gives way after every
    ``TURN`` rows, so that a small one need not wait for all of it.
    """

    def __init__(self, model: GenerativeModel) -> None:
        self._model = model
        self._turns = Turns(self._decode_together, model.shared_rows)

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
            part = smiles[start : start + TURN]
            encodings += self._turns.run(Call(partial(self._model.encode, part)))
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
        settings = Settings(temperature, constrained, top_k, top_p)
        results: list[Decoded] = []
        for part in torch.split(latents, TURN):
            asked = Decode(part, generator, settings)
            results += self._turns.run(Call(partial(self._decode_alone, asked), asked))
        return results

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

    def sample_prior(self, n: int, generator: torch.Generator) -> Tensor:
        """``n x d`` latents from the prior the model is served with."""
        return self._turns.run(Call(partial(self._model.sample_prior, n, generator)))

    def _in_turns(
        self, latents: Tensor, call: Callable[[Tensor], Sequence[T]], turn: int = TURN
    ) -> list[T]:
        results: list[T] = []
        for start in range(0, len(latents), turn):
            results += self._turns.run(Call(partial(call, latents[start : start + turn])))
        return results

    def _decode_alone(self, asked: Decode) -> Sequence[Decoded]:
        return self._model.decode(
            asked.latents, generator=asked.generator, **asked.settings._asdict()
        )

    def _decode_together(self, calls: Sequence[Decode]) -> list[Sequence[Decoded]]:
        sizes = [len(call.latents) for call in calls]
        owners = [call.generator for call in calls if call.generator is not None]
        generators = None
        if len(owners) == len(calls):  # greedy decodes need none
            generators = [own for own, size in zip(owners, sizes, strict=True) for _ in range(size)]
        decoded = self._model.decode(
            torch.cat([call.latents for call in calls]),
            generator=generators,
            **calls[0].settings._asdict(),
        )
        ends = list(accumulate(sizes))
        return [decoded[end - size : end] for end, size in zip(ends, sizes, strict=True)]
