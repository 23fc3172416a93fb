import copy

import pytest

from chemvae.codec import MoleculeCodec
from chemvae.evaluation.encoded import EncodedTest
from chemvae.priors import StandardNormal
from tests.chemvae.conftest import MOLECULES


@pytest.fixture(scope="session")
def encoded(codec) -> EncodedTest:
    return EncodedTest.of(codec, MOLECULES)


@pytest.fixture
def mute(codec) -> MoleculeCodec:
    """A model that says BOS for ever: unmasked, no decode of it is a molecule."""
    vae = copy.deepcopy(codec.vae)
    for weight in vae.decoder.output.parameters():
        weight.data.zero_()
    return MoleculeCodec(vae, codec.vocabulary, StandardNormal(codec.latent_dim), "mute")
