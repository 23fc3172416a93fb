from __future__ import annotations

import pytest
import torch
from botorch.models.model_list_gp_regression import ModelListGP

from bayesopt.surrogates.latent_scale import LatentScale
from bayesopt.surrogates.molecule_gp import fit_molecule_gp
from bayesopt.surrogates.molecule_space import MoleculeSpace
from bayesopt.surrogates.tabulated import TabulatedModel
from tests.toys import ToyLatentModel, library


@pytest.mark.parametrize("num_outputs", [1, 2])
@pytest.mark.parametrize("places", [[[0], [3], [5]], [[0, 4], [2, 1]], [[6, 5, 4, 3, 2, 1, 0]]])
def test_it_says_what_the_gps_say(num_outputs, places):
    model = ToyLatentModel(latent_dim=3)
    smiles = library()[::64]
    space = MoleculeSpace(LatentScale.of(model))
    rows = space.rows(smiles, [tuple(e.mean.tolist()) for e in model.encode(smiles)])
    told = rows[7:]
    values = torch.sin(3 * told[:, 0]), told[:, 1] * 5 - 2
    gps = [fit_molecule_gp(space, told, value, told[:1]) for value in values[:num_outputs]]
    index = torch.tensor(places)
    found = TabulatedModel(gps, rows[:7]).posterior(index.unsqueeze(-1).double())
    expected = ModelListGP(*gps).posterior(rows[index])
    assert found.mean.shape == (*index.shape, num_outputs)
    torch.testing.assert_close(found.mean, expected.mean)
    torch.testing.assert_close(
        found.distribution.covariance_matrix, expected.distribution.covariance_matrix
    )
