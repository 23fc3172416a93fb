"""How well properties are read off the latents: the model's own heads, and a Gaussian process."""

from collections.abc import Sequence
from typing import Any

import torch
from torch import Tensor

from chemvae.codec import MoleculeCodec
from chemvae.evaluation import latent_gp
from chemvae.evaluation.encoded import EncodedTest
from chemvae.labels import PropertyHeads
from data.molecules import parse
from data.properties import PROPERTIES, compute


def heads_report(codec: MoleculeCodec, test: EncodedTest) -> dict[str, Any]:
    """Mean absolute error of each head on the posterior means, in the property's unit.

    Heads trained on the columns of a user's file are left out: their true values are not known.
    """
    heads: PropertyHeads | None = codec.vae.heads
    if heads is None:
        return {"reason": "the model has no property heads"}
    names = [name for name in heads.names if name in PROPERTIES]
    if not names:
        return {"reason": "none of the heads predicts a computed property"}
    with torch.inference_mode():
        predicted = heads.predict(test.posterior.mean.to(codec.device)).cpu()
    rows = [compute(parse(line), names) for line in test.lines]
    errors = {}
    for name in names:
        truth = torch.tensor([row[name] for row in rows])
        errors[name] = (predicted[:, heads.names.index(name)] - truth).abs().mean().item()
    return {"molecules": len(test), "mae": errors}


def latent_gp_report(
    codec: MoleculeCodec, test: EncodedTest, training: Sequence[str], epochs: int, seed: int
) -> dict[str, Any]:
    """RMSE and log likelihood of a sparse GP on the latents, by the protocol of GVAE.

    Args:
        codec: The model.
        test: Test molecules.
        training: Molecules it was trained on; empty where they are not at hand.
        epochs: Passes over the training molecules.
        seed: The one repeat's.
    """
    if not training:
        return {"reason": "the training molecules are not at hand"}
    known = EncodedTest.of(codec, training)
    fitted = latent_gp.score(_observations(known), _observations(test), epochs, seed)
    return {
        "training_molecules": len(known),
        "test_molecules": len(test),
        "inducing": min(latent_gp.INDUCING, len(known)),
        "epochs": epochs,
        "repeats": 1,
        "rmse": fitted.rmse,
        "log_likelihood": fitted.log_likelihood,
    }


def _observations(molecules: EncodedTest) -> tuple[Tensor, Tensor]:
    return molecules.posterior.mean, latent_gp.penalised_logp_terms(molecules.lines)
