from __future__ import annotations

import os
import time
from dataclasses import replace
from importlib.metadata import EntryPoint

import pytest

from bayesopt.errors import OracleError, SpecError, UnknownOracleError
from bayesopt.oracles import available_oracles, function, get_oracle
from bayesopt.oracles.function import FunctionOracle, installed_functions
from bayesopt.oracles.function_process import FunctionProcess, function_process
from data.errors import Refusal
from tests.contracts.oracle import OracleContract

HERE = "tests.bayesopt.user_functions"
SECONDS = 30.0
"""Far more than any function below takes, unless it hangs."""


@pytest.fixture
def function_of(monkeypatch):
    """Builds the oracle of a function in a process that ends with the test."""
    processes = {}

    def process(target):
        return processes.setdefault(target, FunctionProcess(target))

    def build(name, timeout_s=SECONDS):
        return FunctionOracle.of(
            EntryPoint(name, f"{HERE}:{name}", function.GROUP), {"timeout_s": timeout_s}
        )

    monkeypatch.setattr(function, "function_process", process)
    yield build
    for each in processes.values():
        each.close()


class TestFunctionOracle(OracleContract):
    @pytest.fixture
    def oracle(self, function_of):
        return function_of("length")


def test_the_process_is_kept_between_calls(function_of):
    oracle = function_of("calls_so_far")
    assert [oracle(["C"]), oracle(["C"])] == [[1.0], [2.0]]


def test_an_array_is_a_list_of_values(function_of):
    assert function_of("array")(["C", "CCC"]) == [1.0, 3.0]


def test_what_is_no_number_is_refused_alone(function_of):
    molecules = ["C" * length for length in range(1, 9)]
    *refused, last = function_of("odd_values")(molecules)
    codes = ["no_value", "not_finite", "not_finite", *["not_a_number"] * 2, "too_large"]
    assert [refusal.code for refusal in refused] == [*codes, "not_a_number"]
    assert "'high'" in refused[3].message
    assert last == 7.0


@pytest.mark.parametrize(
    ("name", "code", "says"),
    [
        ("too_few", "wrong_length", "1 values came for 2 molecules"),
        ("no_list", "raised", "TypeError"),
        ("missing", "raised", "has no attribute 'missing'"),
    ],
)
def test_what_is_no_answer_refuses_all(function_of, name, code, says):
    answers = function_of(name)(["C", "CC"])
    assert {answer.code for answer in answers} == {code}
    assert says in answers[0].message


def test_an_exception_refuses_the_molecule_it_is_about(function_of):
    first, refusal, last = function_of("raises_on_nitrogen")(["C", "CN", "CC"])
    assert (first, last) == (1.0, 1.0)
    assert refusal == Refusal("raised", "ValueError: nitrogen is too hard")


@pytest.mark.parametrize(
    ("name", "timeout_s", "code", "says"),
    [
        ("dies_on_nitrogen", SECONDS, "crashed", "status 3"),
        ("hangs_on_nitrogen", 4.0, "timeout", "within 4 s"),
    ],
)
def test_a_hang_or_a_crash_refuses_its_molecule_and_the_next_are_asked(
    function_of, name, timeout_s, code, says
):
    first, refusal, last = function_of(name, timeout_s)(["C", "CN", "CC"])
    assert (first, last) == (1.0, 1.0)
    assert refusal.code == code
    assert says in refusal.message


def test_a_function_that_only_crashes_is_not_tried_on_everything(function_of):
    answers = function_of("dies_on_nitrogen")(["CN", "CCN", "CCCN", "CCCCN", "C"])
    assert [answer.code for answer in answers] == [*["crashed"] * 3, *["not_tried"] * 2]


def test_what_a_hanging_function_started_is_stopped_too(function_of, tmp_path, monkeypatch):
    monkeypatch.setenv("CHILD_PID", str(tmp_path / "pid"))
    (refusal,) = function_of("hangs_with_a_child", 5.0)(["C"])
    assert refusal.code == "timeout"
    pid = int((tmp_path / "pid").read_text())
    for _ in range(100):
        if not _alive(pid):
            return
        time.sleep(0.05)
    pytest.fail("the child of the function lives on")


def _alive(pid):
    try:
        with open(f"/proc/{pid}/stat") as file:  # noqa: PTH123
            return file.read().rpartition(")")[2].split()[0] not in "ZX"
    except FileNotFoundError:
        return False


def test_a_function_is_loaded_before_it_is_called(function_of):
    oracle = function_of("calls_so_far")
    oracle.check_loads()
    oracle.check_loads()
    assert oracle(["C"]) == [1.0]


@pytest.mark.parametrize(
    ("target", "says"),
    [
        ("tests.no_such_module:f", "No module named 'tests.no_such_module'"),
        (f"{HERE}:missing", "has no attribute 'missing'"),
        (f"{HERE}:CALLS", "is no function"),
        ("tests.bayesopt.hanging_module:f", "within 3 s"),
    ],
)
def test_a_function_that_cannot_be_loaded_is_refused(function_of, target, says):
    oracle = function_of("length", 3.0)
    with pytest.raises(SpecError, match=says) as refused:
        replace(oracle, spec=replace(oracle.spec, source=target)).check_loads()
    assert refused.value.pointer == "/name"


def test_slow_loading_within_the_limit_of_a_call_is_no_fault(function_of, monkeypatch):
    monkeypatch.setattr(function, "MAX_LOAD_S", 0.001)
    function_of("length").check_loads()


def test_a_process_that_died_before_its_question_can_be_closed(monkeypatch):
    process = FunctionProcess(f"{HERE}:length")
    start = process._start

    def start_and_kill():
        child = start()
        child.kill()
        child.wait()
        return child

    monkeypatch.setattr(process, "_start", start_and_kill)
    with pytest.raises(OracleError, match="ended with status -9"):
        process.load(SECONDS)
    monkeypatch.undo()
    assert process.call(["CC"], SECONDS) == [2.0]
    process.close()


def test_what_has_been_mended_can_be_loaded(tmp_path, monkeypatch):
    monkeypatch.syspath_prepend(tmp_path)
    module = tmp_path / "mended_scores.py"
    module.write_text("import absent_package")
    process = FunctionProcess("mended_scores:score")
    with pytest.raises(OracleError, match="absent_package"):
        process.load(SECONDS)
    module.write_text("def score(smiles):\n    return [1.0]\n")
    process.load(SECONDS)
    assert process.call(["C"], SECONDS) == [1.0]
    process.close()


@pytest.fixture
def package(tmp_path, monkeypatch):
    """An installed package that offers a function, and one that takes a built-in's name."""
    info = tmp_path / "scores-1.2.dist-info"
    info.mkdir()
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: scores\nVersion: 1.2\n")
    (info / "entry_points.txt").write_text(
        "[molwright.oracles]\nshortness = scores:shortness\nqed = scores:shortness\n"
    )
    (tmp_path / "scores.py").write_text(
        "def shortness(smiles):\n    return [-float(len(item)) for item in smiles]\n"
    )
    monkeypatch.syspath_prepend(tmp_path)
    installed_functions.cache_clear()
    yield
    function_process("scores:shortness").close()
    function_process.cache_clear()
    installed_functions.cache_clear()


def test_a_package_offers_a_function_by_entry_point(package):
    specs = {spec.name: spec for spec in available_oracles()}
    assert specs["shortness"].source == "scores:shortness"
    assert "scores 1.2" in specs["shortness"].description
    assert specs["shortness"].parameters["properties"].keys() == {"timeout_s"}
    assert get_oracle("shortness")(["CCO", "C1"])[0] == -3.0
    assert specs["qed"].unit == get_oracle("qed").spec.unit
    with pytest.raises(UnknownOracleError, match="did you mean 'shortness'"):
        get_oracle("shortnes")


@pytest.mark.parametrize(
    ("parameters", "pointer"),
    [
        ({"timeout_s": 0}, "/parameters/timeout_s"),
        ({"timeout_s": "soon"}, "/parameters/timeout_s"),
        ({"timeout": 1}, "/parameters/timeout"),
    ],
)
def test_parameters_are_checked(package, parameters, pointer):
    with pytest.raises(SpecError) as refused:
        get_oracle("shortness", parameters)
    assert refused.value.pointer == pointer


def test_no_process_is_left_when_its_parent_ends(tmp_path):
    process = FunctionProcess(f"{HERE}:length")
    assert process.call(["C"], SECONDS) == [1.0]
    child = process._process
    assert os.path.exists(f"/proc/{child.pid}")  # noqa: PTH110
    child.stdin.close()
    assert child.wait(SECONDS) == 0
    process.close()
