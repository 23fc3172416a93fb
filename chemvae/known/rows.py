"""Molecules on their way into an index, by column."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Self

import numpy as np
from numpy.typing import NDArray
from rdkit import Chem

from chemvae.known.bits import Bits
from chemvae.known.latents import Latents
from chemvae.latent.coder import Coder
from data.errors import MoleculeError, Refusal
from data.fingerprints import morgan
from data.molecules import canonical_smiles, inchi_key, parse, standardize
from data.readers import Record


@dataclass(frozen=True, slots=True)
class Compound:
    """A molecule in its standard form, with what it is found by."""

    smiles: str
    """Canonical SMILES (docs/decisions/0001-cleaning.md)."""
    inchi_key: str
    bits: Bits
    """Of its Morgan fingerprint."""

    @classmethod
    def of(cls, molecule: Chem.Mol | str) -> Self:
        """The standard form of a molecule.

        Raises:
            data.errors.MoleculeError: It cannot be read, or has no InChIKey.
        """
        mol = standardize(parse(molecule) if isinstance(molecule, str) else molecule)
        bits = np.array(morgan(mol).GetOnBits(), dtype=np.uint16)
        return cls(canonical_smiles(mol), inchi_key(mol), bits)


@dataclass(frozen=True, slots=True)
class KnownRows:
    """`n` molecules."""

    smiles: Sequence[str]
    names: Sequence[str]
    inchi_keys: Sequence[str]
    bits: Bits
    """Of all molecules, one after the other."""
    counts: NDArray[np.uint16]
    """How many of them are each molecule's."""
    latents: Latents
    """`n x d`; not numbers where the model knows no latent."""

    @classmethod
    def of(cls, compounds: Sequence[tuple[Compound, str]], latents: Latents) -> Self:
        """Compounds, each with its name, and their latents (`n x d`; see `means`)."""
        return cls(
            [compound.smiles for compound, _ in compounds],
            [name for _, name in compounds],
            [compound.inchi_key for compound, _ in compounds],
            np.concatenate([np.empty(0, np.uint16), *(each.bits for each, _ in compounds)]),
            np.array([len(each.bits) for each, _ in compounds], dtype=np.uint16),
            latents,
        )


def encoded(coder: Coder, latent_dim: int, compounds: Sequence[tuple[Compound, str]]) -> KnownRows:
    """Compounds, each with its name, and the latents that the model gives them."""
    smiles = [compound.smiles for compound, _ in compounds]
    return KnownRows.of(compounds, means(coder, latent_dim, smiles))


def means(coder: Coder, latent_dim: int, smiles: Sequence[str]) -> Latents:
    """`n x d`: the posterior means; not numbers where the model cannot encode a molecule."""
    table = np.full((len(smiles), latent_dim), np.nan, dtype=np.float32)
    for row, answer in zip(table, coder.encode(smiles) if smiles else (), strict=True):
        if not isinstance(answer, Refusal):
            row[:] = answer.mean.numpy()
    return table


def compound_of(record: Record) -> Compound | None:
    """The compound of a row; None where the row is no molecule."""
    if record.refusal is not None:
        return None
    try:
        return Compound.of(record.smiles)
    except MoleculeError:
        return None
