"""The Lightning shell: loss, schedules and optimiser around a plain `SmilesVae`."""

import math
from typing import Any

import lightning
import torch
from lightning.pytorch.utilities.types import OptimizerLRScheduler
from torch import Tensor

from chemvae.config import TrainConfig
from chemvae.objective import cyclical_warmup, linear_warmup
from chemvae.training.batches import MoleculeBatch
from chemvae.training.dreams import Dreamer
from chemvae.training.losses import elbo_loss, measure
from chemvae.vae import SmilesVae


class VaeTraining(lightning.LightningModule):
    """Minimises reconstruction + `kl_weight` * KL + `head_weight` * the heads' loss.

    Args:
        vae: The network.
        config: The run.
        steps_per_epoch: Batches an epoch, of this process.
        dreamer: Makes the decoder's own examples for `dream_fraction` of the steps.
    """

    def __init__(
        self,
        vae: SmilesVae,
        config: TrainConfig,
        steps_per_epoch: int,
        dreamer: Dreamer | None = None,
    ) -> None:
        super().__init__()
        self.vae, self.config, self.steps_per_epoch = vae, config, steps_per_epoch
        self.dreamer = dreamer

    def training_step(self, batch: MoleculeBatch, batch_index: int) -> Tensor:
        """Loss of a batch over the full batch size: every molecule counts alike."""
        losses = elbo_loss(self.vae, batch, self.config, self._kl_factor())
        self.log_dict({"train/nll": losses.nll.mean(), "train/kl": losses.kl.mean()}, prog_bar=True)
        total = losses.total.sum()
        if self.dreamer is not None and self._dreams(batch_index):
            dreamed = self.dreamer.loss(self.vae, len(batch.tokens), self.global_step)
            self.log("train/dream_nll", dreamed.mean())
            total = total + dreamed.sum()
        return total / self.config.batch_size

    def validation_step(self, batch: MoleculeBatch, batch_index: int) -> None:
        """Logs the ELBO's two terms and the loss at the final KL weight (a fixed yardstick)."""
        # The same noise in every epoch, so that epochs differ by their weights alone.
        noise = torch.Generator(batch.tokens.device).manual_seed(batch_index)
        losses = measure(self.vae, batch, noise)
        metrics = {
            "validation/nll": losses.nll.mean(),
            "validation/kl": losses.kl.mean(),
            "validation/heads": losses.heads.mean(),
            "validation/elbo": -(losses.nll + losses.kl).mean(),
            "validation/loss": losses.weighted(
                self.config.kl_weight, self.config.head_weight
            ).mean(),
        }
        self.log_dict(metrics, prog_bar=True, batch_size=len(batch.tokens), sync_dist=True)

    def configure_optimizers(self) -> OptimizerLRScheduler:
        """AdamW with a warm-up, stable, decay schedule counted in steps."""
        optimizer = torch.optim.AdamW(
            self.vae.parameters(), lr=self.config.learning_rate, weight_decay=1e-4
        )
        schedule = torch.optim.lr_scheduler.LambdaLR(optimizer, self._learning_rate_factor)
        return {
            "optimizer": optimizer,
            "lr_scheduler": {"scheduler": schedule, "interval": "step"},
        }

    def _learning_rate_factor(self, step: int) -> float:
        total = self.config.epochs * self.steps_per_epoch
        rise = linear_warmup(step + 1, self.config.warmup_epochs * self.steps_per_epoch)
        decay_steps = max(1.0, self.config.decay_fraction * total)
        remaining = max(0.0, (total - step) / decay_steps)
        # 1 - sqrt cooldown, the best of those compared by Hägele et al. 2024.
        return min(rise, 1.0 - math.sqrt(1.0 - min(1.0, remaining)))

    def _kl_factor(self) -> float:
        schedule = linear_warmup if self.config.kl_schedule == "linear" else cyclical_warmup
        return schedule(self.global_step, self.config.kl_warmup_epochs * self.steps_per_epoch)

    def _dreams(self, batch_index: int) -> bool:
        """True for `dream_fraction` of the steps, evenly spread."""
        share = self.config.dream_fraction
        return math.floor((batch_index + 1) * share) > math.floor(batch_index * share)

    def on_save_checkpoint(self, checkpoint: dict[str, Any]) -> None:
        """Records the settings, as plain data: a resume loads nothing that executes."""
        checkpoint["train_config"] = self.config.to_dict()
