"""Let one bank transfer pay many orders of a group.

Revision ID: 0294_group_transfers
Revises: 0293_hold_groups
"""

import sqlalchemy as sa
from alembic import op

revision = "0294_group_transfers"
down_revision = "0293_hold_groups"
branch_labels = None
depends_on = None

NOW = sa.func.now()


def upgrade() -> None:
    op.create_table(
        "group_transfers",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=NOW, nullable=False),
        sa.Column("version", sa.Integer(), server_default="1", nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), server_default=NOW, nullable=False),
        sa.Column("group_id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.String(32), nullable=False),
        sa.Column("amount_minor", sa.BigInteger(), nullable=False),
        sa.Column("reference", sa.String(128), nullable=False),
        sa.Column("state", sa.String(32), server_default="recorded", nullable=False),
        sa.Column("reason", sa.String(200), nullable=True),
        sa.Column("recorded_by", sa.String(128), nullable=False),
        sa.Column("settled_by", sa.String(128), nullable=True),
        sa.Column("settled_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("id", name="pk_group_transfers"),
        sa.ForeignKeyConstraint(
            ["group_id"], ["group_orders.id"], name="fk_group_transfers_group_id"
        ),
        sa.CheckConstraint(
            "amount_minor > 0", name=op.f("ck_group_transfers_amount_minor_positive")
        ),
        sa.CheckConstraint(
            "(state = 'recorded') = (settled_by IS NULL)",
            name=op.f("ck_group_transfers_settled_by_somebody"),
        ),
        sa.CheckConstraint(
            "state = 'rejected' OR settled_by <> recorded_by",
            name=op.f("ck_group_transfers_two_people"),
        ),
    )
    op.create_index(
        "uq_group_transfers_reference",
        "group_transfers",
        ["reference"],
        unique=True,
        postgresql_where=sa.text("state <> 'rejected'"),
    )
    op.create_index("ix_group_transfers_group_id", "group_transfers", ["group_id", "id"])
    op.add_column(
        "group_orders",
        sa.Column("deposit_minor", sa.BigInteger(), server_default="0", nullable=False),
    )
    op.create_check_constraint(
        op.f("ck_group_orders_deposit_minor_not_negative"), "group_orders", "deposit_minor >= 0"
    )
    op.create_index(
        "ix_group_orders_deposit",
        "group_orders",
        ["id"],
        postgresql_where=sa.text("deposit_minor > 0"),
    )
    op.add_column("collections", sa.Column("group_id", sa.Uuid(), nullable=True))
    with op.get_context().autocommit_block():
        op.create_index(
            "ix_collections_group_id",
            "collections",
            ["group_id"],
            postgresql_concurrently=True,
            if_not_exists=True,
        )


def downgrade() -> None:
    op.drop_index("ix_collections_group_id", table_name="collections")
    op.drop_column("collections", "group_id")
    op.drop_index("ix_group_orders_deposit", table_name="group_orders")
    op.drop_column("group_orders", "deposit_minor")
    op.drop_table("group_transfers")
