"""What is known of a molecule by itself."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated

from fastapi import Depends, Request

from app.access.sharing import CurrentActor, visible_to
from app.campaigns.repository import CampaignRepository
from app.known.libraries import libraries_of
from app.known.names import MAX_LIBRARIES, TRAINING
from app.known.router import Indexes, neighbours
from app.known.schemas import KnownMolecule, NeighboursRequest
from app.models.dependencies import Models
from app.pages.explore.place import Place, described
from app.transactions import DatabaseSession
from data.errors import MoleculeError
from data.molecules import inchi_key, molecular_formula, parse
from data.properties import PROPERTIES

LOWERED = str.maketrans("0123456789", "₀₁₂₃₄₅₆₇₈₉")

NEAREST = 4
"""Known molecules that are shown."""

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
    nearest: Sequence[KnownMolecule]
    """Of what is indexed."""


class Library:
    """Where a request may look molecules up.

    Args:
        request: The request.
        models: The models served.
        known: The indexes of this host.
        session: Of the request.
        actor: Who asks.
    """

    def __init__(
        self,
        request: Request,
        models: Models,
        known: Indexes,
        session: DatabaseSession,
        actor: CurrentActor,
    ) -> None:
        self.models = models
        self._request = request
        self._known = known
        self._session = session
        self._actor = actor

    def nearest(self, model: str | None, smiles: str) -> list[KnownMolecule]:
        """The known molecules that resemble one most; none where nothing is indexed."""
        trained_on = self._known.training(model or self.models.default)
        names = [
            *([] if trained_on is None else [TRAINING]),
            *libraries_of(self._session, self._actor.owner),
        ][:MAX_LIBRARIES]
        if not names:
            return []
        asked = NeighboursRequest(smiles=smiles, k=NEAREST, libraries=names, model=model)
        return neighbours(asked, self._request, self._actor, self.models, self._known).neighbours

    def meetings(self, inchi_key: str) -> tuple[Meeting, ...]:
        """The campaigns that have a compound."""
        found = CampaignRepository(self._session).meetings(
            inchi_key, MEETINGS, visible_to(self._actor)
        )
        return tuple(
            Meeting(campaign.id, campaign.name, trial.number, trial.status, trial.utility)
            for campaign, trial in found
        )


Libraries = Annotated[Library, Depends()]


def compound_of(library: Library, model: str | None, smiles: str) -> Compound:
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
    index = library.models.training_index(model)
    return Compound(
        described(smiles, list(PROPERTIES)),
        _lowered(molecular_formula(mol)),
        key,
        None if index is None or key is None else key in index,
        () if key is None else library.meetings(key),
        [] if key is None else library.nearest(model, smiles),
    )


def _lowered(formula: str) -> str:
    # The digits behind a sign are of the charge.
    return re.sub(r"(?<=[A-Za-z])\d+", lambda number: number[0].translate(LOWERED), formula)
