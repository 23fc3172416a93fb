"""The way from one molecule to another, as a client sees it."""

from torch import Tensor

from app.errors import FieldError, InvalidRequestError
from app.models.serial import SerialModel
from app.molecules.schemas.interpolate import (
    InterpolateReply,
    InterpolateRequest,
    InterpolationStep,
)
from chemvae.latent.interpolation import interpolate as interpolated
from data.errors import Refusal


def interpolate(model: SerialModel, name: str, request: InterpolateRequest) -> InterpolateReply:
    """The decoded points between the encodings of ``start`` and ``end``.

    Raises:
        InvalidRequestError: an end cannot be encoded.
    """
    start, end = _means(model, request)
    steps = interpolated(
        model,
        (request.start, start),
        (request.end, end),
        num_steps=request.num_steps,
        method=request.method,
        properties=request.properties,
    )
    return InterpolateReply(
        model=name,
        steps=[
            InterpolationStep(
                fraction=step.fraction,
                latent=step.latent.tolist(),
                smiles=step.smiles,
                similarity_to_start=step.similarity_to_start,
                similarity_to_end=step.similarity_to_end,
                properties=step.properties,
            )
            for step in steps
        ],
    )


def _means(model: SerialModel, request: InterpolateRequest) -> list[Tensor]:
    """The posterior means of both ends; both are pointed at where both have none."""
    ends = {"/start": request.start, "/end": request.end}
    answers = model.encode(list(ends.values()))
    refused = [item for item in answers if isinstance(item, Refusal)]
    if refused:
        errors = [
            FieldError(pointer, item.message)
            for pointer, item in zip(ends, answers, strict=True)
            if isinstance(item, Refusal)
        ]
        raise InvalidRequestError(refused[0].message, code=refused[0].code, errors=errors)
    return [item.mean for item in answers if not isinstance(item, Refusal)]
