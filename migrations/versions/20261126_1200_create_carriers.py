"""Create carriers, with the ten most used ones in China, and let parcels name only those.

Revision ID: 0120_carriers
Revises: 0102_refund_fallbacks
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "0120_carriers"
down_revision = "0102_refund_fallbacks"
branch_labels = None
depends_on = None

# Code, name, Chinese name, telephone, and the code in Kuaidi100's table of express companies
# (快递公司编码, api.kuaidi100.com; `CompanyConstant` of its Java SDK has seven of them).
KNOWN = (
    ("sf", "SF Express", "顺丰速运", "95338", "shunfeng"),
    ("jd", "JD Logistics", "京东物流", "950616", "jd"),
    ("ems", "China Post EMS", "中国邮政EMS", "11183", "ems"),
    ("chinapost", "China Post parcels", "邮政快递包裹", "11185", "youzhengguonei"),
    ("zto", "ZTO Express", "中通快递", "95311", "zhongtong"),
    ("yto", "YTO Express", "圆通速递", "95554", "yuantong"),
    ("sto", "STO Express", "申通快递", "95543", "shentong"),
    ("yunda", "Yunda Express", "韵达快递", "95546", "yunda"),
    ("jt", "J&T Express", "极兔速递", "956025", "jtexpress"),
    ("deppon", "Deppon Express", "德邦快递", "95353", "debangkuaidi"),
)


def upgrade() -> None:
    now = sa.text("now()")
    op.create_table(
        "carriers",
        sa.Column("code", sa.String(length=64), nullable=False),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("name_zh", sa.String(length=200), nullable=False),
        sa.Column("merchant_id", sa.Uuid(), nullable=True),
        sa.Column("services", JSONB(), server_default=sa.text("'[]'"), nullable=False),
        sa.Column("phone", sa.String(length=32), nullable=True),
        sa.Column("tracking_url", sa.String(length=500), nullable=True),
        sa.Column("tracking_code", sa.String(length=64), nullable=True),
        sa.Column("is_active", sa.Boolean(), server_default="true", nullable=False),
        sa.Column("version", sa.Integer(), server_default="1", nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), server_default=now, nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=now, nullable=False),
        sa.CheckConstraint("jsonb_typeof(services) = 'array'", name="ck_carriers_list_of_services"),
        sa.CheckConstraint("tracking_url LIKE '%{number}%'", name="ck_carriers_url_holds_number"),
        sa.ForeignKeyConstraint(
            ["merchant_id"], ["merchants.id"], name="fk_carriers_merchant_id_merchants"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_carriers"),
        sa.UniqueConstraint("code", name="uq_carriers_code"),
    )
    op.create_index("ix_carriers_merchant_id", "carriers", ["merchant_id"])
    add = sa.text("""
        INSERT INTO carriers (id, code, name, name_zh, phone, tracking_code)
        VALUES (gen_random_uuid(), :code, :name, :name_zh, :phone, :tracking_code)
    """)
    for code, name, name_zh, phone, tracking_code in KNOWN:
        op.execute(
            add.bindparams(
                code=code, name=name, name_zh=name_zh, phone=phone, tracking_code=tracking_code
            )
        )
    # What parcels were sent with before, under the only name it has.
    op.execute("""
        INSERT INTO carriers (id, code, name, name_zh)
        SELECT gen_random_uuid(), s.carrier_code, s.carrier_code, s.carrier_code
        FROM (SELECT DISTINCT carrier_code FROM shipments) s
        ON CONFLICT (code) DO NOTHING
    """)
    op.execute("""
        ALTER TABLE shipments ADD CONSTRAINT fk_shipments_carrier_code_carriers
        FOREIGN KEY (carrier_code) REFERENCES carriers (code) NOT VALID
    """)
    with op.get_context().autocommit_block():
        op.execute("ALTER TABLE shipments VALIDATE CONSTRAINT fk_shipments_carrier_code_carriers")


def downgrade() -> None:
    op.drop_constraint("fk_shipments_carrier_code_carriers", "shipments")
    op.drop_table("carriers")
