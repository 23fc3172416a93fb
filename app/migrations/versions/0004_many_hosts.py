"""Leases of workers on many hosts; an index for every listing.

Revision: 0004; follows: 0003.
"""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

INDEXES = {
    "ix_campaigns_created_at_campaigns_id": ("campaigns", ["created_at", "id"]),
    "ix_campaigns_state_campaigns_created_at_campaigns_id": (
        "campaigns",
        ["state", "created_at", "id"],
    ),
    "ix_trials_campaign_id_trials_status_trials_number": (
        "trials",
        ["campaign_id", "status", "number"],
    ),
}
REPLACED = {
    "ix_campaigns_created_at": ("campaigns", ["created_at"]),
    "ix_trials_campaign_id_trials_status": ("trials", ["campaign_id", "status"]),
}


def upgrade() -> None:
    """Apply."""
    op.drop_table("workers")
    op.create_table(
        "workers",
        sa.Column("executor_id", sa.String(length=32), nullable=False),
        sa.Column("host", sa.String(length=255), nullable=False),
        sa.Column("pid", sa.Integer(), nullable=True),
        sa.Column("started_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("seen_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("executor_id", name="pk_workers"),
    )
    _replace(REPLACED, INDEXES)


def downgrade() -> None:
    """Undo."""
    _replace(INDEXES, REPLACED)
    op.drop_table("workers")
    op.create_table(
        "workers",
        sa.Column("executor_id", sa.String(length=32), nullable=False),
        sa.Column("pid", sa.Integer(), nullable=False),
        sa.Column("started_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("seen_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("executor_id", name="pk_workers"),
    )


def _replace(old: dict[str, tuple[str, list[str]]], new: dict[str, tuple[str, list[str]]]) -> None:
    for name, (table, _) in old.items():
        op.drop_index(name, table)
    for name, (table, columns) in new.items():
        op.create_index(name, table, columns)
