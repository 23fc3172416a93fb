import subprocess
import sys
from importlib.metadata import EntryPoint

import pytest
from rdkit import Chem
from rich.console import Console
from typer.testing import CliRunner

from app.cli import app
from app.cli.optimize import best_table, parse_objective, read_initial, read_told
from bayesopt.benchmark import start
from bayesopt.errors import SpecError
from bayesopt.oracles import sources
from bayesopt.oracles.function import GROUP
from bayesopt.oracles.function_process import function_process
from bayesopt.trial import Observation, Trial, TrialStatus
from tests.toys import library


@pytest.fixture
def molwright(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("MOLWRIGHT_MODEL", "toy")
    monkeypatch.setenv("MOLWRIGHT_MODEL_SOURCE", "tests.e2e.models")

    def invoke(*arguments):
        return CliRunner().invoke(app, list(arguments), env={"COLUMNS": "200"})

    return invoke


def test_optimize_shows_and_writes_better_molecules_than_it_was_given(molwright, tmp_path):
    start = tmp_path / "start.smi"
    start.write_text("CCO ethanol\n\nCC(=O)O\n")
    found = tmp_path / "found.sdf"
    result = molwright(
        "optimize", "--objective", "qed", "--budget", "16", "--initial", str(start),
        "--num-samples", "6", "--batch-size", "4", "--seed", "1", "--sdf", str(found),
    )  # fmt: skip
    assert result.exit_code == 0, result.output
    molecules = list(Chem.SDMolSupplier(str(found)))
    values = [float(mol.GetProp("qed")) for mol in molecules]
    assert len(values) == 16
    assert values == sorted(values, reverse=True)
    assert values[0] > 0.5
    assert "CCO" in {Chem.MolToSmiles(mol) for mol in molecules}
    assert Chem.MolToSmiles(molecules[0]) in result.output
    assert f"{values[0]:.3f}" in result.output


@pytest.mark.parametrize(
    ("arguments", "word"),
    [
        (["--objective", "qeed"], "did you mean 'qed'"),
        (["--objective", "logp:target=high"], "not a number"),
        (["--objective", "logp:upwards"], "logp:minimize"),
        (["--objective", "qed", "--model", "none"], "no model is called"),
        (["--objective", "qed", "--initial", "nowhere.smi"], "nowhere.smi"),
        (["--objective", "qed", "--budget", "0"], "budget"),
        (["--objective", "qed", "--method", "guess"], "random"),
    ],
)
def test_what_cannot_be_run_is_one_line_and_2(molwright, arguments, word):
    result = molwright("optimize", *arguments)
    assert result.exit_code == 2
    assert word in result.output
    assert "Traceback" not in result.output


def test_random_takes_molecules_from_the_prior_alone(molwright, tmp_path):
    result = molwright("optimize", "--objective", "qed", "--budget", "24", "--method", "random")
    assert result.exit_code == 0, result.output
    assert "prior" in result.output
    assert "trust_region" not in result.output
    assert len(Chem.SDMolSupplier(str(tmp_path / "found.sdf"))) == 24


def test_a_molecule_that_does_not_parse_is_named(molwright, tmp_path):
    (tmp_path / "start.smi").write_text("CCO\nC1CC\n")
    result = molwright("optimize", "--objective", "qed", "--initial", "start.smi")
    assert result.exit_code == 2
    assert "C1CC" in result.output


def test_bench_optimize_measures_and_goes_on(molwright, tmp_path, monkeypatch):
    monkeypatch.setattr(start, "split", lambda dataset, of: library()[::8])
    arguments = (
        "bench", "optimize", "--task", "penalized-logp", "--method", "random", "--method",
        "gradient", "--seeds", "2", "--budget", "14", "--output", "measured",
    )  # fmt: skip
    result = molwright(*arguments)
    assert result.exit_code == 0, result.output
    assert "left out: penalized-logp, gradient" in result.output
    assert "| random | 2 |" in result.output
    made = {path.name for path in (tmp_path / "measured").iterdir()}
    assert made == {
        "penalized-logp", "penalized-logp-n14-q10-best-so-far.png", "report.csv", "report.md",
    }  # fmt: skip
    runs = sorted((tmp_path / "measured" / "penalized-logp").iterdir())
    assert len(runs) == 2
    before = [path.stat().st_mtime_ns for path in runs]
    assert molwright(*arguments).exit_code == 0
    assert [path.stat().st_mtime_ns for path in runs] == before


@pytest.mark.parametrize(
    ("arguments", "word"), [(["--task", "qedd"], "did you mean 'qed'"), (["--method", "g"], "zinc")]
)
def test_bench_optimize_names_what_it_knows(molwright, arguments, word):
    result = molwright("bench", "optimize", *arguments)
    assert result.exit_code == 2
    assert word in result.output


def test_optimize_refuses_a_function_that_cannot_be_imported(molwright, monkeypatch):
    missing = EntryPoint("docking", "tests.bayesopt.user_functions:missing", GROUP)
    monkeypatch.setattr(sources, "installed_functions", lambda: {"docking": missing})
    result = molwright("optimize", "--objective", "docking", "--budget", "4")
    function_process(missing.value).close()
    assert result.exit_code == 2
    assert "has no attribute 'missing'" in result.output


def test_bench_iterations_times_every_number_of_observations(molwright, monkeypatch):
    monkeypatch.setattr(start, "split", lambda dataset, of: library()[::8])
    result = molwright(
        "bench", "iterations", "--observations", "6", "--observations", "12", "--molecules", "2"
    )
    assert result.exit_code == 0, result.output
    rows = [line.split("│") for line in result.output.splitlines() if line.startswith("│")]
    assert [int(row[1]) for row in rows] == [6, 12]
    for row in rows:
        fit, decode, acquire, total = map(float, row[2:6])
        assert fit + decode + acquire >= total - 0.02


def test_a_misspelt_setting_stops_every_command(molwright, monkeypatch):
    monkeypatch.setenv("MOLWRIGHT_PROT", "8000")
    for command in ("serve", "worker", "migrate"):
        result = molwright(command)
        assert result.exit_code == 2
        assert "MOLWRIGHT_PORT" in result.output


def test_migrate_makes_the_database_once(molwright, tmp_path):
    for _ in range(2):
        result = molwright("migrate")
        assert result.exit_code == 0, result.output
    assert (tmp_path / ".molwright" / "molwright.db").exists()


def test_a_database_that_is_none_is_one_line_and_1(molwright, tmp_path, monkeypatch):
    broken = tmp_path / "broken.db"
    broken.write_bytes(b"not a database, and longer than a hundred bytes " * 10)
    monkeypatch.setenv("MOLWRIGHT_DATABASE_URL", f"sqlite:///{broken}")
    result = molwright("migrate")
    assert result.exit_code == 1
    assert "not a database" in result.output


def test_an_objective_without_a_direction_takes_the_usual_one():
    assert parse_objective("sas").direction == "minimize"
    assert parse_objective("qed").direction == "maximize"
    assert parse_objective("logp:target=2.5").target == 2.5
    with pytest.raises(SpecError):
        parse_objective("logp:target")


def test_initial_molecules_come_from_any_molecule_file(tmp_path):
    (tmp_path / "start.smi").write_text("CCO ethanol\n\nCC(=O)O\n")
    (tmp_path / "start.csv").write_text("name;SMILES\nethanol;CCO\nacid;CC(=O)O\n")
    for name in ("start.smi", "start.csv"):
        assert read_initial(tmp_path / name) == ("CCO", "CC(=O)O")
    (tmp_path / "gap.csv").write_text("name,smiles\nethanol,CCO\nlost,\n")
    with pytest.raises(SpecError, match=r"gap\.csv, line 3: no value in column"):
        read_initial(tmp_path / "gap.csv")


def test_the_table_shows_every_smiles_whole():
    smiles = "Cc1c[nH]c2cc[nH]c12" + "C" * 60
    values = {"qed": Observation(0.5, "computed")}
    trial = Trial(0, 0, TrialStatus.EVALUATED, "prior", smiles=smiles, values=values)
    console = Console(width=60)
    with console.capture() as capture:
        console.print(best_table(["qed"], [trial]))
    cells = [line.split("│")[-2].strip() for line in capture.get().splitlines() if "│" in line]
    assert "".join(cells) == smiles


def test_told_values_are_read_with_their_gaps_and_repeats(tmp_path):
    path = tmp_path / "told.csv"
    path.write_text("smiles,qed,logp\nCCO,0.4,\nCCN,,\nOCC,0.5,-0.1\n")
    (told,) = read_told(path, ["qed", "logp"])
    assert told.smiles == "CCO"
    assert told.values == {"qed": [0.4, 0.5], "logp": [-0.1]}
    assert told.source == "told.csv"


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("smiles,pIC50\nCCO,1\n", "columns smiles, pIC50; name one qed"),
        ("smiles,qed\nCCO,0.4\nC1CC,1\n", "line 3"),
        ("smiles,qed\nCCO,high\n", "line 2, qed: 'high' is not a number"),
        ("smiles,qed\n,1\n", "line 2: no value"),
    ],
)
def test_a_told_file_that_cannot_be_used_says_where(tmp_path, text, says):
    path = tmp_path / "told.csv"
    path.write_text(text)
    with pytest.raises(SpecError, match=says):
        read_told(path, ["qed"])


def test_optimize_goes_on_from_told_values(molwright, tmp_path):
    told = tmp_path / "told.csv"
    told.write_text("smiles,qed\nCCO,0.99\nCCBr,0.1\n")
    found = tmp_path / "found.sdf"
    result = molwright(
        "optimize", "--objective", "qed", "--budget", "3", "--told", str(told),
        "--num-samples", "0", "--batch-size", "3", "--sdf", str(found),
    )  # fmt: skip
    assert result.exit_code == 0, result.output
    molecules = [Chem.MolToSmiles(mol) for mol in Chem.SDMolSupplier(str(found))]
    assert len(molecules) == len(set(molecules)) == 5
    assert molecules[0] == "CCO"


def test_what_only_needs_the_database_waits_for_no_torch():
    script = (
        "import sys; from app.cli import app; import app.cli.processes; "
        "assert 'torch' not in sys.modules"
    )
    subprocess.run([sys.executable, "-c", script], check=True)  # noqa: S603


def test_a_seed_that_http_would_refuse_is_refused(molwright):
    result = molwright("optimize", "--objective", "qed", "--seed", str(10**22))
    assert result.exit_code == 2
    assert "Invalid value for '--seed'" in result.output
