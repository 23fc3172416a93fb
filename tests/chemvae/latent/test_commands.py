"""`chemvae interpolate`, `library`, `neighbours`, `map` and `calibrate` on the tiny network."""

import csv
import json

import pytest
from typer.testing import CliRunner

from chemvae import checkpoints
from chemvae.cli import app
from chemvae.latent.neighbourhood import RADII
from tests.chemvae.conftest import LEARN_BY_HEART, MOLECULES

ASPIRIN = MOLECULES[0]


@pytest.fixture(scope="module")
def model(codec, tmp_path_factory):
    directory = tmp_path_factory.mktemp("model")
    checkpoints.save(directory, codec, LEARN_BY_HEART, "tiny")
    return directory


@pytest.fixture(scope="module")
def molecules(tmp_path_factory):
    path = tmp_path_factory.mktemp("molecules") / "library.csv"
    path.write_text("\n".join(["name,smiles", *(f"m,{line}" for line in MOLECULES), "bad,C1CC"]))
    return path


@pytest.fixture
def run(model):
    def run(command, *arguments, expect=0):
        words = [command, *arguments, "--model", model, "--device", "cpu"]
        result = CliRunner().invoke(app, [str(word) for word in words])
        assert result.exit_code == expect, result.output
        return result

    return run


def _lines(result):
    return [json.loads(line) for line in result.stdout.splitlines()]


def _table(path):
    with path.open(newline="") as file:
        return list(csv.DictReader(file))


def test_interpolate_prints_a_line_a_step(run):
    arguments = (ASPIRIN, MOLECULES[5], "--steps", 4, "--property", "tpsa")
    linear = _lines(run("interpolate", *arguments))
    assert [step["fraction"] for step in linear] == pytest.approx([0, 1 / 3, 2 / 3, 1])
    assert (linear[0]["smiles"], linear[-1]["smiles"]) == (ASPIRIN, MOLECULES[5])
    assert linear[0]["properties"].keys() == {"tpsa"}
    spherical = _lines(run("interpolate", *arguments, "--method", "spherical"))
    assert [a["latent"] == b["latent"] for a, b in zip(linear, spherical, strict=True)] == [
        True, False, False, True,
    ]  # fmt: skip


def test_neighbours_of_a_file_and_of_the_library_saved_from_it(run, molecules, tmp_path):
    fresh = run("neighbours", ASPIRIN, "--library", molecules, "-k", 3)
    assert "left out line 18: unclosed ring in 'C1CC'" in fresh.stderr
    found = _lines(fresh)
    assert found[0] == {
        "smiles": ASPIRIN, "name": "m", "latent_distance": pytest.approx(0, abs=1e-4),
        "fingerprint_distance": 0.0,
    }  # fmt: skip
    assert len(found) == 3

    wrote = run("library", molecules, "--output", tmp_path / "saved")
    assert "16 molecules; 1 rows left out" in wrote.stdout
    assert _table(tmp_path / "saved/refused.csv") == [
        {"line": "18", "smiles": "C1CC", "code": "syntax", "message": "unclosed ring in 'C1CC'"}
    ]
    again = _lines(run("neighbours", ASPIRIN, "--library", tmp_path / "saved", "-k", 3))
    assert [item["smiles"] for item in again] == [item["smiles"] for item in found]
    by_bits = _lines(
        run("neighbours", ASPIRIN, "--library", tmp_path / "saved", "--space", "fingerprint")
    )
    distances = [item["fingerprint_distance"] for item in by_bits]
    assert distances == sorted(distances)
    assert len(by_bits) == 10


def test_neighbours_of_a_salt_are_those_of_its_parent(run, molecules):
    salt = _lines(run("neighbours", f"[Na+].{ASPIRIN}", "--library", molecules))
    assert salt == _lines(run("neighbours", ASPIRIN, "--library", molecules))


def test_many_refused_rows_are_counted(run, tmp_path):
    (tmp_path / "bad.smi").write_text("\n".join(["C1CC"] * 12 + [ASPIRIN]))
    stderr = run("neighbours", ASPIRIN, "--library", tmp_path / "bad.smi").stderr
    assert len(stderr.splitlines()) == 11
    assert "left out 2 more" in stderr


def test_map_writes_a_table_with_projected_molecules_in_place(run, molecules, tmp_path):
    (tmp_path / "more.smi").write_text(f"{MOLECULES[7]} again\n")
    result = run(
        "map", "--library", molecules, "--output", tmp_path / "map.csv",
        "--project", tmp_path / "more.smi", "--property", "tpsa",
    )  # fmt: skip
    summary = json.loads(result.stdout)
    assert (summary["method"], summary["molecules"]) == ("pca", 16)
    assert 0 < sum(summary["explained_variance"]) <= 1
    rows = _table(tmp_path / "map.csv")
    assert rows[0].keys() == {"smiles", "name", "set", "x", "y", "tpsa"}
    assert [row["smiles"] for row in rows] == [*MOLECULES, MOLECULES[7]]
    assert (rows[0]["set"], rows[-1]["set"], rows[-1]["name"]) == ("library", "projected", "again")
    for axis in "xy":
        assert float(rows[-1][axis]) == pytest.approx(float(rows[7][axis]), abs=1e-3)


def test_calibrate_adds_to_the_card(run, model, tmp_path):
    (tmp_path / "test.smi").write_text("\n".join(MOLECULES))
    arguments = ("--dataset", tmp_path / "test.smi", "--molecules", 3, "--samples", 2)
    shown = json.loads(run("calibrate", *arguments).stdout)
    assert [row["radius"] for row in shown["neighbourhood"]["radii"]] == list(RADII)
    assert not (model / "card.json").exists()
    checkpoints.write_card(model, {"reconstruction": {"molecules": 5}, "neighbourhood": "old"})
    run("calibrate", *arguments, "--write-card")
    card = checkpoints.card(model)
    assert card["reconstruction"] == {"molecules": 5}
    assert card["neighbourhood"] == shown["neighbourhood"]


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("interpolate", "C1CC", ASPIRIN), "unclosed ring in 'C1CC'"),
        (("interpolate", ASPIRIN, ASPIRIN, "--property", "qde"), "no property 'qde'"),
        (("neighbours", "C[Si]", "--library", "x.smi"), "[Si]"),
        (("neighbours", ASPIRIN, "--library", "x.smi"), "there is no file x.smi"),
        (("neighbours", "not a smiles", "--library", "x.smi"), "unexpected character"),
        (("library", "x.smi", "--output", "never"), "there is no file x.smi"),
        (("map", "--library", "x.smi", "--output", "map.csv"), "there is no file x.smi"),
        (("calibrate", "--dataset", "x.smi"), "there is no file x.smi"),
        (("calibrate",), "was trained on tiny, and no test.smi with molecules held out"),
        (("evaluate",), "was trained on tiny, and no test.smi with molecules held out"),
        (
            ("map", "--library", "x.smi", "--output", "map.csv", "--method", "umap", "--seed", -1),
            "Invalid value for '--seed'",
        ),
    ],
)
def test_a_mistake_is_one_line(run, arguments, message):
    result = run(*arguments, expect=2)
    assert message in result.stderr
    assert "Traceback" not in result.output


def test_what_cannot_be_written_is_one_line(run, molecules, tmp_path):
    (tmp_path / "taken").touch()
    for arguments, told in (
        (("library", molecules, "--output", tmp_path / "taken"), "is a file"),
        (("library", molecules, "--output", tmp_path / "taken" / "below"), "Not a directory"),
        (("map", "--library", molecules, "--output", tmp_path), "is a directory"),
        (("map", "--library", molecules, "--output", "/proc/no/map.csv"), "/proc/no: No such file"),
    ):
        result = run(*arguments, expect=2)
        assert told in " ".join(result.stderr.replace("│", " ").split())
        assert "Traceback" not in result.output


def test_a_library_of_another_model_or_of_nothing_is_refused(run, library, tmp_path):
    library.save(tmp_path / "other")
    result = run("neighbours", ASPIRIN, "--library", tmp_path / "other", expect=2)
    assert "encoded by the model tiny" in result.stderr
    (tmp_path / "nothing.smi").write_text("C1CC\n")
    result = run("neighbours", ASPIRIN, "--library", tmp_path / "nothing.smi", expect=2)
    assert "can encode none of the molecules of" in result.stderr
