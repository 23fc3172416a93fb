from __future__ import annotations

from random import Random

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from rdkit import Chem

from bayesopt.proposers import genetic
from bayesopt.proposers.graphs import mutation
from bayesopt.proposers.graphs.crossover import crossover, cut_chain, cut_ring
from bayesopt.proposers.graphs.editing import MAX_ATOMS, MAX_RING, closed, opened
from data.molecules import canonical_smiles, parse
from tests.contracts.proposer import problem
from tests.toys import library

CHARGED = "C[NH+]1CCN(C(=O)c2cc3ccccc3[nH]2)CC1"
PARENTS = (*library()[::200], CHARGED, "O=[N+]([O-])c1ccc(/C=C/[C@@H](N)C(=O)O)cc1")


def rng(seed):
    return Random(seed)  # noqa: S311  (no secret)


parents = st.sampled_from(PARENTS).map(parse)
seeds = st.integers(0, 2**32)


@pytest.mark.parametrize("smiles", PARENTS)
def test_an_opened_graph_closes_to_the_same_molecule(smiles):
    assert canonical_smiles(closed(opened(parse(smiles)))) == canonical_smiles(smiles)


def is_plausible(mol):
    rings = mol.GetRingInfo().AtomRings()
    return (
        canonical_smiles(canonical_smiles(mol)) == canonical_smiles(mol)
        and mol.GetNumHeavyAtoms() <= MAX_ATOMS
        and len(Chem.GetMolFrags(mol)) == 1
        and max(map(len, rings), default=0) <= MAX_RING
    )


@given(parents, parents, seeds)
def test_children_are_plausible_molecules(first, second, seed):
    child = crossover(first, second, rng(seed))
    assert child is None or is_plausible(child)


@given(parents, seeds)
def test_mutants_are_plausible_molecules(parent, seed):
    mutant = mutation.mutate(parent, rng(seed))
    assert mutant is None or is_plausible(mutant)


def test_breeding_leaves_the_parents_as_they_were():
    one, other = parse(CHARGED), parse("CCOc1ccccc1")
    for seed in range(20):
        crossover(one, other, rng(seed))
        mutation.mutate(one, rng(seed))
    assert canonical_smiles(one) == canonical_smiles(CHARGED)


def test_both_cuts_give_two_pieces_with_their_open_ends():
    graph = opened(parse("CCc1ccccc1"))
    for cut, ends in ((cut_chain, 1), (cut_ring, 2)):
        pieces = cut(graph, rng(0))
        assert [sum(a.GetAtomicNum() == 0 for a in piece.GetAtoms()) for piece in pieces] == [
            ends,
            ends,
        ]
    assert cut_chain(opened(parse("c1ccccc1")), rng(0)) is None
    assert cut_ring(opened(parse("CCCC")), rng(0)) is None


@pytest.mark.parametrize(
    ("change", "atoms", "rings"),
    [
        (mutation.add_atom, 1, 0),
        (mutation.insert_atom, 1, None),
        (mutation.remove_atom, -1, None),
        (mutation.change_element, 0, 0),
        (mutation.change_order, 0, 0),
        (mutation.close_ring, 0, 1),
        (mutation.open_ring, 0, -1),
    ],
)
def test_a_change_does_what_it_says(change, atoms, rings):
    parent = parse("CC1CCC(CCCO)CC1")
    found = set()
    for seed in range(30):
        graph = opened(parent)
        change(graph, rng(seed))
        mutant = closed(graph)
        if mutant is not None:
            found.add(canonical_smiles(mutant))
            assert mutant.GetNumHeavyAtoms() - parent.GetNumHeavyAtoms() == atoms
            if rings is not None:
                assert mutant.GetNumBonds() - mutant.GetNumAtoms() == rings  # 0 in the parent
    assert len(found) > 1
    assert canonical_smiles(parent) not in found


def test_a_charged_atom_may_lose_its_charge():
    graph = opened(parse("C[NH+]1CCCCC1"))
    mutation.change_charge(graph, rng(0))
    assert canonical_smiles(closed(graph)) == "CN1CCCCC1"


def test_a_molecule_without_a_place_for_any_change_has_no_mutant():
    assert mutation.mutate(parse("[Na+].[Cl-]"), rng(0)) is None


def breed(posed, num=8, seed=0):
    return genetic.propose_children(posed, num, torch.Generator().manual_seed(seed)).chosen


def test_a_child_the_model_cannot_encode_is_still_a_candidate(toy, monkeypatch):
    monkeypatch.setattr(mutation, "ELEMENTS", {"Br": 1})
    monkeypatch.setattr(mutation, "CHANGES", {mutation.add_atom: 1})
    monkeypatch.setattr(genetic, "MUTATION_SHARE", 1.0)
    children = breed(problem(toy))
    assert all("Br" in draft.smiles for draft in children)
    assert {draft.method for draft in children} == {"genetic"}
    assert all(draft.latent is None and draft.latent_asked is None for draft in children)


def test_a_lone_parent_has_mutants(toy):
    assert [d.method for d in breed(problem(toy, smiles=library()[:1]), 4)] == ["genetic"] * 4


def test_the_best_breed_most(toy, monkeypatch):
    """Mutants of single parents, so that every child tells whose it is."""
    best, *others = sorted(library()[::100], key=lambda s: -Chem.Crippen.MolLogP(parse(s)))
    mothers = []
    monkeypatch.setattr(
        genetic, "mutate", lambda mol, random: mothers.append(mol) or mutation.mutate(mol, random)
    )
    monkeypatch.setattr(genetic, "MUTATION_SHARE", 1.0)
    breed(problem(toy, smiles=[*others, best]), 150)
    counts = [sum(canonical_smiles(m) == s for m in mothers) for s in (best, others[-1])]
    assert counts[0] > 5 * counts[1]
