import pytest
import torch

from chemvae.priors import likeness
from chemvae.priors.likeness import by_weight, log_ratio


def _normal(n, seed, mean=0.0, sd=1.0):
    return mean + sd * torch.randn(n, 2, generator=torch.Generator().manual_seed(seed))


@pytest.fixture
def small(monkeypatch):
    monkeypatch.setattr(likeness, "HIDDEN", 32)
    monkeypatch.setattr(likeness, "BATCH", 256)


@pytest.mark.usefixtures("small")
@pytest.mark.parametrize("rows", [20_000, 5_000])
def test_it_finds_the_ratio_of_two_gaussians(rows):
    data, others = _normal(rows, 0), _normal(20_000, 1, mean=1.0)
    found = log_ratio(data, others, seed=0)
    exact = 1.0 - others.sum(dim=1)
    assert (found - exact).abs().mean() < 0.15


@pytest.mark.usefixtures("small")
def test_what_it_draws_first_is_distributed_as_the_data():
    others = _normal(20_000, 1, sd=2.0)
    log_weights = log_ratio(_normal(20_000, 0), others, seed=0)
    drawn = others[by_weight(log_weights, seed=0)[:1000]]
    torch.testing.assert_close(drawn.std(dim=0), torch.ones(2), rtol=0.1, atol=0)


@pytest.mark.usefixtures("small")
def test_the_seed_decides_and_the_global_generator_is_left_alone():
    state = torch.random.get_rng_state()
    data, others = _normal(600, 0), _normal(600, 1)
    assert torch.equal(log_ratio(data, others, 3), log_ratio(data, others, 3))
    assert not torch.equal(log_ratio(data, others, 3), log_ratio(data, others, 4))
    assert torch.equal(torch.random.get_rng_state(), state)


@pytest.mark.usefixtures("small")
def test_a_dimension_that_says_nothing_is_no_trouble():
    data, others = (torch.cat([_normal(600, i), torch.ones(600, 1)], dim=1) for i in (0, 1))
    assert log_ratio(data, others, 0).isfinite().all()


def test_the_first_is_drawn_by_its_weight_and_none_twice():
    weights = torch.tensor([1.0, 2.0, 5.0])
    orders = [by_weight(weights.log(), seed).tolist() for seed in range(2000)]
    assert all(sorted(order) == [0, 1, 2] for order in orders)
    share = sum(order[0] == 2 for order in orders) / len(orders)
    assert share == pytest.approx(5 / 8, abs=0.04)
    # Of those left, again by weight: one of weight 1 and one of weight 2.
    later = [order[1] for order in orders if order[0] == 2]
    assert sum(second == 1 for second in later) / len(later) == pytest.approx(2 / 3, abs=0.05)
