"""Molecules away from the best, for a search that is stuck there."""

from __future__ import annotations

from collections.abc import Sequence
from collections.abc import Set as AbstractSet

import numpy as np
import torch

from bayesopt.proposers.genetic import breed, fittest
from bayesopt.proposers.prior import MAX_ATTEMPTS, sample_prior
from bayesopt.proposers.proposal import Problem
from bayesopt.proposers.screening import Screened
from data.fingerprints import bulk_tanimoto, morgan
from data.molecules import parse


def sample_elsewhere(
    problem: Problem,
    parents: Sequence[str],
    num_molecules: int,
    generator: torch.Generator,
    known: AbstractSet[str],
) -> Screened:
    """Up to `num_molecules` new molecules from the prior, or where it has too few from `parents`.

    Samples of the prior almost never lie within reach of a given molecule. Where constraints leave
    too few of a first batch, what is missing is bred.
    """
    attempts = 1 if parents else MAX_ATTEMPTS
    found = sample_prior(problem, num_molecules, generator, known, attempts)
    missing = num_molecules - len(found.kept)
    if not missing:
        return found
    return found + breed(problem, parents, missing, generator, known | found.keys)


def beginning(problem: Problem) -> list[str]:
    """The molecules of the first iteration that has feasible ones, best first."""
    first = min((trial.iteration for trial in problem.trials if trial.feasible), default=0)
    return fittest(problem, first, first + 1)


def niche(problem: Problem) -> list[str]:
    """The feasible molecules that are less like the best than the others are, best first.

    A second population, whose members compete with each other alone (Goldberg and Richardson,
    ICGA 1987): half of what is feasible, or the best molecule where there is no other.
    """
    ranked = fittest(problem)
    if len(ranked) < 2:
        return ranked
    best, *others = (morgan(parse(smiles)) for smiles in ranked)
    similarities = bulk_tanimoto(best, others)
    far = similarities <= np.median(similarities)
    return [smiles for smiles, is_far in zip(ranked[1:], far, strict=True) if is_far]
