"""What comes out when a prior is sampled: validity, uniqueness, novelty, property distributions."""

from collections.abc import Sequence
from statistics import fmean, pstdev
from typing import Any

import torch

from chemvae.checkpoints.training_index import TrainingIndex
from chemvae.codec import MoleculeCodec
from chemvae.prior import Prior, StandardNormal
from data.molecules import parse
from data.properties import compute

PROPERTIES = ("logp", "sas", "qed")


def generation_report(
    codec: MoleculeCodec,
    training: TrainingIndex | None,
    test: Sequence[str],
    *,
    num_samples: int,
    num_described: int,
    seed: int,
) -> dict[str, Any]:
    """Raw validity from both priors; unique, novel and properties from the served one.

    Where no greedy sample is valid, there is nothing to describe and those three are left out.

    Args:
        codec: The model.
        training: The compounds it was trained on; without them novelty is not measured.
        test: Canonical SMILES whose properties samples are compared with.
        num_samples: Prior samples decoded for each validity.
        num_described: Valid samples, and test molecules, that the rest is computed on.
        seed: Draws the samples.
    """
    served = codec.prior
    priors: dict[str, Prior] = {
        StandardNormal.name: StandardNormal(codec.latent_dim),
        served.name: served,
    }
    report: dict[str, Any] = {"samples": num_samples, "served_prior": served.name, "validity": {}}
    greedy: list[str] = []
    for name, prior in priors.items():
        greedy = _valid(codec, prior, num_samples, 0.0, seed)
        sampled = _valid(codec, prior, num_samples, 1.0, seed)
        report["validity"][name] = {
            "greedy": len(greedy) / num_samples,
            "temperature_1": len(sampled) / num_samples,
        }
    described = greedy[:num_described]
    distinct = set(described)
    report["described"] = len(described)
    report["test_properties"] = _describe(test[:num_described])
    if not described:
        return report
    report["unique"] = len(distinct) / len(described)
    if training is not None:
        new = sum(not training.knows(line) for line in distinct)
        report["novel"] = new / len(distinct)
    report["properties"] = _describe(described)
    return report


def _valid(
    codec: MoleculeCodec, prior: Prior, count: int, temperature: float, seed: int
) -> list[str]:
    """The valid molecules among `count` raw decodes of prior samples, each decoded once."""
    latents = prior.sample(count, torch.Generator().manual_seed(seed))
    generator = torch.Generator(codec.device).manual_seed(seed)
    decoded = codec.decode(latents, temperature=temperature, generator=generator)
    return [item.smiles for item in decoded if item.smiles is not None]


def _describe(smiles: Sequence[str]) -> dict[str, dict[str, float]]:
    """Mean and standard deviation of each property."""
    rows = [compute(parse(line), PROPERTIES) for line in smiles]
    return {
        name: {"mean": fmean(row[name] for row in rows), "sd": pstdev(row[name] for row in rows)}
        for name in PROPERTIES
    }
