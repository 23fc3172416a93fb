from __future__ import annotations

import math

import pytest
import torch
from botorch.exceptions.errors import ModelFittingError
from hypothesis import given, settings
from hypothesis import strategies as st

from bayesopt.errors import SurrogateError
from bayesopt.surrogates import gp_fit, molecule_gp
from bayesopt.surrogates.kernels import MoleculeKernel
from bayesopt.surrogates.latent_scale import LatentScale
from bayesopt.surrogates.molecule_gp import fit_molecule_gp, sample_posterior
from bayesopt.surrogates.molecule_space import MoleculeSpace
from data.molecules import parse
from data.properties import compute
from tests.toys import ToyLatentModel, library

SMILES = library()[::24]


@pytest.fixture(scope="module")
def space():
    return MoleculeSpace(LatentScale.of(ToyLatentModel(latent_dim=3)))


@pytest.fixture(scope="module")
def rows(space):
    model = ToyLatentModel(latent_dim=3)
    latents = [tuple(item.mean.tolist()) for item in model.encode(SMILES)]
    return space.rows(SMILES, latents)


def fit(space, rows, values, **kwargs):
    return fit_molecule_gp(space, rows, values, rows[:1], **kwargs)


class TestRows:
    def test_a_molecule_is_its_latent_and_its_place_among_the_others(self, space, rows):
        assert rows.shape == (len(SMILES), 5)
        torch.testing.assert_close(space.similarity, space.similarity.T)
        assert (space.similarity.diagonal() == 1).all()
        assert torch.equal(space.rows(SMILES[3:5], [(0.0,) * 3] * 2)[:, -1], rows[3:5, -1])

    def test_what_is_missing_is_like_nothing(self, space, rows):
        kernel = MoleculeKernel(space)
        unplaced = space.rows(SMILES[:2], [None, None])
        undecoded = space.latent_rows(rows[:2, :3])
        with torch.no_grad():
            latent, composition, fingerprint = kernel.weights
            made = kernel.composition(space.composition[:2]).to_dense()
            other = composition * made + fingerprint * space.similarity[:2, :2]
            torch.testing.assert_close(kernel(unplaced).to_dense(), latent * torch.eye(2) + other)
            torch.testing.assert_close(kernel(unplaced, rows[:2]).to_dense(), other)
            near = kernel(rows[:2]).to_dense() - other
            torch.testing.assert_close(kernel(undecoded).to_dense(), near)
            assert (kernel(undecoded, unplaced).to_dense() == 0).all()

    def test_no_rows_are_rows_too(self, space):
        assert space.rows([], []).shape == (0, 5)


@settings(max_examples=25)
@given(st.lists(st.tuples(st.integers(0, 6), st.booleans()), min_size=1, max_size=8), st.data())
def test_the_kernel_is_a_covariance_whatever_is_missing(space, rows, drawn, data):
    latents = [tuple(rows[i, :3].tolist()) if placed else None for i, placed in drawn]
    some = space.rows([SMILES[i] for i, _ in drawn], latents)
    undecoded = space.latent_rows(rows[: data.draw(st.integers(0, 3)), :3])
    kernel = MoleculeKernel(space)
    kernel.raw_weights.data = torch.tensor(data.draw(st.tuples(*[st.floats(-5, 5)] * 3)))
    with torch.no_grad():
        matrix = kernel(torch.cat([some, undecoded])).to_dense()
        diagonal = kernel(torch.cat([some, undecoded]), diag=True)
    torch.testing.assert_close(matrix, matrix.T)
    torch.testing.assert_close(matrix.diagonal(), diagonal)
    assert torch.linalg.eigvalsh(matrix).min() > -1e-8


class TestFit:
    def test_it_learns_a_smooth_function_of_the_latent(self, space, rows):
        values = torch.sin(3 * rows[:, 0]) + rows[:, 1]
        gp = fit(space, rows[:-20], values[:-20])
        error = (gp.posterior(rows[-20:]).mean.squeeze(-1) - values[-20:]).abs()
        assert error.mean() < 0.2 * values.std()

    @pytest.mark.parametrize("placed", [True, False])
    def test_fingerprints_explain_what_the_latent_does_not(self, space, rows, placed):
        values = torch.tensor([compute(parse(text), ["tpsa"])["tpsa"] for text in SMILES])
        told = torch.arange(len(SMILES)) % 4 > 0
        random = torch.rand(len(rows), 3, generator=torch.Generator().manual_seed(0)).double()
        uninformative = torch.cat([random, rows[:, 3:]], dim=-1)
        known = uninformative if placed else space.rows(SMILES, [None] * len(SMILES))
        gp = fit(space, known[told], values[told].double())
        predicted = gp.posterior(uninformative[~told]).mean.squeeze(-1)
        assert torch.corrcoef(torch.stack([predicted, values[~told]]))[0, 1] > 0.5

    def test_composition_explains_what_neither_latent_nor_fingerprint_does(self, space):
        # Folded to nothing in common, chains of every length still tell of their size.
        chains = ["C" * n for n in range(2, 26)]
        values = torch.tensor([float(len(text)) for text in chains]).double()
        known = space.rows(chains, [None] * len(chains))
        space.similarity = torch.eye(len(space.similarity), dtype=torch.double)
        told = torch.arange(len(chains)) % 3 > 0
        gp = fit(space, known[told], values[told])
        predicted = gp.posterior(known[~told]).mean.squeeze(-1)
        assert (predicted - values[~told]).abs().max() < 1

    @pytest.mark.parametrize("n", [1, 2, 5])
    @pytest.mark.parametrize("noise", [None, 0.0])
    def test_few_or_equal_observations_are_enough(self, space, rows, n, noise):
        variances = None if noise is None else torch.full((n,), noise).double()
        gp = fit(space, rows[:n], torch.full((n,), 7.0).double(), noise=variances)
        assert gp.posterior(rows).mean.mean().item() == pytest.approx(7, abs=0.1)

    def test_known_noise_is_believed(self, space, rows):
        values = rows[:10, 0].clone()
        values[0] += 1.0
        noise = torch.full((10,), 1e-4).double()
        noise[0] = 10.0
        trusting, doubting = (
            fit(space, rows[:10], values, noise=n) for n in (noise * 0 + 1e-4, noise)
        )
        gaps = [
            abs(gp.posterior(rows[:1]).mean.item() - values[0].item())
            for gp in (trusting, doubting)
        ]
        assert gaps[0] < 0.05 < gaps[1]

    def test_the_nearest_to_the_centre_are_used_when_there_are_too_many(
        self, space, rows, monkeypatch
    ):
        monkeypatch.setattr(molecule_gp, "MAX_FITTED", 10)
        monkeypatch.setattr(molecule_gp, "MAX_OBSERVATIONS", 20)
        gp = fit(space, rows, rows[:, 0])
        distance = (rows[:, :3] - rows[0, :3]).norm(dim=-1)
        far = distance.sort().values[19]
        (kept,) = gp.train_inputs
        assert len(kept) == 20
        assert (kept[:, :3] - rows[0, :3]).norm(dim=-1).max() <= far

    @pytest.mark.parametrize("bad", [math.nan, math.inf])
    def test_values_that_are_not_numbers_are_refused(self, space, rows, bad):
        with pytest.raises(SurrogateError, match="finite"):
            fit(space, rows[:1], torch.tensor([bad]).double())
        with pytest.raises(SurrogateError, match="variance"):
            fit(space, rows[:1], torch.ones(1).double(), noise=torch.tensor([math.nan]).double())
        with pytest.raises(SurrogateError, match="0 observations"):
            fit_molecule_gp(space, rows[:0], torch.empty(0).double(), rows[:1])

    def test_one_that_never_converges_falls_back_to_the_prior(
        self, space, rows, monkeypatch, caplog
    ):
        def fails(*args, **kwargs):
            raise ModelFittingError("no")

        monkeypatch.setattr(gp_fit, "fit_gpytorch_mll", fails)
        gp = fit(space, rows, rows.sum(1))
        assert not gp.training
        assert gp.posterior(rows).mean.isfinite().all()
        assert "no GP fit converged" in caplog.text


def test_joint_samples_have_the_posterior_moments(space, rows):
    gp = fit(space, rows[:20], rows[:20, :3].sum(1))
    draws = sample_posterior(gp, rows[20:60], 4000, torch.Generator().manual_seed(0))
    posterior = gp.posterior(rows[20:60])
    sd = posterior.variance.sqrt().squeeze(-1)
    assert draws.shape == (4000, 40)
    assert ((draws.mean(0) - posterior.mean.squeeze(-1)).abs() < 0.1 * sd + 1e-3).all()
    assert draws.std(0).mean() == pytest.approx(sd.mean().item(), rel=0.1)


def test_unit_coordinates_give_the_prior_a_uniform_s_moments(toy):
    scale = LatentScale.of(toy)
    latents = toy.sample_prior(4000, torch.Generator().manual_seed(5))
    unit = scale.to_unit(latents)
    assert unit.mean().item() == pytest.approx(0.5, abs=0.02)
    assert unit.var().item() == pytest.approx(1 / 12, rel=0.05)
    torch.testing.assert_close(scale.to_latent(unit), latents)
