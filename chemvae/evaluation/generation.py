"""What comes out when a prior is sampled: validity, uniqueness, novelty."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import torch

from chemvae.checkpoints.training_index import TrainingIndex
from chemvae.codec import Decoded, MoleculeCodec
from chemvae.priors import Prior, StandardNormal

TEMPERATURES = {"greedy": 0.0, "temperature_1": 1.0}
KINDS = {"validity": False, "masked_validity": True}
"""Report keys, and whether the automaton masks the decoder."""


@dataclass(frozen=True, slots=True)
class Drawn:
    """Decodes of samples of the served prior, of one kind."""

    raw: list[str]
    """Every string, in the order of the samples."""
    valid: list[str]
    """Canonical SMILES of those that are molecules."""


def generation_report(
    codec: MoleculeCodec, num_samples: int, seed: int
) -> tuple[dict[str, Any], dict[str, Drawn]]:
    """Shares of valid decodes, from `N(0, I)` and from the served prior.

    Args:
        codec: The model.
        num_samples: Prior samples decoded for each share, each once.
        seed: Draws them; all kinds decode the same latents.

    Returns:
        The report, and the served prior's decodes: `raw_greedy`, `raw_temperature_1`,
        `masked_greedy` and `masked_temperature_1`.
    """
    served = codec.prior
    priors: dict[str, Prior] = {StandardNormal.name: StandardNormal(codec.latent_dim)}
    priors[served.name] = served
    report: dict[str, Any] = {"samples": num_samples, "served_prior": served.name}
    drawn: dict[str, Drawn] = {}
    for key, masked in KINDS.items():
        report[key] = {name: {} for name in priors}
        for name, prior in priors.items():
            for label, temperature in TEMPERATURES.items():
                decoded = _decode(codec, prior, num_samples, temperature, masked, seed)
                valid = [item.smiles for item in decoded if item.smiles is not None]
                report[key][name][label] = len(valid) / num_samples
                if prior is served:
                    kind = f"{'masked' if masked else 'raw'}_{label}"
                    drawn[kind] = Drawn([item.raw for item in decoded], valid)
    return report, drawn


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


def _decode(
    codec: MoleculeCodec, prior: Prior, count: int, temperature: float, masked: bool, seed: int
) -> list[Decoded]:
    latents = prior.sample(count, torch.Generator().manual_seed(seed))
    generator = torch.Generator(codec.device).manual_seed(seed)
    return codec.decode(latents, temperature=temperature, generator=generator, constrained=masked)
