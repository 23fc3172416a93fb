"""The learnt molecules as a library."""

import pytest

from chemvae.latent.library import LatentLibrary
from data.readers import Record
from tests.chemvae.conftest import MOLECULES


@pytest.fixture(scope="session")
def library(codec) -> LatentLibrary:
    records = [Record(line, smiles, f"m{line}") for line, smiles in enumerate(MOLECULES)]
    built, refused = LatentLibrary.build(codec, codec.fingerprint, records)
    assert refused == []
    return built
