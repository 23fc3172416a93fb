"""The campaigns: requests, trials, values, iterations; kept replies; living workers.

Revision: 0001; follows: none.
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

JSON = sa.JSON().with_variant(postgresql.JSONB(), "postgresql")
BIG_KEY = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
"""SQLite numbers rows by itself only where the key is an INTEGER."""


def upgrade() -> None:
    """Apply."""
    op.create_table(
        "campaigns",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column(
            "state",
            sa.Enum(
                "draft",
                "running",
                "waiting",
                "paused",
                "succeeded",
                "cancelled",
                "failed",
                name="state",
                native_enum=False,
                length=16,
            ),
            nullable=False,
        ),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.Column("settings", JSON, nullable=False),
        sa.Column("objective_version", sa.Integer(), nullable=False),
        sa.Column("model", sa.String(length=200), nullable=False),
        sa.Column("model_hash", sa.String(length=64), nullable=False),
        sa.Column("run_id", sa.String(length=32), nullable=True),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("recoveries", sa.Integer(), nullable=False),
        sa.Column("num_trials", sa.Integer(), nullable=False),
        sa.Column("num_evaluations", sa.Integer(), nullable=False),
        sa.Column("best_utility", sa.Double(), nullable=True),
        sa.Column("seconds_used", sa.Double(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("started_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("finished_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("id", name="pk_campaigns"),
    )
    op.create_index("ix_campaigns_created_at", "campaigns", ["created_at"])
    op.create_index("ix_campaigns_run_id", "campaigns", ["run_id"], unique=True)

    op.create_table(
        "idempotency_keys",
        sa.Column("path", sa.String(length=200), nullable=False),
        sa.Column("key", sa.String(length=200), nullable=False),
        sa.Column("body_hash", sa.String(length=64), nullable=False),
        sa.Column("status", sa.Integer(), nullable=False),
        sa.Column("reply", sa.Text(), nullable=False),
        sa.Column("location", sa.String(length=200), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("path", "key", name="pk_idempotency_keys"),
    )
    op.create_table(
        "workers",
        sa.Column("executor_id", sa.String(length=32), nullable=False),
        sa.Column("pid", sa.Integer(), nullable=False),
        sa.Column("started_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("seen_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("executor_id", name="pk_workers"),
    )
    op.create_table(
        "iterations",
        sa.Column("campaign_id", sa.String(length=32), nullable=False),
        sa.Column("iteration", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("run_id", sa.String(length=32), nullable=True),
        sa.Column("num_trials", sa.Integer(), nullable=False),
        sa.Column("num_evaluations", sa.Integer(), nullable=False),
        sa.Column("best_utility", sa.Double(), nullable=True),
        sa.Column("seconds", sa.Double(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["campaign_id"],
            ["campaigns.id"],
            name="fk_iterations_campaign_id_campaigns",
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("campaign_id", "iteration", name="pk_iterations"),
    )
    op.create_table(
        "objective_versions",
        sa.Column("campaign_id", sa.String(length=32), nullable=False),
        sa.Column("version", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("objectives", JSON, nullable=False),
        sa.Column("constraints", JSON, nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["campaign_id"],
            ["campaigns.id"],
            name="fk_objective_versions_campaign_id_campaigns",
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("campaign_id", "version", name="pk_objective_versions"),
    )
    op.create_table(
        "trials",
        sa.Column("campaign_id", sa.String(length=32), nullable=False),
        sa.Column("number", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("iteration", sa.Integer(), nullable=False),
        sa.Column("status", sa.String(length=16), nullable=False),
        sa.Column("method", sa.String(length=32), nullable=False),
        sa.Column("smiles", sa.Text(), nullable=True),
        sa.Column("inchi_key", sa.String(length=27), nullable=True),
        sa.Column("latent_asked", sa.LargeBinary(), nullable=True),
        sa.Column("latent", sa.LargeBinary(), nullable=True),
        sa.Column("predicted_mean", sa.Double(), nullable=True),
        sa.Column("predicted_sd", sa.Double(), nullable=True),
        sa.Column("acquisition", sa.Double(), nullable=True),
        sa.Column("utility", sa.Double(), nullable=True),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.Column("note", sa.Text(), nullable=True),
        sa.Column("details", JSON, nullable=True),
        sa.Column("model_hash", sa.String(length=64), nullable=False),
        sa.Column("objective_version", sa.Integer(), nullable=False),
        sa.Column("seed", sa.BigInteger(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["campaign_id"],
            ["campaigns.id"],
            name="fk_trials_campaign_id_campaigns",
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("campaign_id", "number", name="pk_trials"),
        sa.UniqueConstraint("campaign_id", "inchi_key", name="uq_trials_campaign_id_inchi_key"),
    )
    op.create_index("ix_trials_campaign_id_trials_status", "trials", ["campaign_id", "status"])
    op.create_index("ix_trials_campaign_id_trials_utility", "trials", ["campaign_id", "utility"])

    op.create_table(
        "trial_values",
        sa.Column("id", BIG_KEY, nullable=False),
        sa.Column("campaign_id", sa.String(length=32), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("objective", sa.String(length=100), nullable=False),
        sa.Column("value", sa.Double(), nullable=False),
        sa.Column("source", sa.String(length=200), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("replaced_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["campaign_id", "number"],
            ["trials.campaign_id", "trials.number"],
            name="fk_trial_values_campaign_id_number_trials",
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name="pk_trial_values"),
    )
    op.create_index(
        "ix_trial_values_campaign_id_trial_values_number", "trial_values", ["campaign_id", "number"]
    )


def downgrade() -> None:
    """Undo."""

    op.drop_table("trial_values")

    op.drop_table("trials")
    op.drop_table("objective_versions")
    op.drop_table("iterations")
    op.drop_table("workers")
    op.drop_table("idempotency_keys")

    op.drop_table("campaigns")
