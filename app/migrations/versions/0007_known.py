"""Whether a suggestion was known when it was made.

Revision: 0007; follows: 0006.
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None

JSON = sa.JSON().with_variant(postgresql.JSONB(), "postgresql")


def upgrade() -> None:
    """Apply."""
    op.add_column("trials", sa.Column("known", JSON, nullable=True))


def downgrade() -> None:
    """Undo."""
    # Not in a batch: that drops the table on SQLite, and with it what refers to its rows.
    op.drop_column("trials", "known")
