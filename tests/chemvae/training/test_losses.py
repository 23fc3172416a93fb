from dataclasses import replace

import pytest
import torch

from chemvae.config import ModelConfig, TrainConfig
from chemvae.training.batches import MoleculeBatch, Spelling
from chemvae.training.losses import elbo_loss, measure
from chemvae.vae import SmilesVae
from tests.chemvae.conftest import MOLECULES

SHAPE = ModelConfig(
    latent_dim=6,
    embedding_dim=8,
    encoder_hidden=12,
    decoder_hidden=16,
    max_tokens=40,
    properties=("logp",),
    conditions=("qed",),
)
PLAIN = TrainConfig(kl_weight=0.5, head_weight=2.0, label_dropout=0.0)


@pytest.fixture
def vae(vocabulary) -> SmilesVae:
    torch.manual_seed(0)
    return SmilesVae(len(vocabulary), SHAPE)


@pytest.fixture
def batch(vocabulary) -> MoleculeBatch:
    row = vocabulary.encode(MOLECULES[0], 40)
    return MoleculeBatch(
        torch.tensor([row] * 3), torch.tensor([[1.0, 0.5]] * 2 + [[torch.nan] * 2])
    )


def _total(vae, batch, config):
    torch.manual_seed(1)
    return elbo_loss(vae, batch, config, kl_factor=1.0)


def test_the_plain_loss_is_the_weighted_sum_of_its_parts(vae, batch):
    losses = _total(vae, batch, PLAIN)
    torch.testing.assert_close(losses.total, losses.weighted(0.5, 2.0))
    assert losses.heads[2] == 0, "a molecule without labels teaches the heads nothing"
    assert losses.heads[0] > 0


def test_the_measure_is_the_evidence_lower_bound(vae, batch):
    losses = measure(vae, batch, torch.Generator().manual_seed(0))
    torch.testing.assert_close(losses.total, losses.nll + losses.kl)


@pytest.mark.parametrize(
    "option",
    [
        {"word_dropout": 0.5},
        {"latent_noise": 0.5},
        {"free_bits": 5.0},
        {"label_dropout": 1.0},
        {"importance_samples": 4},
    ],
)
def test_every_option_changes_the_loss_and_still_trains_all_weights(vae, batch, option):
    plain = _total(vae, batch, PLAIN).total
    changed = _total(vae, batch, replace(PLAIN, **option)).total
    assert changed.shape == plain.shape
    assert not torch.allclose(changed, plain)
    changed.sum().backward()
    for name, weight in vae.named_parameters():
        assert weight.grad is not None, name
        assert weight.grad.isfinite().all(), name


def test_more_importance_samples_bound_the_likelihood_more_tightly(vae, batch):
    config = replace(PLAIN, kl_weight=1.0, head_weight=0.0)
    one, many = (
        torch.stack(
            [
                elbo_loss(vae, batch, replace(config, importance_samples=k), 1.0).total.mean()
                for _ in range(20)
            ]
        ).mean()
        for k in (1, 32)
    )
    assert many < one


def test_the_encoder_reads_the_spelling_and_the_decoder_the_target(vae, batch):
    other = batch.tokens.flip(1)
    spelled = batch._replace(spelling=Spelling(other, torch.tensor([other.shape[1]] * 3)))
    torch.testing.assert_close(
        _total(vae, spelled, PLAIN).kl, _total(vae, batch._replace(tokens=other), PLAIN).kl
    )
    assert not torch.allclose(_total(vae, spelled, PLAIN).kl, _total(vae, batch, PLAIN).kl)


def test_the_decoder_is_told_its_condition(vae, batch):
    other = batch._replace(labels=batch.labels + torch.tensor([0.0, 3.0]))
    assert not torch.allclose(_total(vae, other, PLAIN).nll, _total(vae, batch, PLAIN).nll)
    hidden = replace(PLAIN, label_dropout=1.0)
    torch.testing.assert_close(_total(vae, other, hidden).nll, _total(vae, batch, hidden).nll)
