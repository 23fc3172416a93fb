"""How well a Gaussian process on the latents predicts a property: the protocol of GVAE.

Kusner et al. 2017 (arXiv:1703.01925, section 4.3): a sparse GP with 500 inducing points on the
latent means of training molecules; root mean squared error and mean predictive log likelihood on
held-out molecules. The target is their penalised logP: logP, the negated SAS and the negated
excess of the largest ring over six atoms, each standardised over the training molecules, summed.

One difference: the GP is fitted to its predictive likelihood (Jankowiak et al. 2020,
arXiv:1910.07123) and not to the evidence, which favours the log likelihood reported here.
"""

import math
from collections.abc import Sequence
from typing import NamedTuple

import gpytorch  # type: ignore[import-untyped]
import torch
from torch import Tensor

from data.molecules import parse
from data.properties import compute

INDUCING = 500
BATCH = 1000
LEARNING_RATE = 0.05


class GpScore(NamedTuple):
    """Errors on held-out molecules, in the sum of standardised terms."""

    rmse: float
    log_likelihood: float
    """Nats a molecule."""


def penalised_logp_terms(smiles: Sequence[str]) -> Tensor:
    """logP, -SAS and the ring penalty (0 or negative) of each molecule, `n x 3`."""
    rows = []
    for line in smiles:
        values = compute(parse(line), ("logp", "sas", "penalized_logp"))
        penalty = values["penalized_logp"] - values["logp"] + values["sas"]
        rows.append([values["logp"], -values["sas"], penalty])
    return torch.tensor(rows)


def score(
    training: tuple[Tensor, Tensor], test: tuple[Tensor, Tensor], epochs: int, seed: int
) -> GpScore:
    """Fit on the training molecules, measure on the test molecules.

    Args:
        training: Latents `n x d` and `penalised_logp_terms`, `n x 3`.
        test: The same of the test molecules.
        epochs: Passes of Adam over the training molecules.
        seed: Chooses the first inducing points and the batches.
    """
    scale = _Standardise(training[1])
    targets, truth = (scale(terms).sum(dim=1) for terms in (training[1], test[1]))
    inputs, outputs = _Standardise(training[0]), _Standardise(targets.unsqueeze(1))
    mean, variance = _predict(
        inputs(training[0]), outputs(targets.unsqueeze(1)).squeeze(1), inputs(test[0]), epochs, seed
    )
    predicted, variance = mean * outputs.sd + outputs.mean, variance * outputs.sd.square()
    squared = (predicted - truth).square()
    log_likelihood = -0.5 * (squared / variance + variance.log() + math.log(2 * math.pi))
    return GpScore(squared.mean().sqrt().item(), log_likelihood.mean().item())


class _Standardise:
    """Zero mean and unit variance, by the columns of `n x m` training values."""

    def __init__(self, values: Tensor) -> None:
        self.mean, self.sd = values.mean(dim=0), values.std(dim=0)
        # A column that never varies, as the ring penalty of small molecules, says nothing.
        self.sd = torch.where(self.sd > 0, self.sd, torch.ones_like(self.sd))

    def __call__(self, values: Tensor) -> Tensor:
        return (values - self.mean) / self.sd


class _SparseGp(gpytorch.models.ApproximateGP):  # type: ignore[misc]
    """A variational GP (Hensman et al. 2015) with a length scale for each latent dimension.

    Its mean is linear and starts at the least squares `slope`, `d x 1`.
    """

    def __init__(self, inducing: Tensor, slope: Tensor) -> None:
        distribution = gpytorch.variational.CholeskyVariationalDistribution(len(inducing))
        super().__init__(gpytorch.variational.VariationalStrategy(self, inducing, distribution))
        dims = inducing.shape[1]
        self.mean_module = gpytorch.means.LinearMean(dims)
        self.mean_module.initialize(weights=slope, bias=0.0)
        kernel = gpytorch.kernels.RBFKernel(ard_num_dims=dims)
        kernel.lengthscale = math.sqrt(dims)  # distances between points grow with it
        self.covariance = gpytorch.kernels.ScaleKernel(kernel)

    def forward(self, inputs: Tensor) -> gpytorch.distributions.MultivariateNormal:
        return gpytorch.distributions.MultivariateNormal(
            self.mean_module(inputs), self.covariance(inputs)
        )


def _predict(
    inputs: Tensor, targets: Tensor, asked: Tensor, epochs: int, seed: int
) -> tuple[Tensor, Tensor]:
    """Predictive mean and variance, noise included, of the asked latents, each `n`."""
    generator = torch.Generator().manual_seed(seed)
    chosen = torch.randperm(len(inputs), generator=generator)[:INDUCING]
    slope = torch.linalg.lstsq(inputs, targets.unsqueeze(1)).solution
    # The variational parameters start from a draw of the global generator.
    with torch.random.fork_rng():
        torch.manual_seed(seed)
        gp = _SparseGp(inputs[chosen].clone(), slope)
        noise = gpytorch.likelihoods.GaussianLikelihood()
        objective = gpytorch.mlls.PredictiveLogLikelihood(noise, gp, num_data=len(inputs))
        optimizer = torch.optim.Adam([*gp.parameters(), *noise.parameters()], LEARNING_RATE)
        steps = epochs * -(-len(inputs) // BATCH)
        schedule = torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, steps)
        for _ in range(epochs):
            for rows in torch.split(torch.randperm(len(inputs), generator=generator), BATCH):
                optimizer.zero_grad()
                (-objective(gp(inputs[rows]), targets[rows])).backward()
                optimizer.step()
                schedule.step()
    gp.eval(), noise.eval()
    with torch.no_grad():
        answers = [noise(gp(part)) for part in torch.split(asked, BATCH)]
    return torch.cat([a.mean for a in answers]), torch.cat([a.variance for a in answers])
