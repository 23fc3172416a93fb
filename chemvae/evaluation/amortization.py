"""What gradient steps on a molecule's own latent gain over the encoder: the amortisation gap."""

from dataclasses import asdict
from typing import Any

import torch
from torch import Tensor

from chemvae.codec import MoleculeCodec
from chemvae.evaluation.encoded import EncodedTest
from chemvae.evaluation.reconstruction import greedy_matches
from chemvae.inversion import BATCH, InversionConfig, fit_mean, fit_posterior
from chemvae.posterior import mean_elbo

GAP_SAMPLES = 16
"""Latents of each molecule, none of them seen by the search, on which the gap is measured."""


def amortization_report(
    codec: MoleculeCodec, test: EncodedTest, inverted: int, config: InversionConfig, seed: int
) -> dict[str, Any]:
    """Reconstruction after inversion, and the gain in the weighted ELBO.

    Two searches, both from the encoder's answer: on the mean alone, for every molecule that greedy
    decoding does not give back (`reconstruction`, of all test molecules); and on mean and log
    variance (`posterior`, of the first `inverted`).

    Args:
        codec: The model.
        test: Test molecules.
        inverted: How many posteriors are searched for.
        config: The search.
        seed: Draws its noise.
    """
    means = test.posterior.mean.clone()
    for places, tokens, start in test.batches(codec, BATCH):
        means[places] = fit_mean(codec.vae, tokens, start.mean, config)[0].cpu()
    return {
        "reconstruction": greedy_matches(codec, test, means) / test.asked,
        "settings": asdict(config),
        "posterior": _posterior_gap(codec, test.first(inverted), config, seed),
    }


def _posterior_gap(
    codec: MoleculeCodec, test: EncodedTest, config: InversionConfig, seed: int
) -> dict[str, Any]:
    generator = torch.Generator().manual_seed(seed + 1)
    noise = torch.randn(GAP_SAMPLES, codec.latent_dim, generator=generator).to(codec.device)
    means = test.posterior.mean.clone()
    elbos: dict[str, Tensor] = {name: torch.zeros(len(test)) for name in ("encoder", "inverted")}
    for places, tokens, start in test.batches(codec, BATCH):
        found = fit_posterior(codec.vae, tokens, start, config, seed)
        means[places] = found.mean.cpu()
        for name, posterior in (("encoder", start), ("inverted", found)):
            elbo = mean_elbo(codec.vae, tokens, posterior, noise, config.kl_weight)
            elbos[name][places] = elbo.cpu()
    encoder, inverted = (elbo.mean().item() for elbo in elbos.values())
    return {
        "molecules": len(test),
        "samples": GAP_SAMPLES,
        "reconstruction_encoder": greedy_matches(codec, test, test.posterior.mean) / len(test),
        "reconstruction_inverted": greedy_matches(codec, test, means) / len(test),
        "weighted_elbo_encoder_nats": encoder,
        "weighted_elbo_inverted_nats": inverted,
        "gap_nats": inverted - encoder,
    }
