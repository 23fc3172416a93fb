"""Labels over HTTP, of a small untrained model whose decoder is told two."""

import pytest
import torch
from fastapi.testclient import TestClient

from app.bulk.chunk import Chunk, Molecule
from app.bulk.rows import SourceRow
from app.bulk.samples import sample_prior, samples_around
from app.bulk.schemas import SampleOperation
from app.main import create_app
from app.models.serial import SerialModel
from chemvae.codec import MoleculeCodec
from chemvae.config import ModelConfig
from chemvae.priors import StandardNormal
from chemvae.tokens import Vocabulary
from chemvae.vae import SmilesVae
from tests.app.conftest import ToySource
from tests.app.problems import check_problem


@pytest.fixture(scope="module")
def codec():
    vocabulary = Vocabulary.from_smiles(["CCO", "c1ccccc1", "CC#N", "CCBr"])
    with torch.random.fork_rng():
        torch.manual_seed(0)
        sizes = ModelConfig(
            latent_dim=12, max_tokens=20, conditions=("logp", "pIC50"), properties=("logp", "pIC50")
        )
        vae = SmilesVae(len(vocabulary), sizes)
        vae.decoder.output.weight.data.mul_(8.0)
    return MoleculeCodec(vae, vocabulary, StandardNormal(12), "conditional")


@pytest.fixture
def told(settings, tmp_path, codec):
    """A client of a service of that model."""

    class Source(ToySource):
        def load(self, name, /, device="auto"):
            return codec

    app = create_app(settings, model_source=Source(tmp_path), worker_status=lambda sessions: None)
    with TestClient(app, raise_server_exceptions=False) as client:
        yield client


def _post(client, path, **request):
    response = client.post(path, json=request)
    assert response.status_code == 200, response.text
    return response.json()


def test_a_model_says_what_its_decoder_is_told(told):
    model = told.get("/v1/models/toy").json()
    assert (model["labels"], model["properties"]) == (["logp", "pIC50"], ["logp", "pIC50"])


def test_samples_heed_the_labels(told, codec):
    def sampled(**labels):
        reply = _post(told, "/v1/sample", num_molecules=32, seed=1, unique=False, labels=labels)
        return [molecule["smiles"] for molecule in reply["molecules"]]

    low, high = sampled(logp=-3), sampled(logp=3.5)
    assert low != high
    latents = codec.sample_prior(32, torch.Generator().manual_seed(1))
    alone = [item.smiles for item in codec.decode(latents, labels={"logp": -3.0})]
    assert low[: len(alone)] == [smiles for smiles in alone if smiles]


@pytest.mark.parametrize("way", [{}, {"temperature": 1.0}, {"beam_width": 3}])
def test_decodes_heed_the_labels(told, way):
    request = {"latents": [[0.3] * 12, [-0.5] * 12], "seed": 1, "num_molecules": 2} | way
    replies = [
        _post(told, "/v1/decode", labels=labels, **request)
        for labels in ({}, {"logp": -10.0}, {"logp": -10.0, "pIC50": 6})
    ]
    assert len({str(reply) for reply in replies}) == 3
    assert _post(told, "/v1/decode", **request) == replies[0]


def test_completions_heed_the_labels(told):
    request = {"fragment": "C", "num_molecules": 16, "seed": 1, "unique": False}
    replies = [
        _post(told, "/v1/complete", labels=labels, **request)["molecules"]
        for labels in ({}, {"logp": -10.0}, {"logp": 10.0})
    ]
    assert len({str(reply) for reply in replies}) == 3


@pytest.mark.parametrize("around", ["prior", "library"])
def test_samples_in_bulk_heed_the_labels(codec, around):
    def sampled(**labels):
        operation = SampleOperation(
            kind="sample", around=around, num_molecules=16, seed=1, labels=labels
        )
        chunk = Chunk(SerialModel(codec), 0)
        if around == "prior":
            return list(sample_prior(operation, chunk, 1, 16))
        start = Molecule.of(SourceRow(1, "", "CCO"), "CCO")
        return list(samples_around(operation, chunk, [start]))

    assert len({str(sampled(**labels)) for labels in ({}, {"logp": -10}, {"logp": 10})}) == 3


@pytest.mark.parametrize("value", ["1e300", "-1e39"])
def test_a_value_far_from_every_molecule_is_answered(told, value):
    body = f'{{"latents": [{[0.0] * 12}], "labels": {{"logp": {value}}}}}'
    headers = {"content-type": "application/json"}
    assert told.post("/v1/decode", content=body, headers=headers).status_code == 200


@pytest.mark.parametrize(
    ("path", "request_"),
    [
        ("/v1/sample", {}),
        ("/v1/decode", {"latents": [[0.0] * 12]}),
        ("/v1/complete", {"fragment": "C"}),
    ],
)
def test_a_label_that_cannot_be_told_is_refused(told, client, path, request_):
    def refused(asked, labels, code, pointer):
        response = asked.post(path, json=request_ | {"labels": labels})
        return check_problem(response, 422, code, pointer)["detail"]

    assert "not told 'qed'; it knows: logp, pIC50" in refused(
        told, {"logp": 1, "qed": 0.5}, "unknown_label", "/labels"
    )
    assert "told no labels" in refused(client, {"logp": 1}, "unknown_label", "/labels")
    refused(told, {"logp": "high"}, "invalid_request", "/labels/logp")
    refused(told, ["logp"], "invalid_request", "/labels")


def test_a_label_that_a_bulk_job_cannot_tell_is_refused(told, client):
    operation = {"kind": "sample", "around": "prior", "num_molecules": 5, "labels": {"qed": 1}}
    for asked in (told, client):
        response = asked.post("/v1/bulk", json={"operation": operation})
        check_problem(response, 422, "unknown_label", "/operation/labels")
    operation["labels"] = {"logp": 2.5}
    job = told.post("/v1/bulk", json={"operation": operation})
    assert (job.status_code, job.json()["operation"]["labels"]) == (201, {"logp": 2.5})


@pytest.mark.parametrize("value", ["NaN", "Infinity"])
def test_a_value_that_is_not_finite_is_refused(told, value):
    headers = {"content-type": "application/json"}
    body = f'{{"labels": {{"logp": {value}}}}}'
    check_problem(
        told.post("/v1/sample", content=body, headers=headers),
        422,
        "invalid_request",
        "/labels/logp",
    )
