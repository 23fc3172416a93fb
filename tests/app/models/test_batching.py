"""Calls of several threads on one network: together where they can be, and never the worse for it.

The network is small and untrained, so that most decodes fail and are tried again.
"""

import threading
from concurrent.futures import ThreadPoolExecutor
from functools import partial

import pytest
import torch

from app.models import serial
from app.models.batching import Call, Turns
from app.models.serial import SerialModel
from chemvae.codec import MoleculeCodec
from chemvae.config import ModelConfig
from chemvae.errors import ShapeError
from chemvae.priors import StandardNormal
from chemvae.tokens import Vocabulary
from chemvae.vae import SmilesVae
from data.errors import Refusal

SIZES = ModelConfig(
    latent_dim=8,
    embedding_dim=8,
    encoder_hidden=16,
    decoder_hidden=64,
    max_tokens=20,
    conditions=("logp", "pIC50"),
)
SECONDS = 60


@pytest.fixture(scope="module")
def codec():
    vocabulary = Vocabulary.from_smiles(["CCO", "c1ccccc1", "C[N+](=O)[O-]", "C1=CC=CN1"])
    with torch.random.fork_rng():
        torch.manual_seed(0)
        vae = SmilesVae(len(vocabulary), SIZES)
        vae.decoder.output.weight.data.mul_(8.0)
        vae.conditions.scale.sd[:] = torch.tensor([1.5, 2.0])
    return MoleculeCodec(vae, vocabulary, StandardNormal(SIZES.latent_dim), "untrained")


class Held:
    """A model whose first call waits, so that others queue up behind it; it counts the rows."""

    def __init__(self, model):
        self.model, self.latent_dim = model, model.latent_dim
        self.fingerprint, self.shared_rows = model.fingerprint, model.shared_rows
        self.sizes, self.has_begun, self.may_go_on = [], threading.Event(), threading.Event()

    def encode(self, smiles):
        if self.has_begun.is_set():
            self.sizes.append(len(smiles))
        self.has_begun.set()
        assert self.may_go_on.wait(SECONDS)
        return self.model.encode(smiles)

    def decode(self, latents, **options):
        self.sizes.append(len(latents))
        return self.model.decode(latents, **options)


def _ask(model, seed, rows=None, **options):
    """A request's decode, a function of its seed alone."""
    generator = torch.Generator().manual_seed(seed)
    count = 1 + seed % 7 if rows is None else rows
    latents = 2 * torch.randn(count, SIZES.latent_dim, generator=generator)
    return model.decode(latents, generator=generator, **options)


def _encode(lines, model):
    return model.encode(lines)


def _queued(held, *asks):
    """The futures of calls that were asked one after another while the model was busy."""
    model = SerialModel(held)
    with ThreadPoolExecutor(len(asks) + 1) as pool:
        pool.submit(model.encode, ["CCO"])
        assert held.has_begun.wait(SECONDS)
        futures = []
        for ask in asks:
            futures.append(pool.submit(ask, model))
            while len(model._turns._waiting) < len(futures):
                assert not any(future.done() for future in futures)
                threading.Event().wait(0.002)
        held.may_go_on.set()
    return futures


WAYS = [
    {"temperature": 1.0},
    {"temperature": 0.0},
    {"temperature": 0.7, "top_k": 5, "top_p": 0.9, "constrained": False},
]


@pytest.mark.parametrize("options", WAYS)
def test_calls_that_wait_share_a_batch_and_get_what_they_would_have_alone(codec, options):
    held = Held(codec)
    asks = [lambda model, seed=seed: _ask(model, seed, **options) for seed in range(20)]
    found = [future.result() for future in _queued(held, *asks)]
    assert held.sizes == [sum(1 + seed % 7 for seed in range(20))]
    assert found == [_ask(codec, seed, **options) for seed in range(20)]
    if options.get("constrained", True):
        assert any(item.attempts > 1 for items in found for item in items)


def test_molecules_that_wait_are_encoded_together(codec):
    held = Held(codec)
    lines = [["CCO"], ["CC", "OCC", "CBr"], ["C" * 5], ["c1ccccc1", "C1CC"], ["CCC", "CCCO"]]
    found = [future.result() for future in _queued(held, *(partial(_encode, x) for x in lines))]
    assert held.sizes == [9]
    for items, alone in zip(found, map(codec.encode, lines), strict=True):
        for item, expected in zip(items, alone, strict=True):
            if isinstance(expected, Refusal):
                assert item == expected
            else:
                assert torch.equal(item.mean, expected.mean)
                assert torch.equal(item.log_variance, expected.log_variance)


def test_other_settings_are_another_batch(codec):
    held = Held(codec)
    asks = [lambda model, i=i: _ask(model, i, 3, **WAYS[i % 3]) for i in range(6)]
    found = [future.result() for future in _queued(held, *asks)]
    assert held.sizes == [6, 6, 6]
    assert found == [_ask(codec, i, 3, **WAYS[i % 3]) for i in range(6)]


def test_calls_that_tell_other_labels_are_another_batch(codec):
    held = Held(codec)
    told = [{}, {"logp": 2.5}, {"logp": -2.5}, {"logp": 2.5, "pIC50": 6.0}]
    asks = [lambda model, i=i: _ask(model, 5, labels=told[i % 4]) for i in range(8)]
    asks.append(lambda model: _ask(model, 5, labels={"pIC50": 6.0, "logp": 2.5}))
    found = [future.result() for future in _queued(held, *asks)]
    assert held.sizes == [12, 12, 12, 18]
    assert found[:8] == [_ask(codec, 5, labels=told[i % 4]) for i in range(8)]
    assert found[8] == found[3]
    assert len({repr(items) for items in found}) == 4, "the untrained decoder heeds its labels"


def test_a_batch_has_an_end(codec):
    held = Held(codec)
    held.shared_rows = 10
    asks = [lambda model, i=i: _ask(model, i, 4, temperature=1.0) for i in range(5)]
    found = [future.result() for future in _queued(held, *asks)]
    assert held.sizes == [8, 8, 4]
    assert found == [_ask(codec, i, 4, temperature=1.0) for i in range(5)]


def test_a_model_whose_rows_feel_each_other_shares_none(codec):
    held = Held(codec)
    held.shared_rows = 0
    asks = [lambda model, i=i: _ask(model, i, 2, temperature=1.0) for i in range(4)]
    _queued(held, *asks)
    assert held.sizes == [2] * 4


def test_a_call_that_fails_fails_alone(codec):
    class Fails(Held):
        """It notices the bad latent after random numbers were drawn for all."""

        def decode(self, latents, **options):
            found = super().decode(latents.nan_to_num(), **options)
            if latents.isnan().any():
                raise ShapeError("latents hold NaN")
            return found

    def bad(model):
        latents = torch.full((2, SIZES.latent_dim), torch.nan)
        return model.decode(latents, temperature=1.0, generator=torch.Generator().manual_seed(9))

    held = Fails(codec)
    asks = [lambda model, i=i: _ask(model, i, 3, temperature=1.0) for i in range(4)]
    *good, failed = _queued(held, *asks, bad)
    with pytest.raises(ShapeError, match="NaN"):
        failed.result()
    assert [future.result() for future in good] == [
        _ask(codec, i, 3, temperature=1.0) for i in range(4)
    ]
    assert held.sizes == [14, 3, 3, 3, 3, 2]


def test_after_a_failure_the_model_still_serves(codec):
    model = SerialModel(codec)
    with pytest.raises(ShapeError, match="expected"):
        model.decode(torch.zeros(1, 3))
    assert len(_ask(model, 1, temperature=1.0)) == 2


def test_a_large_call_lets_a_small_one_in_between_its_turns(codec, monkeypatch):
    monkeypatch.setattr(serial, "TURN", 4)
    held = Held(codec)
    with ThreadPoolExecutor(2) as pool:
        model = SerialModel(held)
        large = pool.submit(model.encode, ["CCO"] * 40)
        assert held.has_begun.wait(SECONDS)
        small = pool.submit(_ask, model, 0, 3, temperature=1.0)
        while not model._turns._waiting:
            threading.Event().wait(0.002)
        held.may_go_on.set()
        assert len(small.result()) == 3
        assert len(large.result()) == 40
    assert held.sizes == [3] + [4] * 9


def test_one_thread_computes_whoever_asks():
    threads = set()

    def work(arguments):
        threads.add(threading.get_ident())
        return arguments

    turns = Turns(most=4)
    with ThreadPoolExecutor(6) as pool:
        asked = [pool.submit(turns.run, Call(work, n)) for n in range(30)]
        assert [each.result() for each in asked] == list(range(30))
    assert len(threads) == 1


@pytest.mark.parametrize("enabled", [True, False])
def test_it_computes_with_gradients_where_the_caller_wants_them(enabled):
    with torch.set_grad_enabled(enabled):
        assert Turns(most=4).run(Call(lambda _: [torch.is_grad_enabled()], None)) is enabled
