"""The Lightning shell: loss, schedules and optimiser around a plain `SmilesVae`."""

import math
from typing import Any

import lightning
import torch
from lightning.pytorch.utilities.types import OptimizerLRScheduler
from torch import Tensor

from chemvae.config import TrainConfig
from chemvae.objective import elbo_terms, linear_warmup
from chemvae.vae import SmilesVae


class VaeTraining(lightning.LightningModule):
    """Minimises reconstruction + `kl_weight` * KL, in nats per molecule."""

    def __init__(self, vae: SmilesVae, config: TrainConfig, steps_per_epoch: int) -> None:
        super().__init__()
        self.vae, self.config, self.steps_per_epoch = vae, config, steps_per_epoch

    def training_step(self, tokens: Tensor) -> Tensor:
        """Loss of a `b x t` batch over the full batch size: every molecule counts alike."""
        nll, kl = elbo_terms(self.vae(tokens), tokens)
        warmup = linear_warmup(
            self.global_step, self.config.kl_warmup_epochs * self.steps_per_epoch
        )
        loss = (nll + warmup * self.config.kl_weight * kl).sum() / self.config.batch_size
        self.log_dict({"train/nll": nll.mean(), "train/kl": kl.mean()}, prog_bar=True)
        return loss

    def validation_step(self, tokens: Tensor, batch_index: int) -> None:
        """Logs the ELBO's two terms and the loss at the final KL weight (a fixed yardstick)."""
        # The same noise in every epoch, so that epochs differ by their weights alone.
        noise = torch.Generator(tokens.device).manual_seed(batch_index)
        nll, kl = elbo_terms(self.vae(tokens, noise), tokens)
        metrics = {
            "validation/nll": nll.mean(),
            "validation/kl": kl.mean(),
            "validation/elbo": -(nll + kl).mean(),
            "validation/loss": (nll + self.config.kl_weight * kl).mean(),
        }
        self.log_dict(metrics, prog_bar=True, batch_size=len(tokens), sync_dist=True)

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

    def on_save_checkpoint(self, checkpoint: dict[str, Any]) -> None:
        """Records the settings, as plain data: a resume loads nothing that executes."""
        checkpoint["train_config"] = self.config.to_dict()
