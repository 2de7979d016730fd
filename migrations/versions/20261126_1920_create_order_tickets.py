"""Create tickets of orders and shoppers.

Revision ID: 0192_order_tickets
Revises: 0163_safety_stock
"""

import sqlalchemy as sa
from alembic import op

revision = "0192_order_tickets"
down_revision = "0163_safety_stock"
branch_labels = None
depends_on = None

LIVE = "state IN ('open', 'in_progress', 'waiting')"
NOW = sa.func.now()


def _at(name: str, *, is_set: bool = False) -> sa.Column[object]:
    default = NOW if is_set else None
    return sa.Column(name, sa.DateTime(timezone=True), server_default=default, nullable=not is_set)


def upgrade() -> None:
    op.create_table(
        "order_tickets",
        sa.Column("id", sa.Uuid(), nullable=False),
        _at("created_at", is_set=True),
        sa.Column("version", sa.Integer(), server_default="1", nullable=False),
        _at("updated_at", is_set=True),
        sa.Column("number", sa.String(32), nullable=False),
        sa.Column("kind", sa.String(32), nullable=False),
        sa.Column("state", sa.String(32), server_default="open", nullable=False),
        sa.Column("order_id", sa.Uuid(), nullable=True),
        sa.Column("member_id", sa.Uuid(), nullable=False),
        sa.Column("shipment_id", sa.Uuid(), nullable=True),
        sa.Column("return_id", sa.Uuid(), nullable=True),
        sa.Column("cause", sa.String(128), nullable=True),
        sa.Column("subject", sa.String(200), nullable=False),
        sa.Column("opened_by", sa.String(128), nullable=False),
        sa.Column("assignee_id", sa.Uuid(), nullable=True),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=False),
        _at("resolved_at"),
        _at("closed_at"),
        sa.Column("rating", sa.SmallInteger(), nullable=True),
        _at("rated_at"),
        sa.PrimaryKeyConstraint("id", name="pk_order_tickets"),
        sa.UniqueConstraint("number", name="uq_order_tickets_number"),
        sa.UniqueConstraint("cause", name="uq_order_tickets_cause"),
        sa.ForeignKeyConstraint(["order_id"], ["orders.id"], name="fk_order_tickets_order_id"),
        sa.ForeignKeyConstraint(
            ["shipment_id"], ["shipments.id"], name="fk_order_tickets_shipment_id"
        ),
        sa.ForeignKeyConstraint(["assignee_id"], ["staff.id"], name="fk_order_tickets_assignee_id"),
        sa.CheckConstraint("rating BETWEEN 1 AND 5", name=op.f("ck_order_tickets_rating")),
        sa.CheckConstraint(
            "(rating IS NULL) = (rated_at IS NULL)", name=op.f("ck_order_tickets_rated_when_rated")
        ),
        sa.CheckConstraint(
            "(state = 'closed') = (closed_at IS NOT NULL)",
            name=op.f("ck_order_tickets_closed_when_closed"),
        ),
        sa.CheckConstraint(
            "(state IN ('resolved', 'closed')) = (resolved_at IS NOT NULL)",
            name=op.f("ck_order_tickets_resolved_when_resolved"),
        ),
        sa.CheckConstraint(
            "shipment_id IS NULL OR order_id IS NOT NULL",
            name=op.f("ck_order_tickets_parcel_of_an_order"),
        ),
    )
    op.create_index(
        "ix_order_tickets_live",
        "order_tickets",
        ["due_at", "id"],
        postgresql_where=sa.text(LIVE),
    )
    op.create_index("ix_order_tickets_order_id", "order_tickets", ["order_id"])
    op.create_index("ix_order_tickets_member_id", "order_tickets", ["member_id", "id"])
    op.create_index("ix_order_tickets_assignee_id", "order_tickets", ["assignee_id", "id"])
    op.create_table(
        "ticket_entries",
        sa.Column("id", sa.Uuid(), nullable=False),
        _at("created_at", is_set=True),
        sa.Column("ticket_id", sa.Uuid(), nullable=False),
        sa.Column("member_id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.String(32), nullable=False),
        sa.Column("is_public", sa.Boolean(), nullable=False),
        sa.Column("actor", sa.String(128), nullable=False),
        sa.Column("text", sa.String(2000), nullable=True),
        sa.PrimaryKeyConstraint("id", name="pk_ticket_entries"),
        sa.ForeignKeyConstraint(
            ["ticket_id"], ["order_tickets.id"], name="fk_ticket_entries_ticket_id"
        ),
    )
    op.create_index("ix_ticket_entries_ticket_id", "ticket_entries", ["ticket_id", "id"])


def downgrade() -> None:
    op.drop_table("ticket_entries")
    op.drop_table("order_tickets")
