"""The commands that make molecules, on a network that knows sixteen by heart."""

import json

import pytest
from rdkit import Chem
from typer.testing import CliRunner

from chemvae import bulk, checkpoints
from chemvae.cli import app
from chemvae.config import TrainConfig
from chemvae.latent import SCALED_RADIUS
from tests.chemvae.conftest import MOLECULES


@pytest.fixture(scope="module")
def model(codec, tmp_path_factory):
    directory = tmp_path_factory.mktemp("cli") / "tiny"
    checkpoints.save(directory, codec, TrainConfig(), "sixteen molecules")
    return directory


def _run(command, model, *arguments, lines=()):
    words = [command, "--model", str(model), "--device", "cpu", *map(str, arguments)]
    return CliRunner().invoke(app, words, input="\n".join(lines))


def _latents(model, *smiles):
    encoded = _run("encode", model, *smiles)
    return encoded.stdout.splitlines()


def _answers(result):
    assert result.exit_code == 0, result.output
    return [json.loads(line) for line in result.stdout.splitlines()]


def test_decode_gives_one_molecule_of_each_latent(model):
    lines = _latents(model, *MOLECULES[:3])
    answers = _answers(_run("decode", model, lines=lines))
    assert [answer["smiles"] for answer in answers] == list(MOLECULES[:3])
    assert {"raw", "log_likelihood", "attempts"} < set(answers[0])


def test_decode_gives_several_molecules_of_a_latent(model):
    lines = _latents(model, *MOLECULES[:2])
    for options in (("-n", 3, "--temperature", 1), ("-n", 3, "--beam-width", 12)):
        for answer in _answers(_run("decode", model, *options, lines=lines)):
            smiles = [found["smiles"] for found in answer["molecules"]]
            assert len(set(smiles)) == 3
            assert answer["num_attempts"] >= 3
            assert {"frequency", "log_likelihood", "latent_distance"} < set(answer["molecules"][0])


def test_what_encode_refuses_decode_passes_on_in_its_place(model):
    lines = _latents(model, MOLECULES[0], "C1CC", MOLECULES[1])
    for options in ((), ("-n", 1)):
        result = _run("decode", model, *options, lines=lines)
        assert result.exit_code == 1
        first, refused, last = (json.loads(line) for line in result.stdout.splitlines())
        assert refused == json.loads(lines[1])
        assert refused["error"]["code"] == "syntax"
        if not options:
            assert [first["smiles"], last["smiles"]] == list(MOLECULES[:2])
    assert _run("decode", model, lines=lines[1:2]).stdout.splitlines() == lines[1:2]


def test_sampling_among_one_token_is_greedy(model):
    lines = _latents(model, *MOLECULES[:3])
    for option in (("--top-k", 1), ("--top-p", 1e-6)):
        answers = _answers(_run("decode", model, "--temperature", 1, *option, lines=lines))
        assert [answer["smiles"] for answer in answers] == list(MOLECULES[:3])


def test_unconstrained_decodes_are_what_the_network_says(model):
    far = [json.dumps([9.0 * (-1) ** (i // 2**j) for j in range(8)]) for i in range(20)]
    masked = _answers(_run("decode", model, lines=far))
    raw = _answers(_run("decode", model, "--unconstrained", lines=far))
    assert sum(answer["smiles"] is None for answer in raw) > 0
    assert all(answer["smiles"] is not None for answer in masked)


def test_complete_prints_distinct_molecules_with_the_scaffold(model):
    result = _run("complete", model, "*c1ccccc1", "-n", 5)
    assert result.exit_code == 0, result.output
    lines = result.stdout.splitlines()
    assert len(set(lines)) == len(lines) == 5
    pattern = Chem.MolFromSmarts("c1ccccc1-,=*")
    assert all(Chem.MolFromSmiles(line).HasSubstructMatch(pattern) for line in lines)
    assert _run("complete", model, "*c1ccccc1", "-n", 5).stdout == result.stdout


@pytest.mark.parametrize(
    ("fragment", "message"), [("C)", "')' cannot follow 'C'"), ("*CC*", "has 2 atoms *")]
)
def test_complete_says_why_it_cannot(model, fragment, message):
    result = _run("complete", model, fragment)
    assert result.exit_code == 2
    assert message in result.stderr


def test_sample_in_bulk_prints_what_the_workers_give(model, monkeypatch):
    class Workers(bulk.Workers):
        def __init__(self, model, processes):
            self.asked = (str(model), processes)

        def __enter__(self):
            return self

        def __exit__(self, *error):
            pass

        def sample(self, seed, **way):
            assert (seed, way) == (
                3,
                {
                    "temperature": 1.0,
                    "constrained": False,
                    "top_k": 5,
                    "top_p": 0.9,
                    "labels": {"logp": 2.5},
                },
            )
            assert self.asked == (str(model), 2)
            yield ["CCO", None, "CCO", "CCN"]
            yield ["CCF", "CCC"]

    monkeypatch.setattr(bulk, "Workers", Workers)
    options = ("-n", 3, "--processes", 2, "--seed", 3, "--temperature", 1, "--unconstrained")
    asked = ("--top-k", 5, "--top-p", 0.9, "--label", "logp=2.5")
    result = _run("sample", model, *options, *asked)
    assert result.exit_code == 0, result.output
    assert result.stdout.splitlines() == ["CCO", "CCN", "CCF"]
    assert "3 molecules from 6 decodes" in result.stderr


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (("--processes", 1, "--device", "cuda"), "samples on CPU cores, not on 'cuda'"),
        (("--processes", 1, "--smiles", "CCO"), "samples from the prior, not around 'CCO'"),
        (("--processes", 1, "--label", "logp"), "'logp' is no label"),
        (("--scaled-radius", 2), "--scaled-radius is 2; name a molecule by --smiles"),
        (("--smiles", "CCO", "--scaled-radius", -1), "radii are [-1.0]"),
        (("--smiles", "C1CC"), "unclosed ring in 'C1CC'"),
    ],
)
def test_what_sample_cannot_do_it_refuses(model, options, message):
    result = _run("sample", model, *options)
    assert result.exit_code == 2
    assert message in result.stderr


def test_sample_looks_around_a_molecule(model):
    itself = _run("sample", model, "--smiles", MOLECULES[0], "--scaled-radius", 0, "-n", 1)
    assert itself.stdout.splitlines() == [MOLECULES[0]]
    alone = _run("sample", model, "--smiles", MOLECULES[0], "--scaled-radius", 0, "-n", 2)
    assert (alone.exit_code, alone.stdout.splitlines()) == (1, [MOLECULES[0]])
    usual, one = (
        _run("sample", model, "--smiles", MOLECULES[0], "-n", 3, *radius).stdout
        for radius in ((), ("--scaled-radius", SCALED_RADIUS))
    )
    assert usual == one
    far = _run("sample", model, "--smiles", MOLECULES[0], "--scaled-radius", 50, "-n", 3)
    assert len(set(far.stdout.splitlines())) == 3
