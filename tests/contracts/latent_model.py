"""What every `LatentModel` must do. Subclass as `Test...` and give the fixture `model`."""

from __future__ import annotations

import pytest
import torch

from bayesopt.latent_model import LatentModel
from data.errors import Refusal
from data.molecules import canonical_smiles

TOLERANCE = 1e-4
"""A batched matrix product may round differently from a single one."""


class LatentModelContract:
    encodable = ("CCO", "c1ccccc1", "CC(=O)Nc1ccccc1", "CCN(C)CC")
    """Molecules the model knows the tokens of."""

    @pytest.fixture
    def model(self) -> LatentModel:
        raise NotImplementedError

    @pytest.fixture
    def latents(self, model):
        return model.sample_prior(16, torch.Generator().manual_seed(3))

    def test_is_a_latent_model(self, model):
        assert isinstance(model, LatentModel)
        assert model.latent_dim > 0
        assert model.fingerprint

    def test_encode_answers_each_molecule_in_its_place(self, model):
        first, refused, last = model.encode(["CCO", "C1CC(", "c1ccccc1"])
        assert isinstance(refused, Refusal)
        assert refused.code
        assert refused.message
        for encoding in (first, last):
            assert encoding.mean.shape == encoding.log_variance.shape == (model.latent_dim,)
            assert encoding.mean.dtype == torch.float32
            assert encoding.mean.isfinite().all()
            assert encoding.log_variance.isfinite().all()
        assert not torch.equal(first.mean, last.mean)

    def test_an_encoding_does_not_depend_on_its_batch(self, model):
        together = model.encode(self.encodable)
        for smiles, encoding in zip(self.encodable, together, strict=True):
            (alone,) = model.encode([smiles])
            torch.testing.assert_close(alone.mean, encoding.mean, atol=TOLERANCE, rtol=0)

    def test_two_spellings_have_one_encoding(self, model):
        one, other = model.encode(["OCC", "CCO"])
        torch.testing.assert_close(one.mean, other.mean, atol=TOLERANCE, rtol=0)

    def test_what_decodes_is_canonical_and_parses(self, model, latents):
        for decoded in model.decode(latents):
            assert isinstance(decoded.raw, str)
            assert decoded.log_likelihood <= 0
            assert decoded.attempts >= 1
            if decoded.smiles is not None:
                assert canonical_smiles(decoded.smiles) == decoded.smiles

    def test_greedy_decoding_is_deterministic_and_keeps_order(self, model, latents):
        raws = [decoded.raw for decoded in model.decode(latents)]
        assert len(raws) == len(latents)
        assert raws == [decoded.raw for decoded in model.decode(latents)]
        assert raws[::-1] == [decoded.raw for decoded in model.decode(latents.flip(0))]

    def test_an_unconstrained_decode_is_one_attempt(self, model, latents):
        raw = model.decode(latents, constrained=False)
        assert [decoded.attempts for decoded in raw] == [1] * len(latents)
        masked = model.decode(latents, constrained=True)
        assert sum(d.smiles is None for d in masked) <= sum(d.smiles is None for d in raw)

    def test_what_a_latent_becomes_does_not_depend_on_its_batch(self, model, latents):
        together = model.decode(latents)
        for latent, decoded in zip(latents, together, strict=True):
            (alone,) = model.decode(latent[None])
            assert (alone.raw, alone.attempts) == (decoded.raw, decoded.attempts)

    def test_sampled_decoding_repeats_with_its_seed(self, model, latents):
        raws = [
            [
                decoded.raw
                for decoded in model.decode(
                    latents, temperature=1.0, generator=torch.Generator().manual_seed(seed)
                )
            ]
            for seed in (0, 0, 1)
        ]
        assert raws[0] == raws[1] != raws[2]

    def test_empty_batches(self, model):
        assert list(model.encode([])) == []
        assert list(model.decode(torch.empty(0, model.latent_dim))) == []

    def test_the_prior_is_seeded_and_leaves_the_global_generator_alone(self, model):
        state = torch.get_rng_state()
        one = model.sample_prior(5, torch.Generator().manual_seed(0))
        two = model.sample_prior(5, torch.Generator().manual_seed(0))
        other = model.sample_prior(5, torch.Generator().manual_seed(1))
        assert one.shape == (5, model.latent_dim)
        assert torch.equal(one, two)
        assert not torch.equal(one, other)
        assert torch.equal(torch.get_rng_state(), state)
