from __future__ import annotations

import json

import pytest

from bayesopt.campaign import Campaign
from bayesopt.constraints import PropertyWindow, Substructure
from bayesopt.errors import RecordError, SpecError
from bayesopt.objectives import Objective
from bayesopt.results import Result
from bayesopt.spec import CampaignSpec
from bayesopt.trial import INVALID_DECODE, TrialStatus
from tests.toys import ToyLatentModel

QED = (Objective("qed"),)
MEASURED = (Objective("pIC50", source="measured"),)
START = ("CCOc1ccccc1", "CC1CCN(C)CC1", "OCCOc1ccccc1")


def run(campaign, until=None):
    while not campaign.finished and (until is None or campaign.num_evaluations < until):
        campaign.ask()
        campaign.evaluate()
    return campaign


@pytest.fixture(scope="module")
def spec():
    return CampaignSpec(
        QED,
        (PropertyWindow("molecular_weight", max=240),),
        START,
        num_initial_samples=6,
        batch_size=5,
        seed=7,
        max_evaluations=30,
    )


@pytest.fixture(scope="module")
def finished(spec, toy):
    return run(Campaign(spec, toy))


def test_the_record_of_a_finished_campaign(finished, spec):
    trials = finished.trials
    assert finished.num_evaluations == spec.max_evaluations
    assert [trial.number for trial in trials] == list(range(len(trials)))
    keys = [trial.inchi_key for trial in trials if trial.inchi_key]
    assert len(keys) == len(set(keys))
    for trial in trials:
        if trial.status is TrialStatus.EVALUATED:
            assert trial.latent is not None
            assert trial.values["qed"].source == "computed"
        else:
            assert trial.status is TrialStatus.INFEASIBLE
            assert trial.reason
            assert not trial.values
    chosen = [trial for trial in trials if trial.method == "trust_region" and trial.feasible]
    assert chosen
    assert all(trial.prediction is not None and trial.latent_asked for trial in chosen)
    assert finished.ask() == ()


def test_the_initial_design_comes_first_and_whole(finished):
    first = [trial for trial in finished.trials if trial.iteration == 0]
    assert [t.method for t in first if t.status is TrialStatus.EVALUATED] == (
        ["initial"] * 3 + ["prior"] * 6
    )


def test_best_is_sorted_and_meets_the_constraints(finished):
    best = finished.best(5)
    utilities = [finished.utility(trial) for trial in best]
    assert len(best) == 5
    assert utilities == sorted(utilities, reverse=True)
    assert utilities[0] == max(t.values["qed"].value for t in finished.trials if t.feasible)


def test_the_same_campaign_twice_gives_the_same_trials(finished, spec, toy):
    assert run(Campaign(spec, toy)).trials == finished.trials


@pytest.mark.parametrize("until", [1, 14])
def test_a_campaign_rebuilt_in_the_middle_gives_the_same_trials(finished, spec, toy, until):
    half = run(Campaign(spec, toy), until)
    half.ask()
    stored = json.loads(json.dumps(half.to_dict(), allow_nan=False))
    again = Campaign.from_dict(stored, ToyLatentModel())
    assert again.trials == half.trials
    again.evaluate()
    assert run(again).trials == finished.trials


def test_another_seed_gives_other_molecules(finished, spec, toy):
    data = {**spec.to_dict(), "seed": 8, "max_evaluations": 9}
    other = run(Campaign(CampaignSpec.from_dict(data), toy))
    assert other.trials[3:9] != finished.trials[3:9]


def test_a_user_s_molecule_that_cannot_be_encoded_is_evaluated(toy):
    campaign = Campaign(CampaignSpec(QED, (), ("CCBr", "CCO", "OCC"), 0), toy)
    asked = campaign.ask()
    assert [(t.smiles, t.latent is None, t.method) for t in asked] == [
        ("CCBr", True, "initial"),
        ("CCO", False, "initial"),
    ]
    assert all(trial.status is TrialStatus.EVALUATED for trial in campaign.evaluate())
    assert len(campaign.ask(3)) >= 3


def test_a_user_s_start_is_evaluated_whatever_the_constraints_say(toy):
    campaign = Campaign(CampaignSpec(QED, (Substructure("N"),), ("CCO",), 0), toy)
    campaign.ask()
    (trial,) = campaign.evaluate()
    assert trial.status is TrialStatus.EVALUATED
    assert "N is missing" in trial.reason
    assert campaign.best(1) == ()


def test_infeasible_rows_are_few_and_carry_the_raw_string(toy):
    far = ToyLatentModel(max_distance=1.5)
    campaign = Campaign(CampaignSpec(QED, (), (), num_initial_samples=4), far)
    asked = campaign.ask(4)
    invalid = [t for t in asked if t.status is TrialStatus.INFEASIBLE]
    assert 0 < len(invalid) <= 4
    for trial in invalid:
        assert trial.reason.startswith(f"{INVALID_DECODE}: ")
        assert trial.reason.endswith("(")
        assert trial.smiles is trial.latent is None
        assert len(trial.latent_asked) == far.latent_dim


@pytest.mark.parametrize(
    ("own", "asked", "given"), [((), 3, 3), (("CCO", "CCN"), 3, 3), (("CCO", "CCN"), 1, 2)]
)
def test_a_first_ask_for_few_gives_the_users_own_and_few_samples(toy, own, asked, given):
    campaign = Campaign(CampaignSpec(QED, (), own, num_initial_samples=20), toy)
    pending = [t for t in campaign.ask(asked) if t.status is TrialStatus.PENDING]
    assert len(pending) == given
    assert [t.smiles for t in pending[: len(own)]] == list(own)


def test_every_ask_draws_anew(toy):
    far = ToyLatentModel(max_distance=1.5)
    campaign = Campaign(CampaignSpec(QED, (), (), num_initial_samples=4, method="random"), far)
    asked = [trial.latent_asked for _ in range(3) for trial in campaign.ask(4)]
    assert len(asked) == len(set(asked)) > 12


def test_the_budget_counts_pending_molecules(toy):
    spec = CampaignSpec(MEASURED, (), START, num_initial_samples=2, max_evaluations=6)
    campaign = Campaign(spec, toy)
    campaign.ask()
    campaign.tell([Result(trial=0, values={"pIC50": 1.0})])
    (last,) = (t for t in campaign.ask(8) if t.status is TrialStatus.PENDING)
    assert campaign.ask(8) == ()
    assert not campaign.finished
    campaign.tell([Result(trial=last.number, status="abandoned", reason="no synthesis")])
    (replacement,) = (t for t in campaign.ask(8) if t.status is TrialStatus.PENDING)
    assert replacement.inchi_key != last.inchi_key


def test_told_molecules_are_free_and_found_first(toy):
    campaign = Campaign(CampaignSpec(MEASURED, (), START, 0, max_evaluations=3), toy)
    campaign.tell([Result(smiles="CCCO", values={"pIC50": 5.0})])
    assert campaign.num_evaluations == 0
    assert len(campaign.ask()) == 3
    assert [trial.iteration for trial in campaign.trials] == [0, 0, 0, 0]


def test_measured_values_are_awaited_and_computed_ones_filled_in(toy):
    campaign = Campaign(CampaignSpec(QED + MEASURED, (), START, 0), toy)
    campaign.ask()
    assert {trial.status for trial in campaign.evaluate()} == {TrialStatus.PARTIAL}
    assert campaign.evaluate() == ()
    assert campaign.awaiting_measurements
    campaign.tell([Result(trial=n, values={"pIC50": float(n)}) for n in range(3)])
    assert not campaign.awaiting_measurements
    assert all(trial.status is TrialStatus.EVALUATED for trial in campaign.trials)
    campaign.tell([Result(smiles="CCC", values={"pIC50": 2.0})])
    (filled,) = campaign.evaluate()
    assert filled.values.keys() == {"qed", "pIC50"}
    assert filled.values["pIC50"].source == "measured"


def test_a_told_value_is_never_computed_over(toy):
    campaign = Campaign(CampaignSpec(QED + MEASURED), toy)
    campaign.tell([Result(smiles="CCO", values={"qed": 0.123})])
    assert campaign.evaluate() == ()
    assert campaign.trials[0].values["qed"].value == 0.123


def test_a_partly_told_trial_is_still_open_to_the_optimiser(toy):
    campaign = Campaign(CampaignSpec(QED + MEASURED, (), START, 3), toy)
    campaign.ask()
    campaign.evaluate()
    campaign.tell([Result(trial=n, values={"pIC50": float(n)}) for n in range(4)])
    asked = [t for t in campaign.ask(4) if t.status is TrialStatus.PENDING]
    assert all(trial.prediction is not None for trial in asked)


def test_an_oracle_s_refusal_is_an_infeasible_trial(toy, monkeypatch):
    from bayesopt import oracles
    from data.errors import Refusal

    monkeypatch.setattr(
        oracles.MoleculeOracle, "__call__", lambda self, smiles: [Refusal("no", "broken")] * 3
    )
    campaign = Campaign(CampaignSpec(QED, (), START, 0, max_evaluations=3), toy)
    campaign.ask()
    for trial in campaign.evaluate():
        assert trial.status is TrialStatus.INFEASIBLE
        assert trial.reason == "oracle error: qed: broken"
        assert not trial.values
    assert campaign.finished


def test_a_search_that_finds_nothing_says_so(toy):
    campaign = Campaign(CampaignSpec(QED, (Substructure("[Si]"),), ("CCO",), 0), toy)
    campaign.ask()
    campaign.evaluate()
    assert not campaign.exhausted
    assert all(trial.status is TrialStatus.INFEASIBLE for trial in campaign.ask(3))
    assert campaign.exhausted
    campaign.tell([Result(smiles="C[SiH3]", values={"qed": 0.3})])
    assert not campaign.exhausted


def test_stored_trials_are_checked(finished, spec, toy):
    with pytest.raises(RecordError, match="in order"):
        Campaign(spec, toy, finished.trials[1:])
    with pytest.raises(RecordError, match="not toy"):
        Campaign.from_dict({**finished.to_dict(), "model": "another"}, toy)


def test_ask_for_nothing_is_refused(toy):
    with pytest.raises(SpecError, match="at least 1"):
        Campaign(CampaignSpec(QED), toy).ask(0)
