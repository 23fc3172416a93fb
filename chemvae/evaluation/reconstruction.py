"""How faithfully molecules go to the latent space and back."""

from typing import Any

import torch
from torch import Tensor

from chemvae.codec import MoleculeCodec
from chemvae.evaluation.encoded import EncodedTest
from chemvae.vae import reparameterize

REPEATS = 10
"""Latents of a molecule, and decodes of a latent, in the stochastic protocol."""


def reconstruction_report(
    codec: MoleculeCodec, test: EncodedTest, stochastic_molecules: int, seed: int
) -> dict[str, Any]:
    """Shares of molecules that come back.

    One counts when the decoded canonical isomeric SMILES equals its own. One that cannot be encoded
    counts as not reconstructed.

    Args:
        codec: The model.
        test: Test molecules.
        stochastic_molecules: The first so many go through the stochastic protocol.
        seed: Draws its latents and decodes.
    """
    return {
        "molecules": test.asked,
        "not_encodable": test.asked - len(test),
        "greedy_from_mean": greedy_matches(codec, test, test.posterior.mean) / test.asked,
        "greedy_from_mean_masked": greedy_matches(codec, test, test.posterior.mean, masked=True)
        / test.asked,
        "stochastic_molecules": min(stochastic_molecules, len(test)),
        "stochastic": _stochastic(codec, test.first(stochastic_molecules), seed),
    }


def greedy_matches(
    codec: MoleculeCodec, test: EncodedTest, latents: Tensor, *, masked: bool = False
) -> int:
    """How many molecules greedy decoding of their latents, `n x d`, gives back."""
    decoded = codec.decode(latents, constrained=masked)
    return sum(line == item.smiles for line, item in zip(test.lines, decoded, strict=True))


def _stochastic(codec: MoleculeCodec, test: EncodedTest, seed: int) -> float:
    """Share of exact matches: ten latents a molecule at sigma = 1 as trained, ten decodes each.

    Decodes are raw samples at temperature 1 (Kusner et al. 2017, section 4.2; JT-VAE, section 3.1).
    """
    noise = torch.Generator().manual_seed(seed)
    tokens = torch.Generator(codec.device).manual_seed(seed)
    hits = 0
    for _ in range(REPEATS):
        latents = reparameterize(*test.posterior, noise).repeat(REPEATS, 1)
        decoded = codec.decode(latents, temperature=1.0, generator=tokens, constrained=False)
        wanted = test.lines * REPEATS
        hits += sum(line == item.smiles for line, item in zip(wanted, decoded, strict=True))
    return hits / (len(test) * REPEATS**2)
