"""Hand goods out without money, at the cost of a centre.

Revision ID: 0203_handouts
Revises: 0211_group_orders
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0203_handouts"
down_revision = "0211_group_orders"
branch_labels = None
depends_on = None

KINDS = sa.Enum(
    "sale", "sample", "giveaway", "internal", name="orderkind", native_enum=False, length=32
)
STATES = sa.Enum(
    "waiting",
    "approved",
    "rejected",
    "withdrawn",
    name="handoutstate",
    native_enum=False,
    length=32,
)
CHECKS = {
    "no_sale": "kind <> 'sale'",
    "cost_minor_not_negative": "cost_minor >= 0",
    "for_somebody": "jsonb_array_length(recipients) > 0",
    "decided_by_somebody": "(state = 'waiting') = (decided_by IS NULL)",
    "approved_by_another": "state <> 'approved' OR NOT needs_second OR decided_by <> made_by",
}


def upgrade() -> None:
    now = {"server_default": sa.func.now(), "nullable": False}
    op.create_table(
        "handouts",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), **now),
        sa.Column("version", sa.Integer(), server_default="1", nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), **now),
        sa.Column("number", sa.String(32), nullable=False),
        sa.Column("kind", KINDS, nullable=False),
        sa.Column("state", STATES, nullable=False),
        sa.Column("reason", sa.String(200), nullable=False),
        sa.Column("cost_centre", sa.String(64), nullable=False),
        sa.Column("channel_id", sa.Uuid(), nullable=False),
        sa.Column("member_id", sa.Uuid(), nullable=False),
        sa.Column("currency", sa.String(3), nullable=False),
        sa.Column("cost_minor", sa.BigInteger(), nullable=False),
        sa.Column("needs_second", sa.Boolean(), nullable=False),
        sa.Column("recipients", postgresql.JSONB(), nullable=False),
        sa.Column("made_by", sa.String(128), nullable=False),
        sa.Column("decided_by", sa.String(128), nullable=True),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("decision", sa.String(200), nullable=True),
        sa.PrimaryKeyConstraint("id", name="pk_handouts"),
        sa.UniqueConstraint("number", name="uq_handouts_number"),
        sa.ForeignKeyConstraint(
            ["cost_centre"], ["cost_centres.code"], name="fk_handouts_cost_centre"
        ),
        sa.ForeignKeyConstraint(["channel_id"], ["channels.id"], name="fk_handouts_channel_id"),
        sa.ForeignKeyConstraint(["member_id"], ["members.id"], name="fk_handouts_member_id"),
        *(sa.CheckConstraint(check, name=op.f(f"ck_handouts_{n}")) for n, check in CHECKS.items()),
    )
    op.create_index(
        "ix_handouts_waiting", "handouts", ["id"], postgresql_where=sa.text("state = 'waiting'")
    )
    op.add_column("orders", sa.Column("cost_centre", sa.String(64), nullable=True))
    op.create_foreign_key(
        "fk_orders_cost_centre", "orders", "cost_centres", ["cost_centre"], ["code"]
    )
    # There was no way to enter what is no sale before.
    op.create_check_constraint(
        op.f("ck_orders_what_is_given_has_a_centre"),
        "orders",
        "(kind = 'sale') = (cost_centre IS NULL)",
    )


def downgrade() -> None:
    op.drop_column("orders", "cost_centre")
    op.drop_table("handouts")
