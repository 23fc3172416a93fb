"""How faithfully molecules go to the latent space and back."""

from collections.abc import Sequence
from typing import Any

import torch
from torch import Tensor

from chemvae.codec import Encoding, MoleculeCodec
from chemvae.errors import ConfigError
from chemvae.objective import active_units, elbo_terms, kl_divergence
from chemvae.vae import reparameterize

STOCHASTIC_MOLECULES = 1000
STOCHASTIC_REPEATS = 10


def reconstruction_report(codec: MoleculeCodec, test: Sequence[str], seed: int) -> dict[str, Any]:
    """Reconstruction, ELBO and use of the latent space on a test split.

    A molecule counts as reconstructed when the decoded canonical isomeric SMILES equals its own.
    One that cannot be encoded counts as not reconstructed.

    Args:
        codec: The model.
        test: Canonical isomeric SMILES.
        seed: Draws the latents of the stochastic protocol and of the ELBO.

    Raises:
        ConfigError: None of the molecules can be encoded.
    """
    encodings = codec.encode(test)
    known = [
        (line, encoding)
        for line, encoding in zip(test, encodings, strict=True)
        if isinstance(encoding, Encoding)
    ]
    if not known:
        raise ConfigError(f"the model can encode none of the {len(test)} test molecules")
    lines = [line for line, _ in known]
    means = torch.stack([encoding.mean for _, encoding in known])
    log_variances = torch.stack([encoding.log_variance for _, encoding in known])
    generator = torch.Generator().manual_seed(seed)
    kl = kl_divergence(means, log_variances)
    return {
        "molecules": len(test),
        "not_encodable": len(test) - len(known),
        "greedy_from_mean": _matches(codec, lines, means) / len(test),
        "stochastic": _stochastic(codec, lines, means, log_variances, generator),
        "kl_nats": kl.sum(dim=-1).mean().item(),
        "active_units": active_units(means),
        "elbo_nats": _elbo(codec, lines, generator),
    }


def _matches(
    codec: MoleculeCodec,
    lines: Sequence[str],
    latents: Tensor,
    temperature: float = 0.0,
    generator: torch.Generator | None = None,
) -> int:
    decoded = codec.decode(latents, temperature=temperature, generator=generator)
    return sum(line == item.smiles for line, item in zip(lines, decoded, strict=True))


def _stochastic(
    codec: MoleculeCodec,
    lines: Sequence[str],
    means: Tensor,
    log_variances: Tensor,
    generator: torch.Generator,
) -> float:
    """Share of exact matches: ten latents a molecule at sigma = 1 as trained, ten decodes each.

    Decodes are samples at temperature 1 (Kusner et al. 2017, section 4.2; JT-VAE, section 3.1).
    """
    count = min(STOCHASTIC_MOLECULES, len(lines))
    device_generator = torch.Generator(codec.device).manual_seed(generator.initial_seed())
    hits = 0
    for _ in range(STOCHASTIC_REPEATS):
        latents = reparameterize(means[:count], log_variances[:count], generator)
        for _ in range(STOCHASTIC_REPEATS):
            hits += _matches(codec, lines[:count], latents, 1.0, device_generator)
    return hits / (count * STOCHASTIC_REPEATS**2)


@torch.inference_mode()
def _elbo(codec: MoleculeCodec, lines: Sequence[str], generator: torch.Generator) -> float:
    """Mean evidence lower bound in nats, one latent sample a molecule."""
    by_length: dict[int, list[list[int]]] = {}
    for line in lines:
        row = codec.vocabulary.encode(line, codec.vae.config.max_tokens)
        by_length.setdefault(len(row), []).append(row)
    noise = torch.Generator(codec.device).manual_seed(generator.initial_seed())
    total = 0.0
    for rows in by_length.values():
        tokens = torch.tensor(rows, device=codec.device)
        nll, kl = elbo_terms(codec.vae(tokens, noise), tokens)
        total -= (nll + kl).sum().item()
    return total / len(lines)
