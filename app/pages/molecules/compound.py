"""What is known of a molecule by itself."""

import re
from dataclasses import dataclass

from sqlalchemy.orm import Session

from app.access.actor import Actor
from app.access.sharing import visible_to
from app.campaigns.repository import CampaignRepository
from app.models.dependencies import Models
from app.pages.explore.place import Place, place_of
from data.errors import MoleculeError
from data.molecules import inchi_key, molecular_formula, parse
from data.properties import PROPERTIES

LOWERED = str.maketrans("0123456789", "₀₁₂₃₄₅₆₇₈₉")

MEETINGS = 20
"""Campaigns that are listed."""


@dataclass(frozen=True, slots=True)
class Meeting:
    """A campaign that has the compound."""

    campaign_id: str
    name: str
    trial_id: int
    status: str
    utility: float | None


@dataclass(frozen=True, slots=True)
class Compound:
    """A molecule with its names, and where it has been met."""

    place: Place
    formula: str
    """With the numbers of atoms below the line."""
    inchi_key: str | None
    """None where no InChI exists."""
    in_training_set: bool | None
    """None where the model's files do not tell."""
    meetings: tuple[Meeting, ...]


def compound_of(
    models: Models, model: str | None, smiles: str, session: Session, actor: Actor
) -> Compound:
    """The molecule that ``smiles`` spells.

    Raises:
        data.errors.MoleculeError: it spells none.
        NotFoundError: no model has that name.
    """
    mol = parse(smiles)
    try:
        key = inchi_key(mol)
    except MoleculeError:
        key = None
    index = models.training_index(model)
    return Compound(
        place_of(models, model, smiles, list(PROPERTIES)),
        _lowered(molecular_formula(mol)),
        key,
        None if index is None or key is None else key in index,
        () if key is None else _meetings(session, key, actor),
    )


def _meetings(session: Session, key: str, actor: Actor) -> tuple[Meeting, ...]:
    found = CampaignRepository(session).meetings(key, MEETINGS, visible_to(actor))
    return tuple(
        Meeting(campaign.id, campaign.name, trial.number, trial.status, trial.utility)
        for campaign, trial in found
    )


def _lowered(formula: str) -> str:
    # The digits behind a sign are of the charge.
    return re.sub(r"(?<=[A-Za-z])\d+", lambda number: number[0].translate(LOWERED), formula)
