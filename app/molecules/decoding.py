"""Latents to molecules that parse: an invalid decode is decoded again, within a limit."""

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

import torch
from torch import Tensor

from app.models.store import SerialModel
from app.molecules.schemas.decode import DecodedItem, DecodedMolecule
from app.molecules.schemas.fields import FailedItem
from app.schemas import ItemError
from bayesopt.latent_model import Decoded
from data.errors import Refusal

MAX_ROUNDS = 8
"""Rounds in which every latent that still lacks molecules is decoded again."""

TEMPERATURE_STEP = 0.25
"""How much hotter each further round is: the same temperature mostly repeats the same failure."""

HOTTEST_RETRY = 1.0
"""Further rounds stop heating here, the temperature at which the decoder was trained, unless the
request itself is hotter."""


@dataclass(slots=True)
class _Candidate:
    count: int
    log_likelihood: float


@dataclass(slots=True)
class _Search:
    """The attempts made for one latent, and how many molecules it still lacks."""

    latent: Tensor
    found: dict[str, _Candidate] = field(default_factory=dict)
    num_attempts: int = 0
    num_invalid: int = 0

    def num_tries(self, wanted: int, temperature: float) -> int:
        """Tries of the next round; greedy decoding has one answer, so it is tried once."""
        lacking = wanted - len(self.found)
        return min(lacking, 1) if temperature == 0 else lacking

    def add(self, decoded: Decoded) -> None:
        """Count one attempt."""
        self.num_attempts += 1
        if decoded.smiles is None:
            self.num_invalid += 1
            return
        known = self.found.setdefault(decoded.smiles, _Candidate(0, -math.inf))
        known.count += 1
        known.log_likelihood = max(known.log_likelihood, decoded.log_likelihood)


def decode(
    model: SerialModel,
    latents: Sequence[Sequence[float]],
    num_molecules: int,
    temperature: float,
    seed: int,
) -> list[DecodedItem | FailedItem]:
    """One item for each latent, in order, with up to ``num_molecules`` distinct molecules.

    All latents that still lack molecules share each round's batch. The first round runs at
    ``temperature``, the next ones step by step hotter.
    """
    rows = [_check(row, model.latent_dim) for row in latents]
    searches = [row for row in rows if isinstance(row, _Search)]
    generator = torch.Generator().manual_seed(seed)
    for heat in _temperatures(temperature):
        batch = [
            search for search in searches for _ in range(search.num_tries(num_molecules, heat))
        ]
        if not batch:
            break
        stacked = torch.stack([search.latent for search in batch])
        decoded = model.decode(stacked, temperature=heat, generator=generator)
        for search, result in zip(batch, decoded, strict=True):
            search.add(result)
    means = _encode_found(model, searches)
    return [
        _item(row, means) if isinstance(row, _Search) else FailedItem(error=row) for row in rows
    ]


def _check(row: Sequence[float], latent_dim: int) -> _Search | ItemError:
    if len(row) != latent_dim:
        return ItemError(
            code="wrong_length",
            message=f"the latent has {len(row)} numbers; this model's have {latent_dim}",
        )
    latent = torch.tensor(row, dtype=torch.float32)
    finite = torch.isfinite(latent)
    if not bool(finite.all()):
        position = int((~finite).nonzero()[0])
        return ItemError(
            code="not_finite",
            message=f"number {position} (counted from 0) is {row[position]}, not a finite float32",
        )
    return _Search(latent)


def _temperatures(first: float) -> Iterator[float]:
    for step in range(MAX_ROUNDS):
        yield max(first, min(first + step * TEMPERATURE_STEP, HOTTEST_RETRY))


def _encode_found(model: SerialModel, searches: Sequence[_Search]) -> dict[str, Tensor]:
    """The mean of every molecule found, but of those the model cannot encode."""
    smiles = list(dict.fromkeys(text for search in searches for text in search.found))
    encodings = model.encode(smiles) if smiles else []
    return {
        text: item.mean
        for text, item in zip(smiles, encodings, strict=True)
        if not isinstance(item, Refusal)
    }


def _item(search: _Search, means: dict[str, Tensor]) -> DecodedItem:
    by_frequency = sorted(
        search.found.items(), key=lambda found: (-found[1].count, -found[1].log_likelihood)
    )
    return DecodedItem(
        molecules=[
            DecodedMolecule(
                smiles=smiles,
                frequency=candidate.count / search.num_attempts,
                log_likelihood=candidate.log_likelihood,
                latent_distance=float(torch.dist(search.latent, means[smiles]))
                if smiles in means
                else None,
            )
            for smiles, candidate in by_frequency
        ],
        num_attempts=search.num_attempts,
        num_invalid=search.num_invalid,
    )
