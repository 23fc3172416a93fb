"""Posteriors and priors other than the plain Gaussians, in training, serving and on disk."""

from dataclasses import replace

import pytest
import torch

from chemvae import checkpoints
from chemvae.codec import Encoding, MoleculeCodec
from chemvae.config import ModelConfig, TrainConfig
from chemvae.errors import ConfigError
from chemvae.objective import kl_divergence
from chemvae.priors import DiagonalMixture
from chemvae.training.batches import MoleculeBatch
from chemvae.training.losses import elbo_loss, measure
from chemvae.vae import SmilesVae
from tests.chemvae.conftest import LEARN_BY_HEART, MOLECULES, TINY

OPTIONS = {
    "flow": {"posterior": "iaf", "flow_hidden": 32},
    "mixture": {"prior": "mixture", "learned_components": 5},
    "vamp": {"prior": "vamp", "learned_components": 5},
    "flow and mixture": {"posterior": "iaf", "prior": "mixture", "learned_components": 5},
}
SEVEN_TOKENS = ("C1CCNC1", "CC(N)=O", "CC(O)CN", "CC(N)CO")
"""Learnt in one batch: all of one length."""
SMALL = ModelConfig(
    latent_dim=6, embedding_dim=8, encoder_hidden=12, decoder_hidden=16, max_tokens=40
)


@pytest.fixture(params=OPTIONS)
def vae(request, vocabulary) -> SmilesVae:
    torch.manual_seed(0)
    return SmilesVae(len(vocabulary), replace(SMALL, **OPTIONS[request.param]))


@pytest.fixture
def batch(vocabulary) -> MoleculeBatch:
    row = vocabulary.encode(MOLECULES[0], 40)
    return MoleculeBatch(torch.tensor([row] * 3), torch.zeros(3, 0))


def _shake(vae):
    """As training might leave it: no weight at its initial zero."""
    with torch.no_grad():
        for weight in vae.parameters():
            weight += 0.2 * torch.randn(weight.shape)
    return vae


@pytest.mark.parametrize("options", [{}, {"importance_samples": 3}, {"free_bits": 0.01}])
def test_the_loss_trains_every_weight(vae, batch, options):
    config = TrainConfig(kl_weight=0.5, **options)
    losses = elbo_loss(_shake(vae), batch, config, kl_factor=1.0)
    assert losses.total.shape == losses.kl.shape == (3,)
    losses.total.sum().backward()
    for name, weight in vae.named_parameters():
        assert weight.grad is not None, name
        assert weight.grad.abs().sum() > 0, name


def test_a_divergence_below_the_free_bits_costs_a_constant(vae, batch):
    config = TrainConfig(kl_weight=1.0, free_bits=100.0)
    losses = elbo_loss(vae, batch, config, kl_factor=1.0)
    torch.testing.assert_close(losses.total - losses.nll, torch.full((3,), 600.0))


def test_the_measure_counts_the_divergence_from_the_models_own_prior(vae, batch):
    losses = measure(_shake(vae), batch, torch.Generator().manual_seed(0))
    mean, log_variance = vae.encoder(batch.tokens)
    drawn = vae.draw(mean, log_variance, torch.Generator().manual_seed(0))
    torch.testing.assert_close(losses.kl, drawn.log_ratio)
    assert not torch.allclose(losses.kl, kl_divergence(mean, log_variance).sum(dim=-1))


def test_samples_of_the_plain_gaussians_average_to_their_closed_form(vocabulary):
    torch.manual_seed(0)
    vae = SmilesVae(len(vocabulary), SMALL)
    mean, log_variance = torch.randn(1, 6), torch.randn(1, 6)
    many = (part.expand(20_000, -1) for part in (mean, log_variance))
    ratios = vae.draw(*many, torch.Generator().manual_seed(0)).log_ratio
    closed = kl_divergence(mean, log_variance).sum()
    assert ratios.mean().item() == pytest.approx(closed.item(), rel=0.02)


@pytest.mark.parametrize("option", OPTIONS)
def test_posterior_and_prior_are_densities(option, vocabulary):
    """The mean over q of p / q is the integral of p: 1, or one of the two is no density."""
    torch.manual_seed(0)
    vae = SmilesVae(len(vocabulary), replace(SMALL, latent_dim=2, **OPTIONS[option]))
    wide = torch.full((20_000, 2), 1.5)
    with torch.no_grad():
        log_ratio = vae.draw(torch.zeros_like(wide), wide).log_ratio
    assert torch.exp(-log_ratio).mean().item() == pytest.approx(1.0, abs=0.05)


def test_a_flows_gaussian_has_the_mean_and_spread_of_its_samples(vocabulary):
    torch.manual_seed(0)
    vae = _shake(SmilesVae(len(vocabulary), replace(SMALL, **OPTIONS["flow"])))
    mean, log_variance = torch.randn(1, 6), torch.full((1, 6), -6.0)
    with torch.no_grad():
        samples = vae.draw(mean.expand(20_000, -1), log_variance.expand(20_000, -1)).latents
        centre, spread = vae.gaussian(mean, log_variance)
    torch.testing.assert_close(centre, vae.centre(mean, log_variance))
    torch.testing.assert_close(samples.mean(dim=0), centre[0], rtol=0, atol=5e-3)
    torch.testing.assert_close(samples.var(dim=0), spread[0].exp(), rtol=0.05, atol=0)


@pytest.mark.parametrize("option", ["vamp", "flow and mixture"])
def test_molecules_are_learnt_by_heart_and_kept_on_disk(option, vocabulary, tmp_path):
    torch.manual_seed(0)
    vae = SmilesVae(len(vocabulary), replace(TINY, **OPTIONS[option]))
    rows = torch.tensor([vocabulary.encode(line, 40) for line in SEVEN_TOKENS])
    optimizer = torch.optim.Adam(vae.parameters(), lr=1e-2)
    for _ in range(120):
        loss = elbo_loss(vae, MoleculeBatch(rows, torch.zeros(4, 0)), LEARN_BY_HEART, 1.0)
        optimizer.zero_grad()
        loss.total.sum().backward()
        optimizer.step()
    prior = DiagonalMixture.from_tensors(vae.prior().tensors())
    codec = MoleculeCodec(vae, vocabulary, prior, "tiny")
    checkpoints.save(tmp_path, codec, LEARN_BY_HEART, "four")
    loaded = checkpoints.load(tmp_path, device="cpu")
    encodings = [item for item in loaded.encode(SEVEN_TOKENS) if isinstance(item, Encoding)]
    decoded = loaded.decode(torch.stack([item.mean for item in encodings]), constrained=False)
    assert [item.smiles for item in decoded] == list(SEVEN_TOKENS)
    assert loaded.prior.name == "diagonal_mixture"
    torch.testing.assert_close(
        loaded.prior.log_prob(torch.zeros(1, 8)),
        prior.log_prob(torch.zeros(1, 8)),
        rtol=0.01,
        atol=0.05,
    )


def test_an_option_that_does_not_exist_is_named():
    with pytest.raises(ConfigError, match="posterior is 'realnvp'; use one of 'gaussian', 'iaf'"):
        ModelConfig(posterior="realnvp")
    with pytest.raises(ConfigError, match="prior is 'flow'; use one of 'standard_normal', "):
        ModelConfig(prior="flow")
