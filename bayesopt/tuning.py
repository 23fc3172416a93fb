"""Which decoder an ask uses: the model's own, or one tuned on what was evaluated before.

Source: Tripp, Daxberger and Hernández-Lobato, "Sample-efficient optimization in the latent space of
deep generative models via weighted retraining", NeurIPS 2020, arXiv:2006.09191. Theirs retrains
the whole model, and so moves every latent; here encoder and prior stay.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from typing import NamedTuple

import numpy as np
from scipy.stats import rankdata  # type: ignore[import-untyped]

from bayesopt.errors import SpecError
from bayesopt.latent_model import LatentModel, TunableModel
from bayesopt.objectives import Scalarization
from bayesopt.spec import CampaignSpec
from bayesopt.trial import Trial

RANK_SHARE = 0.1
"""`k` of the weights: the best of `n` molecules weighs `(k + 1) / k` times as much as the last."""
KEPT = 4
"""Tuned models that a process remembers."""
DECODER_SEEDS = 1
"""Third word of a seed sequence: keeps the seeds of decoders apart from those of asks."""


class Lesson(NamedTuple):
    """What a decoder is tuned on."""

    smiles: tuple[str, ...]
    weights: tuple[float, ...]
    """Of each molecule, positive."""
    seed: int


def require_tunable(model: LatentModel, spec: CampaignSpec) -> None:
    """Nothing, if `spec` asks for no tuning or can have it.

    Raises:
        SpecError: the model's decoder cannot be tuned, or the method asks no decoder.
    """
    if spec.fine_tune_every is None:
        return
    if spec.method == "genetic":
        raise SpecError(
            "fine_tune_every tunes a decoder, and the method genetic breeds graphs without one; "
            "leave it out, or choose another method",
            "/fine_tune_every",
        )
    if not isinstance(model, TunableModel):
        raise SpecError(
            f"fine_tune_every is {spec.fine_tune_every}, and the decoder of this model cannot be "
            "tuned; leave it out, or choose another model",
            "/fine_tune_every",
        )


def model_of_ask(model: LatentModel, spec: CampaignSpec, trials: Sequence[Trial]) -> LatentModel:
    """The model whose decoder the next ask uses: `model`, or a copy tuned as `lesson` says."""
    wanted = lesson(spec, trials)
    if wanted is None or not isinstance(model, TunableModel):
        return model
    return _tuned(model, wanted)  # type: ignore[arg-type]  # hashable, by identity


def lesson(spec: CampaignSpec, trials: Sequence[Trial]) -> Lesson | None:
    """A function of settings and trials alone; None where there is nothing to learn yet.

    Of the feasible molecules that the model can encode, in order of their trials, the first
    `floor(m / N) * N` of `m` with `N = fine_tune_every`. A value that comes late, or is corrected
    or withdrawn, so makes another lesson. Always for the untuned decoder: nothing adds up.
    """
    every = spec.fine_tune_every
    known = [trial for trial in trials if trial.feasible and trial.latent is not None]
    chosen = known[: len(known) // every * every] if every else []
    if not chosen:
        return None
    # Fitted on these alone: what is told later changes no rank among them.
    scale = Scalarization.fit(spec.objectives, chosen, spec.scalarization)
    utilities = [scale.utility(trial) or 0.0 for trial in chosen]
    seed = np.random.SeedSequence((spec.seed, len(chosen), DECODER_SEEDS))
    return Lesson(
        tuple(trial.smiles or "" for trial in chosen),
        tuple(rank_weights(utilities)),
        int(seed.generate_state(1)[0]),
    )


def rank_weights(utilities: Sequence[float]) -> list[float]:
    """`1 / (k n + rank)`, the best of `n` having rank 0 (Tripp et al. 2020, eq. 3).

    Equal utilities share the mean of their ranks.
    """
    ranks = rankdata([-utility for utility in utilities]) - 1.0
    weights: list[float] = (1.0 / (RANK_SHARE * len(utilities) + ranks)).tolist()
    return weights


@lru_cache(KEPT)
def _tuned(model: TunableModel, wanted: Lesson) -> LatentModel:
    return model.tuned(wanted.smiles, wanted.weights, wanted.seed)
