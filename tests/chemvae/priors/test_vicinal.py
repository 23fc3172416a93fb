import pytest
import torch

from chemvae.errors import CheckpointError, ConfigError, ShapeError
from chemvae.priors import Density, GaussianMixture, RealNvp, StandardNormal, Vicinal, from_tensors


def _fit(means, log_variances, seed=0, *, exemplars=50_000, neighbours=12, mixed=2):
    return Vicinal.fit(
        means, log_variances, seed, exemplars=exemplars, neighbours=neighbours, mixed=mixed
    )


def _generator(seed=0):
    return torch.Generator().manual_seed(seed)


@pytest.fixture(scope="module")
def fitted(crescent):
    return _fit(*crescent)


def test_without_noise_a_sample_is_the_barycentre_of_an_exemplar_and_two_of_its_neighbours():
    codes = torch.tensor([[0, 0], [10, 0], [0, 20], [127, 127]], dtype=torch.int8)
    neighbours = torch.tensor([[1, 2], [2, 0], [0, 1], [1, 2]], dtype=torch.int32)
    prior = Vicinal(codes, torch.tensor([0.3, 0.6]), neighbours, torch.zeros(2), mixed=2)
    samples = prior.sample(200, _generator())
    near, far = torch.tensor([1.0, 4.0]), torch.tensor([13.7, 29.4])
    is_near, is_far = (torch.isclose(samples, each).all(dim=1) for each in (near, far))
    assert (is_near | is_far).all()
    assert is_near.sum() > 2 * is_far.sum() > 0


def test_the_neighbours_mixed_are_two_different_ones_and_may_be_any():
    prior = Vicinal(
        torch.eye(5).mul(3).to(torch.int8),  # which corners were mixed is read off a sample
        torch.ones(5),
        torch.tensor([[1, 2, 3, 4]] * 5, dtype=torch.int32),
        torch.zeros(5),
        mixed=2,
    )
    samples = prior.sample(400, _generator())
    of_first = samples[samples[:, 0] == 1][:, 1:]
    assert ((of_first == 0) | (of_first == 1)).all()
    assert (of_first.sum(dim=1) == 2).all()
    assert (of_first.sum(dim=0) > 0).all()


def test_neighbours_are_the_nearest_whatever_the_unit_of_a_dimension(crescent):
    means, log_variances = (part[:200] for part in crescent)
    units = torch.tensor([1.0, 1000.0, 0.01, 8.0])
    prior = _fit(means, log_variances, seed=3)
    rescaled = _fit(means * units, log_variances, seed=3)
    assert torch.equal(prior.neighbours, rescaled.neighbours)
    scaled = means[torch.randperm(200, generator=_generator(3))] / means.std(dim=0)
    distances = torch.cdist(scaled, scaled).fill_diagonal_(torch.inf)
    assert torch.equal(prior.neighbours[:, 0].long(), distances.argmin(dim=1))


def test_samples_keep_to_the_bend_that_a_gaussian_fills(fitted, crescent_samples):
    samples = fitted.sample(4000, _generator(2))
    torch.testing.assert_close(samples.mean(dim=0), crescent_samples.mean(dim=0), rtol=0, atol=0.15)
    residual = samples[:, 1] - samples[:, 0].square()
    assert residual.abs().median() < 0.35  # of a Gaussian it would be about 1


def test_it_keeps_no_more_exemplars_and_neighbours_than_it_may(crescent):
    prior, other = (_fit(*crescent, seed, exemplars=30, neighbours=5, mixed=1) for seed in (0, 1))
    assert prior.codes.shape == (30, 4)
    assert prior.neighbours.shape == (30, 5)
    assert not torch.equal(prior.codes, other.codes)


def test_it_is_the_one_prior_without_a_density(fitted, crescent):
    assert not isinstance(fitted, Density)
    mixture = GaussianMixture.fit(crescent[0], 1, seed=0)
    flow = RealNvp(torch.zeros(2), torch.eye(2), layers=1, hidden=4)
    assert all(isinstance(each, Density) for each in (StandardNormal(4), mixture, flow))


def test_what_cannot_be_one_is_named(fitted, crescent):
    tensors = fitted.tensors()
    del tensors["neighbours"]
    with pytest.raises(CheckpointError, match="vicinal prior lacks its tensor 'neighbours'"):
        from_tensors("vicinal", tensors)
    with pytest.raises(ConfigError, match="2 neighbours cannot be mixed where an exemplar has 1"):
        _fit(crescent[0][:2], crescent[1][:2])
    with pytest.raises(ConfigError, match="2 neighbours cannot be mixed where an exemplar has 0"):
        _fit(*crescent, exemplars=1)


@pytest.mark.parametrize(
    ("part", "altered", "told"),
    [
        ("codes", lambda codes: codes[0], "expected m x d, d and d"),
        ("codes", lambda codes: codes.float(), r"codes of torch\.float32"),
        ("step", lambda step: step[:3], "expected m x d, d and d"),
        ("step", lambda step: step * float("nan"), "must be finite and not negative"),
        ("spread", lambda spread: -spread, "must be finite and not negative"),
        ("neighbours", lambda rows: rows[:, 0], r"neighbours of shape \(2000,\)"),
        ("neighbours", lambda rows: rows[1:], "2000 rows of numbers below 2000"),
        ("neighbours", lambda rows: rows - 1, "2000 rows of numbers below 2000"),
        ("neighbours", lambda rows: rows + 1, "2000 rows of numbers below 2000"),
        ("neighbours", lambda rows: rows + 0.4, r"and torch\.float32; expected m x k"),
        ("mixed", lambda mixed: mixed + 11, "13 neighbours mixed of 12 an exemplar"),
    ],
)
def test_an_altered_one_is_refused(fitted, part, altered, told):
    tensors = fitted.tensors()
    with pytest.raises(ShapeError, match=told):
        from_tensors("vicinal", tensors | {part: altered(tensors[part])})


def test_a_dimension_that_says_nothing_changes_no_neighbour(crescent):
    means, log_variances = (part[:300, :3].clone() for part in crescent)
    before = _fit(means, log_variances)
    constant = torch.full((300, 1), 5.0)
    after = _fit(torch.cat([means, constant], dim=1), torch.cat([log_variances, constant], dim=1))
    assert torch.equal(before.neighbours, after.neighbours)
    still = after.tempered(1e-6).sample(20, _generator())
    torch.testing.assert_close(still[:, 3], constant[:20, 0], rtol=1e-3, atol=1e-3)
