"""How well properties are read off the latents: the model's own heads, and a Gaussian process."""

from collections.abc import Sequence
from typing import Any

import torch
from torch import Tensor

from chemvae.codec import MoleculeCodec
from chemvae.evaluation import latent_gp
from chemvae.evaluation.encoded import EncodedTest
from chemvae.labels import PropertyHeads
from chemvae.latent.coder import described
from chemvae.training.labels import Measured
from data.molecules import parse
from data.properties import PROPERTIES


def heads_report(codec: MoleculeCodec, test: EncodedTest, measured: Measured) -> dict[str, Any]:
    """Mean absolute error of each head on the posterior means, in its label's unit.

    A head is compared with the column of its name where the test file has one, else with the
    computed property; molecules without the label are skipped, and a head that nothing is known of
    is left out. `labelled` counts the molecules of the columns.
    """
    heads: PropertyHeads | None = codec.vae.heads
    if heads is None:
        return {"reason": "the model has no property heads"}
    with torch.inference_mode():
        predicted = heads.predict(test.posterior.mean.to(codec.device)).cpu()
    columns = {name for values in measured.values() for name in values}
    errors, labelled = {}, {}
    for place, name in enumerate(heads.names):
        if name not in columns and name not in PROPERTIES:
            continue
        truth = _truth(test.lines, name, measured if name in columns else None)
        known = ~truth.isnan()
        if name in columns:
            labelled[name] = int(known.sum())
        if known.any():
            errors[name] = (predicted[:, place] - truth)[known].abs().mean().item()
    if not errors:
        return {"reason": "no head predicts a computed property, or a column of the test file"}
    report: dict[str, Any] = {"molecules": len(test), "mae": errors}
    return report | ({"labelled": labelled} if labelled else {})


def _truth(smiles: Sequence[str], name: str, measured: Measured | None) -> Tensor:
    """`n`, NaN where a molecule lacks the label; none measured: it is computed."""
    if measured is None:
        values = [described(parse(line), [name])[name] for line in smiles]
    else:
        values = [measured.get(line, {}).get(name) for line in smiles]
    return torch.tensor([torch.nan if value is None else value for value in values])


def latent_gp_report(
    codec: MoleculeCodec,
    test: EncodedTest,
    training: Sequence[str],
    scale: latent_gp.Scale | None,
    epochs: int,
    seed: int,
) -> dict[str, Any]:
    """RMSE and log likelihood of a sparse GP on the latents, by the protocol of GVAE.

    Args:
        codec: The model.
        test: Test molecules.
        training: Molecules it was trained on; empty where they are not at hand.
        scale: Of the terms of penalised logP; None: of the training molecules' own.
        epochs: Passes over the training molecules.
        seed: The one repeat's.
    """
    if not training:
        return {"reason": "the training molecules are not at hand"}
    known = EncodedTest.of(codec, training)
    observed = _observations(known)
    scale = scale or latent_gp.Scale.of(observed[1])
    fitted = latent_gp.score(observed, _observations(test), scale, epochs, seed)
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
