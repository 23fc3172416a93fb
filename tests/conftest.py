"""What every test stands on."""

import os

import pytest


@pytest.fixture(autouse=True)
def _no_settings_from_outside(monkeypatch):
    """A test sees the settings it makes, not those of the machine it runs on."""
    for name in os.environ:
        if name.startswith("MOLWRIGHT_") and name != "MOLWRIGHT_DATASETS_DIR":
            monkeypatch.delenv(name)
