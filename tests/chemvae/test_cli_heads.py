"""`chemvae heads`: labels for a model that lacks them, on the latents that it has."""

import json

import pytest
import torch
from typer.testing import CliRunner

from chemvae import checkpoints
from chemvae.checkpoints import TrainingIndex
from chemvae.cli import app
from chemvae.config import TrainConfig
from chemvae.training.own_data import LABELLED_TEST_FILE
from tests.chemvae.conftest import MOLECULES


def _run(*arguments):
    return CliRunner().invoke(app, [str(each) for each in arguments])


@pytest.fixture(scope="module")
def start(codec, tmp_path_factory):
    """The model of sixteen molecules, which has no heads."""
    home = tmp_path_factory.mktemp("heads") / "start"
    checkpoints.save(home, codec, TrainConfig(), "sixteen molecules")
    TrainingIndex.of_smiles(MOLECULES).write(home)
    return home


@pytest.fixture(scope="module")
def table(start):
    """Three assays of its molecules, one of them also computed, and a molecule it cannot read."""
    path = start.parent / "assays.csv"
    rows = [f"{line},{len(line)},{len(line) % 3 or ''}" for line in MOLECULES]
    path.write_text(
        "\n".join(["smiles,length,gaps", *rows, "C[Si](C)(C)C,9,1", "CCO,3,n.d.", "C1CC,4,2"])
    )
    return path


def _heads(start, table, output, *arguments):
    places = ("--model", start, "--dataset", table, "--output", output)
    return _run("heads", *places, "--hidden", 64, *arguments)


def test_a_model_gets_heads_and_moves_no_latent(start, table, tmp_path):
    names = ("length", "gaps", "logp")
    words = [word for name in names for word in ("--property", name)]
    result = _heads(start, table, tmp_path, *words, "--epochs", 40)
    assert result.exit_code == 0, result.output
    assert f"kept {len(MOLECULES) + 2} " in " ".join(result.output.split())
    assert "label gaps: cells that are no finite number, so missing labels: 1" in result.output
    home = tmp_path / "checkpoint"
    before, after = checkpoints.load(start), checkpoints.load(home)
    assert (before.properties, after.properties) == ((), names)
    old, new = before.vae.state_dict(), after.vae.state_dict()
    assert all(torch.equal(value, new[name]) for name, value in old.items())
    assert all(name in old or name.startswith("heads.") for name in new)
    assert (home / "training_keys.npy").read_bytes() == (start / "training_keys.npy").read_bytes()
    assert checkpoints.read_config(home)["dataset"] == "sixteen molecules"
    assert (tmp_path / LABELLED_TEST_FILE).read_text().startswith("smiles,length,gaps")
    means = torch.stack([encoding.mean for encoding in after.encode(MOLECULES)])
    lengths = torch.tensor([float(len(line)) for line in MOLECULES])
    errors = (after.predict(means)[:, 0] - lengths).abs()
    assert errors.mean() < 0.7 * (lengths - lengths.mean()).abs().mean()
    line = json.loads(_run("encode", "--model", home, "CCO").stdout)
    assert set(line["predicted"]) == set(names)


def test_samples_are_further_molecules_for_computed_labels(start, table, tmp_path):
    samples = tmp_path / "samples.smi"
    samples.write_text("\n".join(f"{'C' * n}O" for n in range(1, 30)))
    few, many = (
        _heads(start, table, tmp_path / str(len(more)), "--property", "logp", "--epochs", 1, *more)
        for more in ((), ("--synthetic", samples))
    )
    assert few.exit_code == many.exit_code == 0, many.output
    assert "synthetic" in many.output
    one, other = (
        checkpoints.load(tmp_path / kind / "checkpoint").vae.heads.scale.mean for kind in "02"
    )
    assert one != other


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (("--property", "pIC50"), "no label 'pIC50'"),
        (("--property", "logp", "--dataset", "absent.csv"), "absent.csv"),
        (("--property", "logp", "--model", "absent"), "absent"),
    ],
)
def test_what_cannot_be_predicted_is_refused_by_name(arguments, says, start, table, tmp_path):
    result = _heads(start, table, tmp_path, *arguments)
    assert result.exit_code == 2
    assert says in result.stderr


def test_heads_take_the_place_of_others_and_the_model_itself_stays(start, table, tmp_path):
    result = _heads(start, table, tmp_path, "--property", "length", "--epochs", 1)
    assert result.exit_code == 0, result.output
    wider = _heads(
        tmp_path / "checkpoint", table, tmp_path / "wider", "--property", "length", "--hidden", 32
    )
    assert wider.exit_code == 0, wider.output
    assert checkpoints.load(tmp_path / "wider" / "checkpoint").vae.config.head_hidden == 32
    again = _heads(tmp_path / "checkpoint", table, tmp_path, "--property", "length")
    assert again.exit_code == 2
    assert "would be overwritten" in again.stderr
