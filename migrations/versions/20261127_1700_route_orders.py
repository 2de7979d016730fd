"""Route orders: what counts when warehouses are chosen, and why it was that one.

Revision ID: 0240_route_orders
Revises: 0260_mark_orders
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0240_route_orders"
down_revision = "0260_mark_orders"
branch_labels = None
depends_on = None

WEIGHTS = ("split_minor", "distance_minor", "priority_minor")


def upgrade() -> None:
    op.add_column(
        "warehouses",
        sa.Column(
            "service_regions",
            postgresql.JSONB(),
            server_default=sa.text("'[]'"),
            nullable=False,
        ),
    )
    op.add_column(
        "warehouses",
        sa.Column("handling_minor", sa.BigInteger(), server_default="0", nullable=False),
    )
    op.create_check_constraint(
        op.f("ck_warehouses_handling_minor_not_negative"), "warehouses", "handling_minor >= 0"
    )
    op.add_column("fulfilments", sa.Column("route", postgresql.JSONB(), nullable=True))
    op.create_table(
        "routing_policies",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column(
            "created_at", sa.DateTime(timezone=True), server_default=sa.func.now(), nullable=False
        ),
        sa.Column("version", sa.Integer(), server_default="1", nullable=False),
        sa.Column(
            "updated_at", sa.DateTime(timezone=True), server_default=sa.func.now(), nullable=False
        ),
        sa.Column("channel_id", sa.Uuid(), nullable=True),
        *(sa.Column(each, sa.BigInteger(), nullable=False) for each in WEIGHTS),
        sa.Column("freight_bps", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_routing_policies"),
        sa.ForeignKeyConstraint(
            ["channel_id"], ["channels.id"], name="fk_routing_policies_channel_id"
        ),
        *(
            sa.CheckConstraint(
                f"{each} >= 0", name=op.f(f"ck_routing_policies_{each}_not_negative")
            )
            for each in (*WEIGHTS, "freight_bps")
        ),
    )
    op.create_index(
        "uq_routing_policies_channel",
        "routing_policies",
        ["channel_id"],
        unique=True,
        postgresql_nulls_not_distinct=True,
    )


def downgrade() -> None:
    op.drop_table("routing_policies")
    op.drop_column("fulfilments", "route")
    op.drop_column("warehouses", "handling_minor")
    op.drop_column("warehouses", "service_regions")
