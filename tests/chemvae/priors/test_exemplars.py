import math

import pytest
import torch
from torch.distributions import Categorical, Independent, MixtureSameFamily, Normal

from chemvae.errors import CheckpointError, ConfigError, ShapeError
from chemvae.priors import Density, ExemplarMixture, from_tensors


def _generator(seed=0):
    return torch.Generator().manual_seed(seed)


def _exact(numbers):
    """A prior of one dimension, about these exemplars and without noise."""
    codes = torch.tensor(numbers, dtype=torch.int8).unsqueeze(1)
    return ExemplarMixture(codes, torch.ones(1), torch.zeros(1))


@pytest.fixture(scope="module")
def fitted(crescent):
    return ExemplarMixture.fit(*crescent, 0, 500)


def test_no_exemplar_is_drawn_twice_before_every_one_was_drawn_once():
    drawn = _exact(range(50)).sample(120, _generator()).squeeze(1)
    for part in torch.split(drawn, 50):
        assert len(part.unique()) == len(part)
    assert sorted(drawn[:50].tolist()) == list(range(50))


def test_a_sample_alone_may_be_about_any_exemplar():
    prior = _exact([3, 5, 9])
    firsts = torch.stack([prior.sample(1, _generator(seed))[0, 0] for seed in range(300)])
    numbers, counts = firsts.unique(return_counts=True)
    assert numbers.tolist() == [3, 5, 9]
    assert counts.min() > 70


def test_its_density_is_that_of_the_mixture(fitted):
    prior = ExemplarMixture(fitted.codes[:7], fitted.step, torch.tensor([0.5, 1.0, 2.0, 0.1]))
    means = prior.codes.float() * prior.step
    parts = Independent(Normal(means, prior.spread), 1)
    mixture = MixtureSameFamily(Categorical(logits=torch.zeros(7)), parts)
    latents = torch.cat([prior.sample(300, _generator()), torch.full((1, 4), 40.0)])
    assert isinstance(prior, Density)
    torch.testing.assert_close(
        prior.log_prob(latents), mixture.log_prob(latents), rtol=1e-4, atol=1e-3
    )
    assert prior.log_prob(latents[:0]).shape == (0,)


def test_a_density_without_spread_is_finite_at_its_exemplar():
    prior = _exact([1, 2])
    assert math.isfinite(prior.log_prob(torch.tensor([[1.0]])).item())


def test_all_exemplars_are_different_and_no_sample_is_none(fitted, crescent):
    assert len(fitted.codes.unique(dim=0)) == 500
    torch.testing.assert_close(fitted.spread, crescent[1][0].exp().sqrt())
    assert fitted.sample(0, _generator()).shape == (0, 4)


def test_the_seed_chooses_and_shuffles_them(crescent):
    few, others = (ExemplarMixture.fit(*crescent, seed, 30) for seed in (0, 1))
    assert few.codes.shape == others.codes.shape == (30, 4)
    assert not torch.equal(few.codes, others.codes)
    assert torch.equal(few.codes, ExemplarMixture.fit(*crescent, 0, 30).codes)
    every = ExemplarMixture.fit(*crescent, 0, 10_000)
    assert len(every.codes) == 2000
    assert every.codes[:, 0].tolist() != (crescent[0][:, 0] / every.step[0]).round().tolist()


@pytest.mark.parametrize(
    ("part", "altered", "told"),
    [
        ("codes", lambda codes: codes[0], "expected m x d, d and d"),
        ("codes", lambda codes: codes.float(), r"codes of torch\.float32"),
        ("codes", lambda codes: codes[:0], "no exemplar"),
        ("step", lambda step: step * float("nan"), "must be finite and not negative"),
        ("spread", lambda spread: -spread, "must be finite and not negative"),
    ],
)
def test_an_altered_one_is_refused(fitted, part, altered, told):
    tensors = fitted.tensors()
    with pytest.raises(ShapeError, match=told):
        from_tensors("exemplars", tensors | {part: altered(tensors[part])})


def test_what_cannot_be_one_is_named(fitted):
    with pytest.raises(ConfigError, match="no molecules to be exemplars"):
        ExemplarMixture.fit(torch.empty(0, 4), torch.empty(0, 4), 0, 5)
    with pytest.raises(CheckpointError, match="exemplars prior lacks its tensor 'spread'"):
        from_tensors("exemplars", {"codes": fitted.codes, "step": fitted.step})
