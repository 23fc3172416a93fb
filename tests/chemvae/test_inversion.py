import copy
from dataclasses import replace

import pytest
import torch

from chemvae.codec import Encoding, MoleculeCodec
from chemvae.errors import ConfigError
from chemvae.inversion import InversionConfig, _climb, fit_mean, fit_posterior, invert
from chemvae.posterior import Posterior, kl_to_prior, mean_elbo, padded_batches
from chemvae.vae import SmilesVae
from data.errors import Refusal
from tests.chemvae.conftest import MOLECULES, TINY

CONFIG = InversionConfig(steps=15, refine_steps=60, learning_rate=0.05, kl_weight=0.01)


@pytest.fixture(scope="module")
def clumsy(codec) -> MoleculeCodec:
    """The model that knows its molecules, behind an encoder that is off the mark."""
    vae = copy.deepcopy(codec.vae)
    generator = torch.Generator().manual_seed(0)
    with torch.no_grad():
        vae.encoder.posterior.bias[:8] += 1.5 * torch.randn(8, generator=generator)
    return MoleculeCodec(vae, codec.vocabulary, codec.prior, "clumsy")


def _tokens_and_start(codec, molecules=MOLECULES):
    [(order, tokens)] = padded_batches(codec, dict(enumerate(molecules)), 100)
    encodings = [codec.encode(molecules)[i] for i in order]
    mean, log_variance = (
        torch.stack([getattr(item, part) for item in encodings])
        for part in ("mean", "log_variance")
    )
    return order, tokens, Posterior(mean, log_variance)


def _reconstructed(codec, encodings, molecules=MOLECULES):
    decoded = codec.decode(torch.stack([item.mean for item in encodings]), constrained=False)
    return [item.smiles == line for item, line in zip(decoded, molecules, strict=True)]


def test_inversion_reconstructs_what_the_encoder_misses(clumsy):
    before = sum(_reconstructed(clumsy, clumsy.encode(MOLECULES)))
    after = sum(_reconstructed(clumsy, invert(clumsy, MOLECULES, CONFIG)))
    assert before <= 12
    assert after >= before + 3


def test_no_elbo_goes_down_and_most_go_up(clumsy):
    _, tokens, start = _tokens_and_start(clumsy)
    found = fit_posterior(clumsy.vae, tokens, start, CONFIG, seed=0)
    noise = torch.randn(64, 8, generator=torch.Generator().manual_seed(1))
    gain = mean_elbo(clumsy.vae, tokens, found, noise, CONFIG.kl_weight) - mean_elbo(
        clumsy.vae, tokens, start, noise, CONFIG.kl_weight
    )
    assert gain.mean() > 1.0
    assert (gain > 0).float().mean() > 0.8
    assert gain.min() > -0.5  # measured on other noise than the search's own check


def test_an_answer_worse_than_the_start_is_not_taken(codec):
    _, tokens, start = _tokens_and_start(codec)
    reckless = InversionConfig(steps=1, learning_rate=50.0)
    found = fit_posterior(codec.vae, tokens, start, reckless, seed=0)
    assert torch.equal(found.mean, start.mean)
    assert torch.equal(found.log_variance, start.log_variance)


def test_the_mean_stops_where_greedy_decoding_gives_the_molecule(clumsy):
    order, tokens, start = _tokens_and_start(clumsy)
    latents, reached = fit_mean(clumsy.vae, tokens, start.mean, CONFIG)
    right = _reconstructed(clumsy, [Encoding(z, z) for z in latents], [MOLECULES[i] for i in order])
    assert right == reached.tolist()
    already = torch.tensor(
        _reconstructed(clumsy, [Encoding(z, z) for z in start.mean], [MOLECULES[i] for i in order])
    )
    assert already.any()
    assert (~already & reached).any()
    assert torch.equal(latents[already | ~reached], start.mean[already | ~reached])


def test_the_mean_is_pulled_to_the_prior_of_the_training(codec, vocabulary):
    vae = SmilesVae(len(vocabulary), replace(TINY, prior="mixture")).eval()
    with torch.no_grad():
        vae.learned_prior.means.fill_(3.0)
    _, tokens, start = _tokens_and_start(codec)
    pulled = replace(CONFIG, kl_weight=1e4)
    latents, _ = _climb(vae, tokens, torch.zeros_like(start.mean), 20, pulled)
    assert (latents > 0.5).all()


def test_the_same_seed_finds_the_same_and_another_does_not(clumsy):
    one, same, other = (invert(clumsy, MOLECULES[:4], CONFIG, seed) for seed in (0, 0, 1))
    assert all(torch.equal(a.mean, b.mean) for a, b in zip(one, same, strict=True))
    assert not any(
        torch.equal(a.log_variance, b.log_variance) for a, b in zip(one, other, strict=True)
    )


def test_company_does_not_matter(clumsy):
    together = invert(clumsy, MOLECULES, CONFIG)
    for i in (0, 4):  # the longest but a few, and the shortest
        [alone] = invert(clumsy, [MOLECULES[i]], CONFIG)
        assert torch.allclose(alone.mean, together[i].mean, atol=1e-3)
        assert torch.allclose(alone.log_variance, together[i].log_variance, atol=1e-3)


def test_refused_molecules_stay_refused_in_their_place(clumsy):
    asked = ["C1CC", MOLECULES[3], "C[Se]C", "", MOLECULES[5]]
    results = invert(clumsy, asked, CONFIG)
    assert [isinstance(item, Refusal) for item in results] == [True, False, True, True, False]
    assert [results[i] for i in (0, 2, 3)] == [clumsy.encode(asked)[i] for i in (0, 2, 3)]
    assert invert(clumsy, [], CONFIG) == []


def test_the_network_is_left_as_it_is(clumsy):
    before = copy.deepcopy(clumsy.vae.state_dict())
    [found] = invert(clumsy, MOLECULES[:1], CONFIG)
    assert all(torch.equal(value, before[name]) for name, value in clumsy.vae.state_dict().items())
    assert all(weight.grad is None for weight in clumsy.vae.parameters())
    assert not found.mean.requires_grad
    assert not clumsy.vae.training


@pytest.mark.parametrize(
    "setting",
    [{"steps": -1}, {"refine_steps": -1}, {"kl_weight": -0.1}, {"learning_rate": 0.0}],
)
def test_settings_outside_their_range_are_named(setting):
    [name] = setting
    with pytest.raises(ConfigError, match=f"{name} is "):
        InversionConfig(**setting)


@pytest.mark.parametrize("prior", ["standard_normal", "mixture"])
def test_the_divergence_is_from_the_prior_of_the_training(vocabulary, prior):
    torch.manual_seed(0)
    vae = SmilesVae(len(vocabulary), replace(TINY, prior=prior, learned_components=3)).eval()
    posterior = Posterior(torch.randn(4, 8), torch.randn(4, 8))
    noise = torch.randn(2000, 4, 8)
    with torch.no_grad():
        sampled = torch.stack(
            [vae.draw(*posterior, torch.Generator().manual_seed(i)).log_ratio for i in range(2000)]
        ).mean(dim=0)
        divergence = torch.stack([kl_to_prior(vae, posterior, row) for row in noise]).mean(dim=0)
    torch.testing.assert_close(divergence, sampled, rtol=0.05, atol=0.3)
