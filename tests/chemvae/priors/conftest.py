import pytest
import torch


@pytest.fixture(scope="session")
def crescent() -> tuple[torch.Tensor, torch.Tensor]:
    """Posterior means and log variances, `2000 x 4`: a bent, skewed cloud that no Gaussian fits."""
    means = torch.randn(2000, 4, generator=torch.Generator().manual_seed(0))
    means[:, 1] = means[:, 0].square() + 0.1 * means[:, 1]
    means[:, 2] += means[:, 3]
    return means, torch.full_like(means, -4.0)


@pytest.fixture(scope="session")
def crescent_samples(crescent) -> torch.Tensor:
    means, log_variances = crescent
    noise = torch.randn(means.shape, generator=torch.Generator().manual_seed(1))
    return means + noise * torch.exp(0.5 * log_variances)
