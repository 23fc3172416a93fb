"""Molecules for measurements: as many as are wanted, each once."""

from itertools import chain

from chemvae.known.enumeration import enumerate_compounds
from data.fingerprints import morgan
from data.molecules import canonical_smiles, is_valid, parse

PARENTS = ["Cc1ccccc1", "Cc1ccccc1F", "c1ccncc1", "CCO", "Fc1ccccc1"]


def made(number, seed=0):
    return list(chain.from_iterable(enumerate_compounds(PARENTS, number, seed)))


def test_each_is_another_molecule_with_its_own_fingerprint():
    compounds = [compound for compound, _ in made(60)]
    assert len(compounds) == len({each.smiles for each in compounds}) == 60
    assert len({each.inchi_key for each in compounds}) == 60
    for each in compounds:
        assert is_valid(each.smiles)
        assert canonical_smiles(each.smiles) == each.smiles
        assert each.bits.tolist() == list(morgan(parse(each.smiles)).GetOnBits())


def test_parents_come_first_and_then_one_group_in_each_place_of_its_own():
    first = made(5)
    assert sorted(compound.smiles for compound, _ in first) == sorted(PARENTS)
    assert {PARENTS[int(name.removeprefix("parent-"))] for _, name in first} == set(PARENTS)
    fluorinated = [c.smiles for c, name in made(20) if name == "parent-2"][1:4]
    assert sorted(fluorinated) == ["Fc1ccccn1", "Fc1cccnc1", "Fc1ccncc1"]


def test_the_seed_decides_the_order_and_nothing_else():
    assert [c.smiles for c, _ in made(30, 1)] == [c.smiles for c, _ in made(30, 1)]
    assert [c.smiles for c, _ in made(5, 1)] != [c.smiles for c, _ in made(5, 2)]


def test_what_the_parents_do_not_yield_is_not_made():
    everything = made(10_000)
    assert 60 < len(everything) < 1_000
    assert len(made(len(everything) - 1)) == len(everything) - 1
