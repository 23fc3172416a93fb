"""Shares of bulk jobs.

Revision: 0008; follows: 0007.
"""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Apply."""
    op.create_table(
        "bulk_shares",
        sa.Column("job_id", sa.String(32), nullable=False),
        sa.Column("owner", sa.String(100), nullable=False),
        sa.Column("can_write", sa.Boolean(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["job_id"], ["bulk_jobs.id"], name="fk_bulk_shares_job_id_bulk_jobs", ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("job_id", "owner", name="pk_bulk_shares"),
    )
    op.create_index("ix_bulk_shares_owner", "bulk_shares", ["owner"])


def downgrade() -> None:
    """Undo."""
    op.drop_table("bulk_shares")
