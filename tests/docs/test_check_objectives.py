"""Objective values are RDKit's own."""

import importlib.util

import pytest

from tests.e2e.service import ROOT
from tests.toys import library

PATH = ROOT / "docs" / "check_objectives.py"


@pytest.fixture(scope="module")
def script():
    spec = importlib.util.spec_from_file_location("check_objectives", PATH)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_values_of_200_molecules_are_rdkit_s(script):
    differences = script.largest_differences(list(library()[::10][:200]))
    assert differences.keys() == script.REFERENCES.keys()
    assert set(differences.values()) == {0.0}


def test_a_difference_is_found(script, monkeypatch):
    monkeypatch.setitem(script.REFERENCES, "hbd", lambda mol: -1.0)
    assert script.largest_differences(["CCO"])["hbd"] == 2.0
