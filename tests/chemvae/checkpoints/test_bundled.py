"""The models in the repository: what their cards claim, checked on a sample, and the protocol."""

import pytest
import torch

from chemvae import checkpoints
from chemvae.codec import Encoding, MoleculeCodec
from data.datasets import DATASETS_DIR_VARIABLE, load_smiles
from data.errors import DownloadError, Refusal
from data.molecules import canonical_smiles
from tests.contracts.latent_model import LatentModelContract

# Drugs that are in no training set of ZINC's lead-like size; written in their usual form.
DRUGS = (
    "CC(=O)Oc1ccccc1C(=O)O",
    "CC(C)Cc1ccc([C@H](C)C(=O)O)cc1",
    "CC(=O)Nc1ccc(O)cc1",
    "Cn1c(=O)c2c(ncn2C)n(C)c1=O",
    "COc1ccc2cc([C@H](C)C(=O)O)ccc2c1",
    "CN1CCC[C@H]1c1cccnc1",
)


@pytest.fixture(scope="module", params=checkpoints.available())
def bundled(request) -> MoleculeCodec:
    return checkpoints.load(request.param, device="cpu")


class TestBundledModel(LatentModelContract):
    @pytest.fixture
    def model(self, bundled):
        return bundled


TESTED = {"zinc250k": 5_000, "qm9": 10_000}
"""The published test molecules of each data set."""


def test_there_is_a_model_of_each_data_set():
    assert set(checkpoints.available()) == set(TESTED)


@pytest.mark.parametrize("name", TESTED)
def test_its_card_carries_every_measurement(name):
    card = checkpoints.card(name)
    assert card["reconstruction"]["molecules"] == TESTED[name]
    assert set(card["generation"]["validity"]) == {"standard_normal", card["prior"]}
    assert card["generation"]["samples"] == 30_000
    assert card["weights_sha256"] == checkpoints.load(name).fingerprint


@pytest.mark.parametrize("name", TESTED)
def test_samples_are_as_valid_as_the_card_says(name):
    codec, card = checkpoints.load(name, device="cpu"), checkpoints.card(name)
    latents = codec.sample_prior(400, torch.Generator().manual_seed(11))
    share = sum(item.smiles is not None for item in codec.decode(latents, constrained=False)) / 400
    claimed = card["generation"]["validity"][card["prior"]]["greedy"]
    # Four standard errors of a share of 400.
    assert share == pytest.approx(claimed, abs=4 * (claimed * (1 - claimed) / 400) ** 0.5)


def test_familiar_drugs_come_back():
    codec = checkpoints.load("zinc250k", device="cpu")
    means = torch.stack([encoding.mean for encoding in codec.encode(DRUGS)])
    decoded = [item.smiles for item in codec.decode(means)]
    assert sum(smiles in DRUGS for smiles in decoded) >= 2


@pytest.mark.parametrize("name", TESTED)
def test_the_automaton_costs_no_reconstruction(name):
    codec = checkpoints.load(name, device="cpu")
    try:
        published = load_smiles(name, "test")[:150]
    except DownloadError:
        pytest.skip(f"{name} cannot be downloaded; set {DATASETS_DIR_VARIABLE}")
    encoded = zip(published, codec.encode(published), strict=True)
    known = {line: item.mean for line, item in encoded if isinstance(item, Encoding)}
    back = {}
    for constrained in (False, True):
        decoded = codec.decode(torch.stack(list(known.values())), constrained=constrained)
        pairs = zip(decoded, known, strict=True)
        back[constrained] = sum(item.smiles == canonical_smiles(line) for item, line in pairs)
    assert back[True] >= back[False] > 100


HARD = {
    "C[N+](C)(C)CC(=O)[O-]": None,
    "C[C@]12CC[C@H]3[C@@H](CCc4cc(O)ccc43)[C@@H]1CC[C@@H]2O": None,
    "c1cc2ccc3ccc4ccc5ccc6ccc1c1c2c3c4c5c61": None,
    "C1CC2CCC3CCC4CCC5CCC1C1C2C3C4C51": None,
    "C/C=C/C(=O)/N=C\\C": None,
    "FS(F)(F)(F)(F)c1ccccc1": None,
    "C%12CCCCC%12": None,
    "C[Si](C)(C)C": "unknown_token",
    "[2H]C": "unknown_token",
    "C" * 100: "too_many_tokens",
    "C" * 500: "too_large",
    "": "empty",
    " ": "empty",
    "C(C": "syntax",
    "c1cccc1": "kekulize",
    "CN(C)(C)(C)C": "valence",
    "[Na+].[Cl-]": "several_fragments",
    "*CC": "wildcard",
    "[H][H]": "no_atoms",
}
"""Charges, rings, stereo, odd spellings, unknown tokens, sizes: the reason, None for a latent."""


def test_a_hard_molecule_gets_its_latent_or_its_reason():
    codec = checkpoints.load("zinc250k", device="cpu")
    results = dict(zip(HARD, codec.encode(list(HARD)), strict=True))
    codes = {s: r.code if isinstance(r, Refusal) else None for s, r in results.items()}
    assert codes == HARD
    latents = [r.mean for r in results.values() if isinstance(r, Encoding)]
    assert all(item.smiles for item in codec.decode(torch.stack(latents)))
