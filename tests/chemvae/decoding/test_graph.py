"""Which captures are kept; what they decode only a GPU shows (`tests/chemvae/test_cuda.py`)."""

import weakref

import pytest
import torch

from chemvae.config import ModelConfig
from chemvae.decoder import GruDecoder
from chemvae.decoding import Sampling, StepDecoder, graph
from chemvae.decoding.graph import KEPT, decode_in_graphs

TOKENS = 6


class _Capture:
    """A decode of nothing, with the buffers of a real one."""

    def __init__(self, rows):
        self.latents, self.uniforms = torch.zeros(rows, 5), torch.zeros(TOKENS, rows)
        self.tokens = torch.zeros(rows, TOKENS, dtype=torch.long)
        self.log_likelihood = torch.zeros(rows)

    def replay(self):
        pass


@pytest.fixture
def step():
    return StepDecoder(GruDecoder(9, ModelConfig(latent_dim=5, decoder_hidden=8), 0))


@pytest.fixture
def captures(monkeypatch):
    """Temperature and rows of every capture made, each with a reference that does not keep it."""
    made = []

    def capture(step, rows, example, max_tokens, strategy, mask):
        # No capture begins while more than the others are kept.
        assert sum(alive() is not None for *_, alive in made) < KEPT
        captured = _Capture(rows)
        made.append((strategy.temperature, rows, weakref.ref(captured)))
        return captured

    monkeypatch.setattr(graph, "_capture", capture)
    return made


def _decode(step, temperature, count=1):
    strategy, uniforms = Sampling(temperature), torch.rand(TOKENS, count)
    return decode_in_graphs(step, torch.zeros(count, 5), TOKENS, strategy, None, uniforms)


def test_the_same_settings_are_captured_once(step, captures):
    for count in (1, 64, 65, 100):
        tokens, log_likelihood = _decode(step, 1.0, count)
        assert (tokens.shape, log_likelihood.shape) == ((count, TOKENS), (count,))
    assert [(temperature, rows) for temperature, rows, _ in captures] == [(1.0, 64), (1.0, 128)]


def test_what_was_not_used_for_longest_is_let_go(step, captures):
    for temperature in range(1, KEPT + 1):
        _decode(step, float(temperature))
    _decode(step, 1.0)  # used again, so 2 is now the oldest
    _decode(step, 99.0)
    alive = [temperature for temperature, _, captured in captures if captured() is not None]
    assert alive == [1.0, *(float(each) for each in range(3, KEPT + 1)), 99.0]
    assert len(step.graphs) == KEPT
    _decode(step, 2.0)
    assert [temperature for temperature, *_ in captures[-2:]] == [99.0, 2.0]
