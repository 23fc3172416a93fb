"""What every `TunableModel` must do. Subclass as `Test...` and give the fixture `model`."""

from __future__ import annotations

import pytest
import torch

from bayesopt.latent_model import PropertyModel, TunableModel


class TunableModelContract:
    taught = ("CC(=O)Oc1ccccc1C(=O)O", "CC(=O)Nc1ccc(O)cc1", "CCOC(=O)c1ccccc1")
    """Molecules the model can encode."""
    weights = (3.0, 2.0, 1.0)

    @pytest.fixture
    def model(self) -> TunableModel:
        raise NotImplementedError

    @pytest.fixture
    def tuned(self, model):
        return model.tuned(self.taught, self.weights, 0)

    @pytest.fixture
    def latents(self, model):
        return model.sample_prior(16, torch.Generator().manual_seed(3))

    def test_is_a_tunable_model(self, model):
        assert isinstance(model, TunableModel)

    def test_encodings_prior_and_heads_stay_bit_for_bit(self, model, tuned, latents):
        for before, after in zip(model.encode(self.taught), tuned.encode(self.taught), strict=True):
            assert torch.equal(before.mean, after.mean)
            assert torch.equal(before.log_variance, after.log_variance)
        assert torch.equal(tuned.sample_prior(16, torch.Generator().manual_seed(3)), latents)
        if isinstance(model, PropertyModel):
            assert torch.equal(model.predict(latents), tuned.predict(latents))

    def test_the_model_itself_stays_as_it_was(self, model, latents):
        before, fingerprint = model.decode(latents), model.fingerprint
        model.tuned(self.taught, self.weights, 0)
        assert model.decode(latents) == before
        assert model.fingerprint == fingerprint

    def test_the_order_of_the_molecules_does_not_matter(self, model, tuned, latents):
        turned = model.tuned(self.taught[::-1], self.weights[::-1], 0)
        assert turned.fingerprint == tuned.fingerprint
        assert turned.decode(latents) == tuned.decode(latents)

    def test_whatever_it_is_tuned_with_is_in_the_fingerprint(self, model, tuned):
        others = [
            model.tuned(self.taught, self.weights, 1),
            model.tuned(self.taught, self.weights[::-1], 0),
            model.tuned(self.taught[:2], self.weights[:2], 0),
            tuned.tuned(self.taught, self.weights, 0),
        ]
        seen = {item.fingerprint for item in (model, tuned, *others)}
        assert len(seen) == 6
