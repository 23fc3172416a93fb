from __future__ import annotations

import pytest

from bayesopt.campaign import Campaign
from bayesopt.errors import ResultError
from bayesopt.objectives import Objective
from bayesopt.results import Result
from bayesopt.spec import CampaignSpec
from bayesopt.trial import TrialStatus
from bayesopt.warm_start import by_compound, from_trials

PIC50, QED = Objective("pIC50", source="measured"), Objective("qed")


def test_rows_of_a_compound_are_replicates_whatever_their_spelling():
    rows = [
        Result(smiles="CCO", values={"pIC50": 5.0}),
        Result(smiles="CCN", values={"pIC50": 4.0, "qed": 0.1}),
        Result(smiles="OCC", values={"pIC50": [6.0, 7.0], "qed": 0.4}),
    ]
    joined = by_compound(rows)
    assert list(joined) == [0, 1]
    assert joined[0].values == {"pIC50": [5.0, 6.0, 7.0], "qed": [0.4]}
    assert joined[1].values == {"pIC50": [4.0], "qed": [0.1]}


def test_a_row_without_a_molecule_is_named():
    with pytest.raises(ResultError, match="C1CC") as refused:
        by_compound([Result(smiles="CCO"), Result(smiles="C1CC")])
    assert refused.value.index == 1


def test_an_earlier_campaign_is_told_as_it_was_measured(toy):
    earlier = Campaign(CampaignSpec((PIC50, QED)), toy)
    earlier.tell(
        [
            Result(smiles="CCO", values={"pIC50": [5.0, 6.0]}),
            Result(smiles="CCN", values={"qed": 0.2}),
            Result(smiles="CCC", status="abandoned", values={"pIC50": 1.0}),
        ]
    )
    earlier.evaluate()
    told = from_trials(earlier.trials, earlier.spec.objectives, (PIC50,), "campaign x")
    (result,) = told
    assert (result.smiles, result.source) == ("CCO", "campaign x, trial 0")
    campaign = Campaign(CampaignSpec((PIC50,)), toy)
    (trial,) = campaign.tell(told)
    assert trial.status is TrialStatus.EVALUATED
    assert trial.values["pIC50"].replicates == (5.0, 6.0)
    assert campaign.num_evaluations == 0


def test_a_value_of_another_oracle_is_not_told(toy):
    def similar(to):
        return Objective("similarity", parameters={"smiles": to})

    earlier = Campaign(CampaignSpec((similar("CCO"),), (), ("CCN",), 0), toy)
    earlier.ask()
    earlier.evaluate()
    then = earlier.spec.objectives
    assert from_trials(earlier.trials, then, (similar("CCC"),), "x") == ()
    assert len(from_trials(earlier.trials, then, (similar("CCO"), QED), "x")) == 1
