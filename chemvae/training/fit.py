"""`fit`: from SMILES to a trained `SmilesVae`, resumable."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import lightning
from lightning.fabric.utilities.exceptions import MisconfigurationException
from lightning.pytorch.callbacks import Callback, EarlyStopping, ModelCheckpoint, TQDMProgressBar
from lightning.pytorch.loggers import CSVLogger
from torch import Tensor
from torch.utils.data import DataLoader

from chemvae.config import ModelConfig, TrainConfig
from chemvae.errors import ConfigError
from chemvae.seeds import low_bits
from chemvae.tokens import Vocabulary
from chemvae.training.batches import EqualLengthBatches, MoleculeBatch, SequenceDataset
from chemvae.training.dreams import Dreamer
from chemvae.training.module import VaeTraining
from chemvae.training.time_limit import TimeLimit
from chemvae.vae import SmilesVae


class SequenceData(lightning.LightningDataModule):
    """Training and validation sequences as equal-length batches, re-ordered every epoch."""

    trainer: lightning.Trainer

    def __init__(
        self, train: SequenceDataset, validation: SequenceDataset, config: TrainConfig
    ) -> None:
        super().__init__()
        self.train, self.validation, self.config = train, validation, config

    def train_dataloader(self) -> DataLoader[MoleculeBatch]:
        """This process' share of the current epoch's batches."""
        return self._loader(self.train, self.config.seed + 1000 * self.trainer.current_epoch)

    def val_dataloader(self) -> DataLoader[MoleculeBatch]:
        """The validation batches, in one fixed order."""
        return self._loader(self.validation, self.config.seed)

    def _loader(self, dataset: SequenceDataset, seed: int) -> DataLoader[MoleculeBatch]:
        batches = EqualLengthBatches(
            dataset,
            self.config.batch_size,
            seed,
            rank=self.trainer.global_rank,
            world_size=self.trainer.world_size,
        )
        # The data set makes whole batches from memory: worker processes would only copy them.
        return DataLoader(dataset, sampler=batches, batch_size=None, num_workers=0)


@dataclass(frozen=True)
class FitResult:
    """A trained network and where its run left its checkpoints and logs."""

    vae: SmilesVae
    directory: Path
    epochs: int
    validation: dict[str, float]
    """What `VaeTraining.validation_step` logs, of this network."""
    is_main_process: bool
    """False in all but one of the processes that train together."""


def fit(
    train: SequenceDataset,
    validation: SequenceDataset,
    vocabulary: Vocabulary,
    model_config: ModelConfig,
    config: TrainConfig,
    directory: Path,
    *,
    start: SmilesVae | None = None,
    dreamer: Dreamer | None = None,
    accelerator: str = "auto",
    devices: str | int = "auto",
    resume: bool = False,
    max_minutes: float | None = None,
) -> FitResult:
    """Train a `SmilesVae`, and give it back as it was at its best validation loss.

    Checkpoints and `logs/version_*/metrics.csv` go to `directory`.

    Args:
        train: Sequences, and the labels the configuration names, in its order.
        validation: The same, for early stopping on the loss.
        vocabulary: What the numbers mean.
        model_config: The network's shape.
        config: The run.
        directory: Where the run keeps its state.
        start: A network whose weights this one begins with; heads of other labels than its own
            begin at random.
        dreamer: Makes the decoder's own examples; none: there are none.
        accelerator: Lightning's: `auto`, `cpu` or `gpu`.
        devices: Lightning's: how many; several train with DDP.
        resume: Go on from `directory/checkpoints/last.ckpt` if it is there.
        max_minutes: This call begins no epoch that would end later; another resumes from there.

    Raises:
        ConfigError: `directory` holds a run already and `resume` is off: nothing is overwritten;
            a split has too few batches; a label nobody has; `start` has another shape; or there
            are no such devices.
    """
    last = last_checkpoint(directory)
    if last.exists() and not resume:
        raise ConfigError(f"{directory} holds a run already; resume it or choose another directory")
    lightning.seed_everything(low_bits(config.seed), verbose=False)
    vae = _network(vocabulary, model_config, train.labels, start)
    batches, validation_batches = (
        len(EqualLengthBatches(part, config.batch_size, config.seed))
        for part in (train, validation)
    )
    trainer = _trainer(
        config, directory, accelerator, devices, log_every=min(20, batches), max_minutes=max_minutes
    )
    if min(batches, validation_batches) < trainer.world_size:
        raise ConfigError(
            f"{batches} training and {validation_batches} validation batches; each of the "
            f"{trainer.world_size} processes needs one of both: give more molecules"
        )
    steps = batches // trainer.world_size
    module = VaeTraining(vae, config, steps, dreamer, graphed=_graphed(config, trainer))
    data = SequenceData(train, validation, config)
    trainer.fit(
        module,
        datamodule=data,
        ckpt_path=last if last.exists() else None,
        weights_only=True,
    )
    best = trainer.strategy.load_checkpoint(best_checkpoint(directory), weights_only=True)
    module.load_state_dict(best["state_dict"])
    # Of these weights: what the run logged last is another epoch's, or nothing where it had ended.
    trainer.logger = None
    [metrics] = trainer.validate(module, datamodule=data, verbose=False)
    return FitResult(
        module.vae.eval(), directory, trainer.current_epoch, dict(metrics), trainer.is_global_zero
    )


def _graphed(config: TrainConfig, trainer: lightning.Trainer) -> bool:
    """Whether the steps can be replayed as CUDA graphs."""
    return (
        config.cuda_graphs
        and trainer.strategy.root_device.type == "cuda"
        and trainer.world_size == 1
        and not config.randomize  # whose spellings have their own lengths
    )


def _network(
    vocabulary: Vocabulary, config: ModelConfig, labels: Tensor, start: SmilesVae | None
) -> SmilesVae:
    """A network that knows its labels' moments, with the weights of `start` where it has them."""
    vae = SmilesVae(len(vocabulary), config)
    if start is not None:
        _take_weights(vae, start)
    for part in (vae.heads, vae.conditions):
        if part is not None:
            part.scale.fit(labels[:, [config.labels.index(name) for name in part.scale.names]])
    return vae


def _take_weights(vae: SmilesVae, start: SmilesVae) -> None:
    """Nothing hangs on the heads, so those of other labels begin at random; all else must fit."""
    same_heads = start.config.properties == vae.config.properties
    weights = {
        name: value
        for name, value in start.state_dict().items()
        if same_heads or not name.startswith("heads.")
    }
    error = None
    try:
        missing, unexpected = vae.load_state_dict(weights, strict=False)
        fits = all(name.startswith("heads.") for name in (*missing, *unexpected))
    except RuntimeError as raised:
        fits, error = False, raised
    if not fits or start.config.conditions != vae.config.conditions:
        raise ConfigError(
            f"the model to start from has the shape {start.config.to_dict()}, not "
            f"{vae.config.to_dict()}: give the same settings"
        ) from error


def last_checkpoint(directory: Path) -> Path:
    """Where the run in `directory` keeps the state of its newest epoch."""
    return directory / "checkpoints" / "last.ckpt"


def best_checkpoint(directory: Path) -> Path:
    """Where it keeps the state of the epoch with the lowest validation loss."""
    return directory / "checkpoints" / "best.ckpt"


def _trainer(
    config: TrainConfig,
    directory: Path,
    accelerator: str,
    devices: str | int,
    log_every: int,
    max_minutes: float | None,
) -> lightning.Trainer:
    callbacks: list[Callback] = [
        TQDMProgressBar(refresh_rate=20),
        ModelCheckpoint(
            last_checkpoint(directory).parent,
            filename=best_checkpoint(directory).stem,
            monitor="validation/loss",
            save_last=True,
            every_n_epochs=config.validation_every,
            # last.ckpt is always the newest: a resume must never find an older one.
            enable_version_counter=False,
        ),
        EarlyStopping("validation/loss", patience=config.patience),
    ]
    if max_minutes is not None:
        callbacks.append(TimeLimit(max_minutes))
    with _usable(accelerator, devices):
        return lightning.Trainer(
            accelerator=accelerator,
            devices=devices,
            precision=config.precision,  # type: ignore[arg-type]
            max_epochs=config.epochs,
            gradient_clip_val=config.gradient_clip,
            callbacks=callbacks,
            # A resumed run logs to the next version_*/metrics.csv and keeps the earlier ones.
            logger=CSVLogger(directory, name="logs"),
            log_every_n_steps=log_every,
            num_sanity_val_steps=0,
            check_val_every_n_epoch=config.validation_every,
            reload_dataloaders_every_n_epochs=1,
            use_distributed_sampler=False,
            default_root_dir=directory,
            enable_model_summary=False,
        )


@contextmanager
def _usable(accelerator: str, devices: str | int) -> Iterator[None]:
    """Lightning refuses hardware by errors of four kinds; here it is a setting like any other."""
    try:
        yield
    except (MisconfigurationException, ValueError, TypeError, ImportError) as error:
        raise ConfigError(
            f"cannot train with accelerator {accelerator!r} and devices {devices!r}: {error} Use "
            "the accelerator auto, cpu or gpu, and as many devices as there are, or auto"
        ) from error
