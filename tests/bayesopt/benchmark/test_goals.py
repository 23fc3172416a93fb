"""Scores of the GuacaMol kind, against their definitions."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rdkit import Chem, DataStructs
from rdkit.Chem import Crippen, Descriptors, rdMolDescriptors

from bayesopt.benchmark import goals
from bayesopt.benchmark.goals import GOALS, goal
from bayesopt.errors import SpecError
from data.molecules import parse
from tests.toys import library


def environments(smiles, radius, features=False):
    """Counted and unfolded, by RDKit's older interface."""
    return rdMolDescriptors.GetMorganFingerprint(parse(smiles), radius, useFeatures=features)


def similarity(smiles, other, radius, features=False):
    prints = [environments(item, radius, features) for item in (smiles, other)]
    return DataStructs.TanimotoSimilarity(*prints)


SOME = [*library()[::400], goals.CELECOXIB, goals.CAMPHOR, goals.OSIMERTINIB, goals.ARIPIPRAZOLE]


@pytest.mark.parametrize("smiles", SOME)
def test_scores_are_as_defined(smiles):
    expected = {
        "celecoxib": similarity(smiles, goals.CELECOXIB, 2),
        "aripiprazole": min(1, similarity(smiles, goals.ARIPIPRAZOLE, 2) / 0.75),
        "median": math.sqrt(
            similarity(smiles, goals.CAMPHOR, 2) * similarity(smiles, goals.MENTHOL, 2)
        ),
    }
    mol = Chem.MolFromSmiles(smiles)
    too_similar = max(0, similarity(smiles, goals.OSIMERTINIB, 3) - 0.85) / 0.1
    too_apolar = max(0, 100 - Descriptors.TPSA(mol)) / 10
    too_greasy = max(0, Crippen.MolLogP(mol) - 1)
    expected["osimertinib"] = (
        min(1, similarity(smiles, goals.OSIMERTINIB, 2, True) / 0.8)
        * math.exp(-(too_similar**2 + too_apolar**2 + too_greasy**2) / 2)
    ) ** 0.25
    assert {name: each.score(mol) for name, each in GOALS.items()} == pytest.approx(expected)


def test_a_goal_s_own_molecule_is_the_best_there_is():
    assert GOALS["celecoxib"].score(parse(goals.CELECOXIB)) == 1
    assert GOALS["aripiprazole"].score(parse(goals.ARIPIPRAZOLE)) == 1
    assert GOALS["osimertinib"].score(parse(goals.OSIMERTINIB)) < 1  # it is too similar to itself


@given(st.sampled_from(library()))
def test_scores_are_from_0_to_1(smiles):
    for each in GOALS.values():
        assert 0 <= each.score(parse(smiles)) <= 1


def test_an_unknown_goal_names_the_nearest():
    with pytest.raises(SpecError, match="did you mean 'celecoxib'"):
        goal("celecoxb")
