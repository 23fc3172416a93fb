"""Tables of the campaigns: what was asked, what was proposed, what was measured."""

import struct
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Dialect
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.campaigns.states import State
from app.database import Base, now
from bayesopt.trial import Method, Observation


class Latent(sa.TypeDecorator[tuple[float, ...]]):
    """A point of the latent space as little-endian float32: 4 bytes a number on any database.

    The models compute in float32, so a latent they made comes back bit for bit.
    """

    impl = sa.LargeBinary
    cache_ok = True

    def process_bind_param(
        self,
        value: tuple[float, ...] | None,
        dialect: Dialect,  # noqa: ARG002
    ) -> bytes | None:
        """Pack."""
        return None if value is None else struct.pack(f"<{len(value)}f", *value)

    def process_result_value(
        self,
        value: bytes | None,
        dialect: Dialect,  # noqa: ARG002
    ) -> tuple[float, ...] | None:
        """Unpack."""
        return None if value is None else struct.unpack(f"<{len(value) // 4}f", value)


class CampaignRow(Base):
    """One campaign: its request, its state, and the counters that clients poll."""

    __tablename__ = "campaigns"

    id: Mapped[str] = mapped_column(sa.String(32), primary_key=True)
    name: Mapped[str] = mapped_column(sa.String(200))
    owner: Mapped[str | None] = mapped_column(sa.String(100))
    """Whose keys may do everything with it; None: made where no keys were asked for."""
    state: Mapped[State] = mapped_column(
        sa.Enum(
            State, native_enum=False, length=16, values_callable=lambda e: [s.value for s in e]
        ),
        default=State.DRAFT,
    )
    reason: Mapped[str | None] = mapped_column(sa.Text)
    settings: Mapped[dict[str, Any]]
    """The request without its name and what has versions, which may change later."""
    objective_version: Mapped[int] = mapped_column(default=1)
    model: Mapped[str] = mapped_column(sa.String(200))
    model_hash: Mapped[str] = mapped_column(sa.String(64))
    run_id: Mapped[str | None] = mapped_column(sa.String(32))
    """The run that may write; an older run that is still on its way finds another id and stops."""
    revision: Mapped[int] = mapped_column(default=0)
    """Counts the changes to the trials: who computed from an older one must compute again."""
    recoveries: Mapped[int] = mapped_column(default=0)
    """Times a dead worker's run was taken over since the last iteration was written."""
    num_trials: Mapped[int] = mapped_column(default=0)
    num_evaluations: Mapped[int] = mapped_column(default=0)
    best_utility: Mapped[float | None]
    seconds_used: Mapped[float] = mapped_column(default=0.0)
    created_at: Mapped[datetime] = mapped_column(default=now)
    updated_at: Mapped[datetime] = mapped_column(default=now, onupdate=now)
    started_at: Mapped[datetime | None]
    finished_at: Mapped[datetime | None]
    progress_at: Mapped[datetime | None]
    """When it was last started or got on by an iteration; being taken over is no progress."""

    @property
    def stamp(self) -> str:
        """Another one after every change of the campaign or its trials.

        Each is written together with this row: where nothing of it changes, by ``changes.touch``.
        """
        return f"{self.revision}-{self.state}-{self.updated_at.timestamp():.6f}"

    __table_args__ = (
        sa.Index(None, "created_at", "id"),
        sa.Index(None, "state", "created_at", "id"),
        sa.Index(None, "owner", "created_at", "id"),
        sa.Index(None, "run_id", unique=True),
    )


class ObjectiveVersionRow(Base):
    """What a campaign wants, numbered; a version that was used is never changed."""

    __tablename__ = "objective_versions"

    campaign_id: Mapped[str] = mapped_column(
        sa.ForeignKey("campaigns.id", ondelete="CASCADE"), primary_key=True
    )
    version: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    objectives: Mapped[list[Any]]
    constraints: Mapped[list[Any]]
    scalarization: Mapped[str] = mapped_column(sa.String(16))
    created_at: Mapped[datetime] = mapped_column(default=now)


class TrialRow(Base):
    """One proposed or told molecule, also when nothing came of it."""

    __tablename__ = "trials"

    campaign_id: Mapped[str] = mapped_column(
        sa.ForeignKey("campaigns.id", ondelete="CASCADE"), primary_key=True
    )
    number: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    iteration: Mapped[int]
    status: Mapped[str] = mapped_column(sa.String(16))
    method: Mapped[Method] = mapped_column(sa.String(32))
    smiles: Mapped[str | None] = mapped_column(sa.Text)
    inchi_key: Mapped[str | None] = mapped_column(sa.String(27))
    latent_asked: Mapped[tuple[float, ...] | None] = mapped_column(Latent)
    latent: Mapped[tuple[float, ...] | None] = mapped_column(Latent)
    predicted_mean: Mapped[float | None]
    predicted_sd: Mapped[float | None]
    acquisition: Mapped[float | None]
    utility: Mapped[float | None]
    reason: Mapped[str | None] = mapped_column(sa.Text)
    why: Mapped[str | None] = mapped_column(sa.Text)
    nearest: Mapped[dict[str, Any] | None]
    """Members of a ``bayesopt.trial.Nearest``."""
    known: Mapped[dict[str, Any] | None]
    """Members of an ``app.known.suggestions.Knowledge``; null where it was not suggested."""
    note: Mapped[str | None] = mapped_column(sa.Text)
    details: Mapped[dict[str, Any] | None]
    """The client's own ``metadata``, a name that the mapper keeps for itself."""
    model_hash: Mapped[str] = mapped_column(sa.String(64))
    objective_version: Mapped[int]
    seed: Mapped[int] = mapped_column(sa.BigInteger)
    created_at: Mapped[datetime] = mapped_column(default=now)
    updated_at: Mapped[datetime] = mapped_column(default=now, onupdate=now)

    values: Mapped[list["ValueRow"]] = relationship(
        order_by="ValueRow.id", cascade="all, delete-orphan", passive_deletes=True
    )

    __table_args__ = (
        sa.Index(None, "campaign_id", "status", "number"),
        sa.Index(None, "campaign_id", "utility"),
        sa.UniqueConstraint("campaign_id", "inchi_key"),
    )

    @property
    def current_values(self) -> dict[str, "ValueRow"]:
        """The value in force of each objective that has one."""
        return {row.objective: row for row in self.values if row.replaced_at is None}


class ValueRow(Base):
    """One computed or measured value; a corrected one stays, with the time it was replaced."""

    __tablename__ = "trial_values"

    id: Mapped[int] = mapped_column(
        sa.BigInteger().with_variant(sa.Integer(), "sqlite"), primary_key=True
    )
    campaign_id: Mapped[str] = mapped_column(sa.String(32))
    number: Mapped[int]
    objective: Mapped[str] = mapped_column(sa.String(100))
    value: Mapped[float]
    replicates: Mapped[list[Any] | None]
    """The repeats that ``value`` is the mean of, ascending."""
    source: Mapped[str] = mapped_column(sa.String(200))
    created_at: Mapped[datetime] = mapped_column(default=now)
    replaced_at: Mapped[datetime | None]

    __table_args__ = (
        sa.ForeignKeyConstraint(
            ["campaign_id", "number"],
            ["trials.campaign_id", "trials.number"],
            ondelete="CASCADE",
        ),
        sa.Index(None, "campaign_id", "number"),
    )

    @property
    def observation(self) -> Observation:
        """What it says."""
        return Observation(self.value, self.source, tuple(self.replicates or ()))


class IterationRow(Base):
    """One committed iteration; its key makes a second commit of the same one impossible."""

    __tablename__ = "iterations"

    campaign_id: Mapped[str] = mapped_column(
        sa.ForeignKey("campaigns.id", ondelete="CASCADE"), primary_key=True
    )
    iteration: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    run_id: Mapped[str | None] = mapped_column(sa.String(32))
    """The run that asked; None where a client did."""
    num_trials: Mapped[int]
    num_evaluations: Mapped[int]
    num_decoded: Mapped[int | None]
    """Latents decoded for it; null where the method breeds graphs."""
    num_invalid: Mapped[int | None]
    """Of these, the decodes that were no molecule."""
    num_repeats: Mapped[int | None]
    """Of these, the molecules that the campaign knew already."""
    best_utility: Mapped[float | None]
    seconds: Mapped[float]
    created_at: Mapped[datetime] = mapped_column(default=now)
