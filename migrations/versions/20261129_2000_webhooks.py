"""Tell merchants' systems what happens: endpoints, events, deliveries.

Revision ID: 0410_webhooks
Revises: 0400_goods_by_words
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0410_webhooks"
down_revision = "0400_goods_by_words"
branch_labels = None
depends_on = None

NOW, CLOCK = sa.func.now(), sa.func.clock_timestamp()
PENDING = sa.text("state = 'pending'")


def at(name: str, default: sa.Function | None = None) -> sa.Column:
    kind = sa.DateTime(timezone=True)
    return sa.Column(name, kind, server_default=default, nullable=default is None)


def upgrade() -> None:
    op.create_table(
        "webhook_feeds",
        sa.Column("merchant_id", sa.Uuid(), nullable=False),
        sa.Column("last_position", sa.BigInteger(), server_default="0", nullable=False),
        at("opened_at", CLOCK),
        sa.PrimaryKeyConstraint("merchant_id", name="pk_webhook_feeds"),
        sa.ForeignKeyConstraint(
            ["merchant_id"], ["merchants.id"], name="fk_webhook_feeds_merchant_id"
        ),
        sa.CheckConstraint(
            "last_position >= 0", name=op.f("ck_webhook_feeds_last_position_not_negative")
        ),
    )
    op.create_table(
        "webhook_events",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("merchant_id", sa.Uuid(), nullable=False),
        sa.Column("position", sa.BigInteger(), nullable=False),
        sa.Column("message_id", sa.Uuid(), nullable=False),
        sa.Column("type", sa.String(64), nullable=False),
        sa.Column("ordering_key", sa.String(128), nullable=False),
        sa.Column("occurred_at", sa.DateTime(timezone=True), nullable=False),
        at("created_at", CLOCK),
        sa.Column("data", postgresql.JSONB(), nullable=False),
        sa.Column("told_to", sa.SmallInteger(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_webhook_events"),
        sa.ForeignKeyConstraint(
            ["merchant_id"], ["webhook_feeds.merchant_id"], name="fk_webhook_events_merchant_id"
        ),
        sa.UniqueConstraint(
            "merchant_id", "position", name="uq_webhook_events_merchant_id_position"
        ),
        sa.UniqueConstraint(
            "merchant_id", "message_id", name="uq_webhook_events_merchant_id_message_id"
        ),
        sa.CheckConstraint("position > 0", name=op.f("ck_webhook_events_position_positive")),
        sa.CheckConstraint("told_to >= 0", name=op.f("ck_webhook_events_told_to_not_negative")),
    )
    op.create_index("ix_webhook_events_created_at", "webhook_events", ["created_at"])
    op.create_table(
        "webhook_endpoints",
        sa.Column("id", sa.Uuid(), nullable=False),
        at("created_at", NOW),
        sa.Column("version", sa.Integer(), server_default="1", nullable=False),
        at("updated_at", NOW),
        sa.Column("merchant_id", sa.Uuid(), nullable=False),
        sa.Column("name", sa.String(200), nullable=False),
        sa.Column("url", sa.Text(), nullable=False),
        sa.Column("event_types", sa.ARRAY(sa.String(64)), nullable=False),
        sa.Column("email", sa.String(254), nullable=True),
        sa.Column("state", sa.String(32), server_default="active", nullable=False),
        sa.Column("reason", sa.String(32), nullable=True),
        sa.Column("note", sa.String(200), nullable=True),
        sa.Column("secret", sa.LargeBinary(), nullable=False),
        sa.Column("old_secret", sa.LargeBinary(), nullable=True),
        at("old_secret_until"),
        at("failing_since"),
        at("told_at"),
        at("deleted_at"),
        sa.PrimaryKeyConstraint("id", name="pk_webhook_endpoints"),
        sa.ForeignKeyConstraint(
            ["merchant_id"], ["webhook_feeds.merchant_id"], name="fk_webhook_endpoints_merchant_id"
        ),
        sa.CheckConstraint(
            "(state = 'disabled') = (reason IS NOT NULL)",
            name=op.f("ck_webhook_endpoints_disabled_for_a_reason"),
        ),
        sa.CheckConstraint(
            "(old_secret IS NULL) = (old_secret_until IS NULL)",
            name=op.f("ck_webhook_endpoints_old_secret_until_when"),
        ),
        sa.CheckConstraint(
            "cardinality(event_types) > 0", name=op.f("ck_webhook_endpoints_told_something")
        ),
    )
    op.create_index(
        "ix_webhook_endpoints_merchant_id",
        "webhook_endpoints",
        ["merchant_id", "id"],
        postgresql_where=sa.text("deleted_at IS NULL"),
    )
    op.create_index(
        "ix_webhook_endpoints_untold",
        "webhook_endpoints",
        ["id"],
        postgresql_where=sa.text("state = 'disabled' AND told_at IS NULL AND email IS NOT NULL"),
    )
    op.create_table(
        "webhook_deliveries",
        sa.Column("endpoint_id", sa.Uuid(), nullable=False),
        sa.Column("event_id", sa.Uuid(), nullable=False),
        sa.Column("position", sa.BigInteger(), nullable=False),
        sa.Column("ordering_key", sa.String(128), nullable=False),
        sa.Column("state", sa.String(32), server_default="pending", nullable=False),
        sa.Column("attempts", sa.SmallInteger(), server_default="0", nullable=False),
        at("next_attempt_at", CLOCK),
        at("leased_until"),
        at("attempted_at"),
        sa.Column("status", sa.SmallInteger(), nullable=True),
        sa.Column("error", sa.String(32), nullable=True),
        at("delivered_at"),
        sa.PrimaryKeyConstraint("endpoint_id", "event_id", name="pk_webhook_deliveries"),
        sa.ForeignKeyConstraint(
            ["endpoint_id"], ["webhook_endpoints.id"], name="fk_webhook_deliveries_endpoint_id"
        ),
        sa.ForeignKeyConstraint(
            ["event_id"],
            ["webhook_events.id"],
            name="fk_webhook_deliveries_event_id",
            ondelete="CASCADE",
        ),
        sa.CheckConstraint(
            "(state = 'delivered') = (delivered_at IS NOT NULL)",
            name=op.f("ck_webhook_deliveries_delivered_at_some_time"),
        ),
        sa.CheckConstraint(
            "state <> 'delivered' OR coalesce(status, 0) BETWEEN 200 AND 299",
            name=op.f("ck_webhook_deliveries_delivered_is_2xx"),
        ),
        sa.CheckConstraint(
            "attempts >= 0", name=op.f("ck_webhook_deliveries_attempts_not_negative")
        ),
    )
    op.create_index(
        "ix_webhook_deliveries_due",
        "webhook_deliveries",
        ["endpoint_id", "next_attempt_at"],
        postgresql_where=PENDING,
    )
    op.create_index(
        "ix_webhook_deliveries_order",
        "webhook_deliveries",
        ["endpoint_id", "ordering_key", "position"],
        postgresql_where=PENDING,
    )
    op.create_index("ix_webhook_deliveries_event_id", "webhook_deliveries", ["event_id"])


def downgrade() -> None:
    for table in ("deliveries", "endpoints", "events", "feeds"):
        op.drop_table(f"webhook_{table}")
