"""The variational autoencoder: encoder, reparameterised latent, decoder (Kingma & Welling 2014)."""

from typing import NamedTuple

import torch
from torch import Tensor, nn
from torch.func import jacfwd, vmap

from chemvae.config import ModelConfig
from chemvae.decoder import GruDecoder
from chemvae.encoder import GruEncoder
from chemvae.labels import Conditions, PropertyHeads
from chemvae.posterior_flow import InverseAutoregressiveFlow
from chemvae.priors import DiagonalMixture, RealNvp, StandardNormal
from chemvae.priors.learned_mixture import LearnedMixture
from chemvae.priors.standard_normal import standard_normal_log_prob
from chemvae.priors.vamp import VampPrior


class Drawn(NamedTuple):
    """One latent of each posterior."""

    latents: Tensor
    """`b x d`."""
    log_ratio: Tensor
    """`log q(z | x) - log p(z)` in nats, `b`: one sample of the KL divergence."""


class SmilesVae(nn.Module):
    """A GRU VAE over SMILES tokens.

    `heads` predict properties from the latent and `conditions` tell the decoder labels; either is
    None in a model without; so are `flow`, which bends the encoder's Gaussian into the posterior,
    and `learned_prior`.
    """

    def __init__(self, vocabulary_size: int, config: ModelConfig) -> None:
        super().__init__()
        self.config = config
        self.heads = (
            PropertyHeads(config.latent_dim, config.properties, config.head_hidden)
            if config.properties
            else None
        )
        self.conditions = Conditions(config.conditions) if config.conditions else None
        self.encoder = GruEncoder(vocabulary_size, config)
        self.decoder = GruDecoder(
            vocabulary_size, config, self.conditions.width if self.conditions else 0
        )
        d = config.latent_dim
        self.flow = (
            InverseAutoregressiveFlow(d, 2 * d, config.flow_steps, config.flow_hidden)
            if config.posterior == "iaf"
            else None
        )
        self.learned_prior = _learned_prior(config)

    @property
    def has_closed_form_kl(self) -> bool:
        """Whether posterior and prior are both plain Gaussians."""
        return self.flow is None and self.learned_prior is None

    def draw(
        self, mean: Tensor, log_variance: Tensor, generator: torch.Generator | None = None
    ) -> Drawn:
        """A latent of each posterior, `b x d`, from what the encoder says of it."""
        # A density in half precision would be wrong by nats.
        with torch.autocast(mean.device.type, enabled=False):
            latents = reparameterize(mean, log_variance, generator)
            noise = (latents - mean) * torch.exp(-0.5 * log_variance)
            log_q = standard_normal_log_prob(noise) - 0.5 * log_variance.sum(dim=-1)
            if self.flow is not None:
                latents, log_det = self.flow(latents, _context(mean, log_variance))
                log_q = log_q - log_det
            return Drawn(latents, log_q - self.prior().log_prob(latents))

    def prior(self) -> StandardNormal | DiagonalMixture | RealNvp:
        """What training pulls the posteriors to, on the network's device."""
        if isinstance(self.learned_prior, LearnedMixture):
            return self.learned_prior.mixture()
        if isinstance(self.learned_prior, VampPrior):
            return self.learned_prior.mixture(self.encoder.read)
        if isinstance(self.learned_prior, RealNvp):
            return self.learned_prior
        return StandardNormal(self.config.latent_dim)

    def centre(self, mean: Tensor, log_variance: Tensor) -> Tensor:
        """The latent that stands for each molecule, `b x d`: where the posterior has its mean, or
        where the flow carries the mean it is given."""
        if self.flow is None:
            return mean
        latents: Tensor = self.flow(mean, _context(mean, log_variance))[0]
        return latents

    def gaussian(self, mean: Tensor, log_variance: Tensor) -> tuple[Tensor, Tensor]:
        """Mean and log variance, `b x d`, of the Gaussian that stands for each posterior.

        Of a flow: its centre, and there the marginal variances of the flow made linear.
        """
        if self.flow is None:
            return mean, log_variance
        flow = self.flow

        def carry(latent: Tensor, context: Tensor) -> Tensor:
            carried: Tensor = flow(latent.unsqueeze(0), context.unsqueeze(0))[0]
            return carried.squeeze(0)

        jacobian = vmap(jacfwd(carry))(mean, _context(mean, log_variance))
        variance = jacobian.square() @ log_variance.exp().unsqueeze(-1)
        return self.centre(mean, log_variance), variance.squeeze(-1).log()

    def condition(self, latents: Tensor, labels: Tensor | None = None) -> Tensor:
        """What the decoder reads: `b x d` latents with the `b x m` labels it is told, `b x d'`."""
        if self.conditions is None:
            return latents
        conditioned: Tensor = self.conditions(latents, labels)
        return conditioned


def reparameterize(
    mean: Tensor, log_variance: Tensor, generator: torch.Generator | None = None
) -> Tensor:
    """A sample of `N(mean, exp(log_variance))`, `b x d`, differentiable in both."""
    noise = torch.randn(mean.shape, generator=generator, device=mean.device, dtype=mean.dtype)
    return mean + noise * torch.exp(0.5 * log_variance)


def _learned_prior(config: ModelConfig) -> LearnedMixture | VampPrior | RealNvp | None:
    if config.prior == "mixture":
        return LearnedMixture(config.learned_components, config.latent_dim)
    if config.prior == "vamp":
        return VampPrior(config.learned_components, config.embedding_dim)
    if config.prior == "realnvp":
        d = config.latent_dim
        return RealNvp(torch.zeros(d), torch.eye(d), config.prior_layers, config.prior_hidden)
    return None


def _context(mean: Tensor, log_variance: Tensor) -> Tensor:
    """What the flow is told of a molecule, `b x 2d`: all that the encoder says of it.

    Whoever holds mean and log variance can so draw from the posterior.
    """
    return torch.cat([mean, log_variance], dim=-1)
