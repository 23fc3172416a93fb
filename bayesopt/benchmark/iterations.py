"""How long an ask of `auto` takes by the number of observations, the oracle left out."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import islice

import torch
from torch import Tensor

from bayesopt.benchmark.start import random_molecules
from bayesopt.campaign import Campaign
from bayesopt.errors import SpecError
from bayesopt.latent_model import Decoded, Encoding, LatentModel
from bayesopt.objectives import Objective, Scalarization
from bayesopt.results import Result
from bayesopt.spec import CampaignSpec
from bayesopt.surrogates.latent_scale import LatentScale
from bayesopt.surrogates.molecule_space import MoleculeSpace
from bayesopt.surrogates.surrogate import fit_surrogate
from bayesopt.surrogates.utility import UtilityObjective
from data.errors import Refusal

OBJECTIVE = Objective("qed")


@dataclass(frozen=True, slots=True)
class IterationTime:
    """CPU seconds of one ask, all threads together: other work on the machine does not count."""

    observations: int
    molecules: int
    """That were asked for."""
    fit: float
    """The GPs, with the similarities of the molecules to each other."""
    model: float
    """Decoding, and encoding what was decoded."""
    total: float
    wall: float
    """Seconds that passed from beginning to end."""

    @property
    def acquire(self) -> float:
        """All else: draws, screening, breeding, the acquisition function."""
        return max(0.0, self.total - self.fit - self.model)


class _Timed:
    """A `LatentModel` that counts the CPU seconds it is at work."""

    def __init__(self, model: LatentModel) -> None:
        self._model = model
        self.seconds = 0.0
        self.latent_dim, self.fingerprint = model.latent_dim, model.fingerprint

    def encode(self, smiles: Sequence[str]) -> Sequence[Encoding | Refusal]:
        began = time.process_time()
        encoded = self._model.encode(smiles)
        self.seconds += time.process_time() - began
        return encoded

    def decode(
        self,
        latents: Tensor,
        *,
        temperature: float = 0.0,
        generator: torch.Generator | None = None,
        constrained: bool = True,
    ) -> Sequence[Decoded]:
        began = time.process_time()
        decoded = self._model.decode(
            latents, temperature=temperature, generator=generator, constrained=constrained
        )
        self.seconds += time.process_time() - began
        return decoded

    def sample_prior(self, n: int, generator: torch.Generator) -> Tensor:
        return self._model.sample_prior(n, generator)


def time_iteration(
    model: LatentModel, dataset: str, observations: int, molecules: int, seed: int
) -> IterationTime:
    """Time an ask for `molecules` after random molecules of a data set have been told, with QED.

    The surrogate is fitted once more by itself, to tell its share of the whole.

    Raises:
        SpecError: the data set has too few molecules.
        data.errors.DataError: it cannot be read.
    """
    known = list(islice(random_molecules(dataset, "train", seed, ()), observations))
    if len(known) < observations:
        raise SpecError(f"{dataset} has {len(known)} molecules, not {observations}")
    timed = _Timed(model)
    spec = CampaignSpec((OBJECTIVE,), num_initial_samples=0, seed=seed)
    campaign = Campaign(spec, timed)
    values = OBJECTIVE.oracle()(known)
    campaign.tell(
        [
            Result(smiles=smiles, values={OBJECTIVE.name: value})
            for smiles, value in zip(known, values, strict=True)
            if not isinstance(value, Refusal)
        ]
    )
    fit = _seconds_of_fit(campaign, model)
    timed.seconds = 0.0
    began, began_wall = time.process_time(), time.perf_counter()
    campaign.ask(molecules)
    total, wall = time.process_time() - began, time.perf_counter() - began_wall
    return IterationTime(observations, molecules, fit, timed.seconds, total, wall)


def _seconds_of_fit(campaign: Campaign, model: LatentModel) -> float:
    centre = next(t.latent for t in campaign.best(len(campaign.trials)) if t.latent is not None)
    began = time.process_time()
    space = MoleculeSpace(LatentScale.of(model))
    objective = UtilityObjective(Scalarization.fit((OBJECTIVE,), campaign.trials))
    fit_surrogate(space, objective, campaign.trials, centre)
    return time.process_time() - began
