"""Inference beyond the encoder: the latent that suits one molecule, found by gradient steps.

The encoder answers every molecule with one pass of shared weights; what its answer lacks against
the molecule's own optimum is the amortisation gap (Cremer et al. 2018, arXiv:1801.03558). A few
steps of stochastic variational inference (Hoffman et al. 2013) from the encoder's answer close it
(Kim et al. 2018, arXiv:1802.02550; Krishnan et al. 2018, arXiv:1510.06085). The network is left as
it is. No molecule's answer depends on which others are inverted with it.
"""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

import torch
from torch import Tensor

from chemvae.codec import Encoding, MoleculeCodec
from chemvae.errors import ConfigError
from chemvae.objective import reconstruction
from chemvae.posterior import (
    IGNORED,
    Posterior,
    mean_elbo,
    padded_batches,
    teacher_forced,
    weighted_elbo,
)
from chemvae.vae import SmilesVae
from data.errors import Refusal
from data.molecules import canonical_smiles

BATCH = 256
"""Molecules whose gradients are held in memory at a time."""

ROUND = 10
"""Steps after which molecules that are found leave the batch."""

REFINE_STEPS = 50
"""Most steps on the mean, where nobody says otherwise."""

CHECK_SAMPLES = 8
"""Latents of each molecule on which its answer is compared with where it started."""


@dataclass(frozen=True, slots=True)
class InversionConfig:
    """How long to search, and for what."""

    steps: int = 20
    """Adam steps on mean and log variance."""
    refine_steps: int = REFINE_STEPS
    """Most steps on the mean alone, for molecules that do not decode from it."""
    learning_rate: float = 0.03
    """Of Adam: the way of a coordinate in one step, where the prior's standard deviation is 1."""
    kl_weight: float = 0.1
    """Weight of the KL term: the one the model was trained with, 1 for the evidence lower bound."""

    def __post_init__(self) -> None:
        for name in ("steps", "refine_steps", "kl_weight"):
            if getattr(self, name) < 0:
                raise ConfigError(f"{name} is {getattr(self, name)}; it must not be negative")
        if self.learning_rate <= 0:
            raise ConfigError(f"learning_rate is {self.learning_rate}; it must be positive")


def fit_posterior(
    vae: SmilesVae, tokens: Tensor, start: Posterior, config: InversionConfig, seed: int
) -> Posterior:
    """Each molecule's own mean and log variance: Adam on its weighted ELBO.

    A molecule whose ELBO did not rise, measured on fresh noise, keeps its start.

    Args:
        vae: The network, in evaluation mode.
        tokens: `b x t`, as `padded_batches` gives them.
        start: The encoder's answer.
        config: The search; `steps` of it.
        seed: Draws the noise.
    """
    generator = torch.Generator().manual_seed(seed)
    shape = (config.steps + CHECK_SAMPLES, start.mean.shape[1])
    # One draw for all molecules at a time: their answers do not depend on each other.
    noise = torch.randn(shape, generator=generator).to(tokens.device)
    found = Posterior(*(part.detach().clone().requires_grad_() for part in start))
    optimizer = torch.optim.Adam(found, config.learning_rate)
    for row in noise[: config.steps]:
        with _differentiable():
            loss = -weighted_elbo(vae, tokens, found, row, config.kl_weight).sum()
            loss.backward(inputs=list(found))  # type: ignore[no-untyped-call]
        optimizer.step()
        optimizer.zero_grad()
    found = Posterior(*(part.detach() for part in found))
    before, after = (
        mean_elbo(vae, tokens, posterior, noise[config.steps :], config.kl_weight)
        for posterior in (start, found)
    )
    risen = (after > before).unsqueeze(1)
    return Posterior(*(torch.where(risen, *pair) for pair in zip(found, start, strict=True)))


def fit_mean(
    vae: SmilesVae, tokens: Tensor, start: Tensor, config: InversionConfig
) -> tuple[Tensor, Tensor]:
    """The first latent on Adam's way up `log p(x | z)` from which greedy decoding gives `x`.

    The prior pulls with the training weight, so that latents stay where the decoder was trained.

    Args:
        vae: The network, in evaluation mode.
        tokens: `b x t`, as `padded_batches` gives them.
        start: Latents, `b x d`.
        config: The search; at most `refine_steps` of it.

    Returns:
        Latents, `b x d`, the start where none was found; and where one was, `b` bool.
    """
    answer, current = start.detach().clone(), start.detach().clone()
    with torch.no_grad():
        reached = _greedy_gives(teacher_forced(vae, tokens, start), tokens)
    for first in range(0, config.refine_steps, ROUND):
        left = (~reached).nonzero().squeeze(1)
        if not len(left):
            break
        steps = min(ROUND, config.refine_steps - first)
        current[left], now = _climb(vae, tokens[left], current[left], steps, config)
        answer[left[now]] = current[left[now]]
        reached[left[now]] = True
    return answer, reached


def _climb(
    vae: SmilesVae, tokens: Tensor, start: Tensor, steps: int, config: InversionConfig
) -> tuple[Tensor, Tensor]:
    """Latents after `steps`, or at the first that decodes to the molecule; and which do."""
    latents = start.clone().requires_grad_()
    found, reached = start.clone(), torch.zeros_like(start[:, 0], dtype=torch.bool)
    optimizer = torch.optim.Adam([latents], config.learning_rate)
    for step in range(steps + 1):
        with _differentiable():
            logits = teacher_forced(vae, tokens, latents)
            now = _greedy_gives(logits, tokens) & ~reached
            found[now], reached = latents.detach()[now], reached | now
            if step == steps:
                break
            pull = -config.kl_weight * vae.prior().log_prob(latents)
            loss = (reconstruction(logits, tokens[:, 1:]) + pull).sum()
            loss.backward(inputs=[latents])  # type: ignore[no-untyped-call]
        optimizer.step()
        optimizer.zero_grad()
    return torch.where(reached.unsqueeze(1), found, latents.detach()), reached


def invert(
    codec: MoleculeCodec, smiles: Sequence[str], config: InversionConfig, seed: int = 0
) -> list[Encoding | Refusal]:
    """`codec.encode`, then `fit_posterior`, then `fit_mean` from its mean.

    Args:
        codec: The model.
        smiles: Molecules; those it cannot encode come back as the same refusals.
        config: The search.
        seed: Draws the noise.
    """
    results = codec.encode(smiles)
    lines = {
        i: canonical_smiles(line)
        for i, line in enumerate(smiles)
        if isinstance(results[i], Encoding)
    }
    for chosen, tokens in padded_batches(codec, lines, BATCH):
        encodings = [item for i in chosen if isinstance(item := results[i], Encoding)]
        start = Posterior(
            torch.stack([item.mean for item in encodings]).to(codec.device),
            torch.stack([item.log_variance for item in encodings]).to(codec.device),
        )
        found = fit_posterior(codec.vae, tokens, start, config, seed)
        mean, _ = fit_mean(codec.vae, tokens, found.mean, config)
        for i, *parts in zip(chosen, mean.cpu(), found.log_variance.cpu(), strict=True):
            results[i] = Encoding(*parts)
    return results


def _greedy_gives(logits: Tensor, tokens: Tensor) -> Tensor:
    """Which molecules greedy decoding finds, `b` bool.

    Where every token is the likeliest one after the true tokens before it, it takes them all.
    """
    wanted = tokens[:, 1:]
    return ((logits.argmax(dim=-1) == wanted) | (wanted == IGNORED)).all(dim=1)


@contextmanager
def _differentiable() -> Iterator[None]:
    """cuDNN differentiates a GRU in training mode only; torch's own kernels do it in both."""
    with torch.enable_grad(), torch.backends.cudnn.flags(enabled=False):
        yield
