"""The toy as MOLWRIGHT_MODEL_SOURCE, for processes of their own."""

from pathlib import Path
from typing import Any

from tests.toys import ToyLatentModel


def available() -> list[str]:
    return ["toy"]


def load(name: str, device: str = "auto") -> ToyLatentModel:
    return ToyLatentModel()


def card(name: str) -> dict[str, Any]:
    return {"dataset": "enumerated"}


def locate(name: str) -> Path:
    return Path(__file__).parent
