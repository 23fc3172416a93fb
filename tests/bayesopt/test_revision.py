"""A campaign that wants something else judges what it has as if it had always wanted it."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bayesopt.campaign import Campaign
from bayesopt.constraints import PropertyWindow, Substructure, first_violation
from bayesopt.objectives import Objective
from bayesopt.results import Result
from bayesopt.spec import CampaignSpec
from bayesopt.trial import CONSTRAINT, INVALID_DECODE, NO_BUDGET, ORACLE_ERROR, TrialStatus
from data.errors import Refusal
from data.molecules import parse
from data.properties import compute
from tests.toys import ToyLatentModel

QED, LOGP = Objective("qed"), Objective("logp")
PIC50 = Objective("pIC50", source="measured")
LIGHT = PropertyWindow("molecular_weight", max=180)
SPEC = CampaignSpec(
    (QED,), (LIGHT,), ("CCOc1ccccc1",), num_initial_samples=8, seed=2, max_evaluations=60
)


@pytest.fixture
def campaign(toy):
    campaign = Campaign(SPEC, toy)
    campaign.ask()
    campaign.evaluate()
    return campaign


def status_of(campaign, status):
    return [trial for trial in campaign.trials if trial.status is status]


def test_a_new_computed_objective_is_computed_for_every_molecule(campaign):
    evaluated = status_of(campaign, TrialStatus.EVALUATED)
    changed = campaign.revise(replace(SPEC, objectives=(LOGP,)))
    assert [t.number for t in changed] == [t.number for t in evaluated]
    for trial in status_of(campaign, TrialStatus.EVALUATED):
        assert trial.values.keys() == {"logp"}
        assert campaign.utility(trial) == compute(parse(trial.smiles), ["logp"])["logp"]
    assert campaign.num_evaluations == len(evaluated)


def test_there_and_back_is_nothing_done(campaign):
    before = campaign.trials
    campaign.revise(replace(SPEC, objectives=(LOGP, PIC50)))
    assert campaign.trials != before
    assert campaign.revise(SPEC)
    assert campaign.trials == before
    assert campaign.revise(SPEC) == ()


def test_the_same_name_with_other_parameters_is_computed_anew(toy):
    def similar(to):
        return replace(SPEC, objectives=(Objective("similarity", parameters={"smiles": to}),))

    campaign = Campaign(similar("CCO"), toy)
    campaign.ask()
    campaign.evaluate()
    campaign.revise(similar("CCOc1ccccc1"))
    assert campaign.trials[0].values["similarity"].value == 1.0


def test_a_told_value_is_kept_while_nobody_wants_it(toy):
    campaign = Campaign(replace(SPEC, objectives=(PIC50,), constraints=()), toy)
    campaign.tell([Result(smiles="CCO", values={"pIC50": 5.0})])
    campaign.revise(replace(SPEC, objectives=(QED,)))
    assert campaign.trials[0].values.keys() == {"pIC50", "qed"}
    campaign.revise(replace(SPEC, objectives=(PIC50,)))
    assert campaign.utilities == (5.0,)


def test_a_tighter_constraint_refuses_suggestions_and_marks_what_was_evaluated(toy):
    campaign = Campaign(replace(SPEC, objectives=(QED, PIC50), constraints=()), toy)
    campaign.ask()
    campaign.evaluate()
    campaign.tell([Result(trial=1, values={"pIC50": 5.0})])
    campaign.tell([Result(trial=2, status="abandoned", reason="no synthesis")])
    kept = campaign.trials[2]
    campaign.revise(replace(campaign.spec, constraints=(Substructure("[Si]"),)))
    initial, evaluated, abandoned, *others = campaign.trials
    assert initial.status is TrialStatus.PARTIAL  # the user's own is evaluated all the same
    assert evaluated.status is TrialStatus.EVALUATED
    assert abandoned == kept
    assert {t.status for t in others} == {TrialStatus.INFEASIBLE}
    for trial in (initial, evaluated, *others):
        if trial.smiles:
            assert trial.reason.startswith(CONSTRAINT)
    assert campaign.best(9) == ()
    campaign.revise(replace(campaign.spec, constraints=()))
    assert campaign.best(9) == (campaign.trials[1],)
    assert campaign.trials[3].status is TrialStatus.PARTIAL


@pytest.mark.parametrize("room", [None, 2, 0])
def test_what_is_allowed_now_is_evaluated_as_far_as_the_budget_goes(campaign, toy, room):
    refused = [t for t in campaign.trials if (t.reason or "").startswith(CONSTRAINT)]
    invalid = [t for t in campaign.trials if (t.reason or "").startswith(INVALID_DECODE)]
    assert len(refused) > 2
    budget = None if room is None else campaign.num_evaluations + room
    campaign.revise(replace(SPEC, constraints=(), max_evaluations=budget))
    now = [campaign.trials[trial.number] for trial in refused]
    expected = len(refused) if room is None else room
    for trial in now[:expected]:
        assert (trial.status, trial.reason) == (TrialStatus.EVALUATED, None)
        assert "found before" in trial.why
        assert trial.latent == tuple(toy.encode([trial.smiles])[0].mean.tolist())
    for trial in now[expected:]:
        assert trial.status is TrialStatus.INFEASIBLE
        assert trial.reason.startswith(NO_BUDGET)
    assert [campaign.trials[trial.number] for trial in invalid] == invalid
    campaign.revise(replace(SPEC, constraints=(), max_evaluations=None))
    assert all(campaign.trials[t.number].status is TrialStatus.EVALUATED for t in refused)


def test_an_oracle_s_refusal_holds_for_that_oracle_alone(toy, monkeypatch):
    from bayesopt import oracles

    with monkeypatch.context() as broken:
        broken.setattr(
            oracles.MoleculeOracle, "__call__", lambda self, smiles: [Refusal("no", "no")]
        )
        campaign = Campaign(replace(SPEC, constraints=(), num_initial_samples=0), toy)
        campaign.ask()
        campaign.evaluate()
    assert campaign.trials[0].reason.startswith(ORACLE_ERROR)
    assert campaign.revise(replace(campaign.spec, constraints=(LIGHT,))) == ()
    campaign.revise(replace(campaign.spec, objectives=(LOGP,)))
    assert campaign.trials[0].status is TrialStatus.EVALUATED


def test_a_revised_campaign_goes_on_and_its_model_s_own_trials_are_enough(campaign):
    campaign.revise(replace(SPEC, objectives=(LOGP,), constraints=(Substructure("N"),)))
    again = Campaign(campaign.spec, ToyLatentModel(), campaign.trials)
    assert campaign.ask(3) == again.ask(3)
    assert campaign.evaluate() == again.evaluate()


windows = st.integers(100, 320).map(lambda high: PropertyWindow("molecular_weight", max=high))


wanted = st.sampled_from([(QED,), (LOGP, QED), (QED, PIC50)])


@settings(max_examples=15)
@given(st.lists(st.tuples(windows, wanted), max_size=4))
def test_every_molecule_meets_the_constraints_or_says_which_it_breaks(toy, wishes):
    campaign = Campaign(replace(SPEC, num_initial_samples=3, max_evaluations=8), toy)
    campaign.ask()
    for window, objectives in wishes:
        campaign.revise(replace(campaign.spec, constraints=(window,), objectives=objectives))
    for trial in campaign.trials:
        if trial.smiles is None:
            continue
        broken = first_violation(parse(trial.smiles), campaign.spec.constraints)
        if broken:
            assert trial.reason == f"{CONSTRAINT}: {broken}"
        else:
            assert trial.reason is None or trial.reason.startswith(NO_BUDGET)
        assert not (trial.open and trial.reason and not trial.brought)
