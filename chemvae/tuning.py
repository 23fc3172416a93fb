"""A decoder that learns a few hundred molecules without forgetting the rest.

Encoder, prior and heads stay as they are, so a latent means what it meant; a copy of the decoder
learns to say the molecules at latents of their own posteriors, the weightier the more often
(weighted retraining: Tripp, Daxberger and Hernández-Lobato 2020, arXiv:2006.09191). Half of every
batch is a replay, prior samples beside what the decoder made of them before: dreams
(`chemvae.training.dreams`), here against forgetting.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from copy import deepcopy
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING

import torch
from torch import Tensor
from torch.nn.utils.rnn import pad_sequence

from chemvae.encoding import Encoding
from chemvae.errors import ConfigError
from chemvae.tokens import Vocabulary
from chemvae.training.dreams import dream_loss
from chemvae.vae import SmilesVae, reparameterize
from data.errors import MoleculeError
from data.molecules import canonical_smiles

if TYPE_CHECKING:
    from chemvae.codec import MoleculeCodec


@dataclass(frozen=True, slots=True)
class TuningConfig:
    """How long to learn, and how carefully."""

    steps: int = 60
    """Batches."""
    batch_size: int = 16
    """Molecules a batch, and as many replayed."""
    replayed: int = 256
    """Prior samples that the replay draws from."""
    learning_rate: float = 5e-4
    """Of AdamW at the first step; it falls linearly to 0."""

    def __post_init__(self) -> None:
        for name in ("steps", "batch_size", "replayed", "learning_rate"):
            if getattr(self, name) <= 0:
                raise ConfigError(f"{name} is {getattr(self, name)}; it must be positive")


@dataclass(frozen=True, slots=True)
class Examples:
    """What the decoder is to say, and where."""

    mean: Tensor
    """`n x d`."""
    log_variance: Tensor
    """`n x d`; -inf where the latent is known."""
    tokens: Tensor
    """`n x t` from BOS, padded with EOS."""
    weights: Tensor
    """`n`, positive: how often each is drawn, relative to the others."""

    def draw(self, num: int, generator: torch.Generator) -> tuple[Tensor, Tensor]:
        """Latents `num x d` and tokens `num x t`, drawn with replacement."""
        rows = torch.multinomial(self.weights, num, replacement=True, generator=generator)
        latents = reparameterize(self.mean[rows], self.log_variance[rows], generator)
        return latents, self.tokens[rows]


def tuned(
    codec: MoleculeCodec,
    smiles: Sequence[str],
    weights: Sequence[float],
    *,
    seed: int,
    config: TuningConfig | None = None,
) -> MoleculeCodec:
    """`codec` with a decoder of its own that knows `smiles`; `codec` itself is not changed.

    A function of the set of molecules, not of their order. Those it cannot encode are left out.
    On a GPU, or with another number of threads, the weights may differ in their last bits.

    Args:
        codec: The model.
        smiles: Molecules, each once.
        weights: Of each, positive: how often it is learnt, relative to the others.
        seed: Draws molecules, latents and the replay.
        config: How long to learn.

    Raises:
        ConfigError: not a positive weight for every molecule, a molecule twice, or none that the
            model can encode.
    """
    config = config or TuningConfig()
    wanted = _wanted(smiles, weights)
    vae = deepcopy(codec.vae)
    # Its own copies of the weights: other threads may use the codec's.
    before = codec.with_network(vae, codec.fingerprint)
    generator = torch.Generator().manual_seed(seed)
    told, replay = _told(before, wanted), _replay(before, config.replayed, generator)
    _learn(vae, told, replay, config, generator)
    return codec.with_network(vae, _fingerprint(codec.fingerprint, wanted, seed, config))


def _wanted(smiles: Sequence[str], weights: Sequence[float]) -> dict[str, float]:
    """Weights by canonical SMILES, in its order."""
    if len(smiles) != len(weights) or min(weights, default=0.0) <= 0:
        raise ConfigError(
            f"{len(weights)} weights, the least {min(weights, default=0.0):g}, for {len(smiles)} "
            "molecules to tune a decoder on; give each a positive one"
        )
    try:
        wanted = dict(zip(map(canonical_smiles, smiles), map(float, weights), strict=True))
    except MoleculeError as error:
        raise ConfigError(f"a decoder cannot be tuned on it: {error}") from error
    if len(wanted) < len(smiles):
        raise ConfigError("a molecule to tune a decoder on is given twice")
    return dict(sorted(wanted.items()))


def _told(codec: MoleculeCodec, wanted: Mapping[str, float]) -> Examples:
    """The molecules at their posteriors."""
    encoded = [
        (line, weight, encoding)
        for (line, weight), encoding in zip(wanted.items(), codec.encode(list(wanted)), strict=True)
        if isinstance(encoding, Encoding)
    ]
    if not encoded:
        raise ConfigError("the model can encode none of the molecules to tune its decoder on")
    lines, weights, encodings = zip(*encoded, strict=True)
    return Examples(
        torch.stack([item.mean for item in encodings]),
        torch.stack([item.log_variance for item in encodings]),
        _tokens(codec, lines),
        torch.tensor(weights),
    )


def _replay(codec: MoleculeCodec, num: int, generator: torch.Generator) -> Examples:
    """Prior samples beside what the codec decodes them to, invalid ones left out."""
    latents = codec.sample_prior(num, generator).cpu()
    decoded = codec.decode(latents)
    kept = [i for i, item in enumerate(decoded) if item.smiles is not None and item.attempts == 1]
    latents = latents[kept]
    nowhere_else = torch.full_like(latents, float("-inf"))
    tokens = _tokens(codec, [decoded[i].raw for i in kept])
    return Examples(latents, nowhere_else, tokens, torch.ones(len(kept)))


def _tokens(codec: MoleculeCodec, lines: Sequence[str]) -> Tensor:
    """`n x t` from BOS, padded with EOS."""
    longest = codec.vae.config.max_tokens
    rows = [torch.tensor(codec.vocabulary.encode(line, longest)) for line in lines]
    if not rows:
        return torch.empty(0, 1, dtype=torch.long)
    return pad_sequence(rows, batch_first=True, padding_value=Vocabulary.eos)


def _learn(
    vae: SmilesVae,
    told: Examples,
    replay: Examples,
    config: TuningConfig,
    generator: torch.Generator,
) -> None:
    """Change the weights of the decoder, and no others."""
    device = vae.encoder.posterior.weight.device
    vae.decoder.train()  # cuDNN's GRU has no gradients otherwise
    optimizer = torch.optim.AdamW(vae.decoder.parameters(), config.learning_rate)
    schedule = torch.optim.lr_scheduler.LinearLR(optimizer, 1.0, 0.0, config.steps)
    parts = [told, replay] if len(replay.weights) else [told]
    for _ in range(config.steps):
        loss = torch.zeros((), device=device)
        for part in parts:
            latents, tokens = part.draw(config.batch_size, generator)
            longest = int((tokens != Vocabulary.eos).sum(dim=1).amax()) + 1
            loss = loss + dream_loss(vae, latents.to(device), tokens[:, :longest].to(device)).mean()
        loss.backward(inputs=list(vae.decoder.parameters()))  # type: ignore[no-untyped-call]
        torch.nn.utils.clip_grad_norm_(vae.decoder.parameters(), 1.0)
        optimizer.step()
        optimizer.zero_grad()
        schedule.step()


def _fingerprint(parent: str, wanted: Mapping[str, float], seed: int, config: TuningConfig) -> str:
    """sha256 of the parent's and of all that it was tuned with, hexadecimal."""
    recipe = json.dumps([parent, wanted, seed, asdict(config)])
    return hashlib.sha256(recipe.encode()).hexdigest()
