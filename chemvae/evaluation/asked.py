"""How closely a label-conditional decoder keeps to the values it is asked for."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import Any

import torch
from torch import Tensor

from chemvae.codec import MoleculeCodec
from chemvae.evaluation.encoded import EncodedTest
from chemvae.latent.coder import described
from data.molecules import parse
from data.properties import PROPERTIES

QUANTILES = (0.1, 0.5, 0.9)
"""Of the label among the test molecules: a low, a middle and a high value that molecules have."""


def computable(codec: MoleculeCodec, columns: Collection[str]) -> list[str]:
    """The labels the decoder is told whose value of a new molecule RDKit can tell.

    A column of the user's own file is judged by nothing but that file, whatever its name.
    """
    return [name for name in codec.conditions if name in PROPERTIES and name not in columns]


def asked_report(
    codec: MoleculeCodec, test: EncodedTest, names: Sequence[str], samples: int, seed: int
) -> dict[str, Any]:
    """What comes of asking for `QUANTILES` of each label, one label at a time.

    The same samples of the served prior are decoded for every value, masked and greedily as the
    service does; their obtained values are RDKit's.

    Args:
        codec: A model with conditions.
        test: Test molecules, whose labels say what to ask for.
        names: Labels, each of them `computable`.
        samples: Prior samples decoded for each value.
        seed: Draws them.
    """
    latents = codec.sample_prior(samples, torch.Generator().manual_seed(seed))
    quantiles = torch.tensor(QUANTILES, dtype=torch.float64)
    labels = {}
    for name in names:
        wanted = torch.quantile(_values(test.lines, name), quantiles)
        labels[name] = [
            {"quantile": quantile} | _obtained(codec, latents, name, value)
            for quantile, value in zip(QUANTILES, wanted.tolist(), strict=True)
        ]
    return {"samples": samples, "prior": codec.prior.name, "labels": labels}


def asked_rows(report: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """What a row a label of the scoreboard says: the measure, and what was reached."""
    for name, values in report["labels"].items():
        unit = f" {PROPERTIES[name].unit}".rstrip()
        asked = _spoken([item["asked"] for item in values])
        yield (
            f"asked {name}{unit} {asked} (deciles 1, 5, 9 of the test molecules), with the "
            f"automaton, greedy, {report['samples']} prior samples each",
            f"mean obtained {_spoken([item['obtained'] for item in values])}; MAE "
            f"{_spoken([item['mae'] for item in values])}; valid "
            f"{_percent([item['valid'] for item in values])}; distinct among them "
            f"{_percent([item['unique'] for item in values])}",
        )


def _obtained(codec: MoleculeCodec, latents: Tensor, name: str, value: float) -> dict[str, Any]:
    decoded = codec.decode(latents, labels={name: value})
    molecules = [item.smiles for item in decoded if item.smiles is not None]
    values = _values(molecules, name)
    return {
        "asked": value,
        "obtained": values.mean().item() if len(values) else None,
        "mae": (values - value).abs().mean().item() if len(values) else None,
        "valid": len(molecules) / len(decoded),
        # A decoder that goes by the label alone says one molecule again and again.
        "unique": len(set(molecules)) / len(molecules) if molecules else None,
    }


def _values(smiles: Sequence[str], name: str) -> Tensor:
    """RDKit's values, float64, of the molecules that have one."""
    found = [described(parse(line), [name])[name] for line in smiles]
    return torch.tensor([value for value in found if value is not None], dtype=torch.float64)


def _spoken(values: Sequence[float | None]) -> str:
    return " / ".join("-" if value is None else f"{value:.3g}" for value in values)


def _percent(shares: Sequence[float | None]) -> str:
    return f"{_spoken([None if share is None else 100 * share for share in shares])} %"
