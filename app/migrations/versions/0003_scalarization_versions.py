"""The scalarization belongs to the numbered versions of what a campaign wants.

Revision: 0003; follows: 0002.
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

NAME = "scalarization"
DEFAULT = "weighted"
VERSIONS = sa.table("objective_versions", sa.column("campaign_id"), sa.column(NAME, sa.String))
CAMPAIGNS = sa.table(
    "campaigns",
    sa.column("id"),
    sa.column("settings", sa.JSON().with_variant(postgresql.JSONB(), "postgresql")),
)


def upgrade() -> None:
    """Apply."""
    op.add_column("objective_versions", sa.Column(NAME, sa.String(16), nullable=True))
    bind = op.get_bind()
    for campaign_id, settings in bind.execute(sa.select(CAMPAIGNS)).all():
        chosen = settings.pop(NAME, DEFAULT)
        of_campaign = VERSIONS.c.campaign_id == campaign_id
        bind.execute(sa.update(VERSIONS).where(of_campaign).values({NAME: chosen}))
        _keep(bind, campaign_id, settings)
    with op.batch_alter_table("objective_versions") as batch:
        batch.alter_column(NAME, existing_type=sa.String(16), nullable=False)


def downgrade() -> None:
    """Undo; of several versions the last one's stays."""
    bind = op.get_bind()
    versions = bind.execute(sa.select(VERSIONS).order_by(sa.text("version"))).all()
    chosen = {row.campaign_id: row.scalarization for row in versions}
    for campaign_id, settings in bind.execute(sa.select(CAMPAIGNS)).all():
        _keep(bind, campaign_id, settings | {NAME: chosen.get(campaign_id, DEFAULT)})
    with op.batch_alter_table("objective_versions") as batch:
        batch.drop_column(NAME)


def _keep(bind: sa.Connection, campaign_id: str, settings: dict[str, object]) -> None:
    changed = sa.update(CAMPAIGNS).where(CAMPAIGNS.c.id == campaign_id)
    bind.execute(changed.values(settings=settings))
