"""A fragment continued to whole molecules."""

import torch

from app.errors import FieldError, InvalidRequestError
from app.models.serial import SerialModel
from app.molecules.collecting import Collector
from app.molecules.labels import require_told
from app.molecules.sampling import encoded
from app.molecules.schemas.complete import CompleteRequest
from app.molecules.schemas.sample import SampleReply
from chemvae.checkpoints import TrainingIndex
from chemvae.codec import Decoded
from chemvae.errors import CompletionError
from data.errors import MoleculeError


def complete(
    model: SerialModel, name: str, index: TrainingIndex | None, request: CompleteRequest, seed: int
) -> SampleReply:
    """Up to ``request.num_molecules`` molecules; a function of model, request and seed alone.

    Raises:
        InvalidRequestError: the fragment cannot be continued, ``smiles`` not be encoded, or a label
            not be told.
    """
    require_told(model, request.labels)
    generator = torch.Generator().manual_seed(seed)
    place = None if request.smiles is None else encoded(model, request.smiles).mean
    collector = Collector(request, index)

    def decode(count: int) -> list[Decoded]:
        latents = model.sample_prior(count, generator) if place is None else place.expand(count, -1)
        return model.complete(
            request.fragment,
            latents,
            temperature=request.temperature,
            generator=generator,
            labels=request.labels,
        )

    try:
        collector.collect(decode)
    except (CompletionError, MoleculeError) as error:
        raise InvalidRequestError(
            str(error),
            code=getattr(error, "code", "cannot_continue"),
            errors=[FieldError("/fragment", str(error))],
        ) from error
    return collector.reply(name, seed)
