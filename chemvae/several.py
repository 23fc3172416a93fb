"""Several distinct molecules from one latent: how often, how likely, how far from it."""

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import groupby
from operator import itemgetter
from typing import Protocol

import torch
from torch import Tensor

from chemvae.decoding.attempts import Decoded
from chemvae.encoding import Encoding
from data.errors import Refusal

MAX_ROUNDS = 8
"""Rounds in which every latent that still lacks molecules is decoded again."""

TEMPERATURE_STEP = 0.25
"""How much hotter each further round is: the same temperature mostly repeats the same string."""

HOTTEST_RETRY = 1.0
"""Further rounds stop heating here, the temperature at which the decoder was trained, unless the
request itself is hotter."""


class Model(Protocol):
    """What is needed of a `chemvae.codec.MoleculeCodec`."""

    def encode(self, smiles: Sequence[str]) -> Sequence[Encoding | Refusal]:
        """The posterior of each molecule, or why it has none."""

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
    ) -> Sequence[Decoded]:
        """One decode of each of `n x d` latents."""

    def beam(
        self,
        latents: Tensor,
        width: int,
        *,
        constrained: bool = True,
        labels: Mapping[str, float] | None = None,
    ) -> Sequence[Sequence[Decoded]]:
        """The likeliest strings of each of `n x d` latents, best first."""


@dataclass(frozen=True, slots=True)
class Search:
    """How molecules are looked for."""

    num_molecules: int = 1
    """Distinct molecules wanted of each latent."""
    temperature: float = 0.0
    """Of the first round; further rounds are hotter step by step."""
    constrained: bool = True
    """Whether what cannot become valid is masked."""
    top_k: int | None = None
    """Sample among the `k` likeliest tokens alone."""
    top_p: float | None = None
    """Sample among the fewest tokens whose probabilities add up to `p`."""
    beam_width: int | None = None
    """Look through a beam of this width instead of sampling."""
    labels: Mapping[str, float] | None = None
    """What a label-conditional decoder is told, in the labels' units."""


@dataclass(frozen=True, slots=True)
class Found:
    """One molecule that a latent decodes to."""

    smiles: str
    """RDKit canonical isomeric SMILES."""
    frequency: float
    """Share of the strings decoded for the latent that gave it."""
    log_likelihood: float
    """Nats, of its likeliest string."""
    latent_distance: float | None
    """Euclidean distance from the latent to the molecule's own encoding; none without one."""


@dataclass(frozen=True, slots=True)
class Several:
    """What one latent decodes to."""

    molecules: tuple[Found, ...]
    """Distinct, the most frequent first, the likelier first of equally frequent ones."""
    num_attempts: int
    """Strings that were decoded."""
    num_invalid: int
    """How many of them were no molecules."""


def decode_several(
    model: Model, latents: Tensor, search: Search, generator: torch.Generator
) -> list[Several]:
    """Up to `search.num_molecules` distinct molecules from each of `n x d` latents, in order.

    All latents that still lack molecules share each round's batch.

    Raises:
        ShapeError: The latents are not `n x d`, or not finite.
        ConfigError: A setting outside its range, or a label the decoder does not know.
    """
    tallies = [_Tally() for _ in latents]
    if search.beam_width is not None:
        beams = model.beam(
            latents, search.beam_width, constrained=search.constrained, labels=search.labels
        )
        for tally, beam in zip(tallies, beams, strict=True):
            tally.add_beam(beam, search.num_molecules)
    else:
        _sample(model, latents, search, generator, tallies)
    means = _encode_found(model, tallies)
    return [tally.close(latent, means) for tally, latent in zip(tallies, latents, strict=True)]


@dataclass(slots=True)
class _Tally:
    """The attempts made for one latent."""

    counts: dict[str, int] = field(default_factory=dict)
    best: dict[str, float] = field(default_factory=dict)
    num_attempts: int = 0
    num_invalid: int = 0
    given_up: bool = False

    def add_round(self, results: Sequence[Decoded]) -> None:
        """What became of one round. Where several attempts a decode found nothing, a hotter round
        hardly would, while all others wait for it: the latent is given up."""
        for decoded in results:
            self.add(decoded)
        self.given_up = all(item.smiles is None and item.attempts > 1 for item in results)

    def add(self, decoded: Decoded) -> None:
        self.num_attempts += decoded.attempts
        self.num_invalid += decoded.attempts - (decoded.smiles is not None)
        if decoded.smiles is not None:
            self.counts[decoded.smiles] = self.counts.get(decoded.smiles, 0) + 1
            known = self.best.get(decoded.smiles, -math.inf)
            self.best[decoded.smiles] = max(known, decoded.log_likelihood)

    def add_beam(self, beam: Sequence[Decoded], wanted: int) -> None:
        """Strings from the likeliest on, until enough molecules are found."""
        for decoded in beam:
            if len(self.counts) == wanted:
                break
            self.add(decoded)

    def close(self, latent: Tensor, means: dict[str, Tensor]) -> Several:
        order = sorted(self.counts, key=lambda text: (-self.counts[text], -self.best[text]))
        return Several(
            tuple(
                Found(
                    text,
                    self.counts[text] / self.num_attempts,
                    self.best[text],
                    float(torch.dist(latent, means[text])) if text in means else None,
                )
                for text in order
            ),
            self.num_attempts,
            self.num_invalid,
        )


def _sample(
    model: Model,
    latents: Tensor,
    search: Search,
    generator: torch.Generator,
    tallies: Sequence[_Tally],
) -> None:
    for heat in _temperatures(search.temperature):
        # Greedy decoding has one answer, so it is tried once.
        most = 1 if heat == 0 else search.num_molecules
        rows = [
            row
            for row, tally in enumerate(tallies)
            if not tally.given_up
            for _ in range(min(search.num_molecules - len(tally.counts), most))
        ]
        if not rows:
            break
        decoded = model.decode(
            latents[rows],
            temperature=heat,
            generator=generator,
            constrained=search.constrained,
            top_k=search.top_k,
            top_p=search.top_p,
            labels=search.labels,
        )
        for row, results in groupby(zip(rows, decoded, strict=True), key=itemgetter(0)):
            tallies[row].add_round([result for _, result in results])


def _temperatures(first: float) -> Iterator[float]:
    for step in range(MAX_ROUNDS):
        yield max(first, min(first + step * TEMPERATURE_STEP, HOTTEST_RETRY))


def _encode_found(model: Model, tallies: Sequence[_Tally]) -> dict[str, Tensor]:
    """The mean of every molecule found, but of those the model cannot encode."""
    smiles = list(dict.fromkeys(text for tally in tallies for text in tally.counts))
    encodings = model.encode(smiles) if smiles else []
    return {
        text: item.mean
        for text, item in zip(smiles, encodings, strict=True)
        if not isinstance(item, Refusal)
    }
