"""What comes out when a prior is sampled: validity, uniqueness, novelty."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import torch

from chemvae.checkpoints.training_index import TrainingIndex
from chemvae.codec import MoleculeCodec
from chemvae.decoding.attempts import MAX_ATTEMPTS
from chemvae.evaluation.crew import Crew, Part
from chemvae.priors import Prior, StandardNormal

TEMPERATURES = {"greedy": 0.0, "temperature_1": 1.0}
KINDS = {"validity": False, "masked_validity": True}
"""Report keys, and whether the automaton masks the decoder."""
ATTEMPTS = "masked_attempts"
"""Report key of what the masked ones took."""


@dataclass(frozen=True, slots=True)
class Drawn:
    """Decodes of samples of the served prior, of one kind."""

    raw: list[str]
    """Every string, in the order of the samples."""
    valid: list[str]
    """Canonical SMILES of those that are molecules."""
    attempts: list[int] = field(default_factory=list)
    """Strings decoded for each; the last is in `raw`."""


Draws = Mapping[tuple[str, str, str], Part[Drawn]]
"""By report key, prior and name of the temperature."""


def start_draws(crew: Crew, num_samples: int, seed: int) -> Draws:
    """Begin to decode prior samples of every kind, from `N(0, I)` and from the served prior.

    Args:
        crew: Who decodes.
        num_samples: Prior samples decoded for each share; a masked one in up to `MAX_ATTEMPTS`.
        seed: Draws them; all kinds decode the same latents.
    """
    return {
        (key, name, label): crew.start("generation", draw, name, num_samples, label, masked, seed)
        for name in _priors(crew.codec)
        for key, masked in KINDS.items()
        for label in TEMPERATURES
    }


def generation_report(crew: Crew, draws: Draws) -> tuple[dict[str, Any], dict[str, Drawn]]:
    """Shares of valid decodes, from `N(0, I)` and from the served prior, and the attempts taken.

    Returns:
        The report, and the served prior's decodes: `raw_greedy`, `raw_temperature_1`,
        `masked_greedy` and `masked_temperature_1`.
    """
    served = crew.codec.prior.name
    shares: dict[str, Any] = {
        key: {name: {} for name in _priors(crew.codec)} for key in (*KINDS, ATTEMPTS)
    }
    drawn: dict[str, Drawn] = {}
    for (key, name, label), part in draws.items():
        item = crew.finish(part)
        shares[key][name][label] = len(item.valid) / len(item.raw)
        if KINDS[key]:
            shares[ATTEMPTS][name][label] = _attempts(item)
        if name == served:
            drawn[f"{'masked' if KINDS[key] else 'raw'}_{label}"] = item
    num_samples = len(next(iter(drawn.values())).raw)
    return {"samples": num_samples, "served_prior": served, **shares}, drawn


def draw(
    codec: MoleculeCodec, prior: str, count: int, label: str, masked: bool, seed: int
) -> Drawn:
    """Samples of one prior, decoded at the temperature called `label`."""
    latents = _priors(codec)[prior].sample(count, torch.Generator().manual_seed(seed))
    decoded = codec.decode(
        latents,
        temperature=TEMPERATURES[label],
        generator=torch.Generator(codec.device).manual_seed(seed),
        constrained=masked,
    )
    valid = [item.smiles for item in decoded if item.smiles is not None]
    return Drawn([item.raw for item in decoded], valid, [item.attempts for item in decoded])


def _attempts(drawn: Drawn) -> dict[str, float]:
    """Share of the samples that took one, the most that one took, and at which one is given up."""
    first = sum(count == 1 for count in drawn.attempts) / len(drawn.attempts)
    return {"first": first, "most": max(drawn.attempts), "limit": MAX_ATTEMPTS}


def _priors(codec: MoleculeCodec) -> dict[str, Prior]:
    """The served prior, and `N(0, I)` beside it."""
    standard = StandardNormal(codec.latent_dim)
    return {standard.name: standard, codec.prior.name: codec.prior}


def novelty_report(
    drawn: Mapping[str, Drawn], training: TrainingIndex | None, described: int
) -> dict[str, dict[str, Any]]:
    """Share of distinct molecules among the first valid ones of each kind, and of new ones.

    Without the training compounds novelty is left out; where nothing is valid, both are.

    Args:
        drawn: By kind.
        training: The compounds the model was trained on.
        described: Valid samples that are looked at.
    """
    return {kind: _novelty(item.valid[:described], training) for kind, item in drawn.items()}


def _novelty(valid: Sequence[str], training: TrainingIndex | None) -> dict[str, Any]:
    distinct = set(valid)
    report: dict[str, Any] = {"molecules": len(valid)}
    if distinct:
        report["unique"] = len(distinct) / len(valid)
        if training is not None:
            report["novel"] = sum(not training.knows(line) for line in distinct) / len(distinct)
    return report
