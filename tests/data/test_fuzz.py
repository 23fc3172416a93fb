"""Whatever is sent, the answer is a molecule or a reason, and it comes soon."""

import gzip
import io
import time
from contextlib import contextmanager, suppress

import pytest
from rdkit import Chem

from data.errors import (
    DatasetError,
    DepictionError,
    FilterError,
    FormatError,
    MoleculeError,
    PropertyError,
)
from data.filters import alerts, matches
from data.molecules import canonical_smiles, depict_svg, inchi_key, parse, read, standardize
from data.properties import PROPERTIES
from data.readers import read_mol_block, read_stream
from tests.data.mutation import mutated, seeds

SECONDS = 1.0
"""Processor time of one input, at most: the clock on the wall would also count what else runs."""

SMILES = (
    "CC(=O)Oc1ccccc1C(=O)O",
    "CN1CCC[C@H]1c1cccnc1",
    "C[C@@H]1CC[C@H]2[C@@H](C)C(=O)O[C@@H]3O[C@@]4(C)CC[C@@H]1[C@@]23OO4",
    "O=C(O)c1cc2ccccc2[nH]1.[Na+].[Cl-]",
    "C/C=C/C(=O)N[C@@H](Cc1ccc(O)cc1)C(=O)N1CCC[C@H]1C(N)=O",
    "CS(=O)(=O)c1ccc(cc1)-c1cc(nn1C)C(F)(F)F",
    "[13CH3][N+](C)(C)CC([O-])=O",
    "C12C3C4C1C5C2C3C45",
    "c1ccc2c(c1)ccc1c2ccc2ccccc21",
    "[Fe+2].[O-]S(=O)(=O)[O-]",
    "C%10CC%11CC%10CC%11",
    "[Cu]1(N)(N)OC(=O)C(=O)O1",
)
SMILES_PARTS = (
    *"CNOPSFIcnops[]()=#$-+/\\.:@%*123456789H ",
    *("Cl", "Br", "[nH]", "@@", "%99", "%(100)", "[2H]", "[CH4:1]", "[Og]", "->", "<-", ">>"),
    *("C1CC1", "(C)", "[U]", "[C@SP3]", "[Pt@OH30]", "\0", "é", "[999999999C]", "~", "|c:1|"),
)
SMARTS = (
    "c1ccncc1",
    "[#6]-[CX3](=O)-[OX2H1]",
    "[$([NX3;H2;!$(NC=O)]),$([nH])]",
    "[!#1;R2]~[r6]@[D3]",
    "C(-,=[*])([#7])~[#8]",
    "[C@@H](F)(Cl)Br",
    "[*;!$(*~*~*~*)]",
    "[CH2;z{1-}]~[a;x2;$(a1aaaaa1)]",
    "*~*~*~*~*~*",
)
SMARTS_PARTS = (
    *SMILES_PARTS,
    *("$(*)", "!", ";", ",", "&", "~", "[#6]", "[R]", "[r]", "{", "}", "D", "X", "[$([$(C)])]"),
)
BLOCK = Chem.MolToMolBlock(Chem.MolFromSmiles("C[C@H](N)C(=O)O"))
V3000 = Chem.MolToV3KMolBlock(Chem.MolFromSmiles("c1ccncc1[N+](=O)[O-]"))
BLOCKS = (BLOCK, V3000, f"{BLOCK}> <pIC50>\n6.3\n\n")
BLOCK_PARTS = (
    *("\n", "\r\n", " ", "999", "-1", "0", "V3000", "V2000", "M  END", "M  V30 ", "M  CHG  9"),
    *("$$$$\n", "1e308", "nan", "é", "\0", "M  ISO  1   1 999\n", "  3  2  0", "*", "R#"),
)
TABLES = (
    'smiles,name,pIC50\nCCO,ethanol,5\n"C1CC1","a, ""b""",\n',
    "id;Smiles\nx;CCN\n\n;\n",
    "SMILES\tname\nCCO\tb\n",
    "CCO ethanol\n# none\nc1ccccc1\tbenzene\n",
)
TABLE_PARTS = (*',;\t"\n\r#= ', *("\ufeff", "\0", "smiles", '""', "é", "CCO", "\r\n", "\x1a"))
MOLECULES = [parse(smiles) for smiles in SMILES]


LADDER = "c1ccc2c(c1)ccc1c2ccc2" + 20 * "cccccc(c1)ccc1c2ccc2" + "ccccc21"
"""44 rings in one system of 298 atoms: RDKit tries which six of them are aromatic together."""


CAGE = "C12C3C4C1CC4C1" + 20 * "CC4C1" + "CCC4C1C5C2C3C45"
"""27 rings of four around a ring of 48 atoms, which may pass each on two sides: RDKit lists all."""


def phenylenes(number):
    """So many benzenes in a ring, each joined to the next opposite of the one before."""
    return "c12ccc(cc1)" + "-c1ccc(cc1)" * (number - 2) + "-c1ccc2cc1"


@pytest.fixture
def inputs(request):
    return lambda few: seeds(request.config.getoption("--fuzz-seconds") / 4, few)


@contextmanager
def _soon(text):
    begin = time.thread_time()
    yield
    seconds = time.thread_time() - begin
    assert seconds < SECONDS, f"{seconds:.1f} s for {text!r}"


def test_a_smiles_is_a_molecule_with_everything_that_is_computed_or_a_reason(inputs):
    for seed in inputs(few=100):
        text = mutated(seed, SMILES, SMILES_PARTS)
        with _soon(text), suppress(MoleculeError):
            mol = standardize(parse(text))
            parse(canonical_smiles(mol))
            with suppress(MoleculeError):
                assert len(inchi_key(mol)) == 27
            alerts(mol)
            with suppress(DepictionError):
                assert depict_svg(mol).rstrip().endswith("</svg>")
            for name in PROPERTIES.values():
                with suppress(PropertyError):
                    name.compute(mol)


def test_a_ring_system_that_would_take_long_is_refused_in_any_company():
    for smiles in (LADDER, f"C.{LADDER}.C"):
        with pytest.raises(MoleculeError, match="ring bonds in one ring system") as caught:
            parse(smiles)
        assert caught.value.code == "too_large"
    block = Chem.MolToV3KMolBlock(Chem.MolFromSmiles(LADDER, sanitize=False), kekulize=False)
    assert read_mol_block(block, 1).refusal.code == "too_large"
    for smiles in (phenylenes(15), phenylenes(30), CAGE):
        with pytest.raises(MoleculeError, match="a ring of more than 24 atoms"):
            parse(smiles)
    assert parse(phenylenes(12)).GetNumAtoms() == 72
    # Many rings, each in a system of its own: nothing takes long.
    assert parse("N[C@@H](Cc1ccccc1)C(=O)" * 25 + "O").GetNumAtoms() == 276
    assert parse("C1CC1" * 50).GetRingInfo().NumRings() == 50


def test_what_would_take_long_to_redraw_is_refused():
    with pytest.raises(MoleculeError, match="25 sulfoxides; at most 24") as caught:
        standardize(parse("C" + "CS(=O)" * 25 + "N"))
    assert caught.value.code == "too_large"
    few = "C" + "CS(=O)" * 24 + "N"
    assert standardize(parse(few)).GetNumAtoms() == parse(few).GetNumAtoms()


def test_a_long_pattern_of_other_letters_has_a_reason():
    with pytest.raises(FilterError, match="not ASCII"):
        matches(MOLECULES[0], "é" * 200)
    with pytest.raises(MoleculeError, match="unexpected character"):
        read("C*" + "é" * 200)


def test_a_name_of_other_letters_does_not_spoil_a_broken_record():
    record = read_mol_block("é" * 200 + "\n\n\n  9 9\n" + "é" * 200, 1)
    assert record.refusal.code == "syntax"
    good = read_mol_block(f"é{BLOCK}", 1)
    assert (good.name, good.refusal) == ("é", None)


def test_a_bond_that_smiles_has_no_sign_for_is_no_bond_of_a_molecule():
    block = Chem.MolToMolBlock(Chem.MolFromSmiles("CCO"))
    either = block.replace("  1  2  1  0", "  1  2  5  0")  # single or double
    assert either != block
    assert read_mol_block(either, 1).refusal.code == "wildcard"
    for smiles in ("CC", "C=C", "C#C", "C$C", "c1ccccc1", "N->[Fe]"):
        assert parse(smiles)


def test_a_table_of_too_many_columns_is_refused():
    table = ("smiles" + ",x" * 1_000 + "\n" + "C\n" * 10).encode()
    with pytest.raises(FormatError, match="1001 columns"):
        list(read_stream(io.BytesIO(table), "csv"))


def test_a_smarts_is_looked_for_or_a_reason(inputs):
    for seed in inputs(few=100):
        text = mutated(seed, SMARTS, SMARTS_PARTS)
        mol = MOLECULES[seed % len(MOLECULES)]
        with _soon(text), suppress(FilterError):
            assert matches(mol, text) in (True, False)


def test_a_record_of_an_sd_file_is_a_molecule_or_a_reason(inputs):
    for seed in inputs(few=100):
        text = mutated(seed, BLOCKS, BLOCK_PARTS)
        with _soon(text):
            for record in read_stream(io.BytesIO(text.encode()), "sdf"):
                found = record if record.refusal else read_mol_block(record.smiles, record.line)
                assert found.refusal or parse(found.smiles)


def test_a_table_is_read_row_by_row_or_a_reason(inputs):
    for seed in inputs(few=100):
        text = mutated(seed, TABLES, TABLE_PARTS)
        plain = text.encode()
        packed = gzip.compress(plain)
        packed = packed[: seed % 7 * 10 or None]
        for content in (plain, packed):
            for file_format in ("csv", "smi"):
                with _soon(text), suppress(DatasetError):
                    lines = [r.line for r in read_stream(io.BytesIO(content), file_format)]
                    assert lines == sorted(lines)
