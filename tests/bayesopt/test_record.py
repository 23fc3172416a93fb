"""The record does not depend on how, in what order or how often it was told."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from bayesopt.campaign import Campaign
from bayesopt.constraints import PropertyWindow, first_violation
from bayesopt.objectives import Objective
from bayesopt.results import Result
from bayesopt.spec import CampaignSpec
from bayesopt.trial import CONSTRAINT, TrialStatus
from data.molecules import canonical_smiles, parse
from tests.toys import ToyLatentModel

SPEC = CampaignSpec(
    (Objective("a", source="measured"), Objective("qed")),
    (PropertyWindow("molecular_weight", max=200),),
    ("CCOc1ccccc1", "CC1CCN(C)CC1", "CCBr"),
    num_initial_samples=3,
    batch_size=3,
    seed=11,
    max_evaluations=16,
)
values = st.one_of(st.floats(-10, 10), st.lists(st.floats(-10, 10), min_size=1, max_size=3))


def started(toy):
    campaign = Campaign(SPEC, toy)
    campaign.ask()
    campaign.evaluate()
    return campaign


@st.composite
def told(draw, numbers=tuple(range(6))):
    """At most one result of each trial, as a list in any order."""
    chosen = draw(st.lists(st.sampled_from(numbers), unique=True, max_size=6))
    return [
        Result(trial=number, values={"a": draw(values)})
        if draw(st.booleans())
        else Result(trial=number, status="abandoned", reason="no synthesis")
        for number in chosen
    ]


@settings(max_examples=25)
@given(told(), st.data())
def test_order_number_and_repetition_of_results_change_nothing(toy, results, data):
    campaign, other = started(toy), started(toy)
    campaign.tell(results)
    for result in data.draw(st.permutations(results)):
        for _ in range(data.draw(st.integers(1, 2))):
            other.tell([result])
    other.tell(data.draw(st.permutations(results)))
    assert other.trials == campaign.trials


@settings(max_examples=25)
@given(told(), told(), st.booleans())
def test_to_withdraw_and_tell_again_is_to_tell(toy, wrong, right, one_by_one):
    campaign, other = started(toy), started(toy)
    campaign.tell(wrong)
    numbers = {result.trial for result in right}
    for number in numbers:
        back = {"values": {"a": None, "qed": None}} if one_by_one else {"status": "withdrawn"}
        campaign.tell([Result(trial=number, **back)])
    other.tell([result for result in wrong if result.trial not in numbers])
    for each in (campaign, other):
        each.tell([Result(trial=number, values={"a": 1.0}) for number in numbers])
        each.evaluate()
    assert campaign.trials == other.trials


@settings(max_examples=10)
@given(st.lists(told(), max_size=3), st.sampled_from(["auto", "random"]))
def test_no_compound_twice_and_every_molecule_answers_for_itself(toy, rounds, method):
    spec = CampaignSpec.from_dict({**SPEC.to_dict(), "method": method})
    campaign = Campaign(spec, toy)
    for results in rounds:
        campaign.ask()
        campaign.evaluate()
        campaign.tell([r for r in results if campaign.trials[r.trial].smiles is not None])
    keys = [trial.inchi_key for trial in campaign.trials if trial.inchi_key]
    assert len(keys) == len(set(keys))
    for trial in campaign.trials:
        if trial.smiles is None:
            assert trial.status is TrialStatus.INFEASIBLE
            assert trial.reason
            continue
        assert canonical_smiles(trial.smiles) == trial.smiles
        broken = first_violation(parse(trial.smiles), campaign.spec.constraints)
        if broken and trial.status is not TrialStatus.ABANDONED:
            assert trial.reason == f"{CONSTRAINT}: {broken}"


def test_a_campaign_killed_at_every_step_is_the_one_that_was_not(toy):
    def steps():
        """What the bench does next, given the campaign: as it would be without a computer."""
        yield lambda c: c.ask()
        yield lambda c: c.evaluate()
        yield lambda c: c.tell([Result(trial=0, values={"a": [1.0, 2.0]})])
        yield lambda c: c.tell([Result(trial=1, status="abandoned", reason="no synthesis")])
        yield lambda c: c.tell([Result(smiles="CCN", values={"a": 3}), Result(2, values={"a": 0})])
        for step in range(3):
            yield lambda c: c.ask()
            yield lambda c: c.evaluate()
            yield lambda c, step=step: c.tell(
                [
                    Result(trial=t.number, values={"a": float(len(t.smiles) + step)})
                    for t in c.trials
                    if t.status is TrialStatus.PARTIAL and t.number % 3 != step
                ]
            )
        yield lambda c: c.tell([Result(trial=0, values={"a": None})])
        yield lambda c: c.ask()

    whole, again = Campaign(SPEC, toy), Campaign(SPEC, toy)
    for step in steps():
        step(whole)
        step(again)
        again = Campaign.from_dict(again.to_dict(), ToyLatentModel())
        assert again.trials == whole.trials
    assert {trial.method for trial in whole.trials} >= {"initial", "prior", "told", "trust_region"}
