import threading
import time
from concurrent.futures import ThreadPoolExecutor

import pytest
import torch

from app.errors import NotFoundError
from app.models.serial import TURN, SerialModel
from app.models.store import ModelStore
from bayesopt.latent_model import PropertyModel
from tests.app.conftest import ToySource, toy


class Busy:
    """A model that notices when two threads use it at once, and how long its calls are."""

    latent_dim, fingerprint, properties, shared_rows = 2, "busy", ("logp",), 0

    def __init__(self):
        self.inside, self.overlapped, self.sizes = 0, False, []

    def encode(self, smiles):
        self.inside += 1
        self.overlapped |= self.inside > 1
        self.sizes.append(len(smiles))
        time.sleep(0.002)
        self.inside -= 1
        return list(smiles)

    def decode(self, latents, **options):
        return self.encode(latents.tolist())

    def beam(self, latents, width, **options):
        return self.encode(latents.tolist())

    def complete(self, fragment, latents, **options):
        return self.encode(latents.tolist())

    def sample_prior(self, n, generator):
        self.encode(["C"] * n)
        return torch.zeros(n, 2)

    def predict(self, latents):
        self.encode(latents.tolist())
        return latents.sum(dim=1, keepdim=True)


def test_a_model_is_used_by_one_thread_at_a_time():
    busy = Busy()
    model = SerialModel(busy)
    with ThreadPoolExecutor(8) as pool:
        for _ in range(5):
            pool.submit(model.encode, ["C"])
            pool.submit(model.decode, torch.zeros(1, 2))
            pool.submit(model.beam, torch.zeros(1, 2), 3)
            pool.submit(model.complete, "C", torch.zeros(1, 2))
            pool.submit(model.sample_prior, 1, None)
            pool.submit(model.predict, torch.zeros(1, 2))
    assert len(busy.sizes) == 30
    assert not busy.overlapped


def test_its_heads_can_be_climbed():
    model = SerialModel(Busy())
    assert isinstance(model, PropertyModel)
    assert model.properties == ("logp",)
    latents = torch.zeros(3, 2, requires_grad=True)
    model.predict(latents).sum().backward()
    assert torch.equal(latents.grad, torch.ones(3, 2))


def test_a_large_call_gives_way_and_keeps_its_order():
    busy = Busy()
    smiles = [str(i) for i in range(2 * TURN + 1)]
    assert SerialModel(busy).encode(smiles) == smiles
    assert busy.sizes == [TURN, TURN, 1]


def test_a_beam_takes_a_turn_as_long_as_its_rows():
    busy = Busy()
    latents = torch.arange(10.0).view(5, 2)
    assert SerialModel(busy).beam(latents, TURN // 2) == latents.tolist()
    assert busy.sizes == [2, 2, 1]


def test_turns_do_not_change_what_is_decoded():
    latents = torch.randn(TURN + 5, 12, generator=torch.Generator().manual_seed(0))
    generators = [torch.Generator().manual_seed(3) for _ in range(2)]
    turns = SerialModel(toy()).decode(latents, temperature=0.5, generator=generators[0])
    parts = [
        item
        for part in (latents[:TURN], latents[TURN:])
        for item in toy().decode(part, temperature=0.5, generator=generators[1])
    ]
    assert turns == parts


def test_a_model_is_loaded_once_whoever_asks_first(tmp_path):
    source = ToySource(tmp_path)
    store = ModelStore(source, "toy")
    barrier = threading.Barrier(8)

    def ask():
        barrier.wait()
        return store.get()

    with ThreadPoolExecutor(8) as pool:
        models = {id(future.result()) for future in [pool.submit(ask) for _ in range(8)]}
    assert (source.num_loads, len(models)) == (1, 1)


def test_an_unknown_model_names_those_there_are(tmp_path):
    store = ModelStore(ToySource(tmp_path), "toy")
    for ask in (store.get, store.card, store.training_index):
        with pytest.raises(NotFoundError, match=r"'zinc'.*toy"):
            ask("zinc")
