"""Every latent decoded is counted, also where its molecule is not stored."""

from __future__ import annotations

import pytest

from bayesopt.campaign import Campaign
from bayesopt.objectives import Objective
from bayesopt.spec import CampaignSpec
from tests.toys import ToyLatentModel


class CountingModel(ToyLatentModel):
    def __init__(self):
        super().__init__(max_distance=2.0)
        self.decoded = []

    def decode(self, latents, **settings):
        decoded = super().decode(latents, **settings)
        self.decoded += decoded
        return decoded


@pytest.fixture(scope="module")
def model():
    return CountingModel()


@pytest.mark.parametrize("method", ["auto", "random", "cma_es", "gradient"])
def test_the_decodes_of_an_ask_are_counted(model, method):
    spec = CampaignSpec((Objective("logp"),), num_initial_samples=8, batch_size=4, method=method)
    campaign = Campaign(spec, model)
    assert campaign.decodes is None
    num_invalid = 0
    for _ in range(2):
        known = {trial.smiles for trial in campaign.trials}
        model.decoded.clear()
        campaign.ask()
        campaign.evaluate()
        counted = campaign.decodes
        assert counted.num == len(model.decoded)
        assert counted.num_invalid == sum(item.smiles is None for item in model.decoded)
        num_invalid += counted.num_invalid
        valid = [item.smiles for item in model.decoded if item.smiles is not None]
        assert counted.num_repeats == len(valid) - len(set(valid) - known)
    assert num_invalid > 0


def test_a_method_that_breeds_graphs_has_no_decodes(model):
    spec = CampaignSpec((Objective("logp"),), num_initial_samples=8, method="genetic")
    campaign = Campaign(spec, model)
    campaign.ask()
    assert campaign.decodes.num >= 8  # of the initial design
    campaign.evaluate()
    campaign.ask(2)
    assert campaign.decodes is None
