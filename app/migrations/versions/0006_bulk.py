"""Bulk jobs.

Revision: 0006; follows: 0005.
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

JSON = sa.JSON().with_variant(postgresql.JSONB(), "postgresql")
STATE = sa.Enum(
    "draft",
    "running",
    "succeeded",
    "cancelled",
    "failed",
    name="jobstate",
    native_enum=False,
    length=16,
)
COUNTS = (
    "recoveries",
    "num_rows",
    "num_rows_done",
    "num_rows_before",
    "num_chunks",
    "num_chunks_done",
    "num_refused",
    "num_results",
)


def upgrade() -> None:
    """Apply."""
    op.create_table(
        "bulk_jobs",
        sa.Column("id", sa.String(32), nullable=False),
        sa.Column("name", sa.String(200), nullable=False),
        sa.Column("owner", sa.String(100)),
        sa.Column("state", STATE, nullable=False),
        sa.Column("reason", sa.Text()),
        sa.Column("operation", JSON, nullable=False),
        sa.Column("library_format", sa.String(8)),
        sa.Column("model", sa.String(200), nullable=False),
        sa.Column("model_hash", sa.String(64), nullable=False),
        sa.Column("run_id", sa.String(32)),
        *(sa.Column(name, sa.Integer(), nullable=False) for name in COUNTS),
        sa.Column("seconds_used", sa.Double(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("started_at", sa.DateTime(timezone=True)),
        sa.Column("progress_at", sa.DateTime(timezone=True)),
        sa.Column("finished_at", sa.DateTime(timezone=True)),
        sa.PrimaryKeyConstraint("id", name="pk_bulk_jobs"),
    )
    op.create_index("ix_bulk_jobs_created_at_bulk_jobs_id", "bulk_jobs", ["created_at", "id"])
    op.create_index(
        "ix_bulk_jobs_owner_bulk_jobs_created_at_bulk_jobs_id",
        "bulk_jobs",
        ["owner", "created_at", "id"],
    )
    op.create_index("ix_bulk_jobs_run_id", "bulk_jobs", ["run_id"], unique=True)
    op.create_table(
        "bulk_chunks",
        sa.Column("job_id", sa.String(32), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("num_rows", sa.Integer(), nullable=False),
        sa.Column("num_results", sa.Integer()),
        sa.Column("num_refused", sa.Integer()),
        sa.Column("finished_at", sa.DateTime(timezone=True)),
        sa.Column("source", sa.LargeBinary()),
        sa.Column("result", sa.LargeBinary()),
        sa.ForeignKeyConstraint(
            ["job_id"], ["bulk_jobs.id"], name="fk_bulk_chunks_job_id_bulk_jobs", ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("job_id", "number", name="pk_bulk_chunks"),
    )
    op.create_table(
        "bulk_refusals",
        sa.Column("job_id", sa.String(32), nullable=False),
        sa.Column("line", sa.BigInteger(), nullable=False),
        sa.Column("name", sa.String(200), nullable=False),
        sa.Column("text", sa.String(200), nullable=False),
        sa.Column("code", sa.String(32), nullable=False),
        sa.Column("message", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["job_id"],
            ["bulk_jobs.id"],
            name="fk_bulk_refusals_job_id_bulk_jobs",
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("job_id", "line", name="pk_bulk_refusals"),
    )


def downgrade() -> None:
    """Undo."""
    for table in ("bulk_refusals", "bulk_chunks", "bulk_jobs"):
        op.drop_table(table)
