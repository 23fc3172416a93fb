"""A tiny network that has learnt 16 molecules by heart: a real codec, and the overfit test."""

from pathlib import Path

import pytest
import torch

from chemvae.codec import MoleculeCodec
from chemvae.config import ModelConfig, TrainConfig
from chemvae.priors import StandardNormal
from chemvae.tokens import Vocabulary
from chemvae.training.batches import SequenceDataset
from chemvae.training.fit import FitResult, fit
from data.molecules import canonical_smiles

MOLECULES = tuple(
    canonical_smiles(smiles)
    for smiles in (
        "CC(=O)Oc1ccccc1C(=O)O",
        "CN1C=NC2=C1C(=O)N(C(=O)N2C)C",
        "CC(C)Cc1ccc(cc1)[C@@H](C)C(=O)O",
        "CC(=O)Nc1ccc(O)cc1",
        "C[C@H](N)C(=O)O",
        "OC(=O)c1ccccc1O",
        "c1ccc2[nH]ccc2c1",
        "NCCc1ccc(O)c(O)c1",
        "CCOC(=O)c1ccccc1",
        "C1CCNCC1",
        "FC(F)(F)c1ccccc1",
        "Clc1ccc(Br)cc1",
        "CS(=O)(=O)N",
        "N#Cc1ccccc1",
        "C/C=C/C=O",
        "CC[NH+](CC)CC",
    )
)
TINY = ModelConfig(
    latent_dim=8, embedding_dim=16, encoder_hidden=32, decoder_hidden=64, max_tokens=40
)
LEARN_BY_HEART = TrainConfig(
    epochs=40,
    batch_size=8,
    learning_rate=1e-2,
    warmup_epochs=1,
    kl_weight=0.01,
    kl_warmup_epochs=0,
    patience=40,
    precision="32-true",
)


@pytest.fixture(scope="session")
def vocabulary() -> Vocabulary:
    return Vocabulary.from_smiles(MOLECULES)


@pytest.fixture(scope="session")
def fitted(vocabulary, tmp_path_factory) -> FitResult:
    molecules = SequenceDataset([vocabulary.encode(line, TINY.max_tokens) for line in MOLECULES])
    directory: Path = tmp_path_factory.mktemp("fit")
    return fit(molecules, molecules, vocabulary, TINY, LEARN_BY_HEART, directory, accelerator="cpu")


@pytest.fixture(scope="session")
def codec(fitted, vocabulary) -> MoleculeCodec:
    return MoleculeCodec(fitted.vae, vocabulary, StandardNormal(TINY.latent_dim), "tiny")


@pytest.fixture(params=[1, 2])
def threads(request):
    """How many torch computes with: a product on several may be added up in another order."""
    before = torch.get_num_threads()
    torch.set_num_threads(request.param)
    yield request.param
    torch.set_num_threads(before)
