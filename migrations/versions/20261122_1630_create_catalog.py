"""Create the tables of catalog.

Revision ID: 0004_catalog
Revises: 0003_members
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0004_catalog"
down_revision = "0003_members"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "attribute_sets",
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("version", sa.Integer(), server_default="1", nullable=False),
        sa.Column(
            "updated_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
        ),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column(
            "created_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_attribute_sets")),
        sa.UniqueConstraint("name", name=op.f("uq_attribute_sets_name")),
    )
    op.create_table(
        "brands",
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("slug", sa.String(length=200), nullable=False),
        sa.Column("initial", sa.String(length=8), nullable=True),
        sa.Column("logo_url", sa.String(length=2000), nullable=True),
        sa.Column("is_active", sa.Boolean(), server_default="true", nullable=False),
        sa.Column("version", sa.Integer(), server_default="1", nullable=False),
        sa.Column(
            "updated_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
        ),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column(
            "created_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_brands")),
        sa.UniqueConstraint("name", name=op.f("uq_brands_name")),
        sa.UniqueConstraint("slug", name=op.f("uq_brands_slug")),
    )
    op.create_table(
        "channels",
        sa.Column("code", sa.String(length=64), nullable=False),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column(
            "kind",
            sa.Enum(
                "storefront",
                "mini_program",
                "point_of_sale",
                "marketplace",
                name="channelkind",
                native_enum=False,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("currency", sa.String(length=3), nullable=False),
        sa.Column("country", sa.String(length=2), nullable=False),
        sa.Column(
            "tax_mode",
            sa.Enum("inclusive", "exclusive", name="taxmode", native_enum=False, length=32),
            nullable=False,
        ),
        sa.Column("is_default", sa.Boolean(), server_default="false", nullable=False),
        sa.Column("is_active", sa.Boolean(), server_default="true", nullable=False),
        sa.Column("version", sa.Integer(), server_default="1", nullable=False),
        sa.Column(
            "updated_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
        ),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column(
            "created_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_channels")),
        sa.UniqueConstraint("code", name=op.f("uq_channels_code")),
    )
    op.create_index(
        "uq_channels_default",
        "channels",
        ["is_default"],
        unique=True,
        postgresql_where="is_default",
    )
    op.create_table(
        "spu_prices",
        sa.Column("spu_id", sa.Uuid(), nullable=False),
        sa.Column("channel_id", sa.Uuid(), nullable=False),
        sa.Column("valid_from", sa.DateTime(timezone=True), nullable=False),
        sa.Column("valid_to", sa.DateTime(timezone=True), nullable=False),
        sa.Column("min_minor", sa.BigInteger(), nullable=False),
        sa.Column("max_minor", sa.BigInteger(), nullable=False),
        sa.CheckConstraint("min_minor <= max_minor", name=op.f("ck_spu_prices_range_forward")),
        sa.CheckConstraint("valid_from < valid_to", name=op.f("ck_spu_prices_span_forward")),
        sa.PrimaryKeyConstraint("spu_id", "channel_id", "valid_from", name=op.f("pk_spu_prices")),
    )
    op.create_index(
        "ix_spu_prices_sort", "spu_prices", ["channel_id", "min_minor", "spu_id"], unique=False
    )
    op.create_table(
        "tags",
        sa.Column("code", sa.String(length=64), nullable=False),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("version", sa.Integer(), server_default="1", nullable=False),
        sa.Column(
            "updated_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
        ),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column(
            "created_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_tags")),
        sa.UniqueConstraint("code", name=op.f("uq_tags_code")),
    )
    op.create_table(
        "attributes",
        sa.Column("attribute_set_id", sa.Uuid(), nullable=False),
        sa.Column("code", sa.String(length=64), nullable=False),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column(
            "kind",
            sa.Enum("sale", "descriptive", name="attributekind", native_enum=False, length=32),
            nullable=False,
        ),
        sa.Column("unit", sa.String(length=16), nullable=True),
        sa.Column(
            "choices",
            postgresql.JSONB(astext_type=sa.Text()),
            server_default=sa.text("'[]'"),
            nullable=False,
        ),
        sa.Column("is_filterable", sa.Boolean(), server_default="false", nullable=False),
        sa.Column("is_searchable", sa.Boolean(), server_default="false", nullable=False),
        sa.Column("position", sa.Integer(), server_default="0", nullable=False),
        sa.Column("version", sa.Integer(), server_default="1", nullable=False),
        sa.Column(
            "updated_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
        ),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column(
            "created_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
        ),
        sa.ForeignKeyConstraint(
            ["attribute_set_id"],
            ["attribute_sets.id"],
            name=op.f("fk_attributes_attribute_set_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_attributes")),
        sa.UniqueConstraint(
            "attribute_set_id", "code", name=op.f("uq_attributes_attribute_set_id_code")
        ),
    )
    op.create_table(
        "categories",
        sa.Column("parent_id", sa.Uuid(), nullable=True),
        sa.Column(
            "ancestor_ids", sa.ARRAY(sa.Uuid()), server_default=sa.text("'{}'"), nullable=False
        ),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("slug", sa.String(length=200), nullable=False),
        sa.Column("position", sa.Integer(), server_default="0", nullable=False),
        sa.Column("keywords", sa.String(length=500), nullable=True),
        sa.Column("attribute_set_id", sa.Uuid(), nullable=True),
        sa.Column("is_active", sa.Boolean(), server_default="true", nullable=False),
        sa.Column("version", sa.Integer(), server_default="1", nullable=False),
        sa.Column(
            "updated_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
        ),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column(
            "created_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
        ),
        sa.ForeignKeyConstraint(
            ["attribute_set_id"], ["attribute_sets.id"], name=op.f("fk_categories_attribute_set_id")
        ),
        sa.ForeignKeyConstraint(
            ["parent_id"], ["categories.id"], name=op.f("fk_categories_parent_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_categories")),
        sa.UniqueConstraint("slug", name=op.f("uq_categories_slug")),
    )
    op.create_index(
        "ix_categories_ancestor_ids",
        "categories",
        ["ancestor_ids"],
        unique=False,
        postgresql_using="gin",
    )
    op.create_index(op.f("ix_categories_parent_id"), "categories", ["parent_id"], unique=False)
    op.create_table(
        "tax_rates",
        sa.Column("channel_id", sa.Uuid(), nullable=False),
        sa.Column("tax_class", sa.String(length=64), nullable=False),
        sa.Column("rate_bps", sa.Integer(), nullable=False),
        sa.CheckConstraint(
            "rate_bps BETWEEN 0 AND 10000", name=op.f("ck_tax_rates_rate_bps_range")
        ),
        sa.ForeignKeyConstraint(
            ["channel_id"],
            ["channels.id"],
            name=op.f("fk_tax_rates_channel_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("channel_id", "tax_class", name=op.f("pk_tax_rates")),
    )
    op.create_table(
        "spus",
        sa.Column("merchant_id", sa.Uuid(), nullable=False),
        sa.Column("category_id", sa.Uuid(), nullable=False),
        sa.Column("brand_id", sa.Uuid(), nullable=True),
        sa.Column("attribute_set_id", sa.Uuid(), nullable=True),
        sa.Column("code", sa.String(length=64), nullable=False),
        sa.Column("slug", sa.String(length=200), nullable=False),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("subtitle", sa.String(length=500), nullable=True),
        sa.Column("description", sa.Text(), nullable=True),
        sa.Column("keywords", sa.String(length=500), nullable=True),
        sa.Column("unit", sa.String(length=16), nullable=True),
        sa.Column("tax_class", sa.String(length=64), server_default="standard", nullable=False),
        sa.Column(
            "status",
            sa.Enum(
                "draft",
                "in_review",
                "on_sale",
                "off_sale",
                "archived",
                name="productstatus",
                native_enum=False,
                length=32,
            ),
            server_default="draft",
            nullable=False,
        ),
        sa.Column(
            "options",
            postgresql.JSONB(astext_type=sa.Text()),
            server_default=sa.text("'[]'"),
            nullable=False,
        ),
        sa.Column(
            "attributes",
            postgresql.JSONB(astext_type=sa.Text()),
            server_default=sa.text("'{}'"),
            nullable=False,
        ),
        sa.Column("published_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("version", sa.Integer(), server_default="1", nullable=False),
        sa.Column(
            "updated_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
        ),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column(
            "created_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
        ),
        sa.ForeignKeyConstraint(
            ["attribute_set_id"], ["attribute_sets.id"], name=op.f("fk_spus_attribute_set_id")
        ),
        sa.ForeignKeyConstraint(["brand_id"], ["brands.id"], name=op.f("fk_spus_brand_id")),
        sa.ForeignKeyConstraint(
            ["category_id"], ["categories.id"], name=op.f("fk_spus_category_id")
        ),
        sa.ForeignKeyConstraint(
            ["merchant_id"], ["merchants.id"], name=op.f("fk_spus_merchant_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_spus")),
        sa.UniqueConstraint("merchant_id", "code", name=op.f("uq_spus_merchant_id_code")),
        sa.UniqueConstraint("slug", name=op.f("uq_spus_slug")),
    )
    op.create_index(
        "ix_spus_attributes",
        "spus",
        ["attributes"],
        unique=False,
        postgresql_using="gin",
        postgresql_ops={"attributes": "jsonb_path_ops"},
    )
    op.create_index(
        "ix_spus_brand",
        "spus",
        ["brand_id", "id"],
        unique=False,
        postgresql_where=sa.text("status = 'on_sale'"),
    )
    op.create_index("ix_spus_merchant_id", "spus", ["merchant_id", "id"], unique=False)
    op.create_index(
        "ix_spus_name",
        "spus",
        ["name", "id"],
        unique=False,
        postgresql_where=sa.text("status = 'on_sale'"),
    )
    op.create_index(
        "ix_spus_newest",
        "spus",
        ["id"],
        unique=False,
        postgresql_where=sa.text("status = 'on_sale'"),
    )
    op.create_index(
        "ix_spus_on_sale",
        "spus",
        ["category_id", "id"],
        unique=False,
        postgresql_where=sa.text("status = 'on_sale'"),
    )
    op.create_index(
        "ix_spus_options",
        "spus",
        ["options"],
        unique=False,
        postgresql_using="gin",
        postgresql_ops={"options": "jsonb_path_ops"},
    )
    op.create_table(
        "skus",
        sa.Column("spu_id", sa.Uuid(), nullable=False),
        sa.Column("merchant_id", sa.Uuid(), nullable=False),
        sa.Column("code", sa.String(length=64), nullable=False),
        sa.Column("barcode", sa.String(length=64), nullable=True),
        sa.Column("name", sa.String(length=300), nullable=True),
        sa.Column(
            "options",
            postgresql.JSONB(astext_type=sa.Text()),
            server_default=sa.text("'{}'"),
            nullable=False,
        ),
        sa.Column("option_key", sa.String(length=400), server_default="", nullable=False),
        sa.Column(
            "status",
            sa.Enum("active", "inactive", name="skustatus", native_enum=False, length=32),
            server_default="active",
            nullable=False,
        ),
        sa.Column("weight_grams", sa.Integer(), server_default="0", nullable=False),
        sa.Column("version", sa.Integer(), server_default="1", nullable=False),
        sa.Column(
            "updated_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
        ),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column(
            "created_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
        ),
        sa.CheckConstraint("weight_grams >= 0", name=op.f("ck_skus_weight_grams_not_negative")),
        sa.ForeignKeyConstraint(
            ["merchant_id"], ["merchants.id"], name=op.f("fk_skus_merchant_id")
        ),
        sa.ForeignKeyConstraint(["spu_id"], ["spus.id"], name=op.f("fk_skus_spu_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_skus")),
        sa.UniqueConstraint("merchant_id", "code", name=op.f("uq_skus_merchant_id_code")),
        sa.UniqueConstraint("spu_id", "option_key", name=op.f("uq_skus_spu_id_option_key")),
    )
    op.create_index(
        "ix_skus_barcode",
        "skus",
        ["barcode"],
        unique=False,
        postgresql_where=sa.text("barcode IS NOT NULL"),
    )
    op.create_index("ix_skus_code", "skus", ["code"], unique=False)
    op.create_table(
        "spu_tags",
        sa.Column("spu_id", sa.Uuid(), nullable=False),
        sa.Column("tag_id", sa.Uuid(), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["spu_id"], ["spus.id"], name=op.f("fk_spu_tags_spu_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["tag_id"], ["tags.id"], name=op.f("fk_spu_tags_tag_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("spu_id", "tag_id", name=op.f("pk_spu_tags")),
    )
    op.create_index(op.f("ix_spu_tags_tag_id"), "spu_tags", ["tag_id"], unique=False)
    op.create_table(
        "media",
        sa.Column("spu_id", sa.Uuid(), nullable=False),
        sa.Column("sku_id", sa.Uuid(), nullable=True),
        sa.Column(
            "kind",
            sa.Enum("image", "video", name="mediakind", native_enum=False, length=32),
            nullable=False,
        ),
        sa.Column("url", sa.String(length=2000), nullable=False),
        sa.Column("alt", sa.String(length=300), nullable=True),
        sa.Column("position", sa.Integer(), server_default="0", nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column(
            "created_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
        ),
        sa.ForeignKeyConstraint(
            ["sku_id"], ["skus.id"], name=op.f("fk_media_sku_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["spu_id"], ["spus.id"], name=op.f("fk_media_spu_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_media")),
    )
    op.create_index(op.f("ix_media_spu_id"), "media", ["spu_id"], unique=False)


def downgrade() -> None:
    op.drop_table("media")
    op.drop_table("spu_tags")
    op.drop_table("skus")
    op.drop_table("spus")
    op.drop_table("tax_rates")
    op.drop_table("categories")
    op.drop_table("attributes")
    op.drop_table("tags")
    op.drop_table("spu_prices")
    op.drop_table("channels")
    op.drop_table("brands")
    op.drop_table("attribute_sets")
