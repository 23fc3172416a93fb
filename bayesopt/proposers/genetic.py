"""A graph genetic algorithm: children of the best molecules so far, no latent space needed.

After Jensen, Chem. Sci. 10:3567 (2019). A generation is an ask; the population is whatever the
campaign's record holds, so there is nothing to store or to lose.
"""

from __future__ import annotations

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
from data.molecules import canonical_smiles, parse

POPULATION = 100
"""The best molecules, from which parents are drawn."""
PRESSURE = 0.1
"""The best parent is drawn `exp(1 / PRESSURE)` times as often as the last of the population would
be, the others by their rank in between."""
MUTATION_SHARE = 0.5
"""Children that are changed after the crossover."""
MAX_ATTEMPTS = 50
"""Pairs bred for each molecule asked, before the prior fills what is missing."""


def propose_children(problem: Problem, num_molecules: int, generator: torch.Generator) -> Proposal:
    """Children of the best evaluated feasible molecules, by crossover and mutation.

    What is missing when the attempts end, all of it while there are no parents, is from the prior.
    """
    bred = breed(problem, num_molecules, generator, problem.known)
    missing = num_molecules - len(bred.kept)
    filled = sample_prior(problem, missing, generator, problem.known | bred.keys)
    return Proposal(bred.kept + filled.kept, bred.refused + filled.refused)


def breed(
    problem: Problem, num_molecules: int, generator: torch.Generator, known: AbstractSet[str]
) -> Screened:
    """Up to `num_molecules` new children, none of them of `known`.

    Parents are drawn by rank of their utility. A child that the model cannot encode is still a
    candidate; its latent is None.
    """
    parents = _population(problem)
    random = Random(int(torch.randint(2**31 - 1, (), generator=generator)))  # noqa: S311  (no secret)
    children: list[Draft] = []
    refused: list[Draft] = []
    seen = set(known)
    for _ in range(MAX_ATTEMPTS * num_molecules if parents else 0):
        if len(children) == num_molecules:
            break
        child = _child(parents, random)
        key = None if child is None else compound_key(child)
        if child is None or key in seen:
            continue
        seen.add(str(key))
        reason = broken_constraint(child, problem.constraints)
        draft = Draft("genetic", canonical_smiles(child), key, reason=reason)
        (children if reason is None else refused).append(draft)
    latents = encode_means(problem.model, [draft.smiles or "" for draft in children])
    placed = (replace(d, latent=latent) for d, latent in zip(children, latents, strict=True))
    return Screened(tuple(placed), tuple(refused))


def _population(problem: Problem) -> list[Chem.Mol]:
    """The best feasible molecules, best first; of equals the earlier."""
    ranked = sorted(
        (-utility, trial.number, trial.smiles)
        for trial, utility in zip(problem.trials, problem.utilities, strict=True)
        if utility is not None and trial.feasible and trial.smiles is not None
    )
    return [parse(smiles) for _, _, smiles in ranked[:POPULATION]]


def _child(parents: list[Chem.Mol], random: Random) -> Chem.Mol | None:
    """A child of two parents, sometimes mutated; of a lone parent, a mutant."""
    weights = [2.0 ** -(rank / (PRESSURE * len(parents))) for rank in range(len(parents))]
    first, second = random.choices(parents, weights, k=2)
    if first is second:
        return mutate(first, random)
    child = crossover(first, second, random)
    return (
        mutate(child, random) if child is not None and random.random() < MUTATION_SHARE else child
    )
