"""From latents to molecules worth an oracle's time: decode, drop, check, re-encode."""

from __future__ import annotations

from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field, replace

from torch import Tensor

from bayesopt.compounds import broken_constraint, compound_key, encode_means
from bayesopt.decodes import Decodes
from bayesopt.latent_model import Decoded
from bayesopt.proposers.proposal import Draft, Problem
from bayesopt.trial import INVALID_DECODE, NOT_ENCODABLE, Method
from data.molecules import parse

MAX_RAW_LENGTH = 200
"""Characters of an invalid string that its trial quotes."""


@dataclass(frozen=True, slots=True)
class Screened:
    """What became of a batch of latents, each part in the batch's order."""

    kept: tuple[Draft, ...] = ()
    refused: tuple[Draft, ...] = ()
    decodes: Decodes = field(default_factory=Decodes)

    def __add__(self, other: Screened) -> Screened:
        return Screened(
            self.kept + other.kept,
            self.refused + other.refused,
            self.decodes + other.decodes,
        )

    @property
    def num_repeats(self) -> int:
        """Decodes that gave a compound already known, or already in this batch."""
        return self.decodes.num_repeats

    @property
    def keys(self) -> frozenset[str]:
        """The compounds met."""
        return frozenset(d.inchi_key for d in self.kept + self.refused if d.inchi_key is not None)


def screen(latents: Tensor, problem: Problem, method: Method, known: AbstractSet[str]) -> Screened:
    """Decode `latents` (`n x d`) greedily and keep what is valid, new and meets the constraints.

    What is kept carries its re-encoded latent, for the model's own view of a molecule, not the
    point that happened to decode to it, is what a surrogate can learn from.
    """
    kept: list[Draft] = []
    refused: list[Draft] = []
    seen = set(known)
    num_repeats = 0
    for latent, decoded in zip(latents, problem.model.decode(latents), strict=True):
        draft = _identified(Draft(method, latent_asked=tuple(latent.tolist())), decoded, problem)
        if draft.inchi_key is not None and draft.inchi_key in seen:
            num_repeats += 1
            continue
        if draft.inchi_key is not None:
            seen.add(draft.inchi_key)
        (kept if draft.reason is None else refused).append(draft)
    placed = _placed(kept, problem)
    return Screened(
        tuple(draft for draft in placed if draft.reason is None),
        (*refused, *(draft for draft in placed if draft.reason is not None)),
        Decodes(len(latents), sum(d.smiles is None for d in refused), num_repeats),
    )


def _identified(draft: Draft, decoded: Decoded, problem: Problem) -> Draft:
    """`draft` with its molecule, or with the reason why it has none that counts."""
    if decoded.smiles is None:
        return replace(draft, reason=f"{INVALID_DECODE}: {decoded.raw[:MAX_RAW_LENGTH]}")
    mol = parse(decoded.smiles)
    return replace(
        draft,
        smiles=decoded.smiles,
        inchi_key=compound_key(mol),
        reason=broken_constraint(mol, problem.constraints),
    )


def _placed(drafts: list[Draft], problem: Problem) -> list[Draft]:
    """`drafts` with their re-encoded latents; a reason where the model cannot encode its own."""
    means = encode_means(problem.model, [draft.smiles or "" for draft in drafts])
    return [
        replace(draft, latent=mean)
        if mean is not None
        else replace(draft, reason=f"{NOT_ENCODABLE}: {draft.smiles}")
        for draft, mean in zip(drafts, means, strict=True)
    ]
