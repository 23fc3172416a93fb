"""Every line of the published sets; skipped, with the reason, only where they cannot be had."""

import pytest
import torch

from chemvae import checkpoints
from chemvae.config import ModelConfig
from chemvae.tokens import Vocabulary
from chemvae.training.corpus import known_molecules
from data.datasets import DATASETS_DIR_VARIABLE, fetch, load_smiles
from data.errors import DownloadError
from tests.chemvae.decoding.automaton.walks import refusals

SPLITS = ("train", "validation", "test")


def _lines(name: str) -> list[str]:
    try:
        fetch(name, progress=False)
    except DownloadError:
        pytest.skip(f"{name} cannot be downloaded; set {DATASETS_DIR_VARIABLE}")
    return [line for split in SPLITS for line in load_smiles(name, split)]


@pytest.fixture(autouse=True)
def _one_thread():
    """Steps this small lose more to a second thread than they gain."""
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(threads)


@pytest.mark.parametrize("name", ["qm9", "zinc250k"])
def test_every_line_passes(name):
    lines = _lines(name)
    vocabulary = Vocabulary.from_smiles(lines)
    assert refusals(lines, vocabulary, ModelConfig().max_tokens, 4096) == []


def test_every_line_of_qm9_passes_at_the_limit_of_its_model():
    codec = checkpoints.load("qm9", device="cpu")
    known = known_molecules(_lines("qm9"), codec.vocabulary)
    assert len(known) > 100_000
    assert refusals(known, codec.vocabulary, codec.vae.config.max_tokens, 4096) == []
