"""The whole path of the `chemvae` command, on a file of alkanes and alcohols."""

import csv
import json
import sys

import numpy as np
import pytest
import torch
from typer.testing import CliRunner

from chemvae import benchmark, checkpoints
from chemvae.checkpoints import TrainingIndex
from chemvae.cli import app
from chemvae.config import TrainConfig
from chemvae.inversion import InversionConfig
from chemvae.training.ablation import VARIANTS, ablate, variants_named
from chemvae.training.corpus import load_corpus
from chemvae.training.own_data import held_out_data
from tests.chemvae.conftest import TINY

TINY_SETTINGS = (
    "latent_dim=4",
    "embedding_dim=8",
    "encoder_hidden=16",
    "decoder_hidden=32",
    "max_tokens=12",
    "epochs=3",
    "batch_size=8",
    "precision=32-true",
    "fitted_prior=gaussian_mixture",
    "prior_components=2",
    "properties=logp,heavy_atoms,assay",
    "conditions=logp",
)


def _run(*arguments, lines=()):
    return CliRunner().invoke(app, [str(each) for each in arguments], input="\n".join(lines))


@pytest.fixture(scope="module")
def run_directory(tmp_path_factory):
    directory = tmp_path_factory.mktemp("cli")
    molecules = [f"{'C' * n}{end}" for n in range(1, 11) for end in ("", "O", "N", "Cl")]
    # A molecule in five was not measured, and one beyond the range of the assay.
    rows = [f"{line},{i if i % 5 else ''}" for i, line in enumerate(molecules)]
    (directory / "library.csv").write_text("\n".join(["smiles,assay", *rows, "CCCCO,>100"]))
    settings = [word for setting in TINY_SETTINGS for word in ("--set", setting)]
    result = _run(
        "train", "--dataset", directory / "library.csv", "--output", directory / "run",
        "--accelerator", "cpu", *settings,
    )  # fmt: skip
    assert result.exit_code == 0, result.output
    assert "label assay: cells that are no finite number, so missing labels: 1" in result.output
    assert "line 42: '>100'" in result.output
    assert held_out_data(directory / "run" / "checkpoint") == str(directory / "run" / "test.csv")
    return directory / "run"


def test_train_writes_a_checkpoint_that_evaluates(run_directory):
    model = run_directory / "checkpoint"
    arguments = (
        "evaluate", "--model", model, "--dataset", run_directory / "test.csv", "--quick",
        "--processes", 0, "--num-samples", 20, "--write-card",
        "--keep-samples", run_directory / "samples",
    )  # fmt: skip
    result = _run(*arguments, "--json")
    assert result.exit_code == 0, result.output
    measured = json.loads(result.stdout)
    assert measured == json.loads((model / "card.json").read_text())
    assert set(measured["generation"]["validity"]) == {"standard_normal", "gaussian_mixture"}
    assert set(measured["heads"]["mae"]) == {"logp", "heavy_atoms", "assay"}
    with (run_directory / "test.csv").open() as file:
        table = list(csv.DictReader(file))
    assert [row["smiles"] for row in table] == (run_directory / "test.smi").read_text().split()
    [(label, values)] = measured["asked"]["labels"].items()
    assert (label, [each["quantile"] for each in values]) == ("logp", [0.1, 0.5, 0.9])
    assert measured["heads"]["labelled"] == {"assay": sum(bool(row["assay"]) for row in table)}
    kept = (run_directory / "samples" / "raw_greedy.smi").read_text().split("\n")[:-1]
    assert len(kept) == measured["generation"]["samples"] == 20


def test_evaluate_prints_the_scoreboard_of_what_the_run_held_out(run_directory):
    arguments = ("--quick", "--num-samples", 2)
    result = _run("evaluate", "--model", run_directory / "checkpoint", *arguments)
    assert result.exit_code == 0, result.output
    for heading in ("measure", "reached", "target", "best peer"):
        assert heading in result.stdout


def test_what_encode_prints_decode_reads(run_directory):
    model = run_directory / "checkpoint"
    encoded = _run("encode", "--model", model, "CCO", "C1CC", "c1ccccc1")
    assert encoded.exit_code == 1
    answers = [json.loads(line) for line in encoded.stdout.splitlines()]
    assert len(answers[0]["latent"]) == 4
    assert answers[0]["predicted"].keys() == {"logp", "heavy_atoms", "assay"}
    assert [answer["error"]["code"] for answer in answers[1:]] == ["syntax", "unknown_token"]
    decoded = _run("decode", "--model", model, lines=[json.dumps(answers[0])])
    assert decoded.exit_code == 0
    assert json.loads(decoded.stdout)["raw"]


def test_sample_prints_distinct_molecules(run_directory):
    arguments = ("sample", "-n", 3, "--temperature", 1, "--model", run_directory / "checkpoint")
    result = _run(*arguments)
    assert result.exit_code == 0, result.output
    assert len(set(result.stdout.splitlines())) == 3
    assert _run(*arguments).stdout == result.stdout


def test_complete_tells_the_decoder_the_labels(run_directory):
    arguments = ("complete", "CC", "-n", 3, "--model", run_directory / "checkpoint")
    printed = set()
    for label in ((), ("--label", "logp=4"), ("--label", "logp=-4")):
        result = _run(*arguments, *label)
        assert result.exit_code == 0, result.output
        printed.add(result.stdout)
    assert len(printed) == 3
    refused = _run(*arguments, "--label", "qed=0.9")
    assert refused.exit_code == 2
    assert "qed" in refused.stderr


@pytest.mark.parametrize(
    ("arguments", "lines", "message"),
    [
        (("sample", "--model", "nonesuch"), (), "no checkpoint 'nonesuch'"),
        (("train", "--dataset", "nowhere.smi"), (), "there is no file nowhere.smi"),
        (("train", "--dataset", "x", "--set", "depth=3"), (), "no setting 'depth'"),
        (("train", "--dataset", "x", "--set", "epochs=few"), (), "epochs takes a int"),
        (("train", "--dataset", "x", "--set", "seed=-1"), (), "seed is -1; it must lie between 0"),
        (("evaluate", "--seed", -1), (), "Invalid value for '--seed'"),
        (("sample", "--processes", 1, "--seed", -1), (), "Invalid value for '--seed'"),
        (("sample", "--seed", 10**22), (), "Invalid value for '--seed'"),
    ],
)
def test_a_mistake_is_one_line_and_exit_code_2(arguments, lines, message):
    result = _run(*arguments, lines=lines)
    assert result.exit_code == 2
    assert message in result.stderr
    assert "Traceback" not in result.output


@pytest.mark.parametrize(
    ("hardware", "message"),
    [
        (("--accelerator", "cpu", "--devices", 0), "accelerator 'cpu' and devices '0'"),
        (("--accelerator", "cpu", "--devices", "banana"), "devices 'banana'"),
        (("--accelerator", "banana"), "accelerator 'banana' and devices 'auto'"),
    ],
)
def test_hardware_that_is_none_is_a_mistake_too(hardware, message, tmp_path):
    (tmp_path / "few.smi").write_text("\n".join("C" * n for n in range(1, 30)))
    output = ("--output", tmp_path / "run", "--set", "fitted_prior=standard_normal")
    result = _run("train", "--dataset", tmp_path / "few.smi", *output, *hardware)
    assert result.exit_code == 2
    assert message in result.stderr
    assert "Use the accelerator auto, cpu or gpu" in result.stderr


@pytest.mark.parametrize(("kind", "needed"), [("gaussian_mixture", 10), ("vicinal", 3)])
def test_too_few_molecules_for_the_prior_are_refused_before_training(kind, needed, tmp_path):
    (tmp_path / "few.smi").write_text("C\nCC\nCCC\nCCCC\n")
    result = _run(
        "train", "--dataset", tmp_path / "few.smi", "--output", tmp_path / "run",
        "--set", f"fitted_prior={kind}",
    )  # fmt: skip
    assert result.exit_code == 2
    told = f"2 training molecules cannot fit a {kind} prior that needs {needed}; give it fewer"
    assert told in result.stderr
    assert not (tmp_path / "run" / "checkpoints").exists()


def test_a_run_not_to_be_resumed_keeps_its_vocabulary(run_directory):
    before = (run_directory / "vocabulary.json").read_text()
    (run_directory / "other.smi").write_text("\n".join("F" + "C" * n for n in range(30)))
    result = _run(
        "train", "--dataset", run_directory / "other.smi", "--output", run_directory,
        "--accelerator", "cpu",
    )  # fmt: skip
    assert result.exit_code == 2
    assert "holds a run already" in result.stderr
    assert (run_directory / "vocabulary.json").read_text() == before


def test_decode_refuses_what_is_no_latent(run_directory):
    model = run_directory / "checkpoint"
    for line, message in (("[1, 2]", "has 4 numbers"), ("CCO", "'CCO' is no latent")):
        result = _run("decode", "--model", model, lines=[line])
        assert result.exit_code == 2
        assert message in result.stderr


def test_a_run_starts_from_a_model(run_directory, tmp_path):
    settings = [word for setting in TINY_SETTINGS for word in ("--set", setting)]
    common = ("train", "--dataset", run_directory.parent / "library.csv", "--accelerator", "cpu")
    result = _run(
        *common, "--output", tmp_path / "run", *settings, "--set", "epochs=1",
        "--start-from", run_directory / "checkpoint",
    )  # fmt: skip
    assert result.exit_code == 0, result.output
    started, first = (_first_loss(directory) for directory in (tmp_path / "run", run_directory))
    assert started < first
    for message, changed in (
        ("no trained decoder yet", (*settings, "--set", "dream_fraction=0.5")),
        ("no trained encoder yet", (*settings, "--set", "freeze_encoder=true")),
        ("has the shape", ("--start-from", run_directory / "checkpoint")),
    ):
        refused = _run(*common, "--output", tmp_path / "other", *changed)
        assert refused.exit_code == 2
        assert message in refused.stderr


def test_a_run_dreams_with_the_model_it_starts_from(run_directory, codec, tmp_path):
    checkpoints.save(tmp_path / "start", codec, TrainConfig(), "sixteen molecules")
    shape = [f"{name}={value}" for name, value in TINY.to_dict().items() if value]
    training = ["epochs=1", "batch_size=8", "precision=32-true", "fitted_prior=standard_normal"]
    settings = [word for each in (*shape, *training) for word in ("--set", each)]
    result = _run(
        "train", "--dataset", run_directory.parent / "library.csv", "--accelerator", "cpu",
        "--output", tmp_path / "run", *settings, "--set", "dream_fraction=1",
        "--start-from", tmp_path / "start",
    )  # fmt: skip
    assert result.exit_code == 0, result.output
    with (tmp_path / "run" / "logs" / "version_0" / "metrics.csv").open(newline="") as file:
        dreamt = [
            float(row["train/dream_nll"]) for row in csv.DictReader(file) if row["train/dream_nll"]
        ]
    assert dreamt
    assert all(0 < nll < 50 for nll in dreamt)


def test_what_the_start_cannot_spell_is_left_out_and_told(run_directory, tmp_path):
    settings = [word for setting in TINY_SETTINGS for word in ("--set", setting)]
    known = (run_directory.parent / "library.csv").read_text()
    borons = {f"{'C' * n}B(O)O": n for n in range(1, 9)}
    rows = "".join(f"{line},{value}\n" for line, value in borons.items())
    (tmp_path / "library.csv").write_text(f"{known}\n{rows}")
    result = _run(
        "train", "--dataset", tmp_path / "library.csv", "--output", tmp_path / "run",
        "--accelerator", "cpu", *settings, "--set", "epochs=1",
        "--start-from", run_directory / "checkpoint",
    )  # fmt: skip
    assert result.exit_code == 0, result.output
    corpus = load_corpus(str(tmp_path / "library.csv"), 12)
    lost = [line for line in corpus.train if "B" in line]
    each = ", ".join(f"{token} in {len(lost)}" for token in "()B")
    told = f"train: {len(lost)} molecules have tokens the vocabulary lacks: {each}"
    assert told in result.output
    index = TrainingIndex.read(tmp_path / "run" / "checkpoint")
    assert not any(map(index.knows, lost))
    assert len(index) == len(corpus.train) - len(lost)


def test_a_run_learns_from_synthetic_molecules_beside_its_data(run_directory, tmp_path):
    settings = [word for setting in TINY_SETTINGS for word in ("--set", setting)]
    held_out = (run_directory / "test.smi").read_text().split()
    diols = [f"O{'C' * n}O" for n in range(2, 10)]
    trained = sorted(load_corpus(str(run_directory.parent / "library.csv"), 12).train)
    (tmp_path / "samples.smi").write_text(
        "\n".join([*diols, "OCCO", *held_out, *trained[:3], "C1CC"])
    )
    result = _run(
        "train", "--dataset", run_directory.parent / "library.csv", "--output", tmp_path / "run",
        "--accelerator", "cpu", *settings, "--set", "epochs=1",
        "--synthetic", tmp_path / "samples.smi",
    )  # fmt: skip
    assert result.exit_code == 0, result.output
    assert "held_out" in result.output
    assert "line 15: " in result.output
    learnt = [len(np.load(path)) for path in (tmp_path / "run").glob("labels-*.npy")]
    assert max(learnt) == len(trained) + len(diols)
    index = TrainingIndex.read(tmp_path / "run" / "checkpoint")
    assert index.knows(trained[0])
    assert not index.knows(diols[0])
    assert len(index) == len(trained)


def _first_loss(directory):
    with (directory / "logs" / "version_0" / "metrics.csv").open(newline="") as file:
        return next(float(row["train/nll"]) for row in csv.DictReader(file) if row["train/nll"])


def test_settings_are_read_as_their_default_is():
    for setting, message in (
        ("latent_at_every_step=maybe", "takes true or false"),
        ("epochs=many", "takes a int"),
        ("depth=3", "no setting 'depth'"),
    ):
        result = _run("train", "--dataset", "qm9", "--set", setting)
        assert result.exit_code == 2
        assert message in result.stderr


def test_ablation_keeps_its_rows(run_directory, tmp_path):
    rows = [f"{'C' * n}{end}" for n in range(1, 30) for end in ("", "O", "N", "Cl")]
    (tmp_path / "library.smi").write_text("\n".join(rows))
    corpus = load_corpus(str(tmp_path / "library.smi"), 80)
    variants = (VARIANTS[0], VARIANTS[-1])
    size = {"molecules": 60, "tested": 4, "samples": 5, "seed": 0}
    first = list(ablate(corpus, tmp_path / "runs", variants=variants, **size))
    assert [row["variant"] for row in first] == [variant.name for variant in variants]
    assert all(0 <= row["valid_fitted"] <= 1 for row in first)
    (tmp_path / "runs" / "base" / "row.json").write_text(json.dumps({"variant": "kept"}))
    # As where the process ended after the training and before the row.
    next((tmp_path / "runs").glob("heads*/row.json")).unlink()
    again = list(ablate(corpus, tmp_path / "runs", variants=variants, **size))
    assert again[0] == {"variant": "kept"}
    assert again[1] == first[1]


def test_variants_are_chosen_by_name():
    assert [v.name for v in variants_named(["cyclical KL", "base"])] == ["base", "cyclical KL"]
    assert tuple(variants_named(None)) == VARIANTS
    refused = _run("ablate", "--dataset", "qm9", "--variant", "bse")
    assert refused.exit_code == 2
    assert "no variant 'bse'" in refused.stderr


def test_a_decoder_is_told_what_is_wanted(run_directory):
    model = run_directory / "checkpoint"
    told = _run("sample", "--model", model, "-n", 3, "--temperature", 1, "--label", "logp=2")
    assert told.exit_code == 0, told.output
    latents = [json.dumps([place, 1.0, -1.0, 0.5]) for place in (-2.0, 0.0, 2.0)]
    for ways in ((), ("-n", 2), ("--beam-width", 3)):
        decode = ("decode", "--model", model, "--temperature", 0, *ways)
        decoded = [_run(*decode, "--label", f"logp={x}", lines=latents) for x in (-20, 20)]
        assert [result.exit_code for result in decoded] == [0, 0], decoded[0].output
        assert decoded[0].stdout != decoded[1].stdout
    for wish, message in (
        ("qed=1", "is not told 'qed'"),
        ("logp", "'logp' is no label"),
        ("logp=nan", "'logp' is nan; give a finite number"),
    ):
        for command in ("sample", "decode"):
            refused = _run(command, "--model", model, "--label", wish, lines=latents)
            assert refused.exit_code == 2
            assert message in refused.stderr


def test_encode_says_how_many_steps_inverting_takes():
    told = " ".join(_run("encode", "--help").stdout.replace("│", " ").split())
    assert f"up to {InversionConfig(steps=1).refine_steps} more on the mean" in told


def test_encode_inverts(run_directory):
    model = run_directory / "checkpoint"
    plain, found = (
        json.loads(_run("encode", "--model", model, "--invert", steps, "CCO").stdout)["latent"]
        for steps in (0, 5)
    )
    assert plain != found
    refused = _run("encode", "--model", model, "--invert", 5, "c1ccccc1")
    assert json.loads(refused.stdout)["error"]["code"] == "unknown_token"


def test_bench_prints_a_row_for_every_measure(run_directory, monkeypatch):
    monkeypatch.setattr(benchmark.MosesShaped, "STEPS", 1)
    command = sys.modules["chemvae.cli.bench"]  # whose name in the package is the function
    monkeypatch.setattr(command, "STRETCHES", [2_048, 4_096])
    monkeypatch.setattr(command, "MANY", 200)
    threads = torch.get_num_threads()
    result = _run("bench", "--model", run_directory / "checkpoint", "--processes", 1, "--full")
    torch.set_num_threads(threads)
    assert result.exit_code == 0, result.output
    rows = {line[:78].strip(): line[78:].strip() for line in result.stdout.splitlines()[1:]}
    for name in (
        "valid molecules/s, temperature 1, automaton on (12,288 strings)",
        "ratio",
        "ms a string in bulk, until there are 4,096",
        "molecules encoded/s (200)",
        "ms a molecule, 200 greedy, float32, 1 threads of one process",
        "CPU ms a molecule, one core: mask",
    ):
        assert float(rows[name].replace(",", "")) > 0
