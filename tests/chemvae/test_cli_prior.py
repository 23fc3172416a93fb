"""`chemvae prior`, and the prior of a run that begins with a trained model."""

import json
import shutil

import pytest
import torch
from typer.testing import CliRunner

from chemvae import checkpoints
from chemvae.cli import app
from chemvae.training.own_data import TEST_FILE
from chemvae.training.refitting import refit_prior
from tests.chemvae.test_cli import TINY_SETTINGS

EXEMPLARS = ("--set", "fitted_prior=exemplars", "--set", "prior_exemplars=13")
VICINAL = ("--set", "fitted_prior=vicinal", "--set", "prior_mixed=1")


def _run(*arguments):
    return CliRunner().invoke(app, [str(each) for each in arguments])


def _train(library, output, *arguments, **changed):
    settings = dict(setting.split("=") for setting in TINY_SETTINGS) | {"epochs": "1"}
    settings |= {"properties": "logp,heavy_atoms"} | changed
    words = (word for name, value in settings.items() for word in ("--set", f"{name}={value}"))
    result = _run(
        "train",
        "--dataset",
        library,
        "--output",
        output,
        "--accelerator",
        "cpu",
        *arguments,
        *words,
    )
    assert result.exit_code == 0, result.output
    return output / "checkpoint"


def _settings(home):
    return json.loads((home / "config.json").read_text())["training"]


@pytest.fixture(scope="module")
def library(tmp_path_factory):
    path = tmp_path_factory.mktemp("prior") / "library.csv"
    molecules = [f"{'C' * n}{end}" for n in range(1, 11) for end in ("", "O", "N", "Cl")]
    path.write_text("\n".join(["smiles", *molecules]))
    return path


@pytest.fixture(scope="module")
def trained(library):
    return _train(library, library.parent / "run")


@pytest.fixture(scope="module")
def refitted(library, trained):
    home = library.parent / "refitted"
    result = _run("prior", "--model", trained, *VICINAL, "--output", home)
    assert result.exit_code == 0, result.output
    return home / "checkpoint"


def test_another_prior_is_fitted_and_moves_no_latent(trained, refitted):
    before, after = _settings(trained), _settings(refitted)
    changed = {name for name, value in after.items() if before[name] != value}
    assert changed == {"fitted_prior", "prior_mixed"}
    encoded = [_run("encode", "--model", home, "CCO").stdout for home in (trained, refitted)]
    assert encoded[0] == encoded[1]
    keys = [(home / "training_keys.npy").read_bytes() for home in (trained, refitted)]
    assert keys[0] == keys[1]
    assert (refitted.parent / TEST_FILE).read_text() == (trained.parent / TEST_FILE).read_text()
    prior = checkpoints.load(refitted).prior
    assert prior.name == "vicinal"
    assert prior.sample(2, torch.Generator().manual_seed(0)).shape == (2, 4)


@pytest.fixture(scope="module")
def synthetic(library):
    """Five molecules that the library lacks, and one that it has."""
    path = library.parent / "samples.smi"
    path.write_text("\n".join(["CCO", *(f"{'C' * n}O{'C' * n}" for n in range(1, 6))]))
    return path


def _means(home, lines):
    return torch.stack([each.mean for each in checkpoints.load(home).encode(lines)])


def _is_among(prior, means):
    """Whether each exemplar is one of these latents, to what a byte rounds off."""
    exemplars = prior.codes.float() * prior.step
    offsets = (exemplars.unsqueeze(1) - means).abs()
    return (offsets <= 0.6 * prior.step).all(dim=2).any(dim=1)


def test_samples_that_are_like_the_data_become_the_exemplars_of_a_prior(
    trained, synthetic, tmp_path
):
    result = _run(
        "prior", "--model", trained, *EXEMPLARS, "--synthetic", synthetic, "--output", tmp_path
    )
    assert result.exit_code == 0, result.output
    home = tmp_path / "checkpoint"
    prior = checkpoints.load(home).prior
    assert prior.name == "exemplars"
    assert prior.codes.shape == (5, 4)
    means = _means(home, synthetic.read_text().split())
    assert _is_among(prior, means[1:]).all()
    assert _settings(home)["prior_exemplars"] == 13
    assert (home / "training_keys.npy").read_bytes() == (trained / "training_keys.npy").read_bytes()


def test_without_samples_training_molecules_are_its_exemplars(library, trained, tmp_path):
    result = _run("prior", "--model", trained, *EXEMPLARS, "--output", tmp_path)
    assert result.exit_code == 0, result.output
    prior = checkpoints.load(tmp_path / "checkpoint").prior
    assert prior.codes.shape == (13, 4)
    lines = library.read_text().split()[1:]
    assert _is_among(prior, _means(trained, lines)).all()


def test_a_run_that_learns_from_samples_has_them_as_exemplars(library, synthetic, tmp_path):
    settings = {"fitted_prior": "exemplars", "prior_exemplars": "13"}
    home = _train(library, tmp_path, "--synthetic", synthetic, **settings)
    prior = checkpoints.load(home).prior
    assert prior.codes.shape == (5, 4)
    assert _is_among(prior, _means(home, synthetic.read_text().split())).all()


def test_samples_for_a_prior_that_has_no_use_for_them_are_refused(trained, synthetic, tmp_path):
    refused = _run(
        "prior", "--model", trained, *VICINAL, "--synthetic", synthetic, "--output", tmp_path
    )
    assert refused.exit_code == 2
    assert "fitted_prior is 'vicinal', which takes no synthetic molecules" in refused.stderr
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize(
    ("setting", "told"),
    [
        ("fitted_prior=vamp", "fitted_prior is 'vamp'; use one of"),
        ("epochs=3", "a prior has no setting 'epochs'; it has: fitted_prior, prior_components"),
    ],
)
def test_what_is_no_setting_of_a_prior_is_refused(setting, told, trained, library, tmp_path):
    common = ("prior", "--model", trained, "--dataset", library, "--output", tmp_path)
    refused = _run(*common, "--set", setting)
    assert refused.exit_code == 2
    assert told in refused.stderr
    assert not list(tmp_path.iterdir())


def test_a_model_is_not_overwritten_nor_fitted_to_other_molecules(trained, library, tmp_path):
    before = (trained / "weights.safetensors").read_bytes()
    itself = ("--model", trained, "--dataset", library, "--output", trained.parent)
    refused = _run("prior", *itself, *VICINAL)
    assert refused.exit_code == 2
    assert "would be overwritten: choose another directory" in refused.stderr
    assert (trained / "weights.safetensors").read_bytes() == before
    other = tmp_path / "other.csv"
    other.write_text(library.read_text() + "\nCCOC\nCOC\nCNC\nCCNC\nCCCNC\nCCOCC\nCCNCC\nCOCCO")
    refused = _run("prior", "--model", trained, "--dataset", other, *VICINAL, "--output", tmp_path)
    assert refused.exit_code == 2
    assert f"was trained on other molecules than those of {other}" in refused.stderr
    assert not (tmp_path / "checkpoint").exists()


def test_a_prior_learned_with_its_network_is_not_replaced(library, tmp_path):
    learned = _train(library, tmp_path / "run", prior="mixture", learned_components="2")
    refused = _run("prior", "--model", learned, "--dataset", library, "--output", tmp_path / "new")
    assert refused.exit_code == 2
    assert "learned its prior with its network: no other can be fitted" in refused.stderr


def test_a_checkpoint_without_its_trainings_settings_is_named(trained, library, tmp_path):
    copy = tmp_path / "copy"
    shutil.copytree(trained, copy)
    config = json.loads((copy / "config.json").read_text())
    del config["training"]
    (copy / "config.json").write_text(json.dumps(config))
    with pytest.raises(checkpoints.CheckpointError, match="has no settings of its training"):
        refit_prior(str(copy), str(library), tmp_path / "new", {})


def test_a_frozen_encoder_keeps_its_prior_and_another_gets_a_new_one(
    library, trained, refitted, tmp_path
):
    start = ("--start-from", refitted)
    frozen = _train(library, tmp_path / "frozen", *start, freeze_encoder="true")
    kept, prior = (checkpoints.load(home).prior.tensors() for home in (refitted, frozen))
    assert kept.keys() == prior.keys()
    assert all(torch.equal(prior[name], value) for name, value in kept.items())
    assert _settings(frozen)["fitted_prior"] == "vicinal"
    assert _settings(frozen)["prior_mixed"] == 1
    free = _train(library, tmp_path / "free", *start)
    assert checkpoints.load(free).prior.name == "gaussian_mixture"
    assert _settings(free)["fitted_prior"] == "gaussian_mixture"


def test_a_frozen_run_needs_no_molecules_for_a_prior_that_it_does_not_fit(refitted, tmp_path):
    few = tmp_path / "few.csv"
    few.write_text("smiles\nCCC\nCCCC\nCCO\nCCCO\nCCN\nCCCN\nCCCl\n")
    changed = {"freeze_encoder": "true", "fitted_prior": "gaussian_mixture"}
    frozen = _train(
        few, tmp_path / "run", "--start-from", refitted, prior_components="50", **changed
    )
    assert checkpoints.load(frozen).prior.name == "vicinal"
