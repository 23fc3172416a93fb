"""Every line of the published sets; skipped, with the reason, only where they cannot be had."""

import pytest
import torch

from chemvae.config import ModelConfig
from chemvae.tokens import Vocabulary
from data.datasets import DATASETS_DIR_VARIABLE, fetch, load_smiles
from data.errors import DownloadError
from tests.chemvae.decoding.automaton.walks import refusals

SPLITS = ("train", "validation", "test")


@pytest.mark.parametrize("name", ["qm9", "zinc250k"])
def test_every_line_passes(name):
    try:
        fetch(name, progress=False)
    except DownloadError:
        pytest.skip(f"{name} cannot be downloaded; set {DATASETS_DIR_VARIABLE}")
    lines = [line for split in SPLITS for line in load_smiles(name, split)]
    threads = torch.get_num_threads()
    torch.set_num_threads(1)  # steps this small lose more to a second thread than they gain
    try:
        refused = refusals(lines, Vocabulary.from_smiles(lines), ModelConfig().max_tokens, 4096)
    finally:
        torch.set_num_threads(threads)
    assert refused == []
