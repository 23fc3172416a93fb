"""Identity, limits and place in latent space of a molecule, as every trial records them."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence

from rdkit import Chem

from bayesopt.constraints import Constraint, first_violation
from bayesopt.latent_model import LatentModel
from bayesopt.trial import CONSTRAINT
from data.errors import MoleculeError, Refusal
from data.molecules import canonical_smiles, inchi_key

Vector = tuple[float, ...]


def compound_key(mol: Chem.Mol) -> str:
    """The InChIKey; for the few molecules that InChI cannot name, 27 characters of their own.

    Without these, a hash of the canonical SMILES, all of them would pass for one compound.
    """
    try:
        return inchi_key(mol)
    except MoleculeError:
        return "SMILES-" + hashlib.sha256(canonical_smiles(mol).encode()).hexdigest()[:20]


def broken_constraint(mol: Chem.Mol, constraints: Sequence[Constraint]) -> str | None:
    """The reason a trial records where `mol` breaks a constraint; None where it breaks none."""
    violation = first_violation(mol, constraints)
    return None if violation is None else f"{CONSTRAINT}: {violation}"


def encode_means(model: LatentModel, smiles: Sequence[str]) -> list[Vector | None]:
    """The posterior mean (`d`) of each molecule; None where the model cannot encode it."""
    if not smiles:
        return []
    return [
        None if isinstance(encoding, Refusal) else tuple(encoding.mean.tolist())
        for encoding in model.encode(smiles)
    ]
