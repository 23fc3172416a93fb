"""Latents in signed bytes: the exemplars that a prior keeps."""

import torch
from torch import Tensor

from chemvae.errors import ShapeError

LARGEST = 127
"""Of a signed byte."""


def quantized(latents: Tensor) -> tuple[Tensor, Tensor]:
    """`n x d` latents as signed bytes, and the step of each dimension, `d`."""
    step = latents.abs().amax(dim=0) / LARGEST
    codes = (latents / step.clamp(min=torch.finfo(step.dtype).tiny)).round().to(torch.int8)
    return codes, step


def require_codes(codes: Tensor, step: Tensor, spread: Tensor) -> None:
    """Refuse what are not `m x d` signed bytes with a step and a spread for each dimension.

    Raises:
        ShapeError: They do not fit each other, or are not what they should be.
    """
    if codes.ndim != 2 or not step.shape == spread.shape == codes.shape[1:]:
        shapes = [tuple(part.shape) for part in (codes, step, spread)]
        raise ShapeError(f"codes, step and spread of shapes {shapes}; expected m x d, d and d")
    if codes.dtype != torch.int8:
        raise ShapeError(f"codes of {codes.dtype}; expected torch.int8")
    if not all((part.isfinite() & (part >= 0)).all() for part in (step, spread)):
        raise ShapeError("a step and a spread must be finite and not negative")
