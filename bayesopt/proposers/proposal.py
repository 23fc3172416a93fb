"""The seam between a campaign and a way of choosing its next molecules."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Protocol

import torch

from bayesopt.compounds import Vector
from bayesopt.constraints import Constraint
from bayesopt.decodes import Decodes
from bayesopt.latent_model import LatentModel
from bayesopt.objectives import Scalarization
from bayesopt.trial import Method, Prediction, Trial


@dataclass(frozen=True)
class Problem:
    """All that a proposer may look at."""

    model: LatentModel
    constraints: tuple[Constraint, ...]
    trials: tuple[Trial, ...]
    scalarization: Scalarization
    """From a trial's values to the utility that is maximised."""

    @cached_property
    def utilities(self) -> tuple[float | None, ...]:
        """Of each trial; None where it is not evaluated."""
        return tuple(self.scalarization.utility(trial) for trial in self.trials)

    @cached_property
    def known(self) -> frozenset[str]:
        """The compounds that may not be proposed again."""
        return frozenset(trial.inchi_key for trial in self.trials if trial.inchi_key is not None)


@dataclass(frozen=True, slots=True)
class Draft:
    """A trial before the campaign has numbered it; the members are those of `Trial`."""

    method: Method
    smiles: str | None = None
    inchi_key: str | None = None
    latent_asked: Vector | None = None
    latent: Vector | None = None
    prediction: Prediction | None = None
    reason: str | None = None
    why: str | None = None


@dataclass(frozen=True, slots=True)
class Proposal:
    """The molecules chosen, and the decodes that were refused on the way, each with its reason."""

    chosen: tuple[Draft, ...] = ()
    refused: tuple[Draft, ...] = ()
    decodes: Decodes | None = None
    """None of `genetic`, which breeds graphs: shares of the few decodes that fill its batches would
    say nothing of how it searches."""


class Proposer(Protocol):
    """A deterministic function of its arguments that chooses up to `num_molecules` new molecules.

    No chosen molecule is in `problem.known`, breaks a constraint or equals another; fewer are
    chosen where no more are found within the proposer's limits.
    """

    def __call__(
        self, problem: Problem, num_molecules: int, generator: torch.Generator
    ) -> Proposal:
        """Choose; all randomness comes from `generator`."""
