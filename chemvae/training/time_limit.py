"""A time limit for one call of `fit`: runs that are resumed add up."""

import time

import lightning
from lightning.pytorch.callbacks import Callback


class TimeLimit(Callback):
    """Stops after the validation behind which no other would come in time.

    Lightning's own timer counts over all resumed calls and stops within an epoch, whose steps a
    resume would repeat.

    Args:
        minutes: From the start of the first epoch of this call.
    """

    def __init__(self, minutes: float) -> None:
        self.seconds = 60 * minutes
        self._begin = self._last = 0.0

    def on_train_start(self, trainer: lightning.Trainer, module: lightning.LightningModule) -> None:  # noqa: ARG002
        """Starts the clock."""
        self._begin = self._last = time.monotonic()

    def on_train_epoch_end(
        self,
        trainer: lightning.Trainer,
        module: lightning.LightningModule,  # noqa: ARG002
    ) -> None:
        """Stops the run if as many epochs again as since the last validation take too long."""
        if (trainer.current_epoch + 1) % (trainer.check_val_every_n_epoch or 1):
            return
        now = time.monotonic()
        late = now - self._begin + (now - self._last) > self.seconds
        # Processes that train together must end together, whatever their clocks say.
        if trainer.strategy.broadcast(late):
            trainer.should_stop = True
        self._last = now
