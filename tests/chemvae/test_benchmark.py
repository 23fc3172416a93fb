import itertools

import torch

from chemvae import benchmark
from chemvae.decoding import StepDecoder


def test_the_yardstick_has_its_shape():
    sampler = benchmark.MosesShaped()
    assert (sampler.gru.num_layers, sampler.gru.hidden_size) == (3, 512)
    assert sampler.gru.weight_ih_l0.dtype == torch.float32
    sampler.BATCH = 3
    tokens = sampler.sample(torch.Generator().manual_seed(0))
    assert tokens.shape == (3, 99)
    assert len(tokens.unique()) > 10


def test_the_yardstick_is_warm_when_the_clock_starts(monkeypatch):
    done = []
    monkeypatch.setattr(benchmark.MosesShaped, "sample", lambda *_: done.append("batch"))
    monkeypatch.setattr(benchmark.time, "perf_counter", lambda: done.append("clock") or len(done))
    rate = benchmark.moses_rate(2)
    assert done == ["batch", "clock", "batch", "batch", "clock"]
    assert rate.count == 2 * benchmark.MosesShaped.BATCH


def test_the_split_adds_up_to_the_decode(codec):
    clock = benchmark.Clock()
    with clock("whole"):
        parts = benchmark.split(codec, 64, seed=0)
    assert set(parts) == {"GRU", "mask", "choosing and the rest", "RDKit"}
    assert all(seconds > 0 for seconds in parts.values())
    assert 64 * sum(parts.values()) <= clock.seconds["whole"]


def test_growth_counts_what_it_decodes(codec, monkeypatch):
    steps = []
    plain = StepDecoder.start
    monkeypatch.setattr(
        StepDecoder,
        "start",
        lambda step, latents: steps.append(len(latents)) or plain(step, latents),
    )
    rates = benchmark.growth(codec, [3, 5], seed=0)
    assert [rate.count for rate in rates] == steps == [3, 5]
    assert all(rate.per_second > 0 for rate in rates)


class Chunks:
    """Workers whose one stream has chunks of 1, 2, 3, ... strings, though four are expected."""

    chunk = 4

    def sample(self, seed):
        return (["C"] * size for size in itertools.count(1))


def test_growth_in_bulk_goes_on_with_one_stream():
    rates = benchmark.bulk_growth(Chunks(), [4, 8, 8, 6], seed=0)
    assert [rate.count for rate in rates] == [1, 2 + 3, 4, 0]
