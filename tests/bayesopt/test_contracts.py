"""The contract suites on everything this package can run them on."""

from __future__ import annotations

import pytest

from bayesopt.oracles import available_oracles, get_oracle
from bayesopt.proposers import PROPOSERS
from tests.contracts.latent_model import LatentModelContract
from tests.contracts.oracle import OracleContract
from tests.contracts.proposer import ProposerContract
from tests.contracts.tunable_model import TunableModelContract

PARAMETERS = {"similarity": {"smiles": "CC(=O)Oc1ccccc1C(=O)O"}}


class TestToyLatentModel(LatentModelContract, TunableModelContract):
    @pytest.fixture
    def model(self, toy):
        return toy


class TestTunedToy(LatentModelContract):
    @pytest.fixture
    def model(self, toy):
        return toy.tuned(self.encodable, [1.0] * len(self.encodable), 0)


@pytest.mark.parametrize("name", [spec.name for spec in available_oracles()])
class TestBuiltInOracles(OracleContract):
    @pytest.fixture
    def oracle(self, name):
        return get_oracle(name, PARAMETERS.get(name))


@pytest.mark.parametrize("method", PROPOSERS)
class TestEveryProposer(ProposerContract):
    @pytest.fixture
    def proposer(self, method):
        return PROPOSERS[method]

    @pytest.fixture
    def model(self, toy):
        return toy
