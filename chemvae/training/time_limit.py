"""A time limit for one call of `fit`: runs that are resumed add up."""

import time

import lightning
from lightning.pytorch.callbacks import Callback


class TimeLimit(Callback):
    """Stops after the epoch behind which no other of its length would end in time.

    Lightning's own timer counts over all resumed calls and stops within an epoch, whose steps a
    resume would repeat.

    Args:
        minutes: From the start of the first epoch of this call.
    """

    def __init__(self, minutes: float) -> None:
        self.seconds = 60 * minutes
        self._begin = self._epoch_begin = 0.0

    def on_train_start(self, trainer: lightning.Trainer, module: lightning.LightningModule) -> None:  # noqa: ARG002
        """Starts the clock."""
        self._begin = time.monotonic()

    def on_train_epoch_start(
        self,
        trainer: lightning.Trainer,  # noqa: ARG002
        module: lightning.LightningModule,  # noqa: ARG002
    ) -> None:
        """Notes when the epoch began."""
        self._epoch_begin = time.monotonic()

    def on_train_epoch_end(
        self,
        trainer: lightning.Trainer,
        module: lightning.LightningModule,  # noqa: ARG002
    ) -> None:
        """Stops the run if another epoch would take too long."""
        now = time.monotonic()
        if now - self._begin + (now - self._epoch_begin) > self.seconds:
            trainer.should_stop = True
