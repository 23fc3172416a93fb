from __future__ import annotations

from bayesopt.campaign import Campaign
from bayesopt.nearest import nearest_known_molecules
from bayesopt.objectives import Objective
from bayesopt.results import Result
from bayesopt.spec import CampaignSpec
from bayesopt.trial import TrialStatus
from data.fingerprints import morgan, tanimoto
from data.molecules import parse

SPEC = CampaignSpec(
    (Objective("a", source="measured"),), (), ("CCOc1ccccc1", "CC1CCN(C)CC1"), num_initial_samples=4
)


def test_the_nearest_has_a_value_and_the_highest_similarity(toy):
    campaign = Campaign(SPEC, toy)
    first = campaign.ask()
    assert {trial.nearest for trial in first} == {None}
    campaign.tell(
        [Result(trial=t.number, values={"a": 1.0 * t.number}) for t in first[1:] if t.smiles]
    )
    known = [trial for trial in campaign.trials if trial.values]
    chosen = [t for t in campaign.ask(3) if t.status is TrialStatus.PENDING]
    assert chosen
    for trial in chosen:
        similarities = {
            other.number: tanimoto(morgan(parse(trial.smiles)), morgan(parse(other.smiles)))
            for other in known
        }
        assert trial.nearest.similarity == max(similarities.values())
        assert similarities[trial.nearest.trial] == trial.nearest.similarity
        assert trial.nearest.smiles == campaign.trials[trial.nearest.trial].smiles


def test_a_molecule_itself_is_its_nearest(toy):
    campaign = Campaign(SPEC, toy)
    campaign.tell([Result(smiles=smiles, values={"a": 1.0}) for smiles in ("CCO", "CCN", "CCO")])
    (nearest,) = nearest_known_molecules(["CCN"], campaign.trials)
    assert (nearest.trial, nearest.smiles, nearest.similarity) == (1, "CCN", 1.0)


def test_every_molecule_says_why_it_is_there(toy):
    campaign = Campaign(SPEC, toy)
    campaign.ask()
    campaign.tell([Result(smiles="CCC", values={"a": 1.0})])
    why = {trial.method: trial.why for trial in campaign.trials if trial.smiles}
    assert "was given" in why["initial"]
    assert "prior" in why["prior"]
    assert "told" in why["told"]
