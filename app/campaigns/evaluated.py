"""The molecules that charts and fronts are made of, without the rest of their trials.

A trial with its history is an object of some twenty columns and its values as many more; a page of
thousands of points needs six numbers of each, and is asked for again and again.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import sqlalchemy as sa
import torch
from sqlalchemy.orm import Session

from app.campaigns.tables import CampaignRow, TrialRow, ValueRow
from bayesopt.objectives import Objective
from bayesopt.pareto import on_front
from bayesopt.trial import TrialStatus


@dataclass(frozen=True, slots=True)
class Evaluated:
    """One molecule that has all its values and breaks no constraint."""

    number: int
    iteration: int
    smiles: str | None
    utility: float | None
    latent: tuple[float, ...] | None
    values: dict[str, float]
    """Those in force, by objective."""


@dataclass(frozen=True, slots=True)
class Placed:
    """A trial that has a place in the latent space."""

    number: int
    utility: float | None
    latent: tuple[float, ...]


def evaluated(session: Session, campaign: CampaignRow) -> list[Evaluated]:
    """All of a campaign, in order of creation."""
    is_meant = (
        TrialRow.campaign_id == campaign.id,
        TrialRow.status == TrialStatus.EVALUATED.value,
        TrialRow.reason.is_(None),
    )
    trials = sa.select(
        TrialRow.number, TrialRow.iteration, TrialRow.smiles, TrialRow.utility, TrialRow.latent
    )
    found = {
        row.number: Evaluated(*row, {})
        for row in session.execute(trials.where(*is_meant).order_by(TrialRow.number))
    }
    in_force = sa.select(ValueRow.number, ValueRow.objective, ValueRow.value).where(
        ValueRow.campaign_id == campaign.id, ValueRow.replaced_at.is_(None)
    )
    for number, objective, value in session.execute(in_force):
        if number in found:
            found[number].values[objective] = value
    return list(found.values())


def placed(session: Session, campaign_id: str) -> list[Placed]:
    """The trials that the model could encode, whatever came of them."""
    query = sa.select(TrialRow.number, TrialRow.utility, TrialRow.latent).where(
        TrialRow.campaign_id == campaign_id, TrialRow.latent.is_not(None)
    )
    found = session.execute(query.order_by(TrialRow.number))
    return [Placed(number, utility, latent or ()) for number, utility, latent in found]


def front(found: Sequence[Evaluated], objectives: Sequence[Objective]) -> frozenset[int]:
    """Numbers of those that no other beats in one objective without losing in another."""
    if not found:
        return frozenset()
    rows = [[item.values[o.name] for o in objectives] for item in found]
    best = on_front(torch.tensor(rows, dtype=torch.double), objectives)
    return frozenset(item.number for item, is_on in zip(found, best.tolist(), strict=True) if is_on)
