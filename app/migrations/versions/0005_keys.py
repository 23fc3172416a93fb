"""API keys, owners and shares of campaigns, the audit log; when a campaign last got on.

Revision: 0005; follows: 0004.
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

JSON = sa.JSON().with_variant(postgresql.JSONB(), "postgresql")
OWNED = "ix_campaigns_owner_campaigns_created_at_campaigns_id"
SCOPE = sa.Enum("read", "write", "admin", name="scope", native_enum=False, length=16)


def upgrade() -> None:
    """Apply."""
    op.create_table(
        "api_keys",
        sa.Column("id", sa.String(16), nullable=False),
        sa.Column("name", sa.String(100), nullable=False),
        sa.Column("owner", sa.String(100), nullable=False),
        sa.Column("scope", SCOPE, nullable=False),
        sa.Column("secret_hash", sa.String(64), nullable=False),
        sa.Column("requests_per_minute", sa.Integer()),
        sa.Column("max_body_bytes", sa.BigInteger()),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True)),
        sa.Column("revoked_at", sa.DateTime(timezone=True)),
        sa.PrimaryKeyConstraint("id", name="pk_api_keys"),
    )
    op.create_index("ix_api_keys_owner", "api_keys", ["owner"])
    op.create_table(
        "campaign_shares",
        sa.Column("campaign_id", sa.String(32), nullable=False),
        sa.Column("owner", sa.String(100), nullable=False),
        sa.Column("can_write", sa.Boolean(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["campaign_id"],
            ["campaigns.id"],
            name="fk_campaign_shares_campaign_id_campaigns",
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("campaign_id", "owner", name="pk_campaign_shares"),
    )
    op.create_index("ix_campaign_shares_owner", "campaign_shares", ["owner"])
    op.create_table(
        "audit_log",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("owner", sa.String(100)),
        sa.Column("key_id", sa.String(16)),
        sa.Column("request_id", sa.String(64)),
        sa.Column("action", sa.String(300), nullable=False),
        sa.Column("campaign_id", sa.String(32)),
        sa.Column("changes", JSON, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_audit_log"),
    )
    op.create_index("ix_audit_log_campaign_id_audit_log_id", "audit_log", ["campaign_id", "id"])
    op.create_index("ix_audit_log_owner_audit_log_id", "audit_log", ["owner", "id"])
    op.add_column("campaigns", sa.Column("owner", sa.String(100)))
    op.add_column("campaigns", sa.Column("progress_at", sa.DateTime(timezone=True)))
    op.create_index(OWNED, "campaigns", ["owner", "created_at", "id"])


def downgrade() -> None:
    """Undo."""
    op.drop_index(OWNED, "campaigns")
    # Not in a batch: that drops the table on SQLite, and with it all that belongs to campaigns.
    op.drop_column("campaigns", "progress_at")
    op.drop_column("campaigns", "owner")
    for table in ("audit_log", "campaign_shares", "api_keys"):
        op.drop_table(table)
