"""Molecules from the model's prior: the baseline, the initial design and the last resort."""

from __future__ import annotations

from collections.abc import Set as AbstractSet
from dataclasses import replace

import torch

from bayesopt.compounds import broken_constraint, compound_key, encode_means
from bayesopt.proposers.proposal import Draft, Problem, Proposal
from bayesopt.proposers.screening import Screened, screen
from data.molecules import canonical_smiles, parse

MAX_ATTEMPTS = 6
"""Batches decoded before fewer molecules than asked are accepted."""

MAX_BATCH = 512
"""Latents in one batch. Batches double from twice the number missing, so that an easy campaign
decodes little and a rare structure still gets a search of a few hundred to 3,000 samples."""


def sample_prior(
    problem: Problem,
    num_molecules: int,
    generator: torch.Generator,
    known: AbstractSet[str],
    max_attempts: int = MAX_ATTEMPTS,
) -> Screened:
    """Up to `num_molecules` new molecules from the prior, with all that was refused on the way."""
    found = Screened()
    for attempt in range(max_attempts):
        missing = num_molecules - len(found.kept)
        if missing <= 0:
            break
        size = min(2 * missing * 2**attempt, MAX_BATCH)
        latents = problem.model.sample_prior(size, generator)
        found += screen(latents, problem, "prior", known | found.keys)
    return replace(found, kept=found.kept[:num_molecules])


def propose_from_prior(
    problem: Problem, num_molecules: int, generator: torch.Generator
) -> Proposal:
    """Random search: the first new molecules the prior gives, without a prediction."""
    found = sample_prior(problem, num_molecules, generator, problem.known)
    return Proposal(found.kept, found.refused, found.decodes)


def propose_initial(
    problem: Problem,
    smiles: tuple[str, ...],
    num_samples: int,
    limit: int | None,
    generator: torch.Generator,
) -> Proposal:
    """The initial design: the user's molecules, then the prior's, at most `limit` together.

    The user's molecules are evaluated whatever the constraints say and even if the model cannot
    encode them, for their values inform; a broken constraint is noted as their reason.
    """
    given: dict[str, Draft] = {}
    for text, latent in zip(smiles, encode_means(problem.model, smiles), strict=True):
        mol = parse(text)
        key = compound_key(mol)
        if key not in problem.known:
            given.setdefault(
                key,
                Draft(
                    "initial",
                    smiles=canonical_smiles(mol),
                    inchi_key=key,
                    latent=latent,
                    reason=broken_constraint(mol, problem.constraints),
                ),
            )
    chosen = tuple(given.values())[:limit]
    room = num_samples if limit is None else min(num_samples, limit - len(chosen))
    found = sample_prior(problem, room, generator, problem.known | given.keys())
    return Proposal(chosen + found.kept, found.refused, found.decodes)
