"""Checkpoints: a directory each, read without executing anything from it.

`config.json`           format, model and training settings, vocabulary, the prior's name
`weights.safetensors`   the network (`vae.*`) and its prior (`prior.*`), in half precision
`training_keys.npy`     hashes of the compounds it was trained on, to tell what is new
`card.json`             the model card: data, sizes and every number `chemvae evaluate` measured

The bundled models lie beside this file.
"""

import hashlib
import json
from pathlib import Path
from typing import Any

import torch
from safetensors import SafetensorError
from safetensors.torch import load_file
from safetensors.torch import save as serialize
from torch import Tensor

from chemvae.checkpoints.training_index import TrainingIndex
from chemvae.codec import MoleculeCodec
from chemvae.config import ModelConfig, TrainConfig
from chemvae.errors import CheckpointError, ChemvaeError, ConfigError
from chemvae.priors import from_tensors
from chemvae.tokens import Vocabulary
from chemvae.vae import SmilesVae

__all__ = [
    "TrainingIndex",
    "available",
    "card",
    "fingerprint",
    "load",
    "locate",
    "read_config",
    "resolve_device",
    "save",
    "trained_with",
    "update_card",
    "write_card",
]

FORMAT = 1
BUNDLED = Path(__file__).parent


def available() -> list[str]:
    """Names of the bundled models, sorted."""
    return sorted(path.parent.name for path in BUNDLED.glob("*/config.json"))


def save(directory: Path, codec: MoleculeCodec, train_config: TrainConfig, dataset: str) -> None:
    """Write a checkpoint; an evaluation adds its card (`write_card`)."""
    directory.mkdir(parents=True, exist_ok=True)
    # A card that lies there already measured other weights.
    _card(directory).unlink(missing_ok=True)
    tensors = {f"vae.{name}": value for name, value in codec.vae.state_dict().items()}
    tensors |= {f"prior.{name}": value for name, value in codec.prior.tensors().items()}
    halves = {name: _half(name, value) for name, value in tensors.items()}
    _weights(directory).write_bytes(serialize(halves))
    config = {
        "format": FORMAT,
        "dataset": dataset,
        "model": codec.vae.config.to_dict(),
        "training": train_config.to_dict(),
        "prior": codec.prior.name,
        "vocabulary": list(codec.vocabulary.tokens),
    }
    (directory / "config.json").write_text(json.dumps(config, indent=1) + "\n")


def load(name_or_path: str | Path, device: str = "auto") -> MoleculeCodec:
    """Load a bundled model by name, or any checkpoint by its directory.

    Args:
        name_or_path: `zinc250k`, or a path.
        device: `cpu`, `cuda`, or `auto` (CUDA where there is one).

    Raises:
        CheckpointError: No such checkpoint, or one that is incomplete or altered.
        ConfigError: There is no such device here.
    """
    directory = locate(name_or_path)
    config = read_config(directory)
    try:
        tensors = load_file(_weights(directory))
        vocabulary = Vocabulary(tuple(config["vocabulary"]))
        vae = SmilesVae(len(vocabulary), ModelConfig.from_dict(config["model"]))
        vae.load_state_dict(
            {k.removeprefix("vae."): v for k, v in tensors.items() if k.startswith("vae.")}
        )
        prior = from_tensors(
            config["prior"],
            {k.removeprefix("prior."): v for k, v in tensors.items() if k.startswith("prior.")},
        )
    except (OSError, KeyError, TypeError, RuntimeError, SafetensorError, ChemvaeError) as error:
        raise CheckpointError(f"{directory} is incomplete or altered: {error}") from error
    return MoleculeCodec(vae.to(resolve_device(device)), vocabulary, prior, fingerprint(directory))


def locate(name_or_path: str | Path) -> Path:
    """The directory of a bundled model or of a checkpoint path.

    Raises:
        CheckpointError: Neither a bundled name nor a checkpoint directory.
    """
    for directory in (BUNDLED / str(name_or_path), Path(name_or_path)):
        if (directory / "config.json").is_file():
            return directory
    raise CheckpointError(
        f"no checkpoint {str(name_or_path)!r}: bundled are {', '.join(available()) or 'none'}; "
        "otherwise give a directory that holds config.json and weights.safetensors"
    )


def resolve_device(device: str) -> torch.device:
    """`auto` is CUDA where there is one.

    Raises:
        ConfigError: No such device here.
    """
    if device == "auto":
        return torch.device("cuda" if torch.cuda.is_available() else "cpu")
    try:
        return torch.empty(0, device=device).device
    except (RuntimeError, AssertionError) as error:  # torch without CUDA asserts
        raise ConfigError(f"no device {device!r} here; use cpu, cuda or auto") from error


def read_config(directory: Path) -> dict[str, Any]:
    """A checkpoint's `config.json`.

    Raises:
        CheckpointError: It cannot be read, or has another format.
    """
    config = _read_json(directory / "config.json")
    if config.get("format") != FORMAT:
        raise CheckpointError(f"{directory} has format {config.get('format')}; expected {FORMAT}")
    return config


def trained_with(name_or_path: str | Path) -> TrainConfig:
    """The settings of the run that a checkpoint is of.

    Raises:
        CheckpointError: No such checkpoint, or its settings cannot be read.
    """
    directory = locate(name_or_path)
    try:
        return TrainConfig.from_dict(read_config(directory)["training"])
    except (KeyError, TypeError, ConfigError) as error:
        raise CheckpointError(f"{directory} has no settings of its training: {error}") from error


def fingerprint(directory: Path) -> str:
    """sha256 of the weights, hexadecimal."""
    return hashlib.sha256(_weights(directory).read_bytes()).hexdigest()


def card(name_or_path: str | Path) -> dict[str, Any]:
    """The model card: what the checkpoint is, and its measured numbers.

    Raises:
        CheckpointError: No such checkpoint, or one never evaluated.
    """
    directory = locate(name_or_path)
    config = read_config(directory)
    return {
        "name": directory.name,
        "weights_sha256": fingerprint(directory),
        **{key: config[key] for key in ("dataset", "model", "training", "prior")},
        "vocabulary_size": len(config["vocabulary"]),
        **_read_json(_card(directory)),
    }


def write_card(directory: Path, measured: dict[str, Any]) -> None:
    """Store what an evaluation measured beside the weights."""
    _card(directory).write_text(json.dumps(measured, indent=1) + "\n")


def update_card(directory: Path, measured: dict[str, Any]) -> None:
    """Store some measurements on a card, and keep the others that it holds.

    Raises:
        CheckpointError: There is a card, but it cannot be read.
    """
    path = _card(directory)
    write_card(directory, (_read_json(path) if path.is_file() else {}) | measured)


def _half(name: str, value: Tensor) -> Tensor:
    # A label's mean and spread, in its own unit, may be beyond what half precision can hold.
    halved = value.is_floating_point() and ".scale." not in name
    dtype = torch.float16 if halved else value.dtype
    return value.detach().to("cpu", dtype).contiguous()


def _weights(directory: Path) -> Path:
    return directory / "weights.safetensors"


def _card(directory: Path) -> Path:
    return directory / "card.json"


def _read_json(path: Path) -> dict[str, Any]:
    try:
        content = json.loads(path.read_text())
    except (OSError, ValueError) as error:
        raise CheckpointError(f"cannot read {path}: {error}") from error
    if not isinstance(content, dict):
        raise CheckpointError(f"{path} holds no JSON object")
    return content
