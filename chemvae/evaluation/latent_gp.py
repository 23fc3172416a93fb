"""How well a Gaussian process on the latents predicts a property: the protocol of GVAE.

Kusner et al. 2017 (arXiv:1703.01925, section 4.3): a sparse GP with 500 inducing points on the
latent means of training molecules; root mean squared error and mean predictive log likelihood on
held-out molecules. The target is their penalised logP: logP, the negated SAS and the negated
excess of the largest ring over six atoms, each standardised over the whole data set, summed.

Two differences: 40,000 training molecules in place of nine tenths of the data set, and the GP, once
fitted to the evidence, has its variances fitted to the predictive likelihood (Jankowiak et al.
2020, arXiv:1910.07123), which betters the log likelihood and leaves the errors as they are.
"""

import math
from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import NamedTuple

import gpytorch  # type: ignore[import-untyped]
import torch
from torch import Tensor

from data.molecules import parse
from data.properties import compute

INDUCING = 500
BATCH = 1000
LEARNING_RATE = 0.05
CALIBRATION_EPOCHS = 3
"""Passes that fit the variances alone."""


class Scale(NamedTuple):
    """To zero mean and unit variance, by the columns of `n x m` values."""

    mean: Tensor
    """`m`."""
    sd: Tensor
    """`m`."""

    @classmethod
    def of(cls, values: Tensor) -> "Scale":
        """The values' own."""
        sd = values.std(dim=0)
        # A column that never varies, as the ring penalty of small molecules, says nothing.
        return cls(values.mean(dim=0), torch.where(sd > 0, sd, torch.ones_like(sd)))

    def __call__(self, values: Tensor) -> Tensor:
        """`n x m`, in these units."""
        return (values - self.mean) / self.sd


PENALISED_LOGP_SCALES: Mapping[str, Scale] = MappingProxyType(
    {
        "zinc250k": Scale(
            torch.tensor([2.457121, -3.053293, -0.038039]),
            torch.tensor([1.434336, 0.834887, 0.223709]),
        ),
        "qm9": Scale(
            torch.tensor([0.335112, -4.243691, -0.033308]),
            torch.tensor([0.944453, 0.937266, 0.207325]),
        ),
    }
)
"""Of `penalised_logp_terms`, over every molecule of the published file, as
`docs/penalised_logp_scale.py` prints it. A few molecules with very large rings decide the spread of
the ring penalty, so that a sample's own would change the sum from sample to sample.

Of the same ZINC250k, the constants in general use (Kusner et al., You et al. 2018,
arXiv:1806.02473) have the means 2.4571, -3.0526, -0.0486 and the deviations 1.4343, 0.8335, 0.2860.
Their last term is of another cycle basis, longer than RDKit's rings and dependent on the order of
the atoms."""


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
    training: tuple[Tensor, Tensor],
    test: tuple[Tensor, Tensor],
    scale: Scale,
    epochs: int,
    seed: int,
) -> GpScore:
    """Fit on the training molecules, measure on the test molecules.

    Args:
        training: Latents `n x d` and `penalised_logp_terms`, `n x 3`.
        test: The same of the test molecules.
        scale: Of the terms.
        epochs: Passes of Adam over the training molecules.
        seed: Chooses the first inducing points and the batches.
    """
    targets, truth = (scale(terms).sum(dim=1) for terms in (training[1], test[1]))
    inputs, outputs = Scale.of(training[0]), Scale.of(targets.unsqueeze(1))
    mean, variance = _predict(
        inputs(training[0]), outputs(targets.unsqueeze(1)).squeeze(1), inputs(test[0]), epochs, seed
    )
    predicted, variance = mean * outputs.sd + outputs.mean, variance * outputs.sd.square()
    squared = (predicted - truth).square()
    log_likelihood = -0.5 * (squared / variance + variance.log() + math.log(2 * math.pi))
    return GpScore(squared.mean().sqrt().item(), log_likelihood.mean().item())


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
        data = (inputs, targets, generator)
        evidence = gpytorch.mlls.VariationalELBO(noise, gp, num_data=len(inputs))
        _maximise(evidence, [*gp.parameters(), *noise.parameters()], data, epochs)
        spread = [p for name, p in gp.named_parameters() if name.endswith("chol_variational_covar")]
        predictive = gpytorch.mlls.PredictiveLogLikelihood(noise, gp, num_data=len(inputs))
        _maximise(predictive, [*spread, *noise.parameters()], data, CALIBRATION_EPOCHS)
    gp.eval(), noise.eval()
    with torch.no_grad():
        answers = [noise(gp(part)) for part in torch.split(asked, BATCH)]
    return torch.cat([a.mean for a in answers]), torch.cat([a.variance for a in answers])


def _maximise(
    objective: gpytorch.mlls.MarginalLogLikelihood,
    parameters: list[torch.nn.Parameter],
    data: tuple[Tensor, Tensor, torch.Generator],
    epochs: int,
) -> None:
    """Adam on batches of the inputs and targets, in an order that the generator draws."""
    inputs, targets, generator = data
    optimizer = torch.optim.Adam(parameters, LEARNING_RATE)
    steps = epochs * -(-len(inputs) // BATCH)
    schedule = torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, steps)
    for _ in range(epochs):
        for rows in torch.split(torch.randperm(len(inputs), generator=generator), BATCH):
            optimizer.zero_grad()
            (-objective(objective.model(inputs[rows]), targets[rows])).backward()
            optimizer.step()
            schedule.step()
