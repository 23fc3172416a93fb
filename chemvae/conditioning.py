"""What the decoder reads of a latent: checked, bounded, and told the labels."""

from collections.abc import Mapping

import torch
from torch import Tensor

from chemvae.errors import ShapeError
from chemvae.labels import require_told
from chemvae.vae import SmilesVae

LARGEST_LATENT = 1e30
"""The decoder saturates long before; beyond, sums inside its GRU overflow float32 to NaN."""


@torch.no_grad()
def conditioned(vae: SmilesVae, latents: Tensor, labels: Mapping[str, float] | None) -> Tensor:
    """What the decoder is conditioned on, `n x d'` on its device, of `n x d` latents.

    Args:
        vae: The network.
        latents: `n x d`.
        labels: What a label-conditional decoder is told of all of them, in the labels' units.

    Raises:
        ShapeError: The latents are not `n x d`, or not finite.
        ConfigError: A label the decoder does not know, or one that is not finite.
    """
    if latents.ndim != 2 or latents.shape[1] != vae.config.latent_dim:
        raise ShapeError(
            f"latents have shape {tuple(latents.shape)}; expected (n, {vae.config.latent_dim})"
        )
    if not torch.isfinite(latents).all():
        raise ShapeError("latents hold NaN or infinity; every value must be finite")
    bounded = latents.double().clamp(-LARGEST_LATENT, LARGEST_LATENT).float()
    device = vae.encoder.posterior.weight.device
    return vae.condition(bounded.to(device), _row(vae, labels, len(latents), device))


def _row(
    vae: SmilesVae, labels: Mapping[str, float] | None, count: int, device: torch.device
) -> Tensor | None:
    if not labels:
        return None
    if vae.conditions is None:
        require_told(labels, ())
        return None
    return vae.conditions.row(labels).to(device).expand(count, -1)
