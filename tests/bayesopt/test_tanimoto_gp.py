from __future__ import annotations

import math

import pytest
import torch
from botorch.exceptions.errors import ModelFittingError
from hypothesis import given
from hypothesis import strategies as st

from bayesopt.errors import SurrogateError
from bayesopt.surrogates import gp_fit
from bayesopt.surrogates.tanimoto_gp import TanimotoKernel, fit_tanimoto_gp
from data.fingerprints import bulk_tanimoto, morgan, morgan_counts
from data.molecules import parse
from data.properties import logp
from tests.toys import library


@pytest.fixture(scope="module")
def molecules():
    order = torch.randperm(len(library()), generator=torch.Generator().manual_seed(0))
    return [parse(library()[i]) for i in order[:120].tolist()]


@pytest.fixture(scope="module")
def counts(molecules):
    return torch.from_numpy(morgan_counts(molecules))


@pytest.fixture(scope="module")
def values(molecules):
    return torch.tensor([logp(mol) for mol in molecules], dtype=torch.double)


def test_the_kernel_of_bits_is_rdkit_s_similarity(molecules, counts):
    bits = (counts > 0).double()
    matrix = TanimotoKernel()(bits).to_dense()
    prints = [morgan(mol) for mol in molecules]
    for row, query in zip(matrix, prints, strict=True):
        torch.testing.assert_close(row, torch.from_numpy(bulk_tanimoto(query, prints)))
    cross = TanimotoKernel()(bits[:7], bits[5:])
    torch.testing.assert_close(cross.to_dense(), matrix[:7, 5:])
    torch.testing.assert_close(TanimotoKernel()(bits, diag=True), torch.ones(120).double())


@given(st.lists(st.lists(st.integers(0, 5), min_size=4, max_size=4), min_size=1, max_size=8))
def test_the_kernel_is_positive_semidefinite_and_at_most_one(rows):
    matrix = TanimotoKernel()(torch.tensor(rows, dtype=torch.double)).to_dense()
    assert torch.linalg.eigvalsh(matrix).min() > -1e-9
    assert matrix.min() >= 0
    assert matrix.max() <= 1 + 1e-12
    torch.testing.assert_close(matrix.diagonal(), torch.ones(len(rows)).double())


def test_one_kernel_serves_several_sets_in_turn(counts):
    kernel = TanimotoKernel()
    first, second = counts[:5], counts[5:10]
    before = kernel(first).to_dense()
    assert not torch.equal(kernel(second).to_dense(), before)
    assert torch.equal(kernel(first).to_dense(), before)


def test_the_gp_learns_a_property_of_molecules(counts, values):
    gp = fit_tanimoto_gp(counts[:80], values[:80])
    posterior = gp.posterior(counts[80:])
    error = posterior.mean.squeeze(-1) - values[80:]
    assert error.square().mean() < 0.3 * values[80:].var()
    inside = error.abs() < 2 * posterior.variance.sqrt().squeeze(-1)
    assert inside.double().mean() > 0.8


def test_a_noisy_value_counts_for_less(counts, values):
    noise = torch.full((40,), 1e-4).double()
    shifted = values[:40].clone()
    shifted[0] += 10
    trusted = fit_tanimoto_gp(counts[:40], shifted, noise)
    noise[0] = 100.0
    doubted = fit_tanimoto_gp(counts[:40], shifted, noise)
    means = [gp.posterior(counts[:1]).mean.item() for gp in (trusted, doubted)]
    assert means[0] > shifted[0] - 1
    assert means[1] < shifted[0] - 5


@pytest.mark.parametrize("n", [1, 2, 5])
@pytest.mark.parametrize("noise", [None, 0.0])
def test_few_or_equal_observations_are_enough(counts, n, noise):
    variances = None if noise is None else torch.full((n,), noise).double()
    gp = fit_tanimoto_gp(counts[:n], torch.full((n,), 7.0).double(), variances)
    assert gp.posterior(counts).mean.mean().item() == pytest.approx(7, abs=0.1)


@pytest.mark.parametrize(
    ("value", "variance", "says"),
    [(math.nan, 1.0, "finite"), (math.inf, 1.0, "finite"), (1.0, -1.0, "variance")],
)
def test_values_that_are_no_data_are_refused(counts, value, variance, says):
    data = torch.tensor([value, 0.0]).double(), torch.tensor([variance, 0.0]).double()
    with pytest.raises(SurrogateError, match=says):
        fit_tanimoto_gp(counts[:2], *data)
    with pytest.raises(SurrogateError, match="0 observations"):
        fit_tanimoto_gp(counts[:0], torch.empty(0).double())


def test_a_fit_that_never_converges_falls_back_to_the_prior(counts, values, monkeypatch, caplog):
    def fails(*args, **kwargs):
        raise ModelFittingError("no")

    monkeypatch.setattr(gp_fit, "fit_gpytorch_mll", fails)
    gp = fit_tanimoto_gp(counts, values)
    assert not gp.training
    assert gp.posterior(counts).mean.isfinite().all()
    assert "no GP fit converged" in caplog.text
