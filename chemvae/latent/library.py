"""A library of molecules with their latents and fingerprints: encoded once, kept in two files."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Self, get_args

import numpy as np
import torch
from rdkit import DataStructs
from safetensors import SafetensorError, safe_open
from safetensors.torch import save_file
from torch import Tensor

from chemvae.errors import CheckpointError
from chemvae.latent.coder import Coder
from data.datasets import DATASETS, Split, load_smiles
from data.errors import MoleculeError, Refusal
from data.fingerprints import NUM_BITS, morgan
from data.molecules import canonical_smiles, parse, standardize
from data.readers import Record, read_molecules

CHUNK = 4_096
"""Rows read, encoded and forgotten at a time: memory grows by the vectors alone."""

MOLECULES = "molecules.smi"
VECTORS = "vectors.safetensors"


@dataclass(frozen=True, slots=True)
class RefusedRow:
    """A row that is not in the library."""

    record: Record
    refusal: Refusal
    """`duplicate`, or a code of `data.molecules.parse` or of `MoleculeCodec.encode`."""


@dataclass(frozen=True, slots=True)
class LatentLibrary:
    """`n` molecules, each once, with what they are found by."""

    smiles: tuple[str, ...]
    """Standardised canonical SMILES (docs/decisions/0001-cleaning.md)."""
    names: tuple[str, ...]
    """As the file names them; empty where it does not."""
    latents: Tensor
    """`n x d`, float32: the posterior means."""
    fingerprints: Tensor
    """`n x NUM_BITS / 8`, uint8: Morgan fingerprints, eight bits a byte."""
    model: str
    """Fingerprint of the model whose latents these are."""

    def __len__(self) -> int:
        return len(self.smiles)

    @classmethod
    def build(
        cls, coder: Coder, model: str, records: Iterable[Record]
    ) -> tuple[Self, list[RefusedRow]]:
        """Encode every record; and the rows that are no molecule, unknown to the model or repeated.

        Args:
            coder: The model.
            model: Its fingerprint, kept with the latents.
            records: Rows of a file, see `library_records`; read in chunks.
        """
        refused: list[RefusedRow] = []
        kept: dict[str, str] = {}
        latents: list[Tensor] = []
        fingerprints: list[Tensor] = []
        rows = iter(records)
        while chunk := list(islice(rows, CHUNK)):
            new = _distinct(chunk, kept, refused)
            for (smiles, record), answer in zip(new.items(), coder.encode(list(new)), strict=True):
                if isinstance(answer, Refusal):
                    refused.append(RefusedRow(record, answer))
                    continue
                kept[smiles] = " ".join(record.name.split())  # a name is one line
                latents.append(answer.mean)
                fingerprints.append(packed_fingerprint(smiles))
        refused.sort(key=lambda row: row.record.line)
        return cls(
            tuple(kept),
            tuple(kept.values()),
            torch.stack(latents) if latents else torch.empty(0, 0),
            torch.stack(fingerprints)
            if fingerprints
            else torch.empty(0, NUM_BITS // 8, dtype=torch.uint8),
            model,
        ), refused

    def save(self, directory: Path) -> None:
        """Write `molecules.smi`, a SMILES and its name a line, and `vectors.safetensors`."""
        directory.mkdir(parents=True, exist_ok=True)
        rows = zip(self.smiles, self.names, strict=True)
        lines = [f"{smiles} {name}".rstrip() for smiles, name in rows]
        (directory / MOLECULES).write_text("".join(f"{line}\n" for line in lines), encoding="utf-8")
        save_file(
            {"latents": self.latents.contiguous(), "fingerprints": self.fingerprints.contiguous()},
            directory / VECTORS,
            metadata={"model": self.model},
        )

    @classmethod
    def load(cls, directory: Path) -> Self:
        """What `save` wrote; nothing of it is executed.

        Raises:
            CheckpointError: A file is missing, altered, or does not belong to the other.
        """
        try:
            records = list(read_molecules(directory / MOLECULES))
            with safe_open(directory / VECTORS, framework="pt") as file:
                model = (file.metadata() or {})["model"]
                latents, fingerprints = (file.get_tensor(n) for n in ("latents", "fingerprints"))
        except (OSError, KeyError, SafetensorError) as error:
            raise CheckpointError(f"{directory} is no saved library: {error}") from error
        if not len(records) == len(latents) == len(fingerprints):
            raise CheckpointError(
                f"{directory} holds {len(records)} molecules, {len(latents)} latents and "
                f"{len(fingerprints)} fingerprints: save the library again"
            )
        smiles, names = (tuple(getattr(r, key) for r in records) for key in ("smiles", "name"))
        return cls(smiles, names, latents, fingerprints, model)

    def require_model(self, model: str) -> None:
        """Nothing, if these are latents of `model`.

        Raises:
            CheckpointError: They are another model's, so that distances would mean nothing.
        """
        if self.model != model:
            raise CheckpointError(
                f"the library was encoded by the model {self.model[:12]}, not by {model[:12]}: "
                "build it again with this model"
            )


def library_records(source: str, smiles_column: str | None = None) -> Iterator[Record]:
    """The rows of a molecule file, or of every split of a published data set.

    Args:
        source: A name of the registry, or the path of a .smi, .csv or .sdf file.
        smiles_column: Of a CSV file.

    Raises:
        data.errors.DatasetError: It cannot be read.
    """
    if source not in DATASETS:
        return read_molecules(source, smiles_column)
    splits: tuple[Split, ...] = get_args(Split)
    lines = (line for split in splits for line in load_smiles(source, split))
    return (Record(number, line, "") for number, line in enumerate(lines, start=1))


def packed_fingerprint(smiles: str) -> Tensor:
    """`NUM_BITS / 8`, uint8: the Morgan fingerprint of a molecule, eight bits a byte."""
    text = DataStructs.BitVectToBinaryText(morgan(parse(smiles)))
    return torch.from_numpy(np.frombuffer(text, dtype=np.uint8).copy())


def _distinct(
    chunk: list[Record], known: dict[str, str], refused: list[RefusedRow]
) -> dict[str, Record]:
    """The chunk's molecules by standardised SMILES, each new; the others join `refused`."""
    new: dict[str, Record] = {}
    for record in chunk:
        smiles = _standard(record)
        if isinstance(smiles, Refusal):
            refused.append(RefusedRow(record, smiles))
        elif smiles in known or smiles in new:
            message = f"{smiles} stands in an earlier row"
            refused.append(RefusedRow(record, Refusal("duplicate", message)))
        else:
            new[smiles] = record
    return new


def _standard(record: Record) -> str | Refusal:
    if record.refusal is not None:
        return record.refusal
    try:
        return canonical_smiles(standardize(parse(record.smiles)))
    except MoleculeError as error:
        return Refusal.from_error(error)
