"""Create the tables of replays: what orders would have been with other promotions.

Revision ID: 0025_replays
Revises: 0024_priced_with
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0025_replays"
down_revision = "0024_priced_with"
branch_labels = None
depends_on = None

OPEN = "state IN ('queued', 'running')"


def upgrade() -> None:
    op.create_table(
        "replays",
        sa.Column(
            "state",
            sa.Enum(
                "queued",
                "running",
                "done",
                "failed",
                "cancelled",
                name="replaystate",
                native_enum=False,
                length=32,
            ),
            server_default="queued",
            nullable=False,
        ),
        sa.Column("slot", sa.SmallInteger(), nullable=True),
        sa.Column("requested_by", sa.String(length=128), nullable=False),
        sa.Column("channel_id", sa.Uuid(), nullable=False),
        sa.Column("currency", sa.String(length=3), nullable=False),
        sa.Column("request", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("first_id", sa.Uuid(), nullable=True),
        sa.Column("last_id", sa.Uuid(), nullable=True),
        sa.Column("position", sa.Uuid(), nullable=True),
        sa.Column("total", sa.Integer(), nullable=True),
        sa.Column("done", sa.Integer(), server_default="0", nullable=False),
        sa.Column(
            "result",
            postgresql.JSONB(astext_type=sa.Text()),
            server_default=sa.text("'{}'"),
            nullable=False,
        ),
        sa.Column("attempts", sa.SmallInteger(), server_default="0", nullable=False),
        sa.Column("error", sa.String(length=200), nullable=True),
        sa.Column("lease_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("started_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("finished_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column(
            "created_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
        ),
        sa.CheckConstraint(
            "done >= 0 AND done <= total", name=op.f("ck_replays_done_within_total")
        ),
        sa.CheckConstraint(
            f"({OPEN}) = (slot IS NOT NULL)", name=op.f("ck_replays_slot_while_open")
        ),
        sa.CheckConstraint(
            f"({OPEN}) = (finished_at IS NULL)", name=op.f("ck_replays_finished_when_over")
        ),
        sa.ForeignKeyConstraint(
            ["channel_id"], ["channels.id"], name=op.f("fk_replays_channel_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_replays")),
    )
    op.create_index(
        "uq_replays_slot", "replays", ["slot"], unique=True, postgresql_where=sa.text(OPEN)
    )
    op.create_table(
        "replay_orders",
        sa.Column("replay_id", sa.Uuid(), nullable=False),
        sa.Column("order_id", sa.Uuid(), nullable=False),
        sa.Column("number", sa.String(length=32), nullable=False),
        sa.Column("member_id", sa.Uuid(), nullable=False),
        sa.Column("placed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("is_changed", sa.Boolean(), nullable=False),
        sa.Column("why", sa.String(length=32), nullable=True),
        sa.Column("stored_minor", sa.BigInteger(), nullable=False),
        sa.Column("before_minor", sa.BigInteger(), nullable=True),
        sa.Column("after_minor", sa.BigInteger(), nullable=True),
        sa.Column("delta_minor", sa.BigInteger(), nullable=True),
        sa.Column("before", postgresql.JSONB(astext_type=sa.Text()), nullable=True),
        sa.Column("after", postgresql.JSONB(astext_type=sa.Text()), nullable=True),
        sa.Column(
            "tried",
            postgresql.ARRAY(sa.Uuid()),
            server_default=sa.text("'{}'"),
            nullable=False,
        ),
        sa.CheckConstraint(
            "delta_minor IS NOT DISTINCT FROM after_minor - before_minor",
            name=op.f("ck_replay_orders_delta_of_payables"),
        ),
        sa.CheckConstraint(
            "before_minor IS NOT NULL OR why IS NOT NULL",
            name=op.f("ck_replay_orders_quoted_or_why"),
        ),
        sa.ForeignKeyConstraint(
            ["replay_id"],
            ["replays.id"],
            name=op.f("fk_replay_orders_replay_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("replay_id", "order_id", name=op.f("pk_replay_orders")),
    )
    op.create_index(
        "ix_replay_orders_delta",
        "replay_orders",
        ["replay_id", "delta_minor", "order_id"],
        postgresql_where=sa.text("is_changed"),
    )
    op.create_index(
        "ix_replay_orders_unreproduced",
        "replay_orders",
        ["replay_id", "order_id"],
        postgresql_where=sa.text("why IS NOT NULL"),
    )
    op.create_index(
        "ix_replay_orders_member",
        "replay_orders",
        ["replay_id", "member_id"],
        postgresql_where=sa.text("tried <> '{}'"),
    )


def downgrade() -> None:
    op.drop_table("replay_orders")
    op.drop_table("replays")
