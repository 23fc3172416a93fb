import math

import pytest
import torch

from chemvae.codec import MoleculeCodec
from chemvae.config import ModelConfig
from chemvae.errors import ConfigError
from chemvae.labels import FARTHEST_TOLD, Conditions, LabelScale, require_told
from chemvae.latent.coder import predicted
from chemvae.priors import StandardNormal
from chemvae.several import Search, decode_several
from chemvae.vae import SmilesVae

LABELS = torch.tensor([[1.0, 10.0], [3.0, math.nan], [5.0, 30.0]])


def test_the_scale_skips_missing_labels_and_inverts():
    scale = LabelScale(["logp", "pIC50"])
    scale.fit(LABELS)
    torch.testing.assert_close(scale.mean, torch.tensor([3.0, 20.0]))
    standard = scale.standardize(LABELS)
    assert standard[:, 0].std() == pytest.approx(1)
    torch.testing.assert_close(scale.restore(standard), LABELS, equal_nan=True)


@pytest.mark.parametrize("column", [[math.nan] * 3, [2.0, math.nan, math.nan], [4.0] * 3])
def test_a_label_without_spread_is_named(column):
    labels = torch.tensor(column).unsqueeze(1)
    with pytest.raises(ConfigError, match="'pIC50' has"):
        LabelScale(["pIC50"]).fit(labels)


def test_a_missing_label_is_told_as_missing():
    conditions = Conditions(["logp", "pIC50"])
    conditions.scale.fit(LABELS)
    latents = torch.zeros(3, 4)
    told = conditions(latents, LABELS)
    assert told.shape == (3, 4 + conditions.width)
    assert told[:, 6:].tolist() == [[1, 1], [1, 0], [1, 1]]
    assert told[1, 5] == 0
    assert conditions(latents)[:, 4:].count_nonzero() == 0


def test_a_wish_for_an_unknown_label_is_refused():
    conditions = Conditions(["logp"])
    assert conditions.row({"logp": 2.5}).tolist() == [2.5]
    with pytest.raises(ConfigError, match="is not told 'qed'; it knows: logp"):
        conditions.row({"qed": 0.9})


def test_a_wish_that_no_decoder_can_be_told_is_refused():
    require_told({}, ())
    with pytest.raises(ConfigError, match="told no labels, so not logp, qed either"):
        require_told({"logp": 2.5, "qed": 0.9}, ())
    for value in (math.nan, math.inf):
        with pytest.raises(ConfigError, match=f"'logp' is {value}; give a finite number"):
            require_told({"logp": value}, ("logp",))


def test_a_value_far_from_every_molecule_leaves_the_decoder_finite():
    conditions = Conditions(["logp", "pIC50"])
    conditions.scale.fit(LABELS)
    told = conditions(torch.zeros(1, 4), conditions.row({"logp": 1e300, "pIC50": -1e38})[None])
    assert told[0, 4:].tolist() == [FARTHEST_TOLD, -FARTHEST_TOLD, 1, 1]


@pytest.fixture
def conditional(vocabulary):
    """An untrained codec whose decoder is told two labels."""
    with torch.random.fork_rng():
        torch.manual_seed(0)
        vae = SmilesVae(len(vocabulary), ModelConfig(latent_dim=4, conditions=("logp", "pIC50")))
    return MoleculeCodec(vae, vocabulary, StandardNormal(4), "conditional")


def test_every_way_to_decode_heeds_the_labels(codec, conditional):
    assert (conditional.conditions, codec.conditions) == (("logp", "pIC50"), ())
    latents = torch.randn(6, 4, generator=torch.Generator().manual_seed(0))

    def strings(labels):
        greedy = [item.raw for item in conditional.decode(latents, labels=labels)]
        beam = [item.raw for item in conditional.beam(latents[:1], 4, labels=labels)[0]]
        several = [
            decode_several(conditional, latents, search, torch.Generator().manual_seed(0))
            for search in (Search(2, 1.0, labels=labels), Search(2, beam_width=4, labels=labels))
        ]
        return greedy, beam, *several

    low, high = (strings({"logp": value}) for value in (-10.0, 10.0))
    assert [a != b for a, b in zip(low, high, strict=True)] == [True] * 4


def test_a_network_has_the_heads_and_conditions_of_its_configuration():
    config = ModelConfig(latent_dim=4, properties=("logp",), conditions=("qed", "logp"))
    vae = SmilesVae(10, config)
    assert vae.heads.names == ("logp",)
    assert vae.heads.predict(torch.zeros(2, 4)).shape == (2, 1)
    assert vae.condition(torch.zeros(2, 4)).shape == (2, 8)
    plain = SmilesVae(10, ModelConfig(latent_dim=4))
    assert plain.heads is plain.conditions is None
    assert plain.condition(torch.zeros(2, 4)).shape == (2, 4)


def test_a_codec_predicts_in_the_labels_units_and_can_be_climbed(codec, vocabulary):
    config = ModelConfig(latent_dim=4, properties=("logp", "qed"))
    vae = SmilesVae(len(vocabulary), config)
    vae.heads.scale.mean[:] = torch.tensor([2.5, 0.7])
    with_heads = MoleculeCodec(vae, vocabulary, StandardNormal(4), "heads")
    assert with_heads.properties == ("logp", "qed")
    latents = torch.randn(3, 4, generator=torch.Generator().manual_seed(0)).requires_grad_()
    values = with_heads.predict(latents)
    torch.testing.assert_close(values, vae.heads.predict(latents))
    (slope,) = torch.autograd.grad(values.sum(), latents)
    assert slope.abs().min() > 0
    assert codec.properties == ()
    assert codec.predict(torch.zeros(3, codec.latent_dim)).shape == (3, 0)
    rows = predicted(with_heads, list(latents))
    qed = with_heads.predict(latents)[:, 1].tolist()
    assert [row["qed"] for row in rows] == pytest.approx(qed, abs=1e-5)
    assert rows[2:] == predicted(with_heads, [latents[2]]), "whoever else is asked about"
    assert predicted(codec, [torch.zeros(codec.latent_dim)]) == [{}]
    assert predicted(with_heads, []) == []
