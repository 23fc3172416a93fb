"""Molecules from the prior, or from the surroundings of one."""

from collections.abc import Callable, Mapping
from typing import Any

import torch
from rdkit import Chem
from torch import Tensor

from app.errors import FieldError, InvalidRequestError
from app.models.serial import SerialModel
from app.molecules.collecting import Collector
from app.molecules.labels import require_told
from app.molecules.schemas.sample import SampleReply, SampleRequest
from chemvae.checkpoints import TrainingIndex
from chemvae.codec import Decoded, Encoding
from chemvae.latent.neighbourhood import expected_similarity, latents_around
from data.errors import Refusal
from data.molecules import parse

Draw = Callable[[int], Tensor]


def sample(
    model: SerialModel,
    name: str,
    index: TrainingIndex | None,
    card: Mapping[str, Any],
    request: SampleRequest,
    seed: int,
) -> SampleReply:
    """Up to ``request.num_molecules`` molecules; a function of model, request and seed alone.

    Args:
        model: What decodes.
        name: Its name.
        index: The compounds it was trained on.
        card: Its card, which tells how similar molecules at a radius are to expect.
        request: What is wanted.
        seed: Decides every sample.

    Raises:
        InvalidRequestError: the molecule to sample around cannot be encoded, or the decoder not be
            told a label.
    """
    require_told(model, request.labels)
    generator = torch.Generator().manual_seed(seed)
    draw, start = _draw(model, request, generator)
    collector = Collector(request, index, start, request.min_similarity or 0.0)

    def decode(count: int) -> list[Decoded]:
        return model.decode(
            draw(count),
            temperature=request.temperature,
            generator=generator,
            constrained=request.constrained,
            top_k=request.top_k,
            top_p=request.top_p,
            labels=request.labels,
        )

    collector.collect(decode)
    expected = expected_similarity(card, request.scaled_radius) if start else None
    return collector.reply(name, seed).model_copy(update={"expected_similarity": expected})


def encoded(model: SerialModel, smiles: str) -> Encoding:
    """The posterior of the molecule that a request's member ``smiles`` names.

    Raises:
        InvalidRequestError: it cannot be encoded.
    """
    encoding = model.encode([smiles])[0]
    if isinstance(encoding, Refusal):
        raise InvalidRequestError(
            encoding.message, code=encoding.code, errors=[FieldError("/smiles", encoding.message)]
        )
    return encoding


def _draw(
    model: SerialModel, request: SampleRequest, generator: torch.Generator
) -> tuple[Draw, Chem.Mol | None]:
    """How to draw ``n x d`` latents, and the molecule they are drawn around."""
    if request.smiles is None:
        return lambda n: model.sample_prior(n, generator), None
    encoding = encoded(model, request.smiles)

    def around(n: int) -> Tensor:
        return latents_around([encoding], request.scaled_radius, n, generator)[0]

    return around, parse(request.smiles)
