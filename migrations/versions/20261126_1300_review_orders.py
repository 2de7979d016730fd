"""Review orders before they leave, and say how urgent they are.

Revision ID: 0130_order_reviews
Revises: 0162_transfers
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import ARRAY, JSONB

revision = "0130_order_reviews"
down_revision = "0162_transfers"
branch_labels = None
depends_on = None

EFFECTS = ("pass", "hold", "reject")
STATES = ("due", "open", "claimed", "second", "passed", "approved", "rejected", "withdrawn")
KINDS = ("member", "phone", "address")
ENDED = "state IN ('passed', 'approved', 'rejected', 'withdrawn')"
QUEUED = "state IN ('open', 'claimed', 'second')"
WAITING = "status IN ('unfulfilled', 'picking', 'partly_shipped')"


def upgrade() -> None:
    labels = sa.Column("labels", ARRAY(sa.String(64)), server_default="{}", nullable=False)
    op.add_column("orders", labels)
    for table in ("orders", "fulfilments"):
        op.add_column(
            table, sa.Column("priority", sa.SmallInteger(), server_default="0", nullable=False)
        )
    _create_rules()
    _create_reviews()
    _create_events()
    _create_blacklist()
    # Without a transaction, so that others write meanwhile.
    with op.get_context().autocommit_block():
        op.create_index(
            "ix_orders_labels",
            "orders",
            ["labels"],
            postgresql_using="gin",
            postgresql_where=sa.text("labels <> '{}'"),
            postgresql_concurrently=True,
            if_not_exists=True,
        )
        op.create_index(
            "ix_fulfilments_queue",
            "fulfilments",
            [sa.text("(- priority)"), "id"],
            postgresql_where=sa.text(WAITING),
            postgresql_concurrently=True,
            if_not_exists=True,
        )


def downgrade() -> None:
    op.drop_index("ix_fulfilments_queue", table_name="fulfilments")
    op.drop_index("ix_orders_labels", table_name="orders")
    # What a review holds cannot be let go by anybody without it.
    op.execute(
        "UPDATE order_holds SET lifted_at = now(), lifted_by = 'system'"
        " WHERE kind = 'review' AND lifted_at IS NULL"
    )
    for table in (
        "order_blacklist",
        "order_review_events",
        "order_reviews",
        "order_review_rules",
    ):
        op.drop_table(table)
    op.drop_column("fulfilments", "priority")
    op.drop_column("orders", "priority")
    op.drop_column("orders", "labels")


def _entity(*, is_versioned: bool = True) -> list[sa.Column[object]]:
    now = sa.text("now()")
    stamp = sa.DateTime(timezone=True)
    columns: list[sa.Column[object]] = [
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("created_at", stamp, server_default=now, nullable=False),
    ]
    if is_versioned:
        columns += [
            sa.Column("version", sa.Integer(), server_default="1", nullable=False),
            sa.Column("updated_at", stamp, server_default=now, nullable=False),
        ]
    return columns


def _create_rules() -> None:
    op.create_table(
        "order_review_rules",
        *_entity(),
        sa.Column("name", sa.String(200), nullable=False),
        sa.Column("reason_zh", sa.String(200), nullable=False),
        sa.Column("reason_en", sa.String(200), nullable=False),
        sa.Column("effect", sa.Enum(*EFFECTS, native_enum=False, length=32), nullable=False),
        sa.Column("priority", sa.SmallInteger(), server_default="100", nullable=False),
        sa.Column("conditions", JSONB(), nullable=False),
        sa.Column("labels", ARRAY(sa.String(64)), server_default="{}", nullable=False),
        sa.Column("order_priority", sa.SmallInteger(), server_default="0", nullable=False),
        sa.Column("sla_minutes", sa.Integer(), nullable=True),
        sa.Column("needs_two", sa.Boolean(), server_default=sa.false(), nullable=False),
        sa.Column("is_enabled", sa.Boolean(), server_default=sa.true(), nullable=False),
        sa.CheckConstraint(
            "effect IN ('pass', 'hold', 'reject')", name="ck_order_review_rules_known_effect"
        ),
        sa.CheckConstraint(
            "priority BETWEEN 0 AND 1000", name="ck_order_review_rules_priority_range"
        ),
        sa.CheckConstraint(
            "order_priority BETWEEN 0 AND 1000", name="ck_order_review_rules_order_priority_range"
        ),
        sa.CheckConstraint("sla_minutes > 0", name="ck_order_review_rules_sla_positive"),
        sa.PrimaryKeyConstraint("id", name="pk_order_review_rules"),
    )
    op.create_index(
        "ix_order_review_rules_enabled",
        "order_review_rules",
        ["priority"],
        postgresql_where=sa.text("is_enabled"),
    )


def _create_reviews() -> None:
    stamp = sa.DateTime(timezone=True)
    op.create_table(
        "order_reviews",
        *_entity(),
        sa.Column("order_id", sa.Uuid(), nullable=False),
        sa.Column("member_id", sa.Uuid(), nullable=False),
        sa.Column(
            "state",
            sa.Enum(*STATES, native_enum=False, length=32),
            server_default="due",
            nullable=False,
        ),
        sa.Column("phone", sa.String(32), nullable=True),
        sa.Column("address_key", sa.Text(), nullable=True),
        sa.Column("priority", sa.SmallInteger(), server_default="0", nullable=False),
        sa.Column("reasons", JSONB(), server_default=sa.text("'[]'"), nullable=False),
        sa.Column("risk", JSONB(), nullable=True),
        sa.Column("needs_two", sa.Boolean(), server_default=sa.false(), nullable=False),
        sa.Column("due_at", stamp, nullable=True),
        sa.Column("overdue_at", stamp, nullable=True),
        sa.Column("claimed_by", sa.String(128), nullable=True),
        sa.Column("claimed_until", stamp, nullable=True),
        sa.Column("first_approved_by", sa.String(128), nullable=True),
        sa.Column("closed_by", sa.String(128), nullable=True),
        sa.Column("closed_for", sa.String(200), nullable=True),
        sa.Column("closed_at", stamp, nullable=True),
        sa.CheckConstraint(
            "(state = 'claimed') = (claimed_by IS NOT NULL)"
            " AND (claimed_by IS NULL) = (claimed_until IS NULL)",
            name="ck_order_reviews_claimed_by_somebody",
        ),
        sa.CheckConstraint(
            f"({ENDED}) = (closed_at IS NOT NULL)", name="ck_order_reviews_closed_when_decided"
        ),
        sa.CheckConstraint(
            "state <> 'second' OR first_approved_by IS NOT NULL",
            name="ck_order_reviews_second_after_a_first",
        ),
        sa.CheckConstraint(
            "state <> 'approved' OR NOT needs_two"
            " OR (first_approved_by IS NOT NULL AND first_approved_by <> closed_by)",
            name="ck_order_reviews_two_people_agree",
        ),
        sa.ForeignKeyConstraint(["order_id"], ["orders.id"], name="fk_order_reviews_order_id"),
        sa.PrimaryKeyConstraint("id", name="pk_order_reviews"),
        sa.UniqueConstraint("order_id", name="uq_order_reviews_order_id"),
    )
    for name, columns, where in (
        ("ix_order_reviews_due", ["id"], "state = 'due'"),
        ("ix_order_reviews_queue", [sa.text("(- priority)"), "id"], QUEUED),
        ("ix_order_reviews_member", ["member_id", "created_at"], None),
        ("ix_order_reviews_phone", ["phone", "created_at"], None),
        ("ix_order_reviews_address", [sa.text("md5(address_key)"), "created_at"], None),
    ):
        op.create_index(
            name, "order_reviews", columns, postgresql_where=sa.text(where) if where else None
        )


def _create_events() -> None:
    op.create_table(
        "order_review_events",
        *_entity(is_versioned=False),
        sa.Column("review_id", sa.Uuid(), nullable=False),
        sa.Column("member_id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.String(64), nullable=False),
        sa.Column("actor", sa.String(128), nullable=True),
        sa.Column("words", sa.String(500), nullable=True),
        sa.Column("data", JSONB(), server_default=sa.text("'{}'"), nullable=False),
        sa.ForeignKeyConstraint(
            ["review_id"], ["order_reviews.id"], name="fk_order_review_events_review_id"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_order_review_events"),
    )
    op.create_index("ix_order_review_events_review_id", "order_review_events", ["review_id"])


def _create_blacklist() -> None:
    op.create_table(
        "order_blacklist",
        *_entity(is_versioned=False),
        sa.Column("kind", sa.Enum(*KINDS, native_enum=False, length=32), nullable=False),
        sa.Column("value", sa.String(200), nullable=False),
        sa.Column("reason", sa.String(200), nullable=False),
        sa.Column("added_by", sa.String(128), nullable=False),
        sa.CheckConstraint(
            "kind IN ('member', 'phone', 'address')", name="ck_order_blacklist_known_kind"
        ),
        sa.CheckConstraint("value <> ''", name="ck_order_blacklist_says_something"),
        sa.PrimaryKeyConstraint("id", name="pk_order_blacklist"),
    )
    op.create_index("uq_order_blacklist_value", "order_blacklist", ["kind", "value"], unique=True)
