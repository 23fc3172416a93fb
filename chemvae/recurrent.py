"""A GRU's equations for inference: what does not depend on the state is taken out of the step."""

from dataclasses import dataclass

import torch
from torch import Tensor, nn


@dataclass(frozen=True, slots=True)
class GruWeights:
    """One layer and direction of a `torch.nn.GRU`, prepared for `gru_step`.

    The equations are (Cho et al. 2014, arXiv:1406.1078)::

        r, u = sigmoid(x_r + W_r s), sigmoid(x_u + W_u s)
        n = tanh(x_n + r (W_n s + c_n))
        s' = n + u (s - n)

    `tanh(a)` is computed as `2 sigmoid(2 a) - 1`, which is several times faster on a CPU; the
    factor inside is part of the weights, whose rows of gate n are doubled.
    """

    input: Tensor
    """`3h x i`."""
    input_bias: Tensor
    """`3h`: everything that is added whatever the state is."""
    hidden: Tensor
    """`3h x h`."""
    hidden_bias: Tensor
    """`3h`: zero but for gate n, whose bias the reset gate multiplies."""

    @classmethod
    def of(cls, gru: nn.GRU, name: str) -> "GruWeights":
        """Those called `l0`, `l1`, `l0_reverse`, ..."""
        h = gru.hidden_size
        parts = ("weight_ih", "weight_hh", "bias_ih", "bias_hh")
        weights = [getattr(gru, f"{part}_{name}").detach().float().clone() for part in parts]
        for weight in weights:
            weight[2 * h :] *= 2.0
        input_, hidden, input_bias, hidden_bias = weights
        inside = torch.zeros_like(hidden_bias)
        inside[2 * h :] = hidden_bias[2 * h :]
        return cls(input_, input_bias + hidden_bias - inside, hidden, inside)


def gru_step(inputs: Tensor, recurrent: Tensor, state: Tensor) -> Tensor:
    """The new state, `b x h`; `inputs` and `recurrent` are `b x 3h`, in the order r, u, n.

    Works in place on `inputs`.
    """
    h = state.shape[1]
    both = inputs[:, : 2 * h].add_(recurrent[:, : 2 * h]).sigmoid_()
    reset, update = both[:, :h], both[:, h:]
    new = inputs[:, 2 * h :].addcmul_(reset, recurrent[:, 2 * h :]).sigmoid_().mul_(2.0).sub_(1.0)
    return torch.lerp(new, state, update)
