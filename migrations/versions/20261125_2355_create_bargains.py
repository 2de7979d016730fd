"""Create bargains: prices that friends cut down.

Revision ID: 0039_bargains
Revises: 0038_channels_by_currency
"""

import sqlalchemy as sa
from alembic import op

revision = "0039_bargains"
down_revision = "0038_channels_by_currency"
branch_labels = None
depends_on = None

LINES = ("cart_lines", "order_lines")


def _stamp(name: str) -> sa.Column[object]:
    return sa.Column(
        name, sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False
    )


def _when(name: str) -> sa.Column[object]:
    return sa.Column(name, sa.DateTime(timezone=True), nullable=True)


def upgrade() -> None:
    op.create_table(
        "bargain_activities",
        sa.Column("sku_id", sa.Uuid(), nullable=False),
        sa.Column("channel_id", sa.Uuid(), nullable=False),
        sa.Column("currency", sa.String(length=3), nullable=False),
        sa.Column("start_minor", sa.BigInteger(), nullable=False),
        sa.Column("floor_minor", sa.BigInteger(), nullable=False),
        sa.Column("cuts", sa.Integer(), nullable=False),
        sa.Column("lives_hours", sa.Integer(), nullable=False),
        sa.Column("helps_per_day", sa.Integer(), nullable=False),
        sa.Column("quota", sa.Integer(), nullable=True),
        sa.Column(
            "tiers", sa.ARRAY(sa.String(length=64)), server_default=sa.text("'{}'"), nullable=False
        ),
        _when("starts_at"),
        _when("ends_at"),
        sa.Column("blocks_promotions", sa.Boolean(), server_default="true", nullable=False),
        sa.Column("is_active", sa.Boolean(), server_default="true", nullable=False),
        sa.Column("sold", sa.Integer(), server_default="0", nullable=False),
        sa.Column("version", sa.Integer(), server_default="1", nullable=False),
        _stamp("updated_at"),
        sa.Column("id", sa.Uuid(), nullable=False),
        _stamp("created_at"),
        sa.CheckConstraint(
            "ends_at IS NULL OR ends_at > starts_at", name="ck_bargain_activities_window_forward"
        ),
        sa.CheckConstraint(
            "floor_minor >= 0", name="ck_bargain_activities_floor_minor_not_negative"
        ),
        sa.CheckConstraint(
            "cuts > 0 AND start_minor - floor_minor >= cuts",
            name="ck_bargain_activities_cuts_possible",
        ),
        sa.CheckConstraint("lives_hours > 0", name="ck_bargain_activities_lives_hours_positive"),
        sa.CheckConstraint(
            "helps_per_day > 0", name="ck_bargain_activities_helps_per_day_positive"
        ),
        sa.CheckConstraint(
            "sold >= 0 AND (quota IS NULL OR sold <= quota)",
            name="ck_bargain_activities_sold_within_quota",
        ),
        sa.ForeignKeyConstraint(["sku_id"], ["skus.id"], name="fk_bargain_activities_sku_id_skus"),
        sa.ForeignKeyConstraint(
            ["channel_id"], ["channels.id"], name="fk_bargain_activities_channel_id_channels"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_bargain_activities"),
    )
    op.create_index("ix_bargain_activities_sku_id", "bargain_activities", ["sku_id"])
    op.create_index("ix_bargain_activities_channel_id", "bargain_activities", ["channel_id"])
    op.create_table(
        "bargains",
        sa.Column("activity_id", sa.Uuid(), nullable=False),
        sa.Column("member_id", sa.Uuid(), nullable=False),
        sa.Column("seed", sa.BigInteger(), nullable=False),
        sa.Column("start_minor", sa.BigInteger(), nullable=False),
        sa.Column("floor_minor", sa.BigInteger(), nullable=False),
        sa.Column("cuts", sa.Integer(), nullable=False),
        sa.Column("cuts_made", sa.Integer(), server_default="0", nullable=False),
        sa.Column("cut_minor", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("is_open", sa.Boolean(), server_default="true", nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        _when("finished_at"),
        sa.Column("order_id", sa.Uuid(), nullable=True),
        sa.Column("id", sa.Uuid(), nullable=False),
        _stamp("created_at"),
        sa.CheckConstraint(
            "floor_minor >= 0 AND cuts > 0 AND start_minor - floor_minor >= cuts",
            name="ck_bargains_cuts_possible",
        ),
        sa.CheckConstraint(
            "cuts_made BETWEEN 0 AND cuts AND cut_minor >= cuts_made"
            " AND start_minor - floor_minor - cut_minor >= cuts - cuts_made",
            name="ck_bargains_cuts_within",
        ),
        sa.CheckConstraint(
            "(finished_at IS NOT NULL) = (cuts_made = cuts)"
            " AND (finished_at IS NULL OR cut_minor = start_minor - floor_minor)",
            name="ck_bargains_finished_at_the_floor",
        ),
        sa.CheckConstraint(
            "order_id IS NULL OR (finished_at IS NOT NULL AND NOT is_open)",
            name="ck_bargains_ordered_finished",
        ),
        sa.ForeignKeyConstraint(
            ["activity_id"],
            ["bargain_activities.id"],
            name="fk_bargains_activity_id_bargain_activities",
        ),
        sa.ForeignKeyConstraint(
            ["member_id"], ["members.id"], name="fk_bargains_member_id_members"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_bargains"),
    )
    op.create_index(
        "uq_bargains_open",
        "bargains",
        ["activity_id", "member_id"],
        unique=True,
        postgresql_where=sa.text("is_open"),
    )
    op.create_index(
        "ix_bargains_order_id",
        "bargains",
        ["order_id"],
        postgresql_where=sa.text("order_id IS NOT NULL"),
    )
    op.create_index("ix_bargains_activity_id", "bargains", ["activity_id", "id"])
    op.create_index("ix_bargains_member_id", "bargains", ["member_id"])
    op.create_table(
        "bargain_cuts",
        sa.Column("bargain_id", sa.Uuid(), nullable=False),
        sa.Column("member_id", sa.Uuid(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("amount_minor", sa.BigInteger(), nullable=False),
        sa.Column("day_on", sa.Date(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        _stamp("created_at"),
        sa.CheckConstraint("position > 0", name="ck_bargain_cuts_position_positive"),
        sa.CheckConstraint("amount_minor > 0", name="ck_bargain_cuts_amount_minor_positive"),
        sa.ForeignKeyConstraint(
            ["bargain_id"], ["bargains.id"], name="fk_bargain_cuts_bargain_id_bargains"
        ),
        sa.ForeignKeyConstraint(
            ["member_id"], ["members.id"], name="fk_bargain_cuts_member_id_members"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_bargain_cuts"),
        sa.UniqueConstraint("bargain_id", "position", name="uq_bargain_cuts_bargain_id_position"),
        sa.UniqueConstraint("bargain_id", "member_id", name="uq_bargain_cuts_bargain_id_member_id"),
    )
    op.create_index("ix_bargain_cuts_member_id", "bargain_cuts", ["member_id", "day_on"])
    for table in LINES:
        op.add_column(table, sa.Column("bargain_id", sa.Uuid(), nullable=True))
        # Checked against what is there in a step that lets others write.
        for name, rule in (
            (
                f"fk_{table}_bargain_id_bargains",
                "FOREIGN KEY (bargain_id) REFERENCES bargains (id)",
            ),
            (
                f"ck_{table}_asks_one_price",
                "CHECK (bargain_id IS NULL OR exchange_offer_id IS NULL)",
            ),
        ):
            op.execute(f"ALTER TABLE {table} ADD CONSTRAINT {name} {rule} NOT VALID")
            op.execute(f"ALTER TABLE {table} VALIDATE CONSTRAINT {name}")


def downgrade() -> None:
    op.drop_column("order_lines", "bargain_id")
    op.execute("DELETE FROM cart_lines WHERE bargain_id IS NOT NULL")
    op.drop_column("cart_lines", "bargain_id")
    op.drop_table("bargain_cuts")
    op.drop_table("bargains")
    op.drop_table("bargain_activities")
