"""What the charts of a campaign show: every evaluated molecule, its course, the front, a plane."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import accumulate
from typing import Any

import numpy as np
from sklearn.decomposition import PCA  # type: ignore[import-untyped]

from app.access.actor import Actor
from app.access.sharing import visible_to
from app.campaigns.evaluated import Evaluated, evaluated, front
from app.campaigns.objective_schemas import ObjectiveSchema
from app.campaigns.records import to_request
from app.campaigns.repository import CampaignRepository
from app.campaigns.statistics import StatisticsRepository
from app.campaigns.tables import CampaignRow
from app.keep import Keep
from app.pages.names import label

MAX_MOLECULES = 10_000
"""Of the points that a process keeps, all together; some 25 MB."""

LEAST_FOR_MAP = 3
"""Molecules that span a plane."""


@dataclass(frozen=True, slots=True)
class Course:
    """Best utility so far, evaluation by evaluation, of one campaign."""

    name: str
    campaign_id: str
    best: list[float]

    @property
    def steps(self) -> list[tuple[int, float]]:
        """The evaluations, from 1, that brought something better, and what they brought."""
        found: list[tuple[int, float]] = []
        for number, value in enumerate(self.best, start=1):
            if not found or value > found[-1][1]:
                found.append((number, value))
        return found


@dataclass(frozen=True, slots=True)
class Points:
    """The evaluated molecules that break no constraint, in order of creation."""

    objectives: list[ObjectiveSchema]
    trials: Sequence[Evaluated]
    front: frozenset[int]
    plane: dict[int, tuple[float, float]]
    """Coordinates by trial number, of those that the model can encode."""
    variance: tuple[float, float] | None
    """Share of the latents' variance along each axis."""

    @classmethod
    def kept(
        cls, keep: Keep["Points"], repository: CampaignRepository, campaign: CampaignRow
    ) -> "Points":
        """As of this transaction; a page and its charts' data ask one after the other."""
        return keep.get(f"{campaign.id} {campaign.stamp}", lambda: cls.of(repository, campaign))

    @classmethod
    def of(cls, repository: CampaignRepository, campaign: CampaignRow) -> "Points":
        """As of this transaction."""
        request = to_request(campaign, repository.objectives(campaign))
        trials = evaluated(repository.session, campaign)
        best = front(trials, request.to_domain().objectives)
        return cls(list(request.objectives), trials, best, *_plane(trials))

    @property
    def on_front(self) -> list[Evaluated]:
        """Its members, of the highest utility first."""
        found = [trial for trial in self.trials if trial.number in self.front]
        return sorted(found, key=lambda trial: -(trial.utility or 0.0))

    def to_json(self) -> dict[str, Any]:
        """What the charts read: columns, as they are shorter than rows."""
        return {
            "objectives": [
                {"name": o.name, "label": label(o.name), "direction": o.direction}
                for o in self.objectives
            ],
            "variance": self.variance,
            "number": [trial.number for trial in self.trials],
            "iteration": [trial.iteration for trial in self.trials],
            "smiles": [trial.smiles for trial in self.trials],
            "utility": [_short(trial.utility) for trial in self.trials],
            "values": [
                [_short(trial.values[o.name]) for trial in self.trials] for o in self.objectives
            ],
            "front": [trial.number in self.front for trial in self.trials],
            "plane": [self.plane.get(trial.number) for trial in self.trials],
        }


def course_of(repository: CampaignRepository, campaign: CampaignRow) -> Course:
    """The campaign's course as of this transaction."""
    utilities = StatisticsRepository(repository.session).utilities(campaign.id)
    return Course(campaign.name, campaign.id, list(accumulate(utilities, max)))


def baseline_of(
    repository: CampaignRepository, campaign: CampaignRow, actor: Actor
) -> Course | None:
    """The newest campaign that wants the same of the same model and draws at random."""
    if campaign.settings["optimizer"]["method"] == "random":
        return None
    wanted = repository.objectives(campaign)
    for row in repository.of_model(campaign.model_hash, visible_to(actor)):
        if row.settings["optimizer"]["method"] != "random" or not row.num_evaluations:
            continue
        other = repository.objectives(row)
        same = (other.objectives, other.constraints, other.scalarization) == (
            wanted.objectives,
            wanted.constraints,
            wanted.scalarization,
        )
        if same:
            return course_of(repository, row)
    return None


def _plane(
    trials: Sequence[Evaluated],
) -> tuple[dict[int, tuple[float, float]], tuple[float, float] | None]:
    placed = [trial for trial in trials if trial.latent is not None]
    if len(placed) < LEAST_FOR_MAP:
        return {}, None
    latents = np.asarray([trial.latent for trial in placed], dtype=np.float32)
    # Exact, and the quickest for more molecules than dimensions.
    pca = PCA(2, svd_solver="covariance_eigh")
    coordinates = pca.fit_transform(latents).tolist()
    across, up = pca.explained_variance_ratio_.tolist()
    points = {
        trial.number: (round(x, 3), round(y, 3))
        for trial, (x, y) in zip(placed, coordinates, strict=True)
    }
    return points, (across, up)


def _short(value: float | None) -> float | None:
    return None if value is None else float(f"{value:.5g}")
