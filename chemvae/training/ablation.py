"""What each option of the training recipe gains: one change at a time, all else equal.

Small networks, few molecules and few epochs, so that the whole table takes an hour on two cores;
it ranks options and does not predict a full run's numbers.
"""

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import torch

from chemvae.codec import Encoding, MoleculeCodec
from chemvae.config import ModelConfig, TrainConfig
from chemvae.errors import ConfigError
from chemvae.objective import active_units
from chemvae.priors import Prior, StandardNormal
from chemvae.priors.fitting import fit_prior
from chemvae.tokens import Vocabulary
from chemvae.training.corpus import Corpus
from chemvae.training.fit import fit
from chemvae.training.pipeline import datasets
from chemvae.training.serving import posteriors
from chemvae.vae import reparameterize

MODEL = ModelConfig(embedding_dim=32, encoder_hidden=128, decoder_hidden=256)
"""The network that every variant changes in one place."""

TRAINING = TrainConfig(
    epochs=4, kl_warmup_epochs=1.0, fitted_prior="gaussian_mixture", prior_temperature=1.0
)
"""The run that every variant changes in one place."""


@dataclass(frozen=True)
class Variant:
    """A named change."""

    name: str
    model: dict[str, Any] = field(default_factory=dict)
    training: dict[str, Any] = field(default_factory=dict)


VARIANTS = (
    Variant("base"),
    Variant("latent_dim 56", {"latent_dim": 56}),
    Variant("latent_dim 128", {"latent_dim": 128}),
    Variant("encoder_layers 2", {"encoder_layers": 2}),
    Variant("decoder_layers 2", {"decoder_layers": 2}),
    Variant("decoder_hidden 384", {"decoder_hidden": 384}),
    Variant("latent in the first state only", {"latent_at_every_step": False}),
    Variant("kl_weight 0.03", training={"kl_weight": 0.03}),
    Variant("kl_weight 0.3", training={"kl_weight": 0.3}),
    Variant("cyclical KL", training={"kl_schedule": "cyclical"}),
    Variant("free_bits 0.25", training={"free_bits": 0.25}),
    Variant("word_dropout 0.2", training={"word_dropout": 0.2}),
    Variant("latent_noise 0.1", training={"latent_noise": 0.1}),
    Variant("randomize 0.5", training={"randomize": 0.5}),
    Variant("importance_samples 4", training={"importance_samples": 4}),
    Variant("IAF posterior", {"posterior": "iaf"}),
    Variant("learned mixture prior", {"prior": "mixture"}),
    Variant("VampPrior", {"prior": "vamp"}),
    Variant("learned RealNVP prior", {"prior": "realnvp"}),
    Variant("heads logp, qed, sas", {"properties": ("logp", "qed", "sas")}),
)


def variants_named(names: Sequence[str] | None) -> Sequence[Variant]:
    """The variants with these names, in the table's order; all of them for None.

    Raises:
        ConfigError: no variant has one of the names.
    """
    known = {variant.name: variant for variant in VARIANTS}
    for name in names or ():
        if name not in known:
            raise ConfigError(f"no variant {name!r}; there are: {', '.join(known)}")
    return [variant for variant in VARIANTS if names is None or variant.name in names]


def ablate(
    corpus: Corpus,
    directory: Path,
    *,
    molecules: int,
    tested: int,
    samples: int,
    seed: int,
    variants: Sequence[Variant] = VARIANTS,
) -> Iterator[dict[str, Any]]:
    """Train and measure each variant; yields a row each. A row that `directory` holds is kept.

    Args:
        corpus: The data set.
        directory: Where runs and rows are kept.
        molecules: Of the training split that every variant learns from.
        tested: Test molecules reconstructed.
        samples: Prior samples decoded for each validity.
        seed: Of weights, batches and samples.
        variants: What to compare.
    """
    small = replace(
        corpus,
        train=corpus.train[:molecules],
        validation=corpus.validation[: molecules // 10],
        test=corpus.test[:tested],
    )
    vocabulary = Vocabulary.from_smiles(small.train)
    for variant in variants:
        home = directory / variant.name.replace(" ", "_").replace(",", "")
        path = home / "row.json"
        if not path.exists():
            row = _run(variant, small, vocabulary, home, samples, seed)
            path.write_text(json.dumps(row))
        yield json.loads(path.read_text())


def _run(
    variant: Variant, corpus: Corpus, vocabulary: Vocabulary, home: Path, samples: int, seed: int
) -> dict[str, Any]:
    model = replace(MODEL, **variant.model)
    config = replace(TRAINING, seed=seed, **variant.training)
    sets = datasets(corpus, vocabulary, model, config, home)
    result = fit(*sets, vocabulary, model, config, home, accelerator="cpu", resume=True)
    standard = StandardNormal(model.latent_dim)
    codec = MoleculeCodec(result.vae, vocabulary, standard, fingerprint=variant.name)
    encoded = posteriors(codec, corpus.train)
    fitted = fit_prior(config, encoded.means, encoded.log_variances)
    return {
        "variant": variant.name,
        "validation_nll": result.validation["validation/nll"],
        "validation_kl": result.validation["validation/kl"],
        **_reconstruction(codec, corpus.test, seed),
        "valid_training_prior": _validity(codec, result.vae.prior(), samples, seed),
        "valid_fitted": _validity(codec, fitted, samples, seed),
    }


def _reconstruction(codec: MoleculeCodec, test: Sequence[str], seed: int) -> dict[str, float]:
    """Shares of exact matches: greedy from the mean, and from a posterior sample."""
    known = [
        (line, item)
        for line, item in zip(test, codec.encode(test), strict=True)
        if isinstance(item, Encoding)
    ]
    means = torch.stack([item.mean for _, item in known])
    log_variances = torch.stack([item.log_variance for _, item in known])
    noise = torch.Generator().manual_seed(seed)
    shares = {}
    for name, latents in (
        ("greedy_from_mean", means),
        ("greedy_from_sample", reparameterize(means, log_variances, noise)),
    ):
        decoded = codec.decode(latents, constrained=False)
        hits = sum(line == item.smiles for (line, _), item in zip(known, decoded, strict=True))
        shares[name] = hits / len(test)
    return {**shares, "active_units": active_units(means)}


@torch.no_grad()  # a learned prior is made of parameters
def _validity(codec: MoleculeCodec, prior: Prior, samples: int, seed: int) -> float:
    latents = prior.sample(samples, torch.Generator().manual_seed(seed))
    decoded = codec.decode(latents, constrained=False)
    return sum(item.smiles is not None for item in decoded) / samples
