"""The bundled models and the toy, as a source other processes can import: MOLWRIGHT_MODEL_SOURCE."""

from pathlib import Path
from typing import Any

from bayesopt.latent_model import LatentModel
from chemvae import checkpoints
from tests.toys import ToyLatentModel


def available() -> list[str]:
    return ["toy", *checkpoints.available()]


def load(name: str, device: str = "auto") -> LatentModel:
    return ToyLatentModel() if name == "toy" else checkpoints.load(name, device)


def card(name: str) -> dict[str, Any]:
    return {"dataset": "enumerated"} if name == "toy" else checkpoints.card(name)


def locate(name: str) -> Path:
    return Path(__file__).parent if name == "toy" else checkpoints.locate(name)
