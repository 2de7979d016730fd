"""Create lotteries.

Revision ID: 0037_lotteries
Revises: 0034_tag_rules
"""

import sqlalchemy as sa
from alembic import op

revision = "0037_lotteries"
down_revision = "0034_tag_rules"
branch_labels = None
depends_on = None


def _stamp(name: str) -> sa.Column[object]:
    return sa.Column(
        name, sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False
    )


def _enum(name: str, *values: str) -> sa.Enum:
    return sa.Enum(*values, name=name, native_enum=False, length=32)


def upgrade() -> None:
    op.create_table(
        "lotteries",
        sa.Column("code", sa.String(length=64), nullable=False),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("channel_id", sa.Uuid(), nullable=False),
        sa.Column(
            "status",
            _enum("lotterystatus", "draft", "active", "ended"),
            server_default="draft",
            nullable=False,
        ),
        sa.Column("starts_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("ends_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("points_cost", sa.Integer(), server_default="0", nullable=False),
        sa.Column("draws_per_day", sa.Integer(), nullable=True),
        sa.Column("draws_per_member", sa.Integer(), nullable=True),
        sa.Column("version", sa.Integer(), server_default="1", nullable=False),
        _stamp("updated_at"),
        sa.Column("id", sa.Uuid(), nullable=False),
        _stamp("created_at"),
        sa.CheckConstraint("points_cost >= 0", name="ck_lotteries_points_cost_not_negative"),
        sa.CheckConstraint("draws_per_day > 0", name="ck_lotteries_draws_per_day_positive"),
        sa.CheckConstraint("draws_per_member > 0", name="ck_lotteries_draws_per_member_positive"),
        sa.CheckConstraint(
            "ends_at IS NULL OR ends_at > starts_at", name="ck_lotteries_window_forward"
        ),
        sa.ForeignKeyConstraint(
            ["channel_id"], ["channels.id"], name="fk_lotteries_channel_id_channels"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_lotteries"),
        sa.UniqueConstraint("code", name="uq_lotteries_code"),
    )
    op.create_index("ix_lotteries_channel_id", "lotteries", ["channel_id"])
    op.create_table(
        "lottery_prizes",
        sa.Column("lottery_id", sa.Uuid(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("kind", _enum("prizekind", "points", "coupon", "nothing"), nullable=False),
        sa.Column("odds_ppm", sa.Integer(), nullable=False),
        sa.Column("stock", sa.Integer(), nullable=True),
        sa.Column("won", sa.Integer(), server_default="0", nullable=False),
        sa.Column("points", sa.Integer(), nullable=True),
        sa.Column("batch_id", sa.Uuid(), nullable=True),
        sa.Column("is_consolation", sa.Boolean(), server_default="false", nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        _stamp("created_at"),
        sa.CheckConstraint(
            "odds_ppm BETWEEN 0 AND 1000000", name="ck_lottery_prizes_odds_ppm_range"
        ),
        sa.CheckConstraint("stock >= 0", name="ck_lottery_prizes_stock_not_negative"),
        sa.CheckConstraint(
            "won BETWEEN 0 AND coalesce(stock, 0)", name="ck_lottery_prizes_won_within_stock"
        ),
        sa.CheckConstraint(
            "(kind = 'points') = (points IS NOT NULL) AND coalesce(points > 0, true)",
            name="ck_lottery_prizes_points_by_kind",
        ),
        sa.CheckConstraint(
            "(kind = 'coupon') = (batch_id IS NOT NULL)", name="ck_lottery_prizes_batch_by_kind"
        ),
        sa.CheckConstraint(
            "NOT is_consolation OR (kind = 'nothing' AND stock IS NULL)",
            name="ck_lottery_prizes_consolation_never_runs_out",
        ),
        sa.ForeignKeyConstraint(
            ["lottery_id"], ["lotteries.id"], name="fk_lottery_prizes_lottery_id_lotteries"
        ),
        sa.ForeignKeyConstraint(
            ["batch_id"], ["coupon_batches.id"], name="fk_lottery_prizes_batch_id_coupon_batches"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_lottery_prizes"),
        sa.UniqueConstraint("lottery_id", "position", name="uq_lottery_prizes_lottery_id_position"),
    )
    op.create_index(
        "uq_lottery_prizes_consolation",
        "lottery_prizes",
        ["lottery_id"],
        unique=True,
        postgresql_where=sa.text("is_consolation"),
    )
    op.create_table(
        "lottery_draws",
        sa.Column("lottery_id", sa.Uuid(), nullable=False),
        sa.Column("member_id", sa.Uuid(), nullable=False),
        sa.Column("day_on", sa.Date(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("day_number", sa.Integer(), nullable=False),
        sa.Column("roll", sa.Integer(), nullable=False),
        sa.Column("rolled_id", sa.Uuid(), nullable=False),
        sa.Column("prize_id", sa.Uuid(), nullable=False),
        sa.Column("is_fallback", sa.Boolean(), nullable=False),
        sa.Column("points_cost", sa.Integer(), nullable=False),
        sa.Column("points", sa.Integer(), nullable=False),
        sa.Column("coupon_id", sa.Uuid(), nullable=True),
        sa.Column("id", sa.Uuid(), nullable=False),
        _stamp("created_at"),
        sa.CheckConstraint(
            "number > 0 AND day_number BETWEEN 1 AND number",
            name="ck_lottery_draws_numbers_positive",
        ),
        sa.CheckConstraint("roll BETWEEN 0 AND 999999", name="ck_lottery_draws_roll_range"),
        sa.CheckConstraint(
            "is_fallback = (prize_id <> rolled_id)", name="ck_lottery_draws_fallback_is_another"
        ),
        sa.CheckConstraint("points_cost >= 0", name="ck_lottery_draws_points_cost_not_negative"),
        sa.CheckConstraint("points >= 0", name="ck_lottery_draws_points_not_negative"),
        sa.ForeignKeyConstraint(
            ["lottery_id"], ["lotteries.id"], name="fk_lottery_draws_lottery_id_lotteries"
        ),
        sa.ForeignKeyConstraint(
            ["member_id"], ["members.id"], name="fk_lottery_draws_member_id_members"
        ),
        sa.ForeignKeyConstraint(
            ["rolled_id"], ["lottery_prizes.id"], name="fk_lottery_draws_rolled_id_lottery_prizes"
        ),
        sa.ForeignKeyConstraint(
            ["prize_id"], ["lottery_prizes.id"], name="fk_lottery_draws_prize_id_lottery_prizes"
        ),
        sa.ForeignKeyConstraint(
            ["coupon_id"], ["coupons.id"], name="fk_lottery_draws_coupon_id_coupons"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_lottery_draws"),
        sa.UniqueConstraint("lottery_id", "member_id", "number", name="uq_lottery_draws_number"),
        sa.UniqueConstraint(
            "lottery_id", "member_id", "day_on", "day_number", name="uq_lottery_draws_day_number"
        ),
    )
    op.create_index("ix_lottery_draws_lottery_id", "lottery_draws", ["lottery_id", "id"])
    op.create_index("ix_lottery_draws_member_id", "lottery_draws", ["member_id", "id"])
    op.create_index("ix_lottery_draws_prize_id", "lottery_draws", ["prize_id", "id"])
    op.execute(
        "CREATE TRIGGER lottery_draws_append_only BEFORE UPDATE OR DELETE OR TRUNCATE "
        "ON lottery_draws FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()"
    )


def downgrade() -> None:
    op.drop_table("lottery_draws")
    op.drop_table("lottery_prizes")
    op.drop_table("lotteries")
