"""What is likely to come to nothing: learnt as its own function, never as a bad value.

A made-up score for a failure would teach the surrogate of the objective a wall that is not there.
"""

from __future__ import annotations

from collections.abc import Sequence

import torch
from botorch.models import SingleTaskGP
from torch import Tensor

from bayesopt.surrogates.molecule_gp import fit_molecule_gp
from bayesopt.surrogates.molecule_space import MoleculeSpace
from bayesopt.trial import CONSTRAINT, INVALID_DECODE, NOT_ENCODABLE, Trial, TrialStatus

MIN_FAILURES = 3
"""With fewer there is nothing to learn."""


def decode_feasibility(
    space: MoleculeSpace, trials: Sequence[Trial], centre: Tensor
) -> SingleTaskGP | None:
    """Of a latent, before it is decoded: above 0 where a molecule within the constraints is likely.

    A least-squares classifier (Rasmussen and Williams, section 6.5): a GP on +1 for latents that
    gave one and -1 for those that gave none.
    """
    asked = [trial for trial in trials if trial.latent_asked is not None]
    rows = space.rows([None] * len(asked), [trial.latent_asked for trial in asked])
    return _classifier(space, rows, [_decoded(trial) for trial in asked], centre)


def success_feasibility(
    space: MoleculeSpace, trials: Sequence[Trial], centre: Tensor
) -> SingleTaskGP | None:
    """Of a molecule: above 0 where it is likely to be made, measured and computed.

    The failures are the molecules that were abandoned, as after a failed synthesis, or that an
    oracle refused.
    """
    ended = [t for t in trials if t.smiles is not None and (_failed(t) or t.values)]
    rows = space.rows([trial.smiles for trial in ended], [trial.latent for trial in ended])
    return _classifier(space, rows, [not _failed(trial) for trial in ended], centre)


def _decoded(trial: Trial) -> bool:
    return not (trial.reason or "").startswith((INVALID_DECODE, NOT_ENCODABLE, CONSTRAINT))


def _failed(trial: Trial) -> bool:
    return trial.oracle_failed or trial.status is TrialStatus.ABANDONED


def _classifier(
    space: MoleculeSpace, rows: Tensor, succeeded: Sequence[bool], centre: Tensor
) -> SingleTaskGP | None:
    """None where there is nothing to tell apart."""
    failures = len(succeeded) - sum(succeeded)
    if failures < MIN_FAILURES or failures == len(succeeded):
        return None
    labels = 2 * torch.tensor(succeeded).double() - 1
    return fit_molecule_gp(space, rows, labels, centre)
