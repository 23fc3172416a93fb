"""New molecules by the million: around the rows of a library, or from the prior."""

from collections import Counter
from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
import torch
from torch import Tensor

from app.bulk.chunk import Chunk, Molecule
from app.bulk.rows import SourceRow
from app.bulk.schemas import SampleOperation
from bayesopt.latent_model import Decoded
from chemvae.latent.coder import described
from chemvae.latent.neighbourhood import latents_around
from data.errors import MoleculeError, Refusal
from data.fingerprints import morgan, tanimoto


def sample_prior(
    operation: SampleOperation, chunk: Chunk, first: int, num: int
) -> Iterator[dict[str, Any]]:
    """Decodes of ``num`` latents from the prior, whose lines are counted from ``first``."""
    generator = _generator(operation, chunk.number)
    latents = chunk.model.sample_prior(num, generator)
    for line, decoded in enumerate(_decode(operation, chunk, latents, generator), start=first):
        row = SourceRow(line, "", decoded.raw)
        molecule = _molecule(row, decoded.smiles)
        if isinstance(molecule, Refusal):
            chunk.refuse(row, molecule)
        else:
            yield molecule.columns | described(molecule.mol, operation.properties)


def samples_around(
    operation: SampleOperation, chunk: Chunk, molecules: Sequence[Molecule]
) -> Iterator[dict[str, Any]]:
    """The molecules that ``num_molecules`` latents around each row decode to."""
    known = list(chunk.encoded(molecules))
    if not known:
        return
    generator, num = _generator(operation, chunk.number), operation.num_molecules
    encodings = [encoding for _, encoding in known]
    latents = latents_around(encodings, operation.scaled_radius, num, generator)
    decoded = _decode(operation, chunk, latents.flatten(0, 1), generator)
    for place, (start, _) in enumerate(known):
        yield from _distinct(operation, chunk, start, decoded[place * num : (place + 1) * num])


def _distinct(
    operation: SampleOperation, chunk: Chunk, start: Molecule, decoded: Sequence[Decoded]
) -> Iterator[dict[str, Any]]:
    """The molecules around one, the most frequent first; it is refused where there are none."""
    fingerprint, found = morgan(start.mol), 0
    for smiles, frequency in Counter(item.smiles for item in decoded).most_common():
        molecule = _molecule(start.row, smiles)
        if isinstance(molecule, Refusal):
            continue
        found += 1
        yield molecule.columns | {
            "start": start.smiles,
            "frequency": frequency,
            "similarity": tanimoto(fingerprint, morgan(molecule.mol)),
            **described(molecule.mol, operation.properties),
        }
    if not found:
        message = f"none of {len(decoded)} decoded strings is a molecule"
        chunk.refuse(start.row, Refusal("invalid_decode", message))


def _molecule(row: SourceRow, smiles: str | None) -> Molecule | Refusal:
    if smiles is None:
        return Refusal("invalid_decode", "the decoded string is no molecule")
    try:
        return Molecule.of(row, smiles)
    except MoleculeError as error:
        return Refusal.from_error(error)


def _decode(
    operation: SampleOperation, chunk: Chunk, latents: Tensor, generator: torch.Generator
) -> Sequence[Decoded]:
    return chunk.model.decode(
        latents,
        temperature=operation.temperature,
        generator=generator,
        constrained=operation.constrained,
        labels=operation.labels,
    )


def _generator(operation: SampleOperation, number: int) -> torch.Generator:
    """A chunk's own: what it samples depends neither on the others nor on who computes it."""
    state = np.random.SeedSequence([operation.seed or 0, number]).generate_state(1, np.uint64)
    return torch.Generator().manual_seed(int(state[0] >> np.uint64(1)))
