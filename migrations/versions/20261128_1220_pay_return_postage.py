"""Keep who pays for sending goods back, what that cost, and what of it went with refunds.

Revision ID: 0272_return_postage
Revises: 0281_invoice_charges
"""

import sqlalchemy as sa
from alembic import op

revision = "0272_return_postage"
down_revision = "0281_invoice_charges"
branch_labels = None
depends_on = None

BY = sa.Enum("shop", "shopper", name="postageby", native_enum=False, length=32)
CHECKS = (
    (
        "order_returns",
        "outlay_is_proven",
        (
            "(outlay_minor IS NULL) = (outlay_proof IS NULL)"
            " AND (outlay_minor IS NULL OR outlay_minor > 0)"
        ),
    ),
    (
        "order_returns",
        "postage_not_negative",
        "postage_cap_minor >= 0 AND (collect_minor IS NULL OR collect_minor > 0)",
    ),
    (
        "refunds",
        "postage_one_way",
        (
            "postage_given_minor >= 0 AND postage_kept_minor BETWEEN 0 AND amount_minor"
            " AND (postage_given_minor = 0 OR postage_kept_minor = 0)"
        ),
    ),
)
SAID = "amount_minor > 0 OR amount_minor = 0 AND kind IN ({kinds})"


def upgrade() -> None:
    nothing = {"server_default": "0", "nullable": False}
    op.add_column("order_returns", sa.Column("postage_by", BY, nullable=True))
    op.add_column("order_returns", sa.Column("postage_cap_minor", sa.BigInteger(), **nothing))
    op.add_column("order_returns", sa.Column("outlay_minor", sa.BigInteger(), nullable=True))
    op.add_column("order_returns", sa.Column("outlay_proof", sa.String(2_048), nullable=True))
    op.add_column("order_returns", sa.Column("collect_minor", sa.BigInteger(), nullable=True))
    op.add_column("refunds", sa.Column("postage_given_minor", sa.BigInteger(), **nothing))
    op.add_column("refunds", sa.Column("postage_kept_minor", sa.BigInteger(), **nothing))
    for table, name, rule in CHECKS:
        op.execute(f"ALTER TABLE {table} ADD CONSTRAINT ck_{table}_{name} CHECK ({rule}) NOT VALID")
    _say("'units', 'everything', 'postage'")
    # Without a transaction, so that others write meanwhile.
    with op.get_context().autocommit_block():
        for table, name, _ in CHECKS:
            op.execute(f"ALTER TABLE {table} VALIDATE CONSTRAINT ck_{table}_{name}")
        op.execute("ALTER TABLE refunds VALIDATE CONSTRAINT ck_refunds_amount")


def downgrade() -> None:
    _say("'units', 'everything'")
    op.drop_column("refunds", "postage_kept_minor")
    op.drop_column("refunds", "postage_given_minor")
    for name in (
        "collect_minor",
        "outlay_proof",
        "outlay_minor",
        "postage_cap_minor",
        "postage_by",
    ):
        op.drop_column("order_returns", name)


def _say(kinds: str) -> None:
    """Of which kinds a refund may bring nothing."""
    rule = SAID.format(kinds=kinds)
    op.execute("ALTER TABLE refunds DROP CONSTRAINT ck_refunds_amount")
    op.execute(f"ALTER TABLE refunds ADD CONSTRAINT ck_refunds_amount CHECK ({rule}) NOT VALID")
