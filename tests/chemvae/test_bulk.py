from itertools import islice

import pytest
import torch

from chemvae import bulk, checkpoints
from chemvae.bulk import Workers
from chemvae.config import TrainConfig
from chemvae.encoding import Encoding
from chemvae.errors import ConfigError
from data.errors import Refusal
from data.molecules import canonical_smiles
from tests.chemvae.conftest import MOLECULES

CHUNK = 64


@pytest.fixture(scope="module")
def directory(codec, tmp_path_factory):
    directory = tmp_path_factory.mktemp("bulk") / "tiny"
    checkpoints.save(directory, codec, TrainConfig(), "sixteen molecules")
    return directory


@pytest.fixture(scope="module")
def workers(directory):
    with Workers(directory, processes=1, precision="float32", chunk=CHUNK) as workers:
        yield workers


def test_what_is_sampled_depends_on_the_seed_and_not_on_the_processes(workers, directory):
    first = list(islice(workers.sample(1), 3))
    assert [len(chunk) for chunk in first] == [CHUNK] * 3
    assert first[0] != first[1]
    valid = [smiles for smiles in first[0] if smiles is not None]
    assert valid == [canonical_smiles(smiles) for smiles in valid]
    threads = torch.get_num_threads()
    way = {"temperature": 1.0, "constrained": True}
    alone = bulk._sample(str(directory), "float32", 1, 2, CHUNK, way)
    torch.set_num_threads(threads)
    assert alone == first[2]
    assert next(workers.sample(2)) != first[0]


def test_a_mask_makes_more_of_them_valid(workers):
    masked, raw = (
        sum(smiles is not None for smiles in next(workers.sample(1, constrained=constrained)))
        for constrained in (True, False)
    )
    assert masked > raw


def test_tokens_are_drawn_in_bulk_as_elsewhere(workers):
    greedy, one = (next(workers.sample(1, **way)) for way in ({"temperature": 0.0}, {"top_k": 1}))
    assert greedy == one != next(workers.sample(1))
    for way, message in (({"top_p": 7.0}, "top_p is 7"), ({"labels": {"logp": 2.5}}, "logp")):
        with pytest.raises(ConfigError, match=message):
            next(workers.sample(1, **way))


def test_encoding_in_bulk_is_encoding(workers, directory):
    lines = [*MOLECULES, "C1CC"]
    wanted = checkpoints.load(directory, "cpu").encode(lines)
    for latent, encoding in zip(workers.encode(lines), wanted, strict=True):
        if isinstance(encoding, Encoding):
            assert latent == pytest.approx(encoding.mean.tolist(), abs=1e-5)
        else:
            assert isinstance(latent, Refusal)
            assert latent == encoding
