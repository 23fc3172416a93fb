"""The rows of one chunk on their way to results, and the model that they need."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from rdkit import Chem

from app.bulk.rows import Refused, SourceRow
from app.models.serial import SerialModel
from bayesopt.latent_model import Encoding
from chemvae.known.index import KnownIndex
from chemvae.latent.library import LatentLibrary
from data.errors import MoleculeError, Refusal
from data.molecules import canonical_smiles, inchi_key, parse
from data.readers import Format, read_mol_block


@dataclass(frozen=True, slots=True)
class Molecule:
    """One row that is a molecule."""

    row: SourceRow
    mol: Chem.Mol
    smiles: str
    inchi_key: str

    @classmethod
    def of(cls, row: SourceRow, smiles: str) -> "Molecule":
        """The molecule of that SMILES.

        Raises:
            data.errors.MoleculeError: it is none, or has no identity.
        """
        mol = parse(smiles)
        return cls(row, mol, canonical_smiles(mol), inchi_key(mol))

    @property
    def columns(self) -> dict[str, Any]:
        """The columns that every result has."""
        return {
            "line": self.row.line,
            "name": self.row.name,
            "smiles": self.smiles,
            "inchi_key": self.inchi_key,
        }


@dataclass(slots=True)
class Chunk:
    """Consecutive rows; refuses those that nothing comes of."""

    model: SerialModel
    number: int
    references: LatentLibrary | None = None
    """Where ``neighbours`` looks, if references are given."""
    libraries: Mapping[str, KnownIndex] = field(default_factory=dict)
    """Where it looks, if libraries are."""
    refused: list[Refused] = field(default_factory=list)

    def molecules(self, rows: Iterable[SourceRow], file_format: Format) -> Iterator[Molecule]:
        """The rows that are molecules; the others are refused."""
        for row in rows:
            text = row.text
            if file_format == "sdf":
                record = read_mol_block(text, row.line)
                if record.refusal is not None:
                    self.refuse(row, record.refusal)
                    continue
                text = record.smiles
            try:
                yield Molecule.of(row, text)
            except MoleculeError as error:
                self.refuse(row, Refusal.from_error(error))

    def encoded(self, molecules: Sequence[Molecule]) -> Iterator[tuple[Molecule, Encoding]]:
        """The molecules that the model knows; the others are refused."""
        answers = self.model.encode([item.smiles for item in molecules])
        for molecule, answer in zip(molecules, answers, strict=True):
            if isinstance(answer, Refusal):
                self.refuse(molecule.row, answer)
            else:
                yield molecule, answer

    def refuse(self, row: SourceRow, refusal: Refusal) -> None:
        """Record that nothing comes of a row."""
        self.refused.append(Refused(row, refusal))
