import re

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from rdkit import Chem

from chemvae.decoding.automaton import SmilesAutomaton
from chemvae.errors import ConfigError
from chemvae.tokens import BOS, EOS, Vocabulary, tokenize
from data.molecules import canonical_smiles
from tests.chemvae.decoding.automaton.molecules import MOLECULES
from tests.chemvae.decoding.automaton.walks import CPU, fault, random_walks, refusals
from tests.data.strategies import valid_smiles

CANONICAL = [canonical_smiles(smiles) for smiles in MOLECULES]
RANDOM = [
    smiles
    for line in CANONICAL
    for smiles in Chem.MolToRandomSmilesVect(Chem.MolFromSmiles(line), 20, randomSeed=1)
]
ODD = Vocabulary.from_smiles(CANONICAL + RANDOM)


def after(text: str, vocabulary: Vocabulary = ODD, max_tokens: int = 60) -> set[str]:
    """The tokens allowed after `text`."""
    state = SmilesAutomaton(vocabulary, max_tokens).start(1, CPU)
    for token in tokenize(text):
        state.advance(torch.tensor([vocabulary.tokens.index(token)]))
    return {vocabulary.tokens[i] for i in state.allowed()[0].nonzero().flatten().tolist()}


def test_molecules_of_every_kind_pass_in_any_spelling():
    assert refusals(CANONICAL + RANDOM, ODD, max_tokens=150) == []


@given(valid_smiles, st.integers(0, 2**31 - 1))
@settings(deadline=None, max_examples=40)
def test_rdkit_spells_nothing_that_is_refused(smiles, seed):
    lines = Chem.MolToRandomSmilesVect(Chem.MolFromSmiles(smiles), 5, randomSeed=seed)
    lines = [canonical_smiles(smiles), *lines]
    vocabulary = Vocabulary.from_smiles(lines)
    assert refusals(lines, vocabulary, max_tokens=max(len(tokenize(x)) for x in lines) + 3) == []


@pytest.mark.parametrize("max_tokens", [1, 2, 5, 12, 30, 70])
@pytest.mark.parametrize("eos", [1.0, 0.0])
def test_whatever_is_drawn_ends_and_only_aromatic_systems_can_be_wrong(max_tokens, eos):
    faults = {fault(text) for text in random_walks(ODD, max_tokens, 200, max_tokens, eos)}
    assert faults <= {"", "aromatic"}


@given(
    st.sets(st.sampled_from(ODD.tokens[2:]), min_size=1, max_size=9),
    st.integers(1, 25),
    st.integers(0, 2**31 - 1),
)
@settings(deadline=None, max_examples=60)
def test_any_vocabulary_with_an_atom_always_ends(tokens, max_tokens, seed):
    vocabulary = Vocabulary((BOS, EOS, *sorted({*tokens, "O"})))
    for text in random_walks(vocabulary, max_tokens, 16, seed, eos=0.05):
        assert fault(text) in {"", "aromatic", "clean-up"}, text


def test_what_rdkit_rewrites_is_told_apart_from_what_the_mask_lets_through():
    """Decision 6: `I` may have three bonds and `[O+]` too, but not after RDKit's clean-up."""
    assert fault("[O+]1=IO1") == "clean-up"
    assert fault("C[O+]=IC") == ""
    assert "valence" in fault("CN(C)(C)(C)C")


@pytest.mark.parametrize(
    ("text", "allowed", "refused"),
    [
        ("", "C c", "( ) 1 = . <eos>"),
        ("C", "C ( 1 = # <eos>", ")"),
        ("C(", "C = #", "( ) 1 <eos>"),
        ("C(C", "C ( ) 1 =", "<eos> ."),
        ("C=", "C O N", "= ( ) 1 F <eos>"),  # RDKit writes ring bonds where they close
        ("C(=", "C O", "1 ( )"),
        ("CF", "<eos>", "C ( 1 ="),
        ("C1", "C 2", "1 F <eos>"),
        ("C1C", "C 2", "1 <eos>"),  # a neighbour of the opener
        ("C1CC", "1 C", "<eos>"),
        ("C1CC=", "1 C", ""),
        ("N1(CC=", "C", "1"),  # it would take the bond that is kept for what follows the branch
        ("C12CC1", "C 3", "2 <eos>"),  # the same two atoms again
        ("C1CC(C", "C 1 )", "<eos>"),
        ("CC(C)(C)", "C F", "( =  1"),
        ("CC(C)(C)C", "C 1 (", ""),
        ("C[N+](C)(C)", "C", "( ="),
        ("C=[N+]", "= (", "#"),
        ("C=[N+]=", "[N-] C N", "F"),
        ("CS(=O)(=O)", "C N O", ""),
        ("FS(F)(F)(F)(F)", "F", "( ="),
        ("c1ccccc1", "C - <eos>", "c ("),  # RDKit writes `-` between two rings
        ("c1ccccc1-", "c C", "="),
        ("c1cccc1", "=", "<eos> C"),  # an odd ring of carbons has no double bonds to go round
        ("c1ccc[nH]1", "<eos>", "C ( ="),
        ("c1ccn", "c ( 1", "<eos>"),
        ("c1ccc", "c n", "C <eos>"),
        ("Cc", "1", "C c ( <eos>"),
    ],
)
def test_what_may_come_next(text, allowed, refused):
    found = after(text)
    assert set(allowed.split()) <= found
    assert not set(refused.split()) & found


STEREO = Vocabulary.from_smiles(["C[C@H](N)[C@@](F)(C)[NH+](C)C1=NO[n+]2ccccc2C1"])


@pytest.mark.parametrize(
    ("text", "allowed", "refused"),
    [
        ("[C@H]", "( 1", "C <eos>"),  # its hydrogen, and three bonds
        ("C[C@H]", "( 1 =", "C F <eos>"),
        ("C[C@H](N)", "C F", "<eos>"),
        ("C(C[C@H](N)", "C F", ") <eos>"),
        ("C[C@H](N)F", "<eos>", ""),
        ("C1C[C@H]1", "C F", "<eos>"),
        ("C[C@@](C)", "(", "C F <eos>"),
        ("C[NH+]", "( 1 =", "C <eos>"),
        ("C[NH+](C)", "C", "<eos>"),
        ("c1cccc[n+]1", "C", "<eos>"),
    ],
)
def test_an_atom_with_a_charge_or_a_stereo_mark_gets_all_its_bonds(text, allowed, refused):
    found = after(text, STEREO)
    assert set(allowed.split()) <= found
    assert not set(refused.split()) & found


MARKS = Vocabulary.from_smiles(["C/C(F)=C/C(=O)/N=C\\C", "O#CC1CC1"])


@pytest.mark.parametrize(
    ("text", "allowed", "refused"),
    [
        ("CC/", "C N", "F O"),  # neither end could have a double bond
        ("CC/C", "= (", "C # <eos>"),
        ("CC/C(", "C", ""),
        ("CC/C(C)", "=", "C <eos>"),
        ("C/C=C", "/ C <eos>", ""),
        ("C/C=C/", "C F", ""),
        ("CC(=O)/", "C F", ""),
        ("C(/", "C F", ""),  # its double bond may come after the branch
        ("C/C=C/C", "C / <eos>", ""),
    ],
)
def test_marks_of_a_double_bond_s_stereo_stand_beside_one(text, allowed, refused):
    found = after(text, MARKS)
    assert set(allowed.split()) <= found
    assert not set(refused.split()) & found


def test_no_walk_leaves_a_radical_while_there_is_room():
    # Without rings, of which one token ahead does not show whether `=` can close them.
    vocabulary = Vocabulary.from_smiles(["C[C@H](N)[C@@](F)(C)[NH+](C)C=[N+](C)[O-]"])
    walks = random_walks(vocabulary, 60, 400, seed=3, eos=3.0)
    molecules = [Chem.MolFromSmiles(text) for text in walks if len(tokenize(text)) < 50]
    assert len(molecules) > 100
    assert not [m for m in molecules if any(a.GetNumRadicalElectrons() for a in m.GetAtoms())]


@pytest.mark.parametrize(
    ("text", "left", "allowed"),
    [
        ("C1CC", 1, {"1"}),
        ("C(C", 1, {")"}),
        ("C1CC(C", 2, {"1"}),
        ("C1CC2C", 3, {"1", "C", "N"}),
    ],
)
def test_everything_is_closed_in_time(text, left, allowed):
    vocabulary = Vocabulary((BOS, EOS, "(", ")", "1", "2", "=", "C", "N"))
    assert after(text, vocabulary, max_tokens=len(tokenize(text)) + left) == allowed


def test_after_eos_a_row_stays_finished():
    state = SmilesAutomaton(ODD, 5).start(1, CPU)
    for token in ("C", EOS, EOS):
        state.advance(torch.tensor([ODD.tokens.index(token)]))
    assert state.allowed()[0].nonzero().flatten().tolist() == [ODD.eos]


def test_selected_rows_go_on_as_they_were():
    automaton = SmilesAutomaton(ODD, 40)
    texts = ["c1cc", "C1C2", "CC(="]
    rows = [[ODD.tokens.index(token) for token in tokenize(text)] for text in texts]
    together = automaton.start(3, CPU)
    for column in torch.tensor(rows).T:
        together.advance(column)
    alone = together.allowed()
    together.select(torch.tensor([2, 0, 0]))
    assert torch.equal(together.allowed(), alone[[2, 0, 0]])
    together.advance(torch.tensor([ODD.tokens.index(t) for t in ("O", "c", "(")]))
    single = automaton.start(1, CPU)
    for i in [*rows[0], ODD.tokens.index("(")]:
        single.advance(torch.tensor([i]))
    assert torch.equal(together.allowed()[2], single.allowed()[0])


def test_selected_rows_keep_their_double_bonds():
    state = SmilesAutomaton(ODD, 40).start(2, CPU)
    rows = [[ODD.tokens.index(t) for t in tokenize(text)] for text in ("c1ccccc1", "Cc1cccc1")]
    for column in torch.tensor(rows).T:
        state.advance(column)
    before = state.allowed()
    assert before[:, ODD.eos].tolist() == [True, False]
    state.select(torch.tensor([1, 0]))
    assert torch.equal(state.allowed(), before[[1, 0]])


@pytest.mark.parametrize("token", ["[foo]", "[C", "X"])
def test_a_token_that_is_no_chemistry_is_named(token):
    with pytest.raises(ConfigError, match=re.escape(repr(token))):
        SmilesAutomaton(Vocabulary((BOS, EOS, "C", token)), 10)


def test_no_tokens_at_all_are_no_molecule():
    with pytest.raises(ConfigError, match="max_tokens is 0"):
        SmilesAutomaton(ODD, 0)
