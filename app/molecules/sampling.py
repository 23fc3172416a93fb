"""Molecules from the prior, or from the surroundings of one."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field

import torch
from rdkit import Chem
from torch import Tensor

from app.errors import FieldError, InvalidRequestError
from app.models.store import SerialModel
from app.molecules.schemas.sample import SampledMolecule, SampleReply, SampleRequest
from bayesopt.constraints import Constraint
from chemvae.checkpoints import TrainingIndex
from data.errors import DataError, Refusal
from data.fingerprints import morgan, tanimoto
from data.molecules import inchi_key, parse
from data.properties import compute

ATTEMPTS_PER_MOLECULE = 20
"""Strings decoded at most for each molecule wanted; after that fewer are given back."""

PATIENCE = 512
"""Attempts that any request may make, however few molecules it wants; after so many in a row
without a molecule none is looked for any more, however many are still wanted."""

MIN_BATCH, MAX_BATCH = 32, 1_024
"""Latents decoded at a time: few enough to stop soon, enough to share the cost of a step."""

Draw = Callable[[int], Tensor]


@dataclass(slots=True)
class _Sampler:
    """The molecules accepted so far, and what became of the other attempts."""

    request: SampleRequest
    start: Chem.Mol | None
    constraints: Sequence[Constraint]
    index: TrainingIndex | None
    molecules: list[SampledMolecule] = field(default_factory=list)
    seen: set[str] = field(default_factory=set)
    num_attempts: int = 0
    num_invalid: int = 0
    num_refused: int = 0
    num_in_vain: int = 0
    """Attempts since the last molecule."""

    def offer(self, smiles: str | None) -> None:
        """Count one decoded string, and keep it if it is a molecule that is wanted."""
        self.num_attempts += 1
        self.num_in_vain += 1
        if smiles is None:
            self.num_invalid += 1
        elif (molecule := self._judge(smiles)) is None:
            self.num_refused += 1
        else:
            self.molecules.append(molecule)
            self.num_in_vain = 0

    def _judge(self, smiles: str) -> SampledMolecule | None:
        mol = parse(smiles)
        try:
            key = inchi_key(mol)
            properties = compute(mol, self.request.properties)
        except DataError:
            # No identity, or no value of a property that was asked for.
            return None
        if self.request.unique and key in self.seen:
            return None
        similarity = tanimoto(morgan(mol), morgan(self.start)) if self.start else None
        if similarity is not None and similarity < (self.request.min_similarity or 0.0):
            return None
        if any(constraint.violation(mol) is not None for constraint in self.constraints):
            return None
        self.seen.add(key)
        return SampledMolecule(
            smiles=smiles,
            inchi_key=key,
            properties=properties,
            similarity=similarity,
            novel=None if self.index is None else key not in self.index,
        )


def sample(
    model: SerialModel, name: str, index: TrainingIndex | None, request: SampleRequest, seed: int
) -> SampleReply:
    """Up to ``request.num_molecules`` molecules; a function of model, request and seed alone.

    Raises:
        InvalidRequestError: the molecule to sample around cannot be encoded.
    """
    generator = torch.Generator().manual_seed(seed)
    draw, start = _draw(model, request, generator)
    sampler = _Sampler(
        request, start, [schema.to_domain() for schema in request.constraints], index
    )
    for smiles in _decoded(model, draw, request, generator, sampler):
        sampler.offer(smiles)
        if len(sampler.molecules) == request.num_molecules:
            break
    return SampleReply(
        model=name,
        seed=seed,
        molecules=sampler.molecules,
        num_attempts=sampler.num_attempts,
        num_invalid=sampler.num_invalid,
        num_refused=sampler.num_refused,
    )


def _decoded(
    model: SerialModel,
    draw: Draw,
    request: SampleRequest,
    generator: torch.Generator,
    sampler: _Sampler,
) -> Iterator[str | None]:
    """Decoded strings, batch by batch, until the limit of attempts."""
    limit = max(PATIENCE, request.num_molecules * ATTEMPTS_PER_MOLECULE)
    while sampler.num_attempts < limit and sampler.num_in_vain < PATIENCE:
        lacking = request.num_molecules - len(sampler.molecules)
        size = min(max(lacking, MIN_BATCH), MAX_BATCH, limit - sampler.num_attempts)
        batch = model.decode(draw(size), temperature=request.temperature, generator=generator)
        yield from (item.smiles for item in batch)


def _draw(
    model: SerialModel, request: SampleRequest, generator: torch.Generator
) -> tuple[Draw, Chem.Mol | None]:
    """How to draw ``n x d`` latents, and the molecule they are drawn around."""
    if request.smiles is None:
        return lambda n: model.sample_prior(n, generator), None
    encoding = model.encode([request.smiles])[0]
    if isinstance(encoding, Refusal):
        raise InvalidRequestError(
            encoding.message, code=encoding.code, errors=[FieldError("/smiles", encoding.message)]
        )
    mean, scale = encoding.mean, request.scaled_radius * (0.5 * encoding.log_variance).exp()

    def around(n: int) -> Tensor:
        return mean + scale * torch.randn(n, model.latent_dim, generator=generator)

    return around, parse(request.smiles)
