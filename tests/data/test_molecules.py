import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from xml.etree import ElementTree

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from rdkit import Chem

from data.errors import DepictionError, FilterError, MoleculeError, Refusal
from data.limits import MAX_ATOMS, MAX_SMILES_LENGTH
from data.molecules import (
    align,
    canonical_smiles,
    depict_svg,
    inchi_key,
    is_valid,
    parse,
    random_smiles,
    standardize,
)
from tests.data.strategies import valid_smiles

ASPIRIN = "CC(=O)Oc1ccccc1C(=O)O"


@pytest.mark.parametrize(
    ("smiles", "code", "words"),
    [
        ("", "empty", "empty"),
        (" \t\n", "empty", "empty"),
        ("C" * (MAX_SMILES_LENGTH + 1), "too_long", "1001 characters"),
        ("C" * (MAX_ATOMS + 1), "too_large", "301 heavy atoms"),
        ("C1CC1" * 101, "too_large", "101 ring bonds; at most 100"),
        ("C1CC", "syntax", "unclosed ring in 'C1CC'"),
        ("C(C", "syntax", "extra open parentheses near position 2"),
        ("CC)C", "syntax", "extra close parentheses near position 3"),
        ("CX", "syntax", "near position 2"),
        ("CCO ethanol", "syntax", "' ' at position 4"),
        ("CCé", "syntax", "'é' at position 3"),
        ("CC\nCC", "syntax", "'\\n' at position 3"),
        ("[9999999999C]", "syntax", "number too large"),
        ("CC(C)(C)(C)C", "valence", "Explicit valence for atom # 1 C, 5, is greater"),
        ("c1cccc1", "kekulize", "aromatic atoms 0 1 2 3 4"),
        ("c1ccncc1c", "kekulize", "atom 6 (counted from 0)"),
        ("*C", "wildcard", "name the element"),
        ("CN1CCC[C@H]1c1cccn~c1", "wildcard", "say which it is"),
        ("[H][H]", "no_atoms", "other than hydrogen"),
    ],
)
def test_a_bad_smiles_is_refused_in_plain_words(smiles, code, words):
    with pytest.raises(MoleculeError) as caught:
        parse(smiles)
    assert caught.value.code == code
    assert words in str(caught.value)
    assert Refusal.from_error(caught.value) == Refusal(code, str(caught.value))


@given(st.one_of(st.text(max_size=40), st.text(alphabet="CNOcn123()[]=#@+-%/\\.*H", max_size=40)))
@settings(max_examples=300, deadline=None)
def test_any_text_parses_or_is_a_molecule_error(text):
    with suppress(MoleculeError):
        assert parse(text).GetNumHeavyAtoms() > 0


def test_rdkit_writes_nothing_on_stderr():
    script = """
from rdkit import Chem
from data.molecules import parse, standardize
standardize(parse("C[S+]([O-])C"))
for smiles in ("C1CC", "CC(C)(C)(C)C", "c1cccc1"):
    assert Chem.MolFromSmiles(smiles) is None
    try:
        parse(smiles)
    except Exception:
        pass
"""
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, check=True)  # noqa: S603
    assert (done.stdout, done.stderr) == (b"", b"")


def test_each_thread_gets_the_reason_of_its_own_molecule():
    bad = [f"{'C' * length}X" for length in range(1, 60)] * 5

    def reason(smiles: str) -> str:
        with pytest.raises(MoleculeError) as caught:
            parse(smiles)
        return str(caught.value)

    with ThreadPoolExecutor(8) as pool:
        for smiles, message in zip(bad, pool.map(reason, bad), strict=True):
            assert message == f"syntax error near position {len(smiles)} in {smiles!r}"


@pytest.mark.parametrize(
    "spelling",
    ["OCC", "C(O)C", "[CH3][CH2][OH]", "[H]OCC", " CCO\n", "[CH3:1][CH2:2][OH:3]"],
)
def test_canonical_smiles_of_ethanol(spelling):
    assert canonical_smiles(spelling) == "CCO"
    assert canonical_smiles(parse(spelling)) == "CCO"


UNREADABLE = (
    "C=C[C@@H](c1c(Br)csc1-c1cc(Cl)c(C)c2c1[nH]c(=O)s1-c2c(OC)c(Cl)ccc2OC(F)(F)OC3CC3CC3CC3CC12)"
)
"""RDKit reads it, and writes of it what it cannot read."""


def test_what_could_not_be_read_again_has_no_canonical_smiles():
    assert Chem.MolFromSmiles(Chem.MolToSmiles(parse(UNREADABLE))) is None
    for molecule in (UNREADABLE, parse(UNREADABLE)):
        with pytest.raises(MoleculeError, match="no arrangement"):
            canonical_smiles(molecule)


@given(valid_smiles)
@settings(deadline=None)
def test_canonical_smiles_is_idempotent(smiles):
    canonical = canonical_smiles(smiles)
    assert canonical_smiles(canonical) == canonical


@given(valid_smiles, st.data())
@settings(deadline=None)
def test_identity_does_not_depend_on_the_order_of_atoms(smiles, data):
    mol = parse(smiles)
    order = data.draw(st.permutations(range(mol.GetNumAtoms())))
    renumbered = Chem.RenumberAtoms(mol, list(order))
    assert canonical_smiles(renumbered) == canonical_smiles(mol)
    assert inchi_key(renumbered) == inchi_key(mol)


@pytest.mark.parametrize(
    ("smiles", "key"),
    [
        (ASPIRIN, "BSYNRYMUTXBXSQ-UHFFFAOYSA-N"),
        ("Cn1cnc2c1c(=O)n(C)c(=O)n2C", "RYYVLZVUVIJVGH-UHFFFAOYSA-N"),
        ("C[C@H](N)C(=O)O", "QNAYBMKLOCPYGJ-REOHCLBHSA-N"),
        ("C[C@@H](N)C(=O)O", "QNAYBMKLOCPYGJ-UWTATZPHSA-N"),
    ],
)
def test_inchi_keys_as_published(smiles, key):
    assert inchi_key(parse(smiles)) == key


def test_tautomers_share_an_inchi_key_and_not_a_smiles():
    one, other = parse("Cc1c[nH]cn1"), parse("Cc1cnc[nH]1")
    assert inchi_key(one) == inchi_key(other)
    assert canonical_smiles(one) != canonical_smiles(other)


def test_a_missing_inchi_is_an_error_and_not_an_empty_key():
    with pytest.raises(MoleculeError) as caught:
        inchi_key(Chem.MolFromSmiles("*C"))
    assert caught.value.code == "no_inchi"


@pytest.mark.parametrize(
    ("drawn", "standard"),
    [
        ("CN(=O)=O", "C[N+](=O)[O-]"),
        ("C[S+]([O-])C", "CS(C)=O"),
        ("CC[S@@+]([O-])C", "CC[S@](C)=O"),
        ("CCN.Cl", "CCN"),
        ("[Na]OC(C)=O", "CC(=O)[O-]"),
        ("[Na+].CC(=O)[O-]", "CC(=O)[O-]"),
        ("C[NH+](C)CC(=O)[O-]", "C[NH+](C)CC(=O)[O-]"),
        ("C[C@H](F)/C=C/Cl", "C[C@H](F)/C=C/Cl"),
        ("C[S+](C)C", "C[S+](C)C"),
    ],
)
def test_standard_form(drawn, standard):
    assert canonical_smiles(standardize(parse(drawn))) == canonical_smiles(standard)


@given(valid_smiles)
@settings(deadline=None)
def test_standardising_twice_is_standardising_once_and_keeps_the_compound(smiles):
    mol = parse(smiles)
    once = standardize(mol)
    assert canonical_smiles(standardize(once)) == canonical_smiles(once)
    assert inchi_key(once) == inchi_key(mol)


def test_a_molecule_without_a_standard_form_is_refused():
    with pytest.raises(MoleculeError, match="no standard form") as caught:
        standardize(parse("C[NH3+]->[Mg]"))
    assert caught.value.code == "valence"


def test_standardise_folds_hydrogens_in_and_leaves_its_argument_alone():
    mol = Chem.AddHs(parse("CCO"))
    assert canonical_smiles(standardize(mol)) == "CCO"
    assert mol.GetNumAtoms() == 9


def test_depiction_is_a_plain_svg_of_the_asked_size():
    root = ElementTree.fromstring(depict_svg(parse(ASPIRIN), 320, 240))  # noqa: S314
    assert (root.get("width"), root.get("height")) == ("320px", "240px")
    for element in root.iter():
        assert element.tag.rpartition("}")[2] in {"svg", "rect", "path", "ellipse", "text"}
        assert not any(name.startswith("on") or "href" in name for name in element.attrib)


def test_highlight_colours_the_matched_atoms():
    mol = parse(ASPIRIN)
    plain = depict_svg(mol)
    assert depict_svg(mol, highlight="C(=O)[OH]") != plain
    assert depict_svg(mol, highlight="[Br]") == plain
    with pytest.raises(FilterError, match="not a valid SMARTS"):
        depict_svg(mol, highlight="[C")


@pytest.mark.parametrize("sides", [(49, 200), (200, 2001), (-1, 200)])
def test_depiction_size_is_bounded(sides):
    with pytest.raises(DepictionError, match=f"{sides[0]} x {sides[1]} pixels"):
        depict_svg(parse("C"), *sides)


def test_depiction_of_a_crowd_is_refused():
    with pytest.raises(DepictionError, match="302 atoms"):
        depict_svg(Chem.AddHs(parse("C" * 100)))


@given(valid_smiles, st.integers(0, 2**31 - 1))
def test_a_random_spelling_is_the_same_molecule(smiles, seed):
    spelled = random_smiles(smiles, seed)
    assert canonical_smiles(spelled) == canonical_smiles(smiles)
    assert random_smiles(smiles, seed) == spelled


def test_valid_is_what_parses():
    assert is_valid(ASPIRIN)
    assert not any(is_valid(text) for text in ("", "C1CC", "C(C)(C)(C)(C)C", "c1cccc1"))


def _places(smiles, smarts):
    mol = parse(smiles)
    align(mol, smarts)
    if not mol.GetNumConformers():
        return None
    conformer = mol.GetConformer()
    match = mol.GetSubstructMatch(Chem.MolFromSmarts(smarts))
    return [tuple(round(x, 3) for x in conformer.GetAtomPosition(atom)) for atom in match]


def test_what_is_aligned_lies_in_the_same_place():
    ring = "c1ccncc1"
    assert _places("CCOc1ccncc1", ring) == _places("O=C(Nc1ccccc1)c1ccncc1", ring)


def test_what_lacks_the_part_is_drawn_in_its_own_way():
    assert _places("CCO", "c1ccncc1") is None
    with pytest.raises(FilterError):
        align(parse("CCO"), "c1ccncc(")
