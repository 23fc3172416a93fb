"""Which of a campaign's molecules are shown or exported, and in which order."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Literal

import sqlalchemy as sa

from app.campaigns.diagnosis import pareto_numbers
from app.campaigns.repository import STREAM_ROWS, CampaignRepository, with_values
from app.campaigns.tables import CampaignRow, TrialRow, ValueRow
from bayesopt.trial import TrialStatus

Show = Literal["evaluated", "open", "front", "infeasible", "all"]

SHOWS: dict[Show, str] = {
    "evaluated": "Evaluated",
    "open": "To be measured",
    "front": "Pareto front",
    "infeasible": "Refused",
    "all": "All",
}
_STATUSES: dict[Show, tuple[TrialStatus, ...]] = {
    "evaluated": (TrialStatus.EVALUATED,),
    "open": (TrialStatus.PENDING, TrialStatus.PARTIAL),
    "infeasible": (TrialStatus.INFEASIBLE,),
}


@dataclass(frozen=True, slots=True)
class Selection:
    """What a reader asked for."""

    show: Show = "evaluated"
    sort: str = "best"
    """``best``, ``newest``, ``oldest``, or an objective's name, from the highest with ``-``."""
    picked: tuple[int, ...] = ()
    """Only these trials, whatever ``show`` says; all of it where none is named."""

    def page(
        self, repository: CampaignRepository, campaign: CampaignRow, offset: int, limit: int
    ) -> tuple[Sequence[TrialRow], int]:
        """The rows from ``offset`` on, and how many there are in all."""
        query = self._query(repository, campaign)
        session = repository.session
        total = session.scalar(sa.select(sa.func.count()).select_from(query.subquery()))
        rows = session.scalars(self._sorted(query).offset(offset).limit(limit)).all()
        return rows, total or 0

    def stream(self, repository: CampaignRepository, campaign: CampaignRow) -> Iterator[TrialRow]:
        """All of them, a few hundred in memory at a time."""
        query = self._sorted(self._query(repository, campaign))
        return iter(repository.session.scalars(query.execution_options(yield_per=STREAM_ROWS)))

    def _query(self, repository: CampaignRepository, campaign: CampaignRow) -> sa.Select[TrialRow]:
        query = sa.select(TrialRow).where(TrialRow.campaign_id == campaign.id)
        query = query.options(with_values(campaign.id))
        if self.picked:
            return query.where(TrialRow.number.in_(self.picked))
        if self.show == "front":
            numbers = pareto_numbers(repository, campaign)
            return query.where(TrialRow.number.in_(numbers))
        if self.show in _STATUSES:
            statuses = [status.value for status in _STATUSES[self.show]]
            return query.where(TrialRow.status.in_(statuses))
        return query

    def _sorted(self, query: sa.Select[TrialRow]) -> sa.Select[TrialRow]:
        if self.sort == "best":
            return query.order_by(TrialRow.utility.desc().nulls_last(), TrialRow.number)
        if self.sort in ("newest", "oldest"):
            number = TrialRow.number
            return query.order_by(number.desc() if self.sort == "newest" else number)
        name = self.sort.removeprefix("-")
        in_force = sa.and_(
            ValueRow.campaign_id == TrialRow.campaign_id,
            ValueRow.number == TrialRow.number,
            ValueRow.objective == name,
            ValueRow.replaced_at.is_(None),
        )
        value = ValueRow.value.desc() if self.sort.startswith("-") else ValueRow.value.asc()
        query = query.outerjoin(ValueRow, in_force)
        return query.order_by(value.nulls_last(), TrialRow.number)
