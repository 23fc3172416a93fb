"""Linear layers that listen to some inputs only: what autoregressive networks are made of."""

import torch
import torch.nn.functional as F
from torch import Tensor, nn


class MaskedLinear(nn.Linear):
    """A linear layer with some of its weights held at zero.

    Args:
        mask: `out x in`; 0 where the output must not depend on the input.
    """

    mask: Tensor

    def __init__(self, mask: Tensor) -> None:
        super().__init__(mask.shape[1], mask.shape[0])
        # It follows from the sizes: no checkpoint needs to hold it.
        self.register_buffer("mask", mask, persistent=False)

    def forward(self, values: Tensor) -> Tensor:
        """`b x in` to `b x out`."""
        return F.linear(values, self.mask * self.weight, self.bias)

    def part(self, outputs: slice, values: Tensor) -> Tensor:
        """Some outputs, `o x b`, from the first inputs, `i x b`: they must listen to no others.

        A column a row of the batch: what is read and written then lies in one piece.
        """
        weight = self.weight[outputs, : len(values)]
        return torch.addmm(self.bias[outputs].unsqueeze(-1), weight, values)
