from __future__ import annotations

from dataclasses import replace
from statistics import mean

import pytest
import torch

from bayesopt.campaign import Campaign
from bayesopt.errors import SpecError
from bayesopt.objectives import Objective, Scalarization
from bayesopt.proposers.gradient import MARGIN, _Climb, propose_by_gradient, require_heads
from bayesopt.spec import CampaignSpec
from bayesopt.surrogates.latent_scale import LatentScale
from data.molecules import parse
from data.properties import PROPERTIES
from tests.contracts.proposer import problem


@pytest.fixture
def starts(toy):
    return toy.sample_prior(20, torch.Generator().manual_seed(1))


def climbed(posed, starts):
    """Predicted properties at the starts and where their paths end, `n x p` each."""
    paths = _Climb.of(posed).paths(starts)
    return posed.model.predict(starts), posed.model.predict(paths[-len(starts) :])


def test_paths_lead_up(toy, starts):
    before, after = climbed(problem(toy), starts)
    assert bool((after[:, 0] > before[:, 0] + 0.5).all())


def wanting(*objectives):
    return Scalarization.fit(objectives, ())


def test_minimised_is_the_way_down(toy, starts):
    posed = replace(problem(toy), scalarization=wanting(Objective("logp", "minimize")))
    before, after = climbed(posed, starts)
    assert bool((after[:, 0] < before[:, 0] - 0.5).all())


def test_several_objectives_are_climbed_together(toy, starts):
    both = (Objective("logp"), Objective("tpsa", "minimize", low=17, high=122))
    before, after = climbed(replace(problem(toy), scalarization=wanting(*both)), starts)
    assert float((after[:, 0] - before[:, 0]).mean()) > 0
    assert float((after[:, 1] - before[:, 1]).mean()) < 0


def test_a_climber_within_the_tolerance_of_its_target_stays(toy, starts):
    target = Objective("logp", "target", target=0.0, tolerance=1e3)
    paths = _Climb.of(replace(problem(toy), scalarization=wanting(target))).paths(starts)
    torch.testing.assert_close(paths[-len(starts) :], starts, atol=1e-5, rtol=0)


def test_paths_stay_where_the_prior_is(toy, starts):
    paths = _Climb.of(problem(toy)).paths(starts * 10)
    scale = LatentScale.of(toy)
    radius = ((paths - scale.mean) / scale.sd).norm(dim=1)
    assert float(radius.max()) <= toy.latent_dim**0.5 + MARGIN + 1e-4


def test_the_best_predicted_are_chosen_first(toy):
    generator = torch.Generator().manual_seed(0)
    chosen = propose_by_gradient(problem(toy), 6, generator).chosen
    assert {draft.method for draft in chosen} == {"gradient"}
    predicted = toy.predict(torch.tensor([draft.latent for draft in chosen]))[:, 0].tolist()
    assert predicted == sorted(predicted, reverse=True)
    truth = [PROPERTIES["logp"].compute(parse(draft.smiles)) for draft in chosen]
    assert mean(truth) > mean(problem(toy).utilities) + 0.5


def test_an_objective_without_a_head_is_refused_with_the_heads_there_are(toy):
    with pytest.raises(SpecError, match=r"none for penalized_logp.* logp, tpsa") as caught:
        require_heads(toy, (Objective("penalized_logp"), Objective("logp")))
    assert caught.value.pointer == "/method"
    spec = CampaignSpec((Objective("qed"),), method="gradient")
    with pytest.raises(SpecError, match="none for qed"):
        Campaign(spec, toy)
    Campaign(replace(spec, method="genetic"), toy)


def test_a_model_without_heads_is_refused():
    class Headless:
        latent_dim = 1
        fingerprint = "headless"

    with pytest.raises(SpecError, match="heads for: nothing"):
        require_heads(Headless(), (Objective("logp"),))
