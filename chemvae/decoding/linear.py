"""Matrix products of the decoder in float32, bfloat16 or int8.

float32 is the default: what a molecule becomes then does not depend on the batch it is in. The
others are for sampling in bulk, where the processor has them: bfloat16 halves what moves, int8
quarters it.
"""

from typing import Literal, Protocol, get_args

import torch
from torch import Tensor
from torch.nn import functional as F

from chemvae.errors import ConfigError

Precision = Literal["float32", "bfloat16", "int8"]
PRECISIONS: tuple[Precision, ...] = get_args(Precision)

INT8_STEPS = 127
"""A hidden state lies in [-1, 1] (it mixes values of tanh), so int8 covers it without a range to
measure: one step is 1/127, for every molecule and every batch."""

FEWEST_ROWS = 16
"""Rows of a product at least. With fewer, a BLAS may add up in another order (MKL does below 4 rows
a thread), and the last bit of a row would depend on how many others are in its batch."""


class Linear(Protocol):
    """`x W^T + c` for inputs `x` in [-1, 1], `b x i` to `b x o`, float32 in and out."""

    def __call__(self, inputs: Tensor) -> Tensor:
        """`b x i` to `b x o`."""


class FloatLinear:
    """The product in the dtype of its weights, `o x i`, with a bias `o`."""

    def __init__(self, weight: Tensor, bias: Tensor, dtype: torch.dtype = torch.float32) -> None:
        self.weight = weight.detach().to(dtype).clone(memory_format=torch.contiguous_format)
        self.bias = bias.detach().to(dtype).clone()

    def __call__(self, inputs: Tensor) -> Tensor:
        """`b x i` to `b x o`."""
        count = len(inputs)
        if count < FEWEST_ROWS:
            inputs = F.pad(inputs, (0, 0, 0, FEWEST_ROWS - count))
        return F.linear(inputs.to(self.weight.dtype), self.weight, self.bias).float()[:count]


class Int8Linear:
    """Weights and inputs rounded to int8, sums exact in int32.

    A weight row is scaled by its own largest value, as is usual (Jacob et al. 2018,
    arXiv:1712.05877).
    """

    def __init__(self, weight: Tensor, bias: Tensor) -> None:
        scale = weight.abs().amax(dim=1, keepdim=True).clamp_min(1e-12) / INT8_STEPS
        self.weight = (weight / scale).round().to(torch.int8).t().contiguous()
        self.scale, self.bias = (scale / INT8_STEPS).t().contiguous(), bias.float()

    def __call__(self, inputs: Tensor) -> Tensor:
        """`b x i` to `b x o`."""
        rounded = (inputs * INT8_STEPS).round_().to(torch.int8)
        # The name has an underscore, but torch has no other int8 product.
        sums = torch._int_mm(rounded, self.weight)
        return torch.addcmul(self.bias, sums.float(), self.scale)


def linear(weight: Tensor, bias: Tensor, precision: Precision) -> Linear:
    """The product with weights `o x i` and bias `o`.

    Raises:
        ConfigError: An unknown precision.
    """
    if precision == "int8":
        return Int8Linear(weight, bias)
    if precision not in PRECISIONS:
        raise ConfigError(f"precision is {precision!r}; use one of {', '.join(PRECISIONS)}")
    return FloatLinear(weight, bias, getattr(torch, precision))


def fastest(device: torch.device) -> Precision:
    """What the processor multiplies fastest: int8 or bfloat16 where it has instructions for them.

    An AVX-512 processor without them would emulate, slower than float32.
    """
    if device.type == "cuda":
        return "bfloat16"
    # These probes have no public names.
    if torch.cpu._is_vnni_supported():
        return "int8"
    return "bfloat16" if torch.cpu._is_avx512_bf16_supported() else "float32"
