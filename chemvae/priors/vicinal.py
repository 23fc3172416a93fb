"""The vicinal distribution: between a training molecule's latent and those of its neighbours."""

from collections.abc import Mapping
from typing import Self

import torch
from sklearn.neighbors import NearestNeighbors  # type: ignore[import-untyped]
from torch import Tensor

from chemvae.errors import ConfigError, ShapeError
from chemvae.priors.codes import quantized, require_codes


class Vicinal:
    """Draws an exemplar, some of its nearest neighbours, and a latent about their barycentre.

    Chapelle et al. 2000 call a distribution around the training points vicinal; neighbours are
    mixed as in SMOTE (Chawla et al. 2002, doi:10.1613/jair.953). Molecules are found between
    neighbours where no density that was tried finds as many (decision 22). It has no density of
    its own, and it holds latents of training molecules, which decode to them: for a model whose
    training molecules are secret, fit another prior.

    Args:
        codes: `m x d`, the exemplars in steps of `step`, as signed bytes.
        step: `d`.
        neighbours: `m x k`, numbers of exemplars, of 32 bits.
        spread: `d`, standard deviation of the noise.
        mixed: How many neighbours are mixed with an exemplar.

    Raises:
        ShapeError: Parts that do not fit each other, or are not what they should be.
    """

    name = "vicinal"

    def __init__(
        self, codes: Tensor, step: Tensor, neighbours: Tensor, spread: Tensor, mixed: int
    ) -> None:
        require_codes(codes, step, spread)
        m = len(codes)
        if neighbours.ndim != 2 or neighbours.dtype != torch.int32:
            raise ShapeError(
                f"neighbours of shape {tuple(neighbours.shape)} and {neighbours.dtype}; expected "
                "m x k and torch.int32"
            )
        if not 1 <= mixed <= neighbours.shape[1]:
            raise ShapeError(f"{mixed} neighbours mixed of {neighbours.shape[1]} an exemplar")
        if len(neighbours) != m or neighbours.amin() < 0 or neighbours.amax() >= m:
            raise ShapeError(f"neighbours of {m} exemplars must be {m} rows of numbers below {m}")
        self.codes, self.step, self.neighbours, self.spread = codes, step, neighbours, spread
        self.mixed = mixed

    @classmethod
    def fit(
        cls,
        means: Tensor,
        log_variances: Tensor,
        seed: int,
        *,
        exemplars: int,
        neighbours: int,
        mixed: int,
    ) -> "Vicinal":
        """From the posteriors of the training molecules, `n x d`.

        Neighbours are sought by the Euclidean distance, each dimension in units of its spread.

        Args:
            means: `n x d`, of the posteriors.
            log_variances: `n x d`.
            seed: Chooses the exemplars.
            exemplars: Posterior means that are kept at most.
            neighbours: Of an exemplar, at most, from which those that are mixed are drawn.
            mixed: Neighbours that are mixed with an exemplar.

        Raises:
            ConfigError: Too few molecules, exemplars or neighbours to mix so many.
        """
        nearest = min(neighbours, exemplars - 1, len(means) - 1)
        if nearest < mixed:
            raise ConfigError(
                f"{mixed} neighbours cannot be mixed where an exemplar has {nearest}: mix fewer, "
                "or give more molecules, exemplars or neighbours"
            )
        generator = torch.Generator().manual_seed(seed)
        chosen = torch.randperm(len(means), generator=generator)[:exemplars]
        kept = means.cpu()[chosen]
        spreads = kept.std(dim=0)
        units = torch.where(spreads > 0, spreads, 1.0)  # a dimension that says nothing
        search = NearestNeighbors(n_neighbors=nearest, algorithm="brute")
        search.fit(((kept - kept.mean(dim=0)) / units).numpy())
        return cls(
            *quantized(kept),
            # Asked without points, it leaves each exemplar out of its own neighbours.
            torch.from_numpy(search.kneighbors(return_distance=False)).int(),
            log_variances.exp().mean(dim=0).sqrt().cpu(),
            mixed,
        )

    @classmethod
    def from_tensors(cls, tensors: Mapping[str, Tensor]) -> Self:
        """Rebuilt from `tensors()`, in half precision or not."""
        return cls(
            tensors["codes"],
            tensors["step"].float(),
            tensors["neighbours"],
            tensors["spread"].float(),
            int(tensors["mixed"].item()),
        )

    def tempered(self, temperature: float) -> "Vicinal":
        """The same with the standard deviation of its noise multiplied by `temperature`."""
        spread = self.spread * temperature
        return Vicinal(self.codes, self.step, self.neighbours, spread, self.mixed)

    def sample(self, n: int, generator: torch.Generator) -> Tensor:
        """`n x d` latents, on the generator's device."""
        m, k = self.neighbours.shape
        on = generator.device
        first = torch.randint(m, (n, 1), generator=generator, device=on).cpu()
        # The largest of k random numbers: as many different neighbours.
        ranks = torch.rand(n, k, generator=generator, device=on).topk(self.mixed).indices.cpu()
        noise = torch.randn(n, len(self.step), generator=generator, device=on)
        others = self.neighbours[first.squeeze(1)].long().gather(1, ranks)
        mixed = self.codes[torch.cat([first, others], dim=1)].float().mean(dim=1) * self.step
        return mixed.to(on) + noise * self.spread.to(on)

    def tensors(self) -> dict[str, Tensor]:
        """Codes, step, neighbours, spread, and how many are mixed, `1`."""
        return {
            "codes": self.codes,
            "step": self.step,
            "neighbours": self.neighbours,
            "spread": self.spread,
            "mixed": torch.tensor([self.mixed]),
        }
