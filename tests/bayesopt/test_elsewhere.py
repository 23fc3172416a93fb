from __future__ import annotations

from dataclasses import replace

import pytest
import torch

from bayesopt.constraints import Substructure
from bayesopt.proposers.elsewhere import beginning, niche, sample_elsewhere
from bayesopt.trial import Observation, Trial, TrialStatus
from data.fingerprints import morgan, tanimoto
from data.molecules import inchi_key, parse
from tests.contracts.proposer import problem
from tests.toys import library

BROMIDES = ("BrCCO", "BrCCCN", "BrCC(C)C")


def within(posed):
    """`posed`, where only bromides count, which the toy never decodes, with three on record."""
    told = tuple(
        Trial(
            len(posed.trials) + place,
            0,
            TrialStatus.EVALUATED,
            "told",
            smiles,
            inchi_key(parse(smiles)),
            values={"logp": Observation(-9.0 - place, "measured")},
        )
        for place, smiles in enumerate(BROMIDES)
    )
    return replace(posed, constraints=(Substructure("Br"),), trials=posed.trials + told)


def look(posed, num=12, seed=0):
    return sample_elsewhere(
        posed, niche(posed), num, torch.Generator().manual_seed(seed), posed.known
    )


def test_the_niche_is_the_half_least_like_the_best_best_first(toy):
    posed = problem(toy, smiles=library()[:90:10])
    order = sorted(posed.trials, key=lambda trial: -trial.values["logp"].value)
    best, *others = (trial.smiles for trial in order)
    far = niche(posed)
    assert far == [smiles for smiles in others if smiles in far]
    near = [smiles for smiles in others if smiles not in far]

    def alike(smiles):
        return tanimoto(morgan(parse(best)), morgan(parse(smiles)))

    assert max(map(alike, far)) <= min(map(alike, near))
    assert len(far) == len(others) / 2


def test_a_lone_molecule_is_its_own_niche(toy):
    assert niche(problem(toy, smiles=library()[:1])) == [library()[0]]
    assert niche(problem(toy, smiles=[])) == []


def test_a_campaign_began_with_its_first_feasible_molecules(toy):
    assert beginning(problem(toy, smiles=[])) == []
    posed = problem(toy, smiles=library()[:6])
    order = sorted(posed.trials, key=lambda trial: -trial.values["logp"].value)
    failed = replace(order[0], iteration=0, status=TrialStatus.INFEASIBLE)
    later = [replace(trial, iteration=1 + n // 3) for n, trial in enumerate(order[1:])]
    told = replace(posed, trials=(failed, *reversed(later)))
    assert beginning(told) == [trial.smiles for trial in order[1:4]]


def test_where_nothing_is_forbidden_elsewhere_is_the_prior(toy):
    found = look(problem(toy))
    assert [draft.method for draft in found.kept] == ["prior"] * 12


def test_what_the_prior_cannot_give_is_bred_in_the_niche(toy):
    found = look(within(problem(toy)))
    assert [draft.method for draft in found.kept] == ["genetic"] * 12
    assert all("Br" in draft.smiles for draft in found.kept)
    assert {draft.method for draft in found.refused} == {"prior", "genetic"}
    assert found.decodes.num == 24  # no more are tried of what finds nothing


@pytest.mark.parametrize("num", [0, 1])
def test_no_more_are_found_than_asked(toy, num):
    assert len(look(problem(toy), num).kept) == num
    assert len(look(within(problem(toy)), num).kept) == num
