"""The settings of a model and of a training run: frozen data, validated when built."""

from dataclasses import asdict, dataclass
from typing import Any, Self

from chemvae.errors import ConfigError


def _require(condition: bool, message: str) -> None:
    if not condition:
        raise ConfigError(message)


class _Plain:
    """To and from plain JSON data; an unknown key is an error that names it."""

    def to_dict(self) -> dict[str, Any]:
        return asdict(self)  # type: ignore[call-overload,no-any-return]

    @classmethod
    def from_dict(cls, data: dict[str, Any]) -> Self:
        known = cls.__dataclass_fields__  # type: ignore[attr-defined]
        unknown = sorted(set(data) - set(known))
        _require(not unknown, f"{cls.__name__} has no setting {', '.join(unknown)}")
        return cls(**data)


@dataclass(frozen=True)
class ModelConfig(_Plain):
    """The shape of a `SmilesVae`."""

    latent_dim: int = 64
    """Latent dimensions, `d`."""
    embedding_dim: int = 64
    """Width of a token's embedding."""
    encoder_hidden: int = 256
    """Hidden units of the encoder's GRU, per direction."""
    encoder_layers: int = 1
    """Layers of the encoder's bidirectional GRU."""
    decoder_hidden: int = 512
    """Hidden units of the decoder's GRU, `h`."""
    decoder_layers: int = 1
    """Layers of the decoder's GRU."""
    max_tokens: int = 80
    """The most tokens a molecule may have; the longest of ZINC250k has 72."""

    def __post_init__(self) -> None:
        for name, value in self.to_dict().items():
            _require(value >= 1, f"{name} is {value}; it must be at least 1")


@dataclass(frozen=True)
class TrainConfig(_Plain):
    """One training run.

    The learning rate warms up, stays constant and then decays over the last part of the run
    (warm-up, stable, decay: Hägele et al. 2024, arXiv:2405.18392). A run that is resumed with more
    epochs therefore goes on as if it had been planned that long, and one resumed with fewer ends
    with its decay all the same.
    """

    epochs: int = 10
    """Passes over the training split."""
    batch_size: int = 256
    """Molecules in a batch, on each device."""
    learning_rate: float = 2e-3
    """Peak learning rate of AdamW."""
    warmup_epochs: float = 0.25
    """Epochs over which the learning rate rises from zero."""
    decay_fraction: float = 0.5
    """Last part of the run, over which the learning rate falls to zero."""
    kl_weight: float = 0.1
    """Weight of the KL term once warmed up; 1 is the evidence lower bound."""
    kl_warmup_epochs: float = 2.0
    """Epochs over which the KL weight rises linearly from zero (Bowman et al. 2016)."""
    gradient_clip: float = 1.0
    """Largest norm of the gradient."""
    patience: int = 5
    """Epochs without a better validation ELBO before the run stops early."""
    precision: str = "bf16-mixed"
    """Lightning's precision: `bf16-mixed` or `32-true`."""
    seed: int = 0
    """Seed of the initial weights, the order of the batches and the latent noise."""

    def __post_init__(self) -> None:
        for name in ("epochs", "batch_size", "patience"):
            _require(getattr(self, name) >= 1, f"{name} must be at least 1")
        for name in ("learning_rate", "gradient_clip"):
            _require(getattr(self, name) > 0, f"{name} must be positive")
        for name in ("warmup_epochs", "kl_weight", "kl_warmup_epochs"):
            _require(getattr(self, name) >= 0, f"{name} must not be negative")
        _require(0 <= self.decay_fraction <= 1, "decay_fraction must lie between 0 and 1")
        _require(
            self.precision in {"bf16-mixed", "32-true"},
            f"precision is {self.precision!r}; use 'bf16-mixed' or '32-true'",
        )
