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
from chemvae.training.dreams import Dreamer, dream_loss
from chemvae.training.graphs import GraphedBackward
from chemvae.training.losses import elbo_loss, measure
from chemvae.vae import SmilesVae


class VaeTraining(lightning.LightningModule):
    """Minimises reconstruction + `kl_weight` * KL + `head_weight` * the heads' loss.

    Args:
        vae: The network.
        config: The run.
        steps_per_epoch: Batches an epoch, of this process.
        dreamer: Makes the decoder's own examples for `dream_fraction` of the steps.
        graphed: Whether to train in CUDA graphs (`chemvae.training.graphs`).
    """

    def __init__(
        self,
        vae: SmilesVae,
        config: TrainConfig,
        steps_per_epoch: int,
        dreamer: Dreamer | None = None,
        *,
        graphed: bool = False,
    ) -> None:
        super().__init__()
        self.vae, self.config, self.steps_per_epoch = vae, config, steps_per_epoch
        # A flow carries what the encoder says to the latent, which would move with it; a learned
        # prior fits these latents already.
        for part in (vae.encoder, vae.flow, vae.learned_prior):
            if part is not None:
                part.requires_grad_(not config.freeze_encoder)
        self.dreamer = dreamer
        self.graphs = GraphedBackward(vae) if graphed else None

    def training_step(self, batch: MoleculeBatch) -> Tensor:
        """Loss of a batch over the full batch size: every molecule counts alike."""
        if self.graphs is not None:
            self.graphs.zero_grad()
        factor = self._kl_factor()
        if self.graphs is None:
            loss, nll, kl = self._elbo(batch, factor)
        else:
            tokens, labels, counted = self._filled(batch.tokens, batch.labels)
            moving = torch.full_like(counted[0], factor)
            loss, nll, kl = self.graphs(self._elbo_of, tokens, labels, counted, moving)
        self.log_dict({"train/nll": nll, "train/kl": kl}, prog_bar=True)
        if self.dreamer is not None and self._dreams():
            loss = loss + self._dream_step(self.dreamer)
        return loss

    def _dream_step(self, dreamer: Dreamer) -> Tensor | float:
        """The loss of a batch of dreams; 0 where a decoder that is still young has none."""
        dreams = dreamer.draw(self.vae, self.config.batch_size, self.global_step)
        if not len(dreams.tokens):
            return 0.0
        if self.graphs is None:
            loss, nll = self._dream(*dreams)
        else:
            loss, nll = self.graphs(self._dream, *self._filled(*dreams))
        self.log("train/dream_nll", nll)
        return loss

    def _elbo(
        self, batch: MoleculeBatch, kl_factor: float | Tensor, counted: Tensor | None = None
    ) -> tuple[Tensor, Tensor, Tensor]:
        """The loss, and the means of its two terms, over the rows that count."""
        losses = elbo_loss(self.vae, batch, self.config, kl_factor)
        nll, kl = _mean(losses.nll, counted), _mean(losses.kl, counted)
        return self._share(losses.total, counted), nll, kl

    def _elbo_of(
        self, tokens: Tensor, labels: Tensor, counted: Tensor, kl_factor: Tensor
    ) -> tuple[Tensor, Tensor, Tensor]:
        return self._elbo(MoleculeBatch(tokens, labels), kl_factor, counted)

    def _dream(
        self, latents: Tensor, tokens: Tensor, counted: Tensor | None = None
    ) -> tuple[Tensor, Tensor]:
        losses = dream_loss(self.vae, latents, tokens)
        return self._share(losses, counted), _mean(losses, counted)

    def _share(self, losses: Tensor, counted: Tensor | None) -> Tensor:
        kept = losses if counted is None else losses * counted
        return kept.sum() / self.config.batch_size

    def _filled(self, first: Tensor, second: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """Two tensors of `b` rows with the first row repeated until there are as many as in a full
        batch, and which rows count (1) or do not (0)."""
        rows = torch.arange(self.config.batch_size, device=first.device)
        counted = rows < len(first)
        chosen = rows * counted
        return first[chosen], second[chosen], counted.float()

    def backward(self, loss: Tensor, *args: Any, **kwargs: Any) -> None:  # noqa: ANN401
        """Lightning's; graphs have run it already."""
        if self.graphs is None:
            super().backward(loss, *args, **kwargs)

    def configure_gradient_clipping(
        self,
        optimizer: torch.optim.Optimizer,
        gradient_clip_val: float | None = None,
        gradient_clip_algorithm: str | None = None,
    ) -> None:
        """Lightning's; then a gradient that is not finite counts as zero, without a look at it that
        a GPU would wait for: one molecule of a million must not end a run."""
        super().configure_gradient_clipping(optimizer, gradient_clip_val, gradient_clip_algorithm)
        for parameter in self.vae.parameters():
            if parameter.grad is not None:
                parameter.grad.nan_to_num_(0.0, 0.0, 0.0)

    def optimizer_zero_grad(
        self, epoch: int, batch_idx: int, optimizer: torch.optim.Optimizer
    ) -> None:
        """Lightning's; with graphs it would undo the backward pass."""
        if self.graphs is None:
            super().optimizer_zero_grad(epoch, batch_idx, optimizer)

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
        # A frozen parameter must not decay either.
        learning = [each for each in self.vae.parameters() if each.requires_grad]
        optimizer = torch.optim.AdamW(learning, lr=self.config.learning_rate, weight_decay=1e-4)
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

    def _dreams(self) -> bool:
        """True for `dream_fraction` of the steps from `dream_start` on, evenly spread."""
        step, share = self.global_step, self.config.dream_fraction
        if step < self.config.dream_start * self.config.epochs * self.steps_per_epoch:
            return False
        return math.floor((step + 1) * share) > math.floor(step * share)

    def on_save_checkpoint(self, checkpoint: dict[str, Any]) -> None:
        """Records the settings, as plain data: a resume loads nothing that executes."""
        checkpoint["train_config"] = self.config.to_dict()


def _mean(losses: Tensor, counted: Tensor | None) -> Tensor:
    return losses.mean() if counted is None else (losses * counted).sum() / counted.sum()
