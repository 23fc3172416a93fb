from __future__ import annotations

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from bayesopt.campaign import Campaign
from bayesopt.diagnosis import LEVELS, LeaveOneOut, left_out
from bayesopt.objectives import Objective
from bayesopt.pareto import hypervolumes, non_dominated
from bayesopt.spec import CampaignSpec
from bayesopt.surrogates.latent_scale import LatentScale
from bayesopt.surrogates.molecule_gp import fit_molecule_gp
from bayesopt.surrogates.molecule_space import MoleculeSpace
from bayesopt.trial import Observation, Trial, TrialStatus
from tests.toys import ToyLatentModel, library

TWO = (
    Objective("a", source="measured", low=0.0, high=1.0),
    Objective("b", "minimize", source="measured", low=0.0, high=2.0),
)


def trial(number, a, b, reason=None):
    values = {"a": Observation(a, "measured"), "b": Observation(b, "measured")}
    return Trial(number, 0, TrialStatus.EVALUATED, "told", values=values, reason=reason)


def test_left_out_is_what_a_gp_without_the_point_says():
    model = ToyLatentModel(latent_dim=2)
    space = MoleculeSpace(LatentScale.of(model))
    smiles = library()[::150]
    points = space.rows(smiles, [tuple(e.mean.tolist()) for e in model.encode(smiles)])
    generator = torch.Generator().manual_seed(0)
    noise = 0.1 * torch.rand(len(points), generator=generator, dtype=torch.double)
    gp = fit_molecule_gp(space, points, points.sum(-1).sin() + noise, points[:1])
    mean, sd = left_out(gp)
    targets = gp.train_targets
    for i in range(len(points)):
        others = torch.arange(len(points)) != i
        gp.set_train_data(points[others], targets[others], strict=False)
        gp.eval()
        with torch.no_grad():
            posterior = gp.posterior(points[i : i + 1], observation_noise=True)
            expected = [posterior.mean.item(), posterior.variance.sqrt().item()]
        assert [mean[i].item(), sd[i].item()] == pytest.approx(expected, rel=1e-4)


def test_a_campaign_is_diagnosed_from_its_trials(toy):
    spec = CampaignSpec((Objective("logp"),), num_initial_samples=25, max_evaluations=25)
    campaign = Campaign(spec, toy)
    assert LeaveOneOut.of(campaign.trials, "logp", toy) is None
    campaign.ask()
    campaign.evaluate()
    found = LeaveOneOut.of(campaign.trials, "logp", toy)
    assert len(found.trials) == 25
    assert found.observed == tuple(campaign.utilities[number] for number in found.trials)
    assert found.spearman > 0.5
    assert found.rmse < torch.tensor(found.observed).std()
    shares = [found.coverage(level) for level in LEVELS]
    assert shares == sorted(shares)
    assert shares[-1] > 0.7


def test_the_summary_of_known_numbers():
    found = LeaveOneOut("x", (0, 1, 2, 3), (1.0, 2.0, 3.0, 4.0), (1.5, 1.0, 3.0, 8.0), (1.0,) * 4)
    assert found.rmse == pytest.approx((17.25 / 4) ** 0.5)
    assert found.spearman == pytest.approx(0.8)
    # 0.67, 1.28 and 1.96 sd about errors of 0.5, 1, 0 and 4 sd.
    assert [found.coverage(level) for level in LEVELS] == [0.5, 0.75, 0.75]
    assert LeaveOneOut("x", (0, 1), (1.0, 1.0), (0.0, 1.0), (1.0, 1.0)).spearman is None


def test_a_trial_that_another_beats_is_not_on_the_front():
    trials = [trial(0, 0.5, 1.0), trial(1, 0.4, 1.5), trial(2, 0.9, 1.9), trial(3, 1.0, 0.0, "N")]
    assert [t.number for t in non_dominated(trials, TWO)] == [0, 2]
    assert non_dominated(trials[3:], TWO) == ()


def test_the_hypervolume_is_the_share_of_the_cube_that_is_beaten():
    trials = [trial(0, 0.5, 1.0), trial(1, 0.4, 1.5), trial(2, 0.5, 1.0), trial(3, 2.0, 1.5)]
    # Squares 0.5 x 0.5, then beside it (1 - 0.5) x 0.25.
    assert hypervolumes(trials, TWO) == pytest.approx((0.25, 0.25, 0.25, 0.375))
    assert hypervolumes([], TWO) == ()
    assert hypervolumes(trials, TWO[:1]) is None


@given(st.lists(st.tuples(st.floats(-1, 2), st.floats(-1, 3)), max_size=6))
def test_the_hypervolume_never_falls(pairs):
    course = hypervolumes([trial(i, a, b) for i, (a, b) in enumerate(pairs)], TWO)
    assert list(course) == sorted(course)
    assert all(0 <= volume <= 1 for volume in course)
