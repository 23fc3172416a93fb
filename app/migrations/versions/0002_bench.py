"""Replicates of a value; why a trial was chosen and what it resembles; decodes of an iteration.

Revision: 0002; follows: 0001.
"""

from typing import Any

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

JSON = sa.JSON().with_variant(postgresql.JSONB(), "postgresql")

COLUMNS: dict[str, list[tuple[str, sa.types.TypeEngine[Any]]]] = {
    "trial_values": [("replicates", JSON)],
    "trials": [("why", sa.Text()), ("nearest", JSON)],
    "iterations": [(name, sa.Integer()) for name in ("num_decoded", "num_invalid", "num_repeats")],
}


def upgrade() -> None:
    """Apply."""
    for table, columns in COLUMNS.items():
        for name, kind in columns:
            op.add_column(table, sa.Column(name, kind, nullable=True))


def downgrade() -> None:
    """Undo."""
    for table, columns in COLUMNS.items():
        # Not in a batch: that drops the table on SQLite, and with it what refers to its rows.
        for name, _ in columns:
            op.drop_column(table, name)
