"""A graph genetic algorithm: children of the best molecules so far, no latent space needed.

After Jensen, Chem. Sci. 10:3567 (2019). A generation is an ask; the population is whatever the
campaign's record holds, so there is nothing to store or to lose.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from collections.abc import Set as AbstractSet
from dataclasses import replace
from random import Random

import torch
from rdkit import Chem

from bayesopt.compounds import broken_constraint, compound_key, encode_means
from bayesopt.proposers.graphs.crossover import crossover
from bayesopt.proposers.graphs.mutation import mutate
from bayesopt.proposers.prior import sample_prior
from bayesopt.proposers.proposal import Draft, Problem, Proposal
from bayesopt.proposers.screening import Screened
from data.errors import MoleculeError
from data.molecules import canonical_smiles, parse

POPULATION = 100
"""The best molecules, from which parents are drawn."""
HALF_RANKS = 5
"""A parent so many ranks further down is drawn half as often."""
MUTATION_SHARE = 0.7
"""Children that are mutants of one parent; the others are crossed from two."""
MAX_ATTEMPTS = 50
"""Children bred for each molecule asked, before the prior fills what is missing."""


def propose_children(problem: Problem, num_molecules: int, generator: torch.Generator) -> Proposal:
    """Children of the best evaluated feasible molecules, by crossover and mutation.

    What is missing when the attempts end, all of it while there are no parents, is from the prior.
    """
    bred = breed(problem, fittest(problem), num_molecules, generator, problem.known)
    missing = num_molecules - len(bred.kept)
    filled = sample_prior(problem, missing, generator, problem.known | bred.keys)
    return Proposal(bred.kept + filled.kept, bred.refused + filled.refused)


def breed(
    problem: Problem,
    ranked: Sequence[str],
    num_molecules: int,
    generator: torch.Generator,
    known: AbstractSet[str],
) -> Screened:
    """Up to `num_molecules` new children of the first of `ranked`, none of them of `known`.

    Parents are drawn by their rank. A child that the model cannot encode is still a candidate; its
    latent is None.
    """
    parents = [parse(smiles) for smiles in ranked[:POPULATION]]
    random = Random(int(torch.randint(2**31 - 1, (), generator=generator)))  # noqa: S311  (no secret)
    children: list[Draft] = []
    refused: list[Draft] = []
    seen = set(known)
    for _ in range(MAX_ATTEMPTS * num_molecules if parents else 0):
        if len(children) == num_molecules:
            break
        child = _child(parents, random)
        if child is None:
            continue
        try:
            key, smiles = compound_key(child), canonical_smiles(child)
        except MoleculeError:  # nobody could read it
            continue
        if key in seen:
            continue
        seen.add(key)
        reason = broken_constraint(child, problem.constraints)
        draft = Draft("genetic", smiles, key, reason=reason)
        (children if reason is None else refused).append(draft)
    latents = encode_means(problem.model, [draft.smiles or "" for draft in children])
    placed = (replace(d, latent=latent) for d, latent in zip(children, latents, strict=True))
    return Screened(tuple(placed), tuple(refused))


def fittest(problem: Problem, since: int = 0, until: float = math.inf) -> list[str]:
    """The SMILES of the evaluated feasible molecules, best first; of equals the earlier.

    Those of the iterations from `since` on, and before `until`.
    """
    ranked = sorted(
        (-utility, trial.number, trial.smiles)
        for trial, utility in zip(problem.trials, problem.utilities, strict=True)
        if utility is not None
        and trial.feasible
        and trial.smiles is not None
        and since <= trial.iteration < until
    )
    return [smiles for _, _, smiles in ranked]


def _child(parents: list[Chem.Mol], random: Random) -> Chem.Mol | None:
    """A mutant of one parent, or a child of two."""
    weights = [2.0 ** -(rank / HALF_RANKS) for rank in range(len(parents))]
    first, second = random.choices(parents, weights, k=2)
    if first is second or random.random() < MUTATION_SHARE:
        return mutate(first, random)
    return crossover(first, second, random)
