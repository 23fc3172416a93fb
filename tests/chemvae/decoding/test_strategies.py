import math

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from chemvae.decoding.strategies import Greedy, Sampling, choose_strategy
from chemvae.errors import ConfigError

PROBABILITIES = torch.tensor([0.1, 0.0, 0.4, 0.3, 0.2])
LOG_PROBS = PROBABILITIES.log()


def _shares(strategy, count=20_000):
    """How often each token is chosen, over evenly spread uniform numbers."""
    uniforms = (torch.arange(count) + 0.5) / count
    chosen = strategy.choose(LOG_PROBS.repeat(count, 1), uniforms)
    return torch.bincount(chosen, minlength=len(LOG_PROBS)) / count


@pytest.mark.parametrize(
    ("strategy", "wanted"),
    [
        (Greedy(), [0, 0, 1, 0, 0]),
        (Sampling(), [0.1, 0, 0.4, 0.3, 0.2]),
        (Sampling(0.5), [1 / 30, 0, 16 / 30, 9 / 30, 4 / 30]),
        (Sampling(top_k=2), [0, 0, 4 / 7, 3 / 7, 0]),
        (Sampling(top_k=99), [0.1, 0, 0.4, 0.3, 0.2]),
        (Sampling(top_p=0.69), [0, 0, 4 / 7, 3 / 7, 0]),
        (Sampling(top_p=0.71), [0, 0, 4 / 9, 3 / 9, 2 / 9]),
        (Sampling(top_p=1e-9), [0, 0, 1, 0, 0]),
        # Top-k first: of 4/7 and 3/7 the nucleus of one half is the first alone.
        (Sampling(top_k=2, top_p=0.5), [0, 0, 1, 0, 0]),
        # Temperature first: at 0.5 the likeliest token alone has more than one half.
        (Sampling(0.5, top_p=0.5), [0, 0, 1, 0, 0]),
    ],
)
def test_each_strategy_has_its_distribution(strategy, wanted):
    torch.testing.assert_close(_shares(strategy), torch.tensor(wanted).float(), atol=2e-4, rtol=0)


@given(
    st.lists(st.floats(-30, 0), min_size=2, max_size=12),
    st.data(),
    st.floats(0, 1, exclude_max=True, width=32),
    st.floats(0.05, 5),
)
def test_what_is_impossible_is_never_drawn(values, data, uniform, temperature):
    forbidden = data.draw(st.sets(st.integers(0, len(values) - 1), max_size=len(values) - 1))
    log_probs = torch.tensor([values])
    log_probs[0, list(forbidden)] = -math.inf
    drawn = Sampling(temperature).choose(log_probs, torch.tensor([uniform]))
    assert int(drawn) not in forbidden


def test_temperature_zero_is_greedy():
    assert choose_strategy(0.0) == choose_strategy(1e-40) == choose_strategy(0.0, 5) == Greedy()
    assert choose_strategy(0.7, 5, 0.9) == Sampling(0.7, 5, 0.9)


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ((-1.0,), "temperature is -1.0"),
        ((math.nan,), "temperature is nan"),
        ((math.inf,), "temperature is inf"),
        ((0.0, 0), "top_k is 0"),
        ((1.0, 3, 0.0), "top_p is 0.0"),
        ((0.0, None, 1.5), "top_p is 1.5"),
    ],
)
def test_settings_outside_their_range_are_named(settings, message):
    with pytest.raises(ConfigError, match=message):
        choose_strategy(*settings)
