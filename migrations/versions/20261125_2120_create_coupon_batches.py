"""Batches of coupons, whom they are for, and the codes of some.

Revision ID: 0018_coupon_batches
Revises: 0017_price_policies
"""

import sqlalchemy as sa
from alembic import op

revision = "0018_coupon_batches"
down_revision = "0017_price_policies"
branch_labels = None
depends_on = None

CHECKS = {
    "per_member_positive": "per_member >= 1",
    "counters_not_negative": "issued >= 0 AND made >= 0",
    "within_total": "total IS NULL OR issued <= total",
    "window_forward": "closes_at IS NULL OR closes_at > opens_at",
    "validity_forward": "valid_to IS NULL OR valid_to > valid_from",
    "one_kind_of_validity": ("valid_days IS NULL OR (valid_from IS NULL AND valid_to IS NULL)"),
    "public_code_by_kind": "(kind = 'public_code') = (public_code IS NOT NULL)",
    "trigger_by_kind": "(kind = 'automatic') = (trigger IS NOT NULL)",
    "codes_are_counted": "kind <> 'codes' OR total IS NOT NULL",
    "frozen_resumes": "(state = 'frozen') = (resume_state IS NOT NULL)",
}


def _at(name: str, *, default: str | None = None) -> sa.Column[object]:
    return sa.Column(
        name,
        sa.DateTime(timezone=True),
        server_default=sa.text(default) if default else None,
        nullable=default is None,
    )


def _words(
    name: str, *values: str, default: str | None = None, nullable: bool = False
) -> sa.Column[object]:
    kind = sa.Enum(*values, native_enum=False, length=32)
    return sa.Column(name, kind, server_default=default, nullable=nullable)


STATES = ("making", "made", "exported", "frozen", "voided")


def upgrade() -> None:
    op.create_table(
        "coupon_batches",
        sa.Column("promotion_id", sa.Uuid(), nullable=False),
        sa.Column("name", sa.String(length=200), nullable=False),
        _words("kind", "claim", "public_code", "codes", "targeted", "automatic"),
        _words("state", *STATES, default="making"),
        _words("resume_state", *STATES, nullable=True),
        sa.Column("tag", sa.String(length=64), nullable=True),
        sa.Column("total", sa.Integer(), nullable=True),
        sa.Column("per_member", sa.Integer(), server_default="1", nullable=False),
        sa.Column("issued", sa.Integer(), server_default="0", nullable=False),
        sa.Column("made", sa.Integer(), server_default="0", nullable=False),
        sa.Column("cursor", sa.Uuid(), nullable=True),
        _at("opens_at"),
        _at("closes_at"),
        _at("valid_from"),
        _at("valid_to"),
        sa.Column("valid_days", sa.Integer(), nullable=True),
        sa.Column("public_code", sa.String(length=32), nullable=True),
        sa.Column(
            "tiers", sa.ARRAY(sa.String(length=64)), server_default=sa.text("'{}'"), nullable=False
        ),
        sa.Column("is_first_order", sa.Boolean(), server_default="false", nullable=False),
        _at("registered_from"),
        _at("registered_before"),
        sa.Column("has_targets", sa.Boolean(), server_default="false", nullable=False),
        _words("trigger", "registered", "order_paid", nullable=True),
        sa.Column("min_amount_minor", sa.BigInteger(), nullable=True),
        sa.Column("salt", sa.LargeBinary(), nullable=True),
        _at("exporting_until"),
        sa.Column("version", sa.Integer(), server_default="1", nullable=False),
        _at("updated_at", default="now()"),
        sa.Column("id", sa.Uuid(), nullable=False),
        _at("created_at", default="now()"),
        *(
            sa.CheckConstraint(rule, name=op.f(f"ck_coupon_batches_{name}"))
            for name, rule in CHECKS.items()
        ),
        sa.ForeignKeyConstraint(
            ["promotion_id"], ["promotions.id"], name=op.f("fk_coupon_batches_promotion_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_coupon_batches")),
        sa.UniqueConstraint("public_code", name=op.f("uq_coupon_batches_public_code")),
    )
    op.create_index(op.f("ix_coupon_batches_promotion_id"), "coupon_batches", ["promotion_id"])
    op.create_index(
        "ix_coupon_batches_making",
        "coupon_batches",
        ["id"],
        postgresql_where=sa.text("state = 'making'"),
    )
    op.create_index(
        "ix_coupon_batches_trigger",
        "coupon_batches",
        ["trigger"],
        postgresql_where=sa.text("trigger IS NOT NULL AND state = 'made'"),
    )
    op.create_table(
        "coupon_targets",
        sa.Column("batch_id", sa.Uuid(), nullable=False),
        sa.Column("member_id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(
            ["batch_id"], ["coupon_batches.id"], name=op.f("fk_coupon_targets_batch_id")
        ),
        sa.ForeignKeyConstraint(
            ["member_id"], ["members.id"], name=op.f("fk_coupon_targets_member_id")
        ),
        sa.PrimaryKeyConstraint("batch_id", "member_id", name=op.f("pk_coupon_targets")),
    )
    # Every coupon of today keeps its plain code and belongs to no batch.
    op.add_column("coupons", sa.Column("batch_id", sa.Uuid(), nullable=True))
    op.add_column("coupons", sa.Column("slot", sa.Integer(), nullable=True))
    op.add_column("coupons", sa.Column("origin", sa.String(length=80), nullable=True))
    op.create_check_constraint(
        op.f("ck_coupons_batch_gives_to_members"),
        "coupons",
        "batch_id IS NULL OR (slot IS NOT NULL AND member_id IS NOT NULL)",
    )
    op.create_foreign_key(
        op.f("fk_coupons_batch_id"), "coupons", "coupon_batches", ["batch_id"], ["id"]
    )
    # The columns are new and empty, so all this is one look through the table each.
    op.create_index(
        "uq_coupons_slot",
        "coupons",
        ["batch_id", "member_id", "slot"],
        unique=True,
        postgresql_where=sa.text("batch_id IS NOT NULL"),
    )
    op.create_index(
        "uq_coupons_origin",
        "coupons",
        ["origin", "batch_id"],
        unique=True,
        postgresql_where=sa.text("origin IS NOT NULL"),
    )
    op.create_table(
        "coupon_codes",
        sa.Column("batch_id", sa.Uuid(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("code_hash", sa.LargeBinary(), nullable=False),
        sa.Column("coupon_id", sa.Uuid(), nullable=True),
        _at("used_at"),
        sa.CheckConstraint(
            "(coupon_id IS NULL) = (used_at IS NULL)",
            name=op.f("ck_coupon_codes_used_for_a_coupon"),
        ),
        sa.ForeignKeyConstraint(
            ["batch_id"], ["coupon_batches.id"], name=op.f("fk_coupon_codes_batch_id")
        ),
        sa.ForeignKeyConstraint(
            ["coupon_id"], ["coupons.id"], name=op.f("fk_coupon_codes_coupon_id")
        ),
        sa.PrimaryKeyConstraint("batch_id", "number", name=op.f("pk_coupon_codes")),
        sa.UniqueConstraint("code_hash", name=op.f("uq_coupon_codes_code_hash")),
        sa.UniqueConstraint("coupon_id", name=op.f("uq_coupon_codes_coupon_id")),
    )


def downgrade() -> None:
    op.drop_table("coupon_codes")
    for name in ("uq_coupons_origin", "uq_coupons_slot"):
        op.drop_index(name, table_name="coupons")
    op.drop_constraint(op.f("fk_coupons_batch_id"), "coupons", type_="foreignkey")
    op.drop_constraint(op.f("ck_coupons_batch_gives_to_members"), "coupons", type_="check")
    for column in ("origin", "slot", "batch_id"):
        op.drop_column("coupons", column)
    op.drop_table("coupon_targets")
    op.drop_table("coupon_batches")
