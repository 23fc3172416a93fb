"""Every query on the campaigns' tables."""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from typing import Any, Literal

import sqlalchemy as sa
from sqlalchemy.orm import Session, selectinload
from sqlalchemy.orm.attributes import set_committed_value
from sqlalchemy.sql.base import ExecutableOption

from app.campaigns.states import State
from app.campaigns.tables import (
    CampaignRow,
    IterationRow,
    ObjectiveVersionRow,
    TrialRow,
    ValueRow,
)
from app.campaigns.trial_rows import new_row, save_values
from app.errors import NotFoundError
from bayesopt.trial import Trial, TrialStatus

TrialSort = Literal["number", "-number", "utility", "-utility"]
STREAM_ROWS = 500
"""Trials an export holds in memory at a time."""
MAX_NAMED = 1_001
"""Trials whose values are asked for by number, a page and one; of more, those of all are read."""


class CampaignRepository:
    """Campaigns, trials, values and iterations of one session; commits nothing itself."""

    def __init__(self, session: Session) -> None:
        self.session = session

    def add(self, campaign: CampaignRow, objectives: ObjectiveVersionRow) -> None:
        """Store a new campaign with the first version of what it wants."""
        self.session.add(campaign)
        self.session.flush()
        self.session.add(objectives)
        self.session.flush()

    def get(self, campaign_id: str, *, lock: bool = False) -> CampaignRow:
        """The campaign; ``lock`` keeps other writers off its row until the commit.

        Raises:
            NotFoundError: there is none with that id.
        """
        row = self.find(campaign_id, lock=lock)
        if row is None:
            raise NotFoundError(f"no campaign has the id {campaign_id!r}")
        return row

    def find(self, campaign_id: str, *, lock: bool = False) -> CampaignRow | None:
        """The campaign, as ``get`` gives it; None where there is none."""
        query = sa.select(CampaignRow).where(CampaignRow.id == campaign_id)
        return self.session.scalar(query.with_for_update() if lock else query)

    def newest(
        self, after: str | None, state: State | None, limit: int, visible: sa.ColumnElement[bool]
    ) -> tuple[Sequence[CampaignRow], int]:
        """At most ``limit`` campaigns behind the one with id ``after``, newest first, and how many
        there are; of those that are ``visible``.
        """
        query = sa.select(CampaignRow).where(visible)
        if state is not None:
            query = query.where(CampaignRow.state == state)
        total = self.session.scalar(sa.select(sa.func.count()).select_from(query.subquery()))
        if after is not None:
            last = self.session.scalar(
                sa.select(CampaignRow).where(visible, CampaignRow.id == after)
            )
            if last is None:
                raise NotFoundError(f"no campaign has the id {after!r}")
            place = sa.tuple_(CampaignRow.created_at, CampaignRow.id)
            query = query.where(place < sa.tuple_(sa.literal(last.created_at), sa.literal(last.id)))
        ordered = query.order_by(CampaignRow.created_at.desc(), CampaignRow.id.desc())
        return self.session.scalars(ordered.limit(limit)).all(), total or 0

    def of_model(self, model_hash: str, visible: sa.ColumnElement[bool]) -> Iterator[CampaignRow]:
        """The visible campaigns on these weights, newest first."""
        query = sa.select(CampaignRow).where(CampaignRow.model_hash == model_hash, visible)
        return iter(self.session.scalars(query.order_by(CampaignRow.created_at.desc())))

    def running(self) -> Sequence[str]:
        """The run ids of all campaigns that run."""
        query = sa.select(CampaignRow.run_id).where(CampaignRow.state == State.RUNNING)
        return [run_id for run_id in self.session.scalars(query) if run_id is not None]

    def find_by_run(self, run_id: str) -> CampaignRow | None:
        """The campaign whose current run is ``run_id``."""
        return self.session.scalar(
            sa.select(CampaignRow).where(CampaignRow.run_id == run_id).with_for_update()
        )

    def objectives(self, campaign: CampaignRow) -> ObjectiveVersionRow:
        """What the campaign wants now."""
        return self.session.get_one(ObjectiveVersionRow, (campaign.id, campaign.objective_version))

    def objectives_of(self, campaigns: Sequence[CampaignRow]) -> Sequence[ObjectiveVersionRow]:
        """What each of the campaigns wants now, by one query."""
        in_force = sa.and_(
            ObjectiveVersionRow.campaign_id == CampaignRow.id,
            ObjectiveVersionRow.version == CampaignRow.objective_version,
        )
        query = sa.select(ObjectiveVersionRow).join(CampaignRow, in_force)
        query = query.where(CampaignRow.id.in_([row.id for row in campaigns]))
        found = {row.campaign_id: row for row in self.session.scalars(query)}
        return [found[row.id] for row in campaigns]

    def versions(self, campaign_id: str) -> Sequence[ObjectiveVersionRow]:
        """Everything the campaign has wanted, oldest first."""
        query = sa.select(ObjectiveVersionRow).where(ObjectiveVersionRow.campaign_id == campaign_id)
        return self.session.scalars(query.order_by(ObjectiveVersionRow.version)).all()

    def add_version(self, row: ObjectiveVersionRow) -> None:
        """Store a new version of what the campaign wants."""
        self.session.add(row)
        self.session.flush()

    def remove(self, campaign: CampaignRow) -> None:
        """Delete the campaign; the database deletes what belongs to it."""
        self.session.execute(sa.delete(CampaignRow).where(CampaignRow.id == campaign.id))

    def seconds_per_evaluation(self, model: str) -> float | None:
        """Mean compute time of an evaluation over all campaigns on ``model``, if there were any."""
        seconds, evaluations = self.session.execute(
            sa.select(
                sa.func.sum(CampaignRow.seconds_used), sa.func.sum(CampaignRow.num_evaluations)
            ).where(CampaignRow.model == model, CampaignRow.seconds_used > 0)
        ).one()
        return seconds / evaluations if evaluations else None

    # -- trials

    def trial(self, campaign_id: str, number: int) -> TrialRow:
        """One trial.

        Raises:
            NotFoundError: the campaign has none with that number.
        """
        row = self.session.get(TrialRow, (campaign_id, number))
        if row is None:
            raise NotFoundError(f"campaign {campaign_id!r} has no trial {number}")
        return row

    def trial_of(self, campaign_id: str, inchi_key: str) -> TrialRow:
        """The one trial of a compound.

        Raises:
            NotFoundError: the campaign has not met it.
        """
        query = self._trials(campaign_id, None).where(TrialRow.inchi_key == inchi_key)
        row = self.session.scalar(query)
        if row is None:
            raise NotFoundError(f"campaign {campaign_id!r} has no trial of {inchi_key}")
        return row

    def meetings(
        self, inchi_key: str, limit: int, visible: sa.ColumnElement[bool]
    ) -> Sequence[tuple[CampaignRow, TrialRow]]:
        """The trials of a compound in all campaigns that are ``visible``, newest campaign first."""
        query = (
            sa.select(CampaignRow, TrialRow)
            .join(TrialRow, TrialRow.campaign_id == CampaignRow.id)
            .where(visible, TrialRow.inchi_key == inchi_key)
            .order_by(CampaignRow.created_at.desc(), CampaignRow.id.desc())
        )
        return [(row[0], row[1]) for row in self.session.execute(query.limit(limit))]

    def trials(
        self,
        campaign_id: str,
        *,
        status: TrialStatus | None = None,
        feasible: bool = False,
        numbers: Collection[int] | None = None,
        sort: TrialSort = "number",
        after: TrialRow | None = None,
        limit: int | None = None,
    ) -> Sequence[TrialRow]:
        """Trials with their values, those behind ``after``; without a utility they come last."""
        query = self._trials(campaign_id, status)
        if feasible:
            query = query.where(TrialRow.reason.is_(None))
        if numbers is not None:
            query = query.where(TrialRow.number.in_(numbers))
        if after is not None:
            query = query.where(_behind(after, sort))
        by_number = TrialRow.number.desc() if sort == "-number" else TrialRow.number.asc()
        if sort.endswith("utility"):
            best = TrialRow.utility.desc() if sort == "-utility" else TrialRow.utility.asc()
            query = query.order_by(best.nulls_last())
        rows = self.session.scalars(query.order_by(by_number).limit(limit)).all()
        self._load_values(campaign_id, rows)
        return rows

    def _load_values(self, campaign_id: str, rows: Sequence[TrialRow]) -> None:
        # In place of the option ``with_values``, which costs as much as the trials themselves.
        query = sa.select(ValueRow).where(ValueRow.campaign_id == campaign_id)
        if len(rows) <= MAX_NAMED:
            query = query.where(ValueRow.number.in_([row.number for row in rows]))
        values: dict[int, list[ValueRow]] = {row.number: [] for row in rows}
        for value in self.session.scalars(query.order_by(ValueRow.id)):
            if value.number in values:
                values[value.number].append(value)
        for row in rows:
            set_committed_value(row, "values", values[row.number])

    def count(self, campaign_id: str, status: TrialStatus | None = None) -> int:
        """Number of trials."""
        query = self._trials(campaign_id, status)
        return self.session.scalar(sa.select(sa.func.count()).select_from(query.subquery())) or 0

    def best(self, campaign_id: str, limit: int) -> Sequence[TrialRow]:
        """The evaluated trials of the highest utility that break no constraint."""
        return self.trials(
            campaign_id,
            status=TrialStatus.EVALUATED,
            feasible=True,
            sort="-utility",
            limit=limit,
        )

    def stream(self, campaign_id: str) -> Iterator[TrialRow]:
        """Every trial in order of creation, a few hundred in memory at a time."""
        query = self._trials(campaign_id, None).options(with_values(campaign_id))
        return iter(
            self.session.scalars(
                query.order_by(TrialRow.number).execution_options(yield_per=STREAM_ROWS)
            )
        )

    def save(
        self,
        campaign: CampaignRow,
        trials: Iterable[Trial],
        utilities: Mapping[int, float | None],
        known: Mapping[int, Mapping[str, Any]],
    ) -> None:
        """Insert the new trials and update the changed ones, values with their history."""
        for trial in trials:
            row = self.session.get(TrialRow, (campaign.id, trial.number))
            if row is None:
                row = new_row(campaign, trial)
                row.known = dict(known[trial.number]) if trial.number in known else None
                self.session.add(row)
            row.status = trial.status.value
            row.reason = trial.reason
            row.latent = trial.latent
            row.why = trial.why
            save_values(row, trial.values)
        self.session.flush()
        for number, utility in utilities.items():
            self.trial(campaign.id, number).utility = utility
        self.session.flush()

    def add_iteration(self, row: IterationRow) -> None:
        """Record an iteration."""
        self.session.add(row)
        self.session.flush()

    @staticmethod
    def _trials(campaign_id: str, status: TrialStatus | None) -> sa.Select[TrialRow]:
        query = sa.select(TrialRow).where(TrialRow.campaign_id == campaign_id)
        return query if status is None else query.where(TrialRow.status == status.value)


def with_values(campaign_id: str) -> ExecutableOption:
    """Loads the values of trials together with them."""
    # The trials' keys alone, pairs in a list, would make SQLite read the values of all campaigns.
    return selectinload(TrialRow.values.and_(ValueRow.campaign_id == campaign_id))


def _behind(last: TrialRow, sort: TrialSort) -> sa.ColumnElement[bool]:
    """What comes after ``last`` in the order of ``trials``."""
    if sort == "-number":
        return TrialRow.number < last.number
    later = TrialRow.number > last.number
    if sort == "number":
        return later
    if last.utility is None:
        return sa.and_(TrialRow.utility.is_(None), later)
    column = TrialRow.utility
    worse = column < last.utility if sort == "-utility" else column > last.utility
    return sa.or_(worse, sa.and_(column == last.utility, later), column.is_(None))
