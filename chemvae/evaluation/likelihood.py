"""How much the latents say, and how likely the model finds the test molecules."""

from typing import Any

import torch
from torch import Tensor

from chemvae.codec import MoleculeCodec
from chemvae.evaluation.encoded import EncodedTest
from chemvae.objective import active_units, importance_weighted, reconstruction
from chemvae.posterior import Posterior, kl_to_prior, weighted_elbo
from chemvae.priors import Density, StandardNormal

IMPORTANCE_SAMPLES = (1, 64, 512)
"""Latents a molecule of the bounds; each divides the last."""

ROWS = 512
"""Molecules, or latents of one molecule, decoded at a time."""


def likelihood_report(
    codec: MoleculeCodec, test: EncodedTest, importance_molecules: int, seed: int
) -> dict[str, Any]:
    """KL, active units, the ELBO with one latent a molecule, and bounds on log p(x).

    A served prior without a density has no bound.

    Args:
        codec: The model.
        test: Test molecules.
        importance_molecules: The first so many have their bounds computed.
        seed: Draws the latents.
    """
    few = test.first(importance_molecules)
    noise = torch.randn(test.posterior.mean.shape, generator=torch.Generator().manual_seed(seed))
    return {
        "molecules": len(test),
        "kl_nats": _kl(codec, test, noise),
        "active_units": active_units(test.posterior.mean) if len(test) > 1 else 0,
        "latent_dim": codec.latent_dim,
        "elbo_nats": _elbo(codec, test, noise),
        "log_p": {"molecules": len(few), **_bounds(codec, few, seed)},
    }


@torch.inference_mode()
def _kl(codec: MoleculeCodec, test: EncodedTest, noise: Tensor) -> float:
    posterior = Posterior(*(part.to(codec.device) for part in test.posterior))
    return kl_to_prior(codec.vae, posterior, noise.to(codec.device)).mean().item()


@torch.inference_mode()
def _elbo(codec: MoleculeCodec, test: EncodedTest, noise: Tensor) -> float:
    total = 0.0
    for places, tokens, posterior in test.batches(codec, ROWS):
        drawn = noise[places].to(codec.device)
        total += weighted_elbo(codec.vae, tokens, posterior, drawn, 1.0).sum().item()
    return total / len(test)


@torch.inference_mode()
def _bounds(codec: MoleculeCodec, test: EncodedTest, seed: int) -> dict[str, dict[str, float]]:
    """Mean bound in nats by prior and number of samples, `q(z | x)` the proposal.

    All come from the same latents, cut into groups of each size, so that they compare.
    """
    priors: dict[str, Density] = {StandardNormal.name: StandardNormal(codec.latent_dim)}
    if isinstance(codec.prior, Density):
        priors[codec.prior.name] = codec.prior
    generator = torch.Generator().manual_seed(seed)
    totals = {name: dict.fromkeys(IMPORTANCE_SAMPLES, 0.0) for name in priors}
    for _, tokens, posterior in test.batches(codec, 1):
        noise = torch.randn(IMPORTANCE_SAMPLES[-1], codec.latent_dim, generator=generator)
        mean, log_variance = (part.cpu() for part in posterior)
        latents = mean + noise * torch.exp(0.5 * log_variance)
        log_likelihood = _log_likelihood(codec, tokens, latents)
        standard = StandardNormal(codec.latent_dim)
        log_proposal = standard.log_prob(noise) - 0.5 * log_variance.sum()
        for name, prior in priors.items():
            log_weights = log_likelihood + prior.log_prob(latents).cpu() - log_proposal
            for size in IMPORTANCE_SAMPLES:
                groups = log_weights.view(-1, size).T
                totals[name][size] += importance_weighted(groups).mean().item()
    return {
        name: {str(size): total / len(test) for size, total in sizes.items()}
        for name, sizes in totals.items()
    }


def _log_likelihood(codec: MoleculeCodec, tokens: Tensor, latents: Tensor) -> Tensor:
    """log p(x | z) in nats, `n` on the CPU, of one molecule (`1 x t`) and `n x d` latents."""
    repeated = tokens.expand(len(latents), -1)
    told = codec.vae.condition(latents.to(codec.device))
    logits, _ = codec.vae.decoder(repeated[:, :-1], told)
    return -reconstruction(logits, repeated[:, 1:]).cpu()
