"""Other heads for a trained model: its latents, and so its decoder and prior, stay as they are."""

from collections.abc import Sequence
from copy import deepcopy
from dataclasses import dataclass, replace
from pathlib import Path
from typing import NamedTuple

import torch
from torch import Tensor
from tqdm import tqdm  # type: ignore[import-untyped]

from chemvae import checkpoints
from chemvae.bulk import Workers
from chemvae.checkpoints import TrainingIndex
from chemvae.errors import ConfigError
from chemvae.labels import PropertyHeads
from chemvae.objective import head_loss
from chemvae.training.kept import kept_corpus, kept_synthetic
from chemvae.training.labels import kept_labels
from chemvae.training.own_data import keep_test
from chemvae.training.pipeline import announce
from chemvae.training.refitting import checkpoint_beside
from data.errors import Refusal

STEPS = 32
"""Of an epoch, at least: a table of a hundred compounds in one batch would hardly be learnt."""
SMALLEST_BATCH = 8
"""Molecules, however few there are: fewer would be noise."""


@dataclass(frozen=True)
class HeadTraining:
    """How heads are trained on latents that stay where they are."""

    hidden: int = 512
    """Hidden units in each of the two layers."""
    epochs: int = 20
    """Passes over the molecules; the weights of the best, by the validation molecules, are kept."""
    batch_size: int = 1024
    """Molecules in a batch at most; of few molecules a batch is smaller, so that an epoch has about
    `STEPS` steps at least."""
    learning_rate: float = 2e-3
    """Highest of the one cycle (Smith & Topin 2019, arXiv:1708.07120)."""
    seed: int = 0
    """Of the first weights, the order of the molecules, and the split of a user's file."""

    def __post_init__(self) -> None:
        for name in ("hidden", "epochs", "batch_size", "learning_rate"):
            if getattr(self, name) <= 0:
                raise ConfigError(f"{name} is {getattr(self, name)}; it must be positive")


class Labelled(NamedTuple):
    """Molecules as the heads see them."""

    latents: Tensor
    """`n x d`: the means of the posteriors."""
    labels: Tensor
    """`n x m` in their units, NaN where a molecule lacks one."""


def fit_heads(
    names: Sequence[str], train: Labelled, validation: Labelled, config: HeadTraining
) -> PropertyHeads:
    """Heads for the labels `names`, as they were after their best epoch.

    Raises:
        ConfigError: A label that fewer than two molecules have, or that never varies.
    """
    generator = torch.Generator().manual_seed(config.seed)
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(config.seed)
        heads = PropertyHeads(train.latents.shape[1], names, config.hidden)
    heads.scale.fit(train.labels)
    rows = len(train.latents)
    batch_size = min(config.batch_size, max(SMALLEST_BATCH, rows // STEPS))
    steps = -(-rows // batch_size)
    optimizer = torch.optim.AdamW(heads.parameters(), weight_decay=1e-4)
    schedule = torch.optim.lr_scheduler.OneCycleLR(
        optimizer, config.learning_rate, total_steps=config.epochs * steps + 1
    )
    # Where no molecule of the validation has a label, those learnt from must do.
    judges = train if validation.labels.isnan().all() else validation
    best, least = deepcopy(heads.state_dict()), _loss(heads, judges)
    for _ in range(config.epochs):
        order = torch.randperm(rows, generator=generator)
        for chosen in torch.split(order, batch_size):
            loss = _losses(heads, Labelled(train.latents[chosen], train.labels[chosen])).mean()
            loss.backward()  # type: ignore[no-untyped-call]
            optimizer.step()
            schedule.step()
            optimizer.zero_grad()
        now = _loss(heads, judges)
        if now < least:
            best, least = deepcopy(heads.state_dict()), now
    heads.load_state_dict(best)
    return heads.eval()


def refit_heads(
    model: str,
    dataset: str,
    directory: Path,
    names: Sequence[str],
    config: HeadTraining,
    *,
    smiles_column: str | None = None,
    synthetic: str | None = None,
) -> Path:
    """Give a model heads for `names` in place of those it has.

    Args:
        model: A bundled model's name, or a checkpoint directory.
        dataset: A name of the registry, or a CSV, SMI or SDF file: molecules with labels.
        directory: `directory/checkpoint` is written, the model with its new heads, without a card;
            that path is returned. The test molecules are written beside it, with their labels.
        names: Computed properties, or columns of the file.
        config: The training.
        smiles_column: Of a CSV file.
        synthetic: A CSV, SMI or SDF file of further molecules, such as samples of the model, whose
            labels can be computed.

    Raises:
        ConfigError: No labels, labels nobody has, too few molecules, or a model that would be
            overwritten.
        CheckpointError: No such model.
        data.errors.DatasetError: The data cannot be read.
    """
    checkpoint, source = checkpoint_beside(model, directory), checkpoints.locate(model)
    if not names:
        raise ConfigError("no labels to predict: name a property or a column")
    codec = checkpoints.load(model, "cpu")
    limit = codec.vae.config.max_tokens
    corpus = kept_corpus(directory, dataset, limit, smiles_column=smiles_column, seed=config.seed)
    announce(dataset, corpus, names)
    beside = kept_synthetic(directory, Path(synthetic), limit, corpus) if synthetic else []
    parts = [*corpus.train, *beside], corpus.validation
    # Before the minutes that encoding takes: a label that nobody has is found here.
    labels = [kept_labels(directory, part, names, corpus.measured) for part in parts]
    with Workers(model, precision="float32") as workers:
        train, validation = (
            _encoded(workers, codec.latent_dim, *each) for each in zip(parts, labels, strict=True)
        )
    heads = fit_heads(names, train, validation, config)
    codec.vae.heads = heads
    codec.vae.config = replace(codec.vae.config, properties=tuple(names), head_hidden=config.hidden)
    trained_on = str(checkpoints.read_config(source)["dataset"])
    checkpoints.save(checkpoint, codec, checkpoints.trained_with(model), trained_on)
    index = TrainingIndex.read(source)
    if index is not None:
        index.write(checkpoint)
    keep_test(directory, corpus.test, names, corpus.measured)
    return checkpoint


def _encoded(workers: Workers, latent_dim: int, smiles: Sequence[str], labels: Tensor) -> Labelled:
    """Those that can be encoded, on all cores."""
    latents = torch.zeros(len(smiles), latent_dim)
    known = torch.ones(len(smiles), dtype=torch.bool)
    bar = tqdm(workers.encode(smiles), "latents", len(smiles), unit=" molecules", disable=None)
    for row, latent in enumerate(bar):
        if isinstance(latent, Refusal):
            known[row] = False
        else:
            latents[row] = torch.tensor(latent)
    return Labelled(latents[known], labels[known])


def _losses(heads: PropertyHeads, molecules: Labelled) -> Tensor:
    return head_loss(heads(molecules.latents), heads.scale.standardize(molecules.labels))


@torch.no_grad()
def _loss(heads: PropertyHeads, molecules: Labelled) -> float:
    return float(_losses(heads, molecules).mean())
