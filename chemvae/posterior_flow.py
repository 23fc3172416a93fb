"""Inverse autoregressive flow: a posterior richer than a diagonal Gaussian.

Kingma et al. 2016, arXiv:1606.04934, equations 10 to 14 and algorithm 1.
"""

import torch
import torch.nn.functional as F
from torch import Tensor, nn

GATE_BIAS = 2.0
"""Added to the gate's logits: as a GRU's, the gates begin nearly open (section 4 of the paper asks
for 1 to 2), so that the flow begins close to the Gaussian it is given."""


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


class AutoregressiveStep(nn.Module):
    """One step of the flow: `z' = s z + (1 - s) m`, `s` a sigmoid (eq. 13 and 14).

    `m_i` and `s_i` depend on `z_1 .. z_(i-1)` and on the context: a masked autoencoder with one
    hidden layer (MADE, Germain et al. 2015, arXiv:1502.03509). The Jacobian is triangular, with `s`
    on its diagonal.

    Args:
        latent_dim: `d`.
        context_dim: Width of the context.
        hidden: Hidden units; with fewer than `d`, the last latents are not listened to.
    """

    def __init__(self, latent_dim: int, context_dim: int, hidden: int) -> None:
        super().__init__()
        inputs = torch.arange(1, latent_dim + 1)
        units = torch.arange(hidden) % latent_dim  # a unit of degree 0 hears the context alone
        self.listen = MaskedLinear((units[:, None] >= inputs).float())
        self.context = nn.Linear(context_dim, hidden, bias=False)
        self.speak = MaskedLinear((inputs[:, None] > units).float().repeat(2, 1))
        nn.init.zeros_(self.speak.weight)
        nn.init.zeros_(self.speak.bias)

    def forward(self, latents: Tensor, context: Tensor) -> tuple[Tensor, Tensor]:
        """`b x d` latents and `b x c` context to `b x d` and the log determinant, `b`."""
        hidden = F.elu(self.listen(latents) + self.context(context))
        shift, logits = self.speak(hidden).chunk(2, dim=-1)
        gate = torch.sigmoid(logits + GATE_BIAS)
        log_det = F.logsigmoid(logits + GATE_BIAS).sum(dim=-1)
        return gate * latents + (1.0 - gate) * shift, log_det


class InverseAutoregressiveFlow(nn.Module):
    """A chain of autoregressive steps; every second one goes through the latents backwards.

    Args:
        latent_dim: `d`.
        context_dim: Width of what the encoder says about the molecule.
        steps: Steps of the chain, `T`.
        hidden: Hidden units of each.
    """

    def __init__(self, latent_dim: int, context_dim: int, steps: int, hidden: int) -> None:
        super().__init__()
        self.steps = nn.ModuleList(
            AutoregressiveStep(latent_dim, context_dim, hidden) for _ in range(steps)
        )

    def forward(self, latents: Tensor, context: Tensor) -> tuple[Tensor, Tensor]:
        """Carry samples of the base Gaussian to samples of the posterior.

        Args:
            latents: `b x d`.
            context: `b x c`.

        Returns:
            Latents `b x d`, and the log determinant of the chain, `b`: `log q(z | x)` is the log
            density of the given latents less this (eq. 11).
        """
        log_det = latents.new_zeros(len(latents))
        # In bfloat16 a log determinant would be off by more than what the flow gains.
        with torch.autocast(latents.device.type, enabled=False):
            for step in self.steps:
                latents, gained = step(latents, context)
                latents, log_det = latents.flip(-1), log_det + gained
        return latents, log_det
