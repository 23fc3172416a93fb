"""SMILES in, molecules out: parse, canonicalise, identify, standardise, draw."""

from __future__ import annotations

import re

from rdkit import Chem
from rdkit.Chem import rdDepictor, rdinchi, rdMolDescriptors
from rdkit.Chem.Draw import rdMolDraw2D
from rdkit.Chem.MolStandardize import rdMolStandardize

from data.errors import DepictionError, MoleculeError
from data.filters import smarts_pattern, substructures
from data.limits import printable, require_bearable, require_few_sulfoxides
from data.rdkit_log import collect_errors

MAX_DRAWN_ATOMS = 200
"""Atoms. Untangling a drawing took 0.3 s at worst for 200 of them in random branched cages, and
2.8 s for 300, on one slow core."""

DEPICTION_SIDES = (50, 2000)
"""Least and greatest width and height of a depiction, in pixels."""

_MAX_HIGHLIGHTS = 100
_SPELLED = frozenset(
    {
        *(Chem.BondType.SINGLE, Chem.BondType.DOUBLE, Chem.BondType.TRIPLE),
        *(Chem.BondType.QUADRUPLE, Chem.BondType.AROMATIC, Chem.BondType.DATIVE),
    }
)
"""Bonds that SMILES has a sign for; any other, as an SD file's "single or double", is written ~."""
_UNUSUAL = Chem.MolFromSmarts("*!-;!=;!#;!:*")
"""A bond that may be any other: asking each bond of every molecule takes five times as long."""
_WILDCARD = Chem.MolFromSmarts("[#0]")

_READABLE = (
    Chem.SANITIZE_CLEANUP
    | Chem.SANITIZE_CLEANUP_ORGANOMETALLICS
    | Chem.SANITIZE_PROPERTIES
    | Chem.SANITIZE_KEKULIZE
)
"""The steps of RDKit's reading that refuse a molecule: valences, and alternating bonds."""


def parse(smiles: str) -> Chem.Mol:
    """The sanitised molecule that `smiles` spells, explicit hydrogens folded into their atoms.

    Atom map numbers, as reaction tools leave them, are dropped: they are no part of a molecule.

    Raises:
        MoleculeError: `empty`, `too_long`, `syntax`, `wildcard` (a `*` or a `~`),
            `valence`, `kekulize`, `too_large` (`data.limits`) or `no_atoms`, with RDKit's reason.
    """
    mol = read(smiles)
    if ":" in smiles:  # a map number is written :1
        for atom in mol.GetAtoms():
            atom.SetAtomMapNum(0)
    return require_real(mol)


def read(smiles: str) -> Chem.Mol:
    """As `parse`, but with its wildcards and map numbers: a part of a molecule, maybe.

    Raises:
        MoleculeError: as `parse`, but for `wildcard` and `no_atoms`.
    """
    text = printable(smiles)
    with collect_errors() as log:
        mol = Chem.MolFromSmiles(text)
    if mol is None:
        raise diagnose("; ".join(log), repr(_shorten(text)))
    return mol


def is_valid(smiles: str) -> bool:
    """Whether `parse` accepts it."""
    try:
        parse(smiles)
    except MoleculeError:
        return False
    return True


def require_real(mol: Chem.Mol) -> Chem.Mol:
    """`mol` itself, if it is a molecule of known atoms and bearable size.

    Raises:
        MoleculeError: `no_atoms`, `too_large` or `wildcard`.
    """
    if mol.GetNumHeavyAtoms() == 0:
        raise MoleculeError("no_atoms", "there is no atom other than hydrogen")
    require_bearable(mol)
    if mol.HasSubstructMatch(_WILDCARD):
        raise MoleculeError("wildcard", "an atom is *, which stands for any; name the element")
    if mol.HasSubstructMatch(_UNUSUAL) and any(
        bond.GetBondType() not in _SPELLED for bond in mol.GetBonds()
    ):
        raise MoleculeError("wildcard", "a bond is ~, which stands for any; say which it is")
    return mol


def canonical_smiles(molecule: str | Chem.Mol) -> str:
    """RDKit's canonical isomeric SMILES; of a string, of what it parses to.

    Raises:
        MoleculeError: the string does not parse, or what RDKit writes of it does not: there are
            aromatic systems that it cannot read again.
    """
    mol = parse(molecule) if isinstance(molecule, str) else molecule
    smiles = Chem.MolToSmiles(mol)
    if smiles != molecule and not _is_readable(smiles):  # else it was just read
        read(smiles)
    return smiles


def _is_readable(written: str) -> bool:
    """Whether RDKit can read what it wrote of a molecule, in half the time of reading it."""
    mol = Chem.MolFromSmiles(written, sanitize=False)
    return (
        mol is not None and Chem.SanitizeMol(mol, _READABLE, catchErrors=True) == Chem.SANITIZE_NONE
    )


def random_smiles(smiles: str, seed: int) -> str:
    """Another spelling of the same molecule: a random atom first, random branches next.

    The same `seed`, 0 or more, gives the same spelling.

    Raises:
        MoleculeError: the string does not parse.
    """
    # RDKit takes 0 for "no seed", and seeds of 32 bits.
    some = seed % (2**31 - 1) + 1
    spelled: str = Chem.MolToRandomSmilesVect(parse(smiles), 1, randomSeed=some)[0]
    return spelled


def inchi_key(mol: Chem.Mol) -> str:
    """The standard InChIKey (27 characters): this project's "same compound".

    Tautomers that standard InChI merges share a key; stereoisomers and isotopologues do not.
    Source: Heller et al., J. Cheminform. 7:23 (2015), doi:10.1186/s13321-015-0068-4.

    Raises:
        MoleculeError: `no_inchi`, rather than the empty key that would equal every other.
    """
    key: str = rdinchi.MolToInchiKey(mol)
    if not key:
        raise MoleculeError("no_inchi", f"no InChI exists for {canonical_smiles(mol)}")
    return key


def molecular_formula(mol: Chem.Mol) -> str:
    """Its atoms in Hill's order, hydrogens too, and its charge: `C9H8O4`, `C2H3O2-`."""
    formula: str = rdMolDescriptors.CalcMolFormula(mol)
    return formula


_METALS = rdMolStandardize.MetalDisconnector()
_NORMALIZER = rdMolStandardize.Normalizer()
_CHARGED_SULFOXIDE = Chem.MolFromSmarts("[S+;X3][O-]")
# RDKit's table draws sulfoxides as [S+][O-]; ZINC, and so every published string, has S=O.
_DOUBLE_BOND_SULFOXIDE = rdMolStandardize.NormalizerFromData(
    "//\tName\tSMIRKS\nS=O\t[S+;X3;!$([S+]=*):1][O-:2]>>[S+0:1]=[O+0:2]\n",
    rdMolStandardize.CleanupParameters(),
)
_LARGEST_FRAGMENT = rdMolStandardize.LargestFragmentChooser(preferOrganic=True)


def standardize(mol: Chem.Mol) -> Chem.Mol:
    """One way of drawing each compound (docs/decisions/0001-cleaning.md).

    Bonds from metals to N, O and F are cut, functional groups are drawn one way (nitro as
    `[N+](=O)[O-]`, sulfoxide as `S=O`, ...), explicit hydrogens are folded in, and only the
    largest organic fragment is kept. Charges and stereo stay.

    Raises:
        MoleculeError: `valence`, where redrawing an unusual molecule gives an impossible one;
            `too_large`, of very many sulfoxides.
    """
    require_few_sulfoxides(mol)
    if mol.GetNumAtoms() > mol.GetNumHeavyAtoms():
        mol = Chem.RemoveHs(mol)
    try:
        standard = _NORMALIZER.normalize(_METALS.Disconnect(mol))
        if standard.HasSubstructMatch(_CHARGED_SULFOXIDE):
            standard = _DOUBLE_BOND_SULFOXIDE.normalize(standard)
    except Chem.MolSanitizeException as error:
        raise MoleculeError(
            "valence", f"{canonical_smiles(mol)} has no standard form: {error}"
        ) from error
    if len(Chem.GetMolFrags(standard)) > 1:
        standard = _LARGEST_FRAGMENT.choose(standard)
    return standard


def depict_svg(
    mol: Chem.Mol, width: int = 300, height: int = 200, highlight: str | None = None
) -> str:
    """The structural formula as an SVG document of `width` x `height` pixels, without scripts.

    The atoms and bonds of every match of the SMARTS `highlight` are coloured.

    Raises:
        DepictionError: a side outside `DEPICTION_SIDES`, or more than `MAX_DRAWN_ATOMS` atoms.
        FilterError: `highlight` is not a SMARTS.
    """
    least, greatest = DEPICTION_SIDES
    if not (least <= width <= greatest and least <= height <= greatest):
        raise DepictionError(
            f"a depiction of {width} x {height} pixels; each side must be {least} to {greatest}"
        )
    if mol.GetNumAtoms() > MAX_DRAWN_ATOMS:
        raise DepictionError(f"{mol.GetNumAtoms()} atoms; at most {MAX_DRAWN_ATOMS} are drawn")
    atoms, bonds = _matched(mol, highlight) if highlight else (set(), set())
    # Letters as text: in outlines they take twice the time to draw, and more bytes.
    drawer = rdMolDraw2D.MolDraw2DSVG(width, height, -1, -1, True)
    rdMolDraw2D.PrepareAndDrawMolecule(
        drawer, mol, highlightAtoms=sorted(atoms), highlightBonds=sorted(bonds)
    )
    drawer.FinishDrawing()
    return drawer.GetDrawingText()


def align(mol: Chem.Mol, smarts: str) -> None:
    """Give `mol` coordinates in which its first match of `smarts` lies as in every other molecule.

    A molecule that lacks it, or cannot be drawn with it that way, is drawn in its own.

    Raises:
        FilterError: `smarts` is no SMARTS.
    """
    template = Chem.Mol(smarts_pattern(smarts))
    matches = substructures(mol, smarts, 1)
    if not matches or mol.GetNumAtoms() > MAX_DRAWN_ATOMS:
        return
    rdDepictor.Compute2DCoords(template)
    pairs = list(enumerate(matches[0]))
    try:
        rdDepictor.GenerateDepictionMatching2DStructure(mol, template, pairs)
    except (ValueError, RuntimeError):
        mol.RemoveAllConformers()


def _matched(mol: Chem.Mol, smarts: str) -> tuple[set[int], set[int]]:
    """Indices of the atoms, and of the bonds between them, that `smarts` covers."""
    pattern = smarts_pattern(smarts)
    atoms: set[int] = set()
    bonds: set[int] = set()
    for match in substructures(mol, smarts, _MAX_HIGHLIGHTS):
        atoms.update(match)
        for bond in pattern.GetBonds():
            ends = match[bond.GetBeginAtomIdx()], match[bond.GetEndAtomIdx()]
            bonds.add(mol.GetBondBetweenAtoms(*ends).GetIdx())
    return atoms, bonds


def diagnose(log: str, shown: str) -> MoleculeError:
    """Why RDKit refused the input `shown`, from what it logged, without RDKit's jargon."""
    if found := re.search(r"Parse Error: (.+?)(?: for input| while parsing)", log):
        position = re.search(r"around position (\d+)", log)
        where = f" near position {position[1]}" if position else ""
        return MoleculeError("syntax", f"{found[1]}{where} in {shown}")
    if found := re.search(r"Explicit valence for atom # .+? is greater than permitted", log):
        return MoleculeError("valence", f"{found[0]}, in {shown} (atoms are counted from 0)")
    if found := re.search(r"Unkekulized atoms:([\d ]+)", log):
        return MoleculeError(
            "kekulize",
            "no arrangement of single and double bonds fits the aromatic atoms "
            f"{found[1].strip()} of {shown} (counted from 0; is a hydrogen, as in [nH], missing?)",
        )
    if found := re.search(r"non-ring atom (\d+) marked aromatic", log):
        return MoleculeError(
            "kekulize", f"atom {found[1]} (counted from 0) of {shown} is aromatic but in no ring"
        )
    return MoleculeError("syntax", f"{shown} cannot be read{': ' + log if log else ''}")


def _shorten(text: str, limit: int = 80) -> str:
    return text if len(text) <= limit else text[: limit - 3] + "..."
