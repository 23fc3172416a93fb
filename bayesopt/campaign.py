"""The campaign: ask, evaluate, tell, and everything that was learnt on the way."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import fields
from typing import Any, Self

import numpy as np
import torch

from bayesopt.decodes import Decodes
from bayesopt.errors import RecordError, SpecError
from bayesopt.evaluation import evaluated
from bayesopt.latent_model import LatentModel
from bayesopt.nearest import nearest_known_molecules
from bayesopt.objectives import Scalarization
from bayesopt.proposers import PROPOSERS
from bayesopt.proposers.gradient import require_heads
from bayesopt.proposers.prior import propose_initial
from bayesopt.proposers.proposal import Draft, Problem, Proposal
from bayesopt.results import Result, record
from bayesopt.revision import revised
from bayesopt.spec import CampaignSpec
from bayesopt.trial import Method, Trial, TrialStatus
from bayesopt.tuning import model_of_ask, require_tunable

WHY: Mapping[Method, str] = {
    "initial": "It is one of the molecules that the campaign was given to begin with.",
    "prior": "It was drawn from the model's prior, to learn of molecules far from those known.",
}
"""Why a molecule was chosen, where its proposer has no more to say."""


class Campaign:
    """A search for molecules, and its record.

    What `ask` gives is a function of the settings, the trials and the model alone: a campaign
    rebuilt from its trials, in another process or on another day, goes on exactly where it was. A
    compound (by InChIKey) has at most one trial, so it is never proposed or evaluated twice.
    """

    def __init__(
        self, spec: CampaignSpec, model: LatentModel, trials: Sequence[Trial] = ()
    ) -> None:
        """A new campaign, or with `trials` (all of them, in order) one that goes on.

        Raises:
            RecordError: the trials' numbers are not 0, 1, 2, ..., or a compound appears twice.
            SpecError: the method needs property heads that the model has not, or the decoder is to
                be tuned and cannot be.
        """
        if spec.method == "gradient":
            require_heads(model, spec.objectives)
        require_tunable(model, spec)
        self.spec = spec
        self._model = model
        self._trials = list(trials)
        self._exhausted = False
        self._decodes: Decodes | None = None
        keys = [trial.inchi_key for trial in trials if trial.inchi_key is not None]
        if [trial.number for trial in trials] != list(range(len(trials))):
            raise RecordError("trials must come complete and in order: 0, 1, 2, ...")
        if len(keys) != len(set(keys)):
            raise RecordError("a compound has two trials")

    @property
    def trials(self) -> tuple[Trial, ...]:
        """Every trial, in order of creation."""
        return tuple(self._trials)

    def ask(self, num_molecules: int | None = None) -> tuple[Trial, ...]:
        """New trials: pending ones to evaluate, and infeasible ones met on the way.

        The first ask gives the initial design: all of the user's molecules, and the samples the
        spec wants, or where `num_molecules` is given only as many as that leaves room for. Later
        ones give as many pending trials as asked, fewer where the budget or the search ends;
        `exhausted` tells of the second. Of the decodes refused on the way at most as many are kept
        as molecules were asked, the optimiser's favourites first: enough to see what goes wrong
        without burying the molecules under a model's failures.

        Raises:
            SpecError: `num_molecules` is below 1.
        """
        asked = self.spec.batch_size if num_molecules is None else num_molecules
        if asked < 1:
            raise SpecError(f"num_molecules is {asked}; it must be at least 1", "/num_molecules")
        room = self._room
        if room == 0:
            return ()
        samples = self.spec.num_initial_samples
        if num_molecules is not None:
            samples = min(samples, max(0, num_molecules - len(self.spec.initial_smiles)))
        model = model_of_ask(self._model, self.spec, self._trials)
        proposal = self._propose(model, asked if room is None else min(asked, room), samples)
        self._exhausted = not proposal.chosen
        self._decodes = proposal.decodes
        return self._append(proposal, model.fingerprint, max_refused=asked)

    def evaluate(self) -> tuple[Trial, ...]:
        """Compute the built-in objectives that open trials lack; the changed trials."""
        return self._update(evaluated(self._trials, self.spec.objectives))

    def tell(self, results: Sequence[Result]) -> tuple[Trial, ...]:
        """Record values for any molecules, suggested or not; the changed trials.

        Partial values are kept, an abandoned molecule is never proposed again, a molecule that the
        model cannot encode is kept without a latent. All results are recorded, or none.

        Raises:
            ResultError: the first result that is refused, and why.
        """
        changed = record(self._trials, results, self.spec, self._model)
        self._exhausted = False
        return self._update(changed)

    def revise(self, spec: CampaignSpec) -> tuple[Trial, ...]:
        """Go on under `spec`, all that is stored judged by it (`revised`); the changed trials.

        A seed, a start or a method of `spec` count for what is asked from now on.
        """
        before = self._trials
        self._trials = list(revised(before, self.spec, spec, self._model))
        self.spec = spec
        self._exhausted = False
        return tuple(t for t, old in zip(self._trials, before, strict=True) if t != old)

    def best(self, limit: int) -> tuple[Trial, ...]:
        """The `limit` evaluated trials of highest utility that meet every constraint."""
        scored = [
            (utility, -trial.number)
            for trial, utility in zip(self._trials, self.utilities, strict=True)
            if utility is not None and trial.feasible
        ]
        return tuple(self._trials[-number] for _, number in sorted(scored, reverse=True)[:limit])

    def utility(self, trial: Trial) -> float | None:
        """What the optimiser maximises (`Scalarization`); None unless `trial` is evaluated."""
        return self._scalarization.utility(trial)

    @property
    def utilities(self) -> tuple[float | None, ...]:
        """`utility` of every trial, all under one scalarisation, fitted once."""
        scalarization = self._scalarization
        return tuple(scalarization.utility(trial) for trial in self._trials)

    @property
    def num_evaluations(self) -> int:
        """Molecules the campaign brought that have a value, or were refused one by an oracle.

        Molecules the user told of beside the suggestions are free.
        """
        return sum(trial.evaluated_once for trial in self._trials)

    @property
    def finished(self) -> bool:
        """The budget is reached and no value of the campaign's own molecules is outstanding."""
        return self._room == 0 and not any(t.open and t.method != "told" for t in self._trials)

    @property
    def awaiting_measurements(self) -> bool:
        """A molecule of the campaign's own lacks a value that only the bench can give.

        What is missing of molecules that users told of beside the suggestions holds nothing up.
        """
        measured = {o.name for o in self.spec.objectives if o.source == "measured"}
        return any(
            trial.open and trial.method != "told" and measured - trial.values.keys()
            for trial in self._trials
        )

    @property
    def exhausted(self) -> bool:
        """The last `ask` found no new molecule; only new results can change that."""
        return self._exhausted

    @property
    def decodes(self) -> Decodes | None:
        """What the last `ask` decoded; None before it, and where its method breeds graphs."""
        return self._decodes

    def to_dict(self) -> dict[str, Any]:
        """Plain JSON data; `from_dict` takes it back without loss."""
        return {
            "spec": self.spec.to_dict(),
            "model": self._model.fingerprint,
            "trials": [trial.to_dict() for trial in self._trials],
        }

    @classmethod
    def from_dict(cls, data: Mapping[str, Any], model: LatentModel) -> Self:
        """The campaign that `to_dict` wrote.

        Raises:
            RecordError: it was written with another model, in whose latents it thinks.
            SpecError: the settings cannot be run.
        """
        if data["model"] != model.fingerprint:
            raise RecordError(
                f"the campaign was run with model {data['model']}, not {model.fingerprint}"
            )
        trials = [Trial.from_dict(trial) for trial in data["trials"]]
        return cls(CampaignSpec.from_dict(data["spec"]), model, trials)

    @property
    def _scalarization(self) -> Scalarization:
        return Scalarization.fit(self.spec.objectives, self._trials, self.spec.scalarization)

    @property
    def _room(self) -> int | None:
        """Molecules the budget still allows, those without a value yet counted as spent."""
        if self.spec.max_evaluations is None:
            return None
        return max(0, self.spec.max_evaluations - sum(trial.costs for trial in self._trials))

    @property
    def _iteration(self) -> int:
        """The number of the next `ask`."""
        return 1 + max((t.iteration for t in self._trials if t.method != "told"), default=-1)

    def _propose(
        self, model: LatentModel, num_molecules: int, num_initial_samples: int
    ) -> Proposal:
        problem = Problem(model, self.spec.constraints, self.trials, self._scalarization)
        seed = np.random.SeedSequence((self.spec.seed, self._iteration)).generate_state(
            1, np.uint64
        )
        generator = torch.Generator().manual_seed(int(seed[0]) >> 1)
        spec = self.spec
        if self._iteration == 0 and (spec.initial_smiles or num_initial_samples):
            return propose_initial(
                problem, spec.initial_smiles, num_initial_samples, self._room, generator
            )
        return PROPOSERS[spec.method](problem, num_molecules, generator)

    def _append(self, proposal: Proposal, model_hash: str, max_refused: int) -> tuple[Trial, ...]:
        first, iteration = len(self._trials), self._iteration
        chosen, refused = proposal.chosen, proposal.refused[:max_refused]
        nearest = nearest_known_molecules([draft.smiles or "" for draft in chosen], self._trials)
        self._trials += [
            Trial(
                number=first + i,
                iteration=iteration,
                status=TrialStatus.PENDING,
                nearest=known,
                model_hash=model_hash,
                **_members(draft) | {"why": draft.why or WHY.get(draft.method)},
            )
            for i, (draft, known) in enumerate(zip(chosen, nearest, strict=True))
        ]
        first_refused = len(self._trials)
        self._trials += [
            Trial(
                first_refused + i,
                iteration,
                TrialStatus.INFEASIBLE,
                model_hash=model_hash,
                **_members(draft),
            )
            for i, draft in enumerate(refused)
        ]
        return tuple(self._trials[first:])

    def _update(self, changed: Sequence[Trial]) -> tuple[Trial, ...]:
        for trial in changed:  # a number one past the end appends
            self._trials[trial.number : trial.number + 1] = [trial]
        return tuple(changed)


def _members(draft: Draft) -> dict[str, Any]:
    return {member.name: getattr(draft, member.name) for member in fields(draft)}
