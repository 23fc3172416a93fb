"""A decoder that learns more molecules, on the network that knows 16 by heart."""

from dataclasses import replace

import pytest
import torch

from chemvae import tuning
from chemvae.codec import MoleculeCodec
from chemvae.errors import ConfigError
from chemvae.training.dreams import dream_loss
from chemvae.tuning import TuningConfig, tuned
from data.molecules import canonical_smiles
from tests.chemvae.conftest import MOLECULES
from tests.contracts.latent_model import LatentModelContract
from tests.contracts.tunable_model import TunableModelContract

SERIES = tuple(
    canonical_smiles(smiles)
    for smiles in (
        "CCOc1ccccc1C(=O)O",
        "CCOc1ccc(Cl)cc1C(=O)O",
        "CCOc1ccc(Br)cc1C(=O)O",
        "CCOc1ccc(O)cc1C(=O)O",
    )
)
WEIGHTS = (1.0,) * len(SERIES)
QUICK = TuningConfig(steps=60, batch_size=16, replayed=64, learning_rate=5e-3)
BRIEF = TuningConfig(steps=2, batch_size=4, replayed=16)


def reconstructed(codec, smiles):
    latents = torch.stack([encoding.mean for encoding in codec.encode(smiles)])
    return sum(d.smiles == line for d, line in zip(codec.decode(latents), smiles, strict=True))


@torch.no_grad()
def says(codec):
    """Nats: the log likelihood of each molecule of the series at its posterior's mean."""
    rows = [torch.tensor([codec.vocabulary.encode(line, 40)]) for line in SERIES]
    means = [encoding.mean[None] for encoding in codec.encode(SERIES)]
    return [-float(dream_loss(codec.vae, mean, row)) for mean, row in zip(means, rows, strict=True)]


@pytest.fixture(scope="module")
def own(codec):
    return tuned(codec, SERIES, WEIGHTS, seed=0, config=QUICK)


class TestTunableCodec(TunableModelContract):
    @pytest.fixture
    def model(self, codec, monkeypatch):
        monkeypatch.setattr(tuning, "TuningConfig", lambda: BRIEF)
        return codec


class TestTunedCodec(LatentModelContract):
    encodable = MOLECULES[:4]

    @pytest.fixture
    def model(self, own):
        return own


def test_a_series_becomes_likelier_and_what_was_known_stays(codec, own):
    rises = [after - before for before, after in zip(says(codec), says(own), strict=True)]
    assert min(rises) > 5.0
    assert reconstructed(own, SERIES) > reconstructed(codec, SERIES) == 0
    assert 2 * reconstructed(own, MOLECULES) >= reconstructed(codec, MOLECULES)


def test_only_the_decoder_changes(codec, own):
    before = codec.vae.state_dict()
    changed = {k for k, v in own.vae.state_dict().items() if not torch.equal(v, before[k])}
    assert changed
    assert all(name.startswith("decoder.") for name in changed)


def test_the_same_seed_gives_the_same_weights_and_another_gives_others(codec):
    one, two, other = (
        tuned(codec, SERIES, WEIGHTS, seed=seed, config=BRIEF).vae.decoder.output.weight
        for seed in (3, 3, 4)
    )
    assert torch.equal(one, two)
    assert not torch.equal(one, other)


def test_the_weightier_is_learnt_better(codec):
    some = TuningConfig(steps=12, batch_size=16, replayed=64, learning_rate=5e-3)
    first, last = (
        says(tuned(codec, SERIES, weights, seed=0, config=some))
        for weights in ((100, 1, 1, 1), (1, 1, 1, 100))
    )
    assert first[0] > last[0]
    assert first[3] < last[3]


def test_what_cannot_be_encoded_is_left_out(codec):
    with_iodine = tuned(codec, (*SERIES, "CCI"), (*WEIGHTS, 5.0), seed=0, config=BRIEF)
    without = tuned(codec, SERIES, WEIGHTS, seed=0, config=BRIEF)
    assert says(with_iodine) == says(without)


def test_a_decoder_without_a_molecule_of_its_own_learns_the_new_ones(codec, monkeypatch):
    """As of a model that was hardly trained: none of its samples can be learnt again."""
    whole = MoleculeCodec.decode
    monkeypatch.setattr(
        MoleculeCodec,
        "decode",
        lambda *given, **way: [replace(each, smiles=None) for each in whole(*given, **way)],
    )
    learnt = tuned(codec, SERIES, WEIGHTS, seed=0, config=BRIEF)
    monkeypatch.undo()
    assert sum(says(learnt)) > sum(says(codec))


@pytest.mark.parametrize(
    ("smiles", "weights", "word"),
    [
        (SERIES, WEIGHTS[1:], "3 weights, the least 1, for 4 molecules"),
        (SERIES[:2], (1.0, 0.0), "the least 0"),
        (("CCO", "OCC"), (1.0, 1.0), "given twice"),
        (("C1CC(",), (1.0,), "cannot be tuned"),
        (("CCI",), (1.0,), "can encode none"),
        ((), (), "give each a positive one"),
    ],
)
def test_what_nothing_can_be_learnt_from_is_refused(codec, smiles, weights, word):
    with pytest.raises(ConfigError, match=word):
        tuned(codec, smiles, weights, seed=0)


def test_settings_have_ranges():
    with pytest.raises(ConfigError, match="steps is 0"):
        TuningConfig(steps=0)


def test_a_tuned_codec_keeps_its_precision(codec):
    half = tuned(codec.at("bfloat16"), SERIES, WEIGHTS, seed=0, config=BRIEF)
    assert isinstance(half, MoleculeCodec)
    assert half.precision == "bfloat16"
