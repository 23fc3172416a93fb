"""Every query that counts over a campaign's trials and iterations."""

from collections.abc import Sequence
from typing import NamedTuple

import sqlalchemy as sa
from sqlalchemy.orm import Session

from app.campaigns.tables import IterationRow, TrialRow


class TrialFacts(NamedTuple):
    """A trial without its molecule: a report on thousands of them reads no more than this."""

    status: str
    reason: str | None
    inchi_key: str | None
    utility: float | None
    is_decoded: bool
    """Whether a latent was decoded for it."""


class StatisticsRepository:
    """Sums and counts of one session; reads alone."""

    def __init__(self, session: Session) -> None:
        self.session = session

    def count_by_status(self, campaign_id: str) -> dict[str, int]:
        """Number of trials of each status that occurs."""
        query = (
            sa.select(TrialRow.status, sa.func.count())
            .where(TrialRow.campaign_id == campaign_id)
            .group_by(TrialRow.status)
        )
        return dict(self.session.execute(query).all())

    def sum_decodes(self, campaign_id: str) -> tuple[int, int, int | None]:
        """Over the iterations that count them: decodes, those invalid, molecules known already."""
        row = IterationRow
        query = sa.select(
            sa.func.sum(row.num_decoded),
            sa.func.sum(row.num_invalid),
            sa.func.sum(row.num_repeats),
        ).where(row.campaign_id == campaign_id)
        decoded, invalid, repeats = self.session.execute(query).one()
        return decoded or 0, invalid or 0, repeats

    def facts(self, campaign_id: str) -> list[TrialFacts]:
        """What a progress report needs of every trial, in order of creation."""
        query = (
            sa.select(
                TrialRow.status,
                TrialRow.reason,
                TrialRow.inchi_key,
                TrialRow.utility,
                TrialRow.latent_asked.is_not(None),
            )
            .where(TrialRow.campaign_id == campaign_id)
            .order_by(TrialRow.number)
        )
        return [TrialFacts(*row) for row in self.session.execute(query)]

    def utilities(self, campaign_id: str) -> list[float]:
        """Utility of every trial that has one and breaks no constraint, in order of creation."""
        query = (
            sa.select(TrialRow.utility)
            .where(
                TrialRow.campaign_id == campaign_id,
                TrialRow.utility.is_not(None),
                TrialRow.reason.is_(None),
            )
            .order_by(TrialRow.number)
        )
        return [value for value in self.session.scalars(query) if value is not None]

    def refusals(self, campaign_id: str) -> list[tuple[str, int, int]]:
        """Each reason that trials were refused for, how often, and one of them; commonest first."""
        number = sa.func.count()
        query = (
            sa.select(TrialRow.reason, number, sa.func.min(TrialRow.number))
            .where(TrialRow.campaign_id == campaign_id, TrialRow.reason.is_not(None))
            .group_by(TrialRow.reason)
            .order_by(number.desc(), TrialRow.reason)
        )
        return [(reason or "", count, one) for reason, count, one in self.session.execute(query)]

    def courses(self, campaign_ids: Sequence[str]) -> dict[str, list[float]]:
        """Best utility after each iteration that had one, of each of the campaigns."""
        query = (
            sa.select(IterationRow.campaign_id, IterationRow.best_utility)
            .where(IterationRow.campaign_id.in_(campaign_ids))
            .order_by(IterationRow.campaign_id, IterationRow.iteration)
        )
        found: dict[str, list[float]] = {campaign_id: [] for campaign_id in campaign_ids}
        for campaign_id, best in self.session.execute(query):
            if best is not None:
                found[campaign_id].append(best)
        return found
