"""Molecules picked by hand, through both bundled models: each gets its latent or its reason."""

import math
import time
from typing import NamedTuple

import pytest
import torch
from fastapi.testclient import TestClient

from app.main import create_app
from app.settings import Settings
from chemvae import checkpoints
from chemvae.codec import Encoding

MODELS = ("zinc250k", "qm9")
CPU_SECONDS = 1.0
"""Of this thread alone, so that a busy machine changes nothing."""


class Case(NamedTuple):
    """A string, and for either model the code and a word of its refusal; none: a latent."""

    smiles: str
    zinc250k: tuple[str, str] | None = None
    qm9: tuple[str, str] | None = None


def _unknown(token: str) -> tuple[str, str]:
    return "unknown_token", f"{token} in "


def _both(smiles: str, code: str, word: str) -> Case:
    return Case(smiles, (code, word), (code, word))


def _zinc(smiles: str, token: str) -> Case:
    """Known to one model; the other lacks a token."""
    return Case(smiles, None, _unknown(token))


def _long(smiles: str, tokens: int) -> Case:
    """As many tokens are too many for molecules of nine atoms."""
    return Case(smiles, None, ("too_many_tokens", f"{tokens} tokens"))


DRUGS = [
    Case("CC(=O)Oc1ccccc1C(=O)O"),  # aspirin
    Case("CN1C=NC2=C1C(=O)N(C(=O)N2C)C"),  # caffeine, not written as RDKit would
    Case("CC(=O)Nc1ccc(O)cc1"),  # paracetamol
    Case("O=c1cc[nH]c(=O)[nH]1"),  # uracil
    _zinc("CC(C)Cc1ccc(cc1)[C@@H](C)C(=O)O", "[C@@H]"),  # ibuprofen
    _zinc("CN1CCC[C@H]1c1cccnc1", "[C@H]"),  # nicotine
    _long("CN1[C@H]2CC[C@@H]1[C@H]([C@H](C2)OC(=O)c1ccccc1)C(=O)OC", 36),  # cocaine
    _long("C[C@]12CC[C@H]3[C@H]([C@@H]1CC[C@@H]2O)CCC1=CC(=O)CC[C@]13C", 35),  # testosterone
    _long("CC1(C)SC2C(NC(=O)Cc3ccccc3)C(=O)N2C1C(=O)O", 42),  # penicillin G
    _long("CN1CCN(CC1)C1=Nc2cc(Cl)ccc2Nc2ccccc12", 36),  # clozapine
]
CHARGED = [
    _zinc("C[NH3+]", "[NH3+]"),
    _zinc("[O-]C=O", "[O-]"),
    _zinc("C[N+](C)(C)CCOC(C)=O", "[N+]"),  # acetylcholine
    _zinc("C[n+]1cccc(C(=O)O)c1", "[n+]"),
    _zinc("[O-][N+](=O)c1ccccc1", "[N+], [O-]"),
    _zinc("CC(C)C[C@H](NC(=O)[C@@H]([NH3+])CO)C(=O)[O-]", "[C@@H], [C@H], [NH3+], [O-]"),
    _both("[NH4+]", *_unknown("[NH4+]")),
    _both("[Na+].[Cl-]", "several_fragments", "2 fragments"),
    _both("CC(=O)O.CN.O", "several_fragments", "3 fragments"),
]
RINGS = [
    Case("C1CC2CCC1CC2"),
    Case("C1C2CC3CC1CC(C2)C3"),  # adamantane
    Case("C12C3C4C1C5C2C3C45"),  # cubane
    Case("C1CCC2(CC1)CCCCC2"),  # a spiro centre
    Case("c1cc2ccc3cccc4ccc(c1)c2c34"),  # pyrene
    Case("C%10CC%10"),  # two digits for one ring
    _long("c1ccccc1-c1ccccc1-c1ccccc1-c1ccccc1", 37),
]
STEREO = [
    _zinc("C/C=C/C=O", "/"),
    _zinc("C/C=C\\C=O", "/, \\"),
    _zinc("CC[C@H](C)[C@H](N)C(=O)O", "[C@H]"),
    _zinc("OC[C@H]1O[C@@H](O)[C@H](O)[C@@H](O)[C@@H]1O", "[C@@H], [C@H]"),  # glucose
    _zinc("[C@@H](N)(C)C(=O)O", "[C@@H]"),
]
SMALL = [Case("C"), Case("O"), Case("C#N"), Case("N#CC#N"), Case("OC(=O)C(F)(F)F")]
UNKNOWN = [
    _zinc("CS(=O)(=O)N", "S"),
    _zinc("Clc1ccc(Br)cc1", "Br, Cl"),
    _zinc("CP(=O)(O)O", "P"),
    _both("OB(O)c1ccccc1", *_unknown("B")),
    _both("C[Si](C)(C)C", *_unknown("[Si]")),
    _both("C[Se]C", *_unknown("[Se]")),
    _both("[2H]C([2H])([2H])O", *_unknown("[2H]")),
    _both("[13CH4]", *_unknown("[13CH4]")),
    _both("[Fe]", *_unknown("[Fe]")),
    _both("[Pt](Cl)(Cl)(N)N", *_unknown("[Cl], [NH2], [Pt]")),
    _both("C[C]C", *_unknown("[C]")),  # a carbene
]
LENGTHS = [
    Case("C" * 80, None, ("too_many_tokens", "80 tokens; this model reads at most 32")),
    Case("NCC(=O)" * 8 + "O", None, ("too_many_tokens", "57 tokens")),
    _both("C" * 81, "too_many_tokens", "81 tokens"),
    _both("C(C" * 100 + ")" * 100, "too_many_tokens", "tokens"),
    _both("C" * 500, "too_large", "500 heavy atoms; at most 300"),
    _both("-".join(["c1ccccc1"] * 84), "too_large", "504 heavy atoms"),
    _both("C" * 1_001, "too_long", "1001 characters; at most 1000"),
]
NO_MOLECULES = [
    _both("", "empty", "empty"),
    _both("   ", "empty", "empty"),
    _both("CC*", "wildcard", "*"),
    _both("[H][H]", "no_atoms", "hydrogen"),
    _both("C1CC", "syntax", "unclosed ring"),
    _both("CC(", "syntax", "position 3"),
    _both("CO>>CN", "syntax", "position 3"),
    _both("(" * 500, "syntax", "position 1"),
    _both("C1" * 100, "syntax", "ring closure 1"),
    _both("C1" * 250, "too_large", "125 ring bonds"),
    _both("c1cccc1", "kekulize", "aromatic"),
    _both("C(C)(C)(C)(C)C", "valence", "valence"),
]
CASES = [
    *DRUGS, *CHARGED, *RINGS, *STEREO, *SMALL, *UNKNOWN, *LENGTHS, *NO_MOLECULES,
]  # fmt: skip


@pytest.fixture(scope="module", params=MODELS)
def name(request):
    return request.param


@pytest.fixture(scope="module")
def codec(name):
    return checkpoints.load(name, device="cpu")


@pytest.fixture(scope="module")
def items(name, tmp_path_factory):
    """The service's items for all strings in one request."""
    settings = Settings(
        data_dir=tmp_path_factory.mktemp("data"),
        device="cpu",
        trusted_hosts="testserver",
        _env_file=None,
    )
    # Nothing here needs the database, so the service's life is not begun.
    client = TestClient(create_app(settings))
    asked = {"smiles": [case.smiles for case in CASES], "model": name}
    response = client.post("/v1/encode", json=asked)
    assert response.status_code == 200, response.text
    return response.json()["items"]


def test_each_gets_its_latent_or_its_reason(codec, name):
    for case in CASES:
        began = time.thread_time()
        [item] = codec.encode([case.smiles])
        assert time.thread_time() - began < CPU_SECONDS, case
        wanted = getattr(case, name)
        if wanted is None:
            assert isinstance(item, Encoding), (case, item)
            assert item.mean.shape == item.log_variance.shape == (codec.latent_dim,)
            assert torch.isfinite(item.mean).all(), case
            assert torch.isfinite(item.log_variance).all(), case
        else:
            code, word = wanted
            assert item.code == code, case
            assert word in item.message, (case, item.message)


def test_over_http_in_one_request_and_in_order(codec, name, items):
    assert len(items) == len(CASES)
    for case, item in zip(CASES, items, strict=True):
        wanted = getattr(case, name)
        if wanted is None:
            assert len(item["latent"]) == len(item["log_variance"]) == codec.latent_dim, case
            assert all(map(math.isfinite, item["latent"] + item["log_variance"])), case
            [alone] = codec.encode([case.smiles])
            assert item["latent"] == pytest.approx(alone.mean.tolist(), abs=1e-4), case
        else:
            code, word = wanted
            assert item["error"]["code"] == code, case
            assert word in item["error"]["message"], (case, item)


def test_every_masked_decode_of_them_is_a_molecule(items):
    rebuilt = [item["reconstruction"] for item in items if "latent" in item]
    assert all(item["smiles"] for item in rebuilt)
    assert all(0 <= item["tanimoto"] <= 1 for item in rebuilt)
    assert any(item["exact"] for item in rebuilt)


def test_more_than_forty():
    assert len({case.smiles for case in CASES}) == len(CASES) >= 40
