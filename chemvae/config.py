"""The settings of a model and of a training run: frozen data, validated when built."""

from collections.abc import Collection
from dataclasses import asdict, dataclass, fields
from typing import Any, Self

from chemvae.errors import ConfigError
from chemvae.seeds import MAX_SEED


def _require(condition: bool, message: str) -> None:
    if not condition:
        raise ConfigError(message)


def _require_one_of(name: str, value: str, known: Collection[str]) -> None:
    options = ", ".join(map(repr, known))
    _require(value in known, f"{name} is {value!r}; use one of {options}")


class _Plain:
    """To and from plain JSON data; an unknown key is an error that names it."""

    def to_dict(self) -> dict[str, Any]:
        return asdict(self)  # type: ignore[call-overload,no-any-return]

    @classmethod
    def from_dict(cls, data: dict[str, Any]) -> Self:
        known = {field.name for field in fields(cls)}  # type: ignore[arg-type]
        unknown = sorted(set(data) - known)
        _require(not unknown, f"{cls.__name__} has no setting {', '.join(unknown)}")
        # JSON has no tuples.
        return cls(**{k: tuple(v) if isinstance(v, list) else v for k, v in data.items()})


@dataclass(frozen=True)
class ModelConfig(_Plain):
    """The shape of a `SmilesVae`."""

    latent_dim: int = 64
    """Latent dimensions, `d`: more make more samples valid, and fewer molecules come back after the
    same training."""
    embedding_dim: int = 64
    """Width of a token's embedding; a few dozen tokens need no more."""
    encoder_hidden: int = 256
    """Hidden units of the encoder's GRU, per direction: it only reads, so it can be the smaller."""
    encoder_layers: int = 1
    """Layers of the encoder's bidirectional GRU; a second makes more molecules come back,
    costs a third of the speed of encoding, and decoding nothing."""
    decoder_hidden: int = 512
    """Hidden units of the decoder's GRU, `h`: the more, the more molecules come back and the more
    samples are valid; they take most of the time of a decode."""
    decoder_layers: int = 1
    """Layers of the decoder's GRU; a wider one reconstructs better than two."""
    latent_at_every_step: bool = True
    """Whether the decoder sees the latent with every token, and not in its first state alone."""
    max_tokens: int = 80
    """The most tokens a molecule may have; the longest of ZINC250k has 72."""
    properties: tuple[str, ...] = ()
    """Labels that heads predict from the latent: computed properties, or columns of a file."""
    head_hidden: int = 256
    """Hidden units in each of a head's two layers; they cost next to nothing."""
    conditions: tuple[str, ...] = ()
    """Labels the decoder is told, `p(x | y, z)`; a missing one is told as missing."""
    posterior: str = "gaussian"
    """`gaussian`, or `iaf`: an inverse autoregressive flow on top of it (Kingma et al. 2016)."""
    flow_steps: int = 2
    """Steps of that flow; each hears the latents before its own and reverses the order, so two hear
    all of them."""
    flow_hidden: int = 256
    """Hidden units of each step."""
    prior: str = "standard_normal"
    """What training pulls the posteriors to: `standard_normal`, or a density learned with the
    network, which the model is then served with: a mixture of free Gaussians, `mixture`, or of the
    encoder's posteriors of learned inputs, `vamp` (Tomczak & Welling 2018), or a flow, `realnvp`
    (Chen et al. 2017, arXiv:1611.02731), which costs the posteriors the fewest nats."""
    learned_components: int = 100
    """Gaussians of that mixture."""
    prior_layers: int = 10
    """Coupling layers of that flow."""
    prior_hidden: int = 256
    """Hidden units of each of them."""

    def __post_init__(self) -> None:
        _require_one_of("posterior", self.posterior, ("gaussian", "iaf"))
        _require_one_of("prior", self.prior, ("standard_normal", "mixture", "vamp", "realnvp"))
        for field in fields(self):
            value = getattr(self, field.name)
            if isinstance(value, int):
                _require(
                    value >= 1 or isinstance(value, bool),
                    f"{field.name} is {value}; it must be at least 1",
                )

    @property
    def labels(self) -> tuple[str, ...]:
        """Every label a training molecule may have, predicted ones first."""
        return tuple(dict.fromkeys((*self.properties, *self.conditions)))


FITTED_PRIORS = ("standard_normal", "gaussian_mixture", "realnvp", "vicinal", "exemplars")
"""Those that can be fitted to a trained network's posteriors."""

PRIOR_SETTINGS = (
    "fitted_prior",
    "prior_components",
    "prior_exemplars",
    "prior_neighbours",
    "prior_mixed",
    "prior_temperature",
)
"""Those of `TrainConfig` that say which prior is fitted, and how."""


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
    """Molecules in a batch, on each device: larger ones use a GPU better, and take fewer steps."""
    learning_rate: float = 2e-3
    """Peak learning rate of AdamW; what has been trained before is trained on with less."""
    warmup_epochs: float = 0.25
    """Epochs over which the learning rate rises from zero."""
    decay_fraction: float = 0.5
    """Last part of the run, over which the learning rate falls to zero."""
    kl_weight: float = 0.1
    """Weight of the KL term once warmed up; 1 is the evidence lower bound."""
    kl_schedule: str = "linear"
    """`linear` (Bowman et al. 2016) rises once, `cyclical` (Fu et al. 2019) again and again."""
    kl_warmup_epochs: float = 2.0
    """Epochs over which the KL weight rises linearly from zero, so that the decoder has learnt to
    read the latent before it costs anything; of a cycle, its first half."""
    free_bits: float = 0.0
    """Nats a latent dimension may use without paying for them (Kingma et al. 2016, eq. 15); only
    with one importance sample."""
    word_dropout: float = 0.0
    """Share of the decoder's input tokens that are blanked, so that it reads the latent instead."""
    latent_noise: float = 0.0
    """Standard deviation of further noise on the latent: neighbours decode alike."""
    randomize: float = 0.0
    """Share of molecules the encoder reads in a random spelling; the target stays canonical."""
    importance_samples: int = 1
    """Latents a molecule; above 1 the importance-weighted bound is trained (Burda et al. 2016)."""
    freeze_encoder: bool = False
    """Whether the encoder stays as it is, and its flow (`posterior=iaf`): decoder and heads are
    fitted to latents that they do not shape, so a model of unlabelled molecules gets heads and no
    label moves a latent. The prior it began with stays too: it was fitted to these latents."""
    head_weight: float = 10.0
    """Weight of the property heads' loss."""
    label_dropout: float = 0.3
    """Share of labels hidden from a conditional decoder, so that it also does without."""
    dream_fraction: float = 0.0
    """Share of steps that train the decoder on its own masked, valid decodes of prior samples."""
    dream_start: float = 0.0
    """Part of the run before the first of them: the decoder must have something to dream with."""
    fitted_prior: str = "realnvp"
    """Fitted after training and served: `standard_normal`, `gaussian_mixture`, `realnvp`, or one
    that keeps latents of molecules, whose samples are the most like the data: `vicinal` between
    those of training molecules, `exemplars` about those of synthetic ones, where there are any."""
    prior_components: int = 10
    """Gaussians of a fitted mixture."""
    prior_exemplars: int = 50_000
    """Latents that a prior keeps at most: the more, the nearer samples of `vicinal` are to the
    data, and the later those of `exemplars` repeat themselves."""
    prior_neighbours: int = 12
    """Of each of them, from which those are drawn that are mixed."""
    prior_mixed: int = 2
    """Neighbours mixed with an exemplar: the fewer, the more samples are molecules it knows."""
    prior_temperature: float = 0.9
    """Factor on a fitted prior's spread: below 1, more samples are valid and they vary less."""
    gradient_clip: float = 1.0
    """Largest norm of the gradient: a rare molecule must not throw a recurrent network off."""
    patience: int = 5
    """Looks at the validation loss without a better one before the run stops early."""
    precision: str = "bf16-mixed"
    """Lightning's precision: `bf16-mixed` or `32-true`."""
    cuda_graphs: bool = True
    """Whether a single GPU replays its steps as CUDA graphs, several times as fast."""
    validation_every: int = 1
    """Epochs between two looks at the validation loss, and between two checkpoints."""
    seed: int = 0
    """Seed of the initial weights, the order of the batches and the latent noise."""

    def __post_init__(self) -> None:
        counts = (
            *("epochs", "batch_size", "patience", "importance_samples", "validation_every"),
            *("prior_components", "prior_exemplars", "prior_neighbours", "prior_mixed"),
        )
        for name in counts:
            _require(getattr(self, name) >= 1, f"{name} must be at least 1")
        _require(
            0 <= self.seed <= MAX_SEED,
            f"seed is {self.seed}; it must lie between 0 and {MAX_SEED}",
        )
        for name in ("learning_rate", "gradient_clip", "prior_temperature"):
            _require(getattr(self, name) > 0, f"{name} must be positive")
        weights = ("kl_weight", "free_bits", "latent_noise", "head_weight")
        for name in ("warmup_epochs", "kl_warmup_epochs", *weights):
            _require(getattr(self, name) >= 0, f"{name} must not be negative")
        shares = ("word_dropout", "randomize", "label_dropout", "dream_fraction")
        for name in ("decay_fraction", "dream_start", *shares):
            _require(0 <= getattr(self, name) <= 1, f"{name} must lie between 0 and 1")
        _require(
            self.epochs % self.validation_every == 0,
            f"epochs is {self.epochs}, which validation_every, {self.validation_every}, does not "
            "divide: the last of them would be lost",
        )
        _require(
            self.prior_mixed <= self.prior_neighbours < self.prior_exemplars,
            f"prior_mixed, prior_neighbours and prior_exemplars are {self.prior_mixed}, "
            f"{self.prior_neighbours} and {self.prior_exemplars}: those mixed are some of an "
            "exemplar's neighbours, and those some of the other exemplars",
        )
        _require(
            not self.free_bits or self.importance_samples == 1,
            f"free_bits is {self.free_bits} and importance_samples is {self.importance_samples}: "
            "the importance-weighted bound has no KL term to free bits of; set one of the two",
        )
        _require_one_of("fitted_prior", self.fitted_prior, FITTED_PRIORS)
        _require_one_of("kl_schedule", self.kl_schedule, ("linear", "cyclical"))
        _require_one_of("precision", self.precision, ("bf16-mixed", "32-true"))
