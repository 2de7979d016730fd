"""What is sold and where: channels, categories, brands, attributes, SPUs, SKUs, media, tags."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import (
    ARRAY,
    CheckConstraint,
    ForeignKey,
    Index,
    String,
    Text,
    UniqueConstraint,
    Uuid,
    text,
)
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from app.core.enums.catalog import (
    AttributeKind,
    ChannelKind,
    MediaKind,
    ProductStatus,
    SkuStatus,
    TaxMode,
)
from app.models.base import Base, Code, Currency, Entity, Json, JsonList, Minor, Name, Versioned


class Channel(Versioned):
    """Where shoppers meet the catalog. Every cart and order belongs to one."""

    __tablename__ = "channels"
    __table_args__ = (
        Index("uq_channels_default", "is_default", unique=True, postgresql_where="is_default"),
    )

    code: Mapped[Code] = mapped_column(unique=True)
    name: Mapped[Name]
    kind: Mapped[ChannelKind]
    currency: Mapped[Currency]
    country: Mapped[str] = mapped_column(String(2))
    tax_mode: Mapped[TaxMode]
    time_zone: Mapped[Code] = mapped_column(server_default="Asia/Shanghai")
    is_default: Mapped[bool] = mapped_column(server_default="false")
    is_active: Mapped[bool] = mapped_column(server_default="true")


class TaxRate(Base):
    """The rate of a tax class in a channel, in basis points."""

    __tablename__ = "tax_rates"
    __table_args__ = (CheckConstraint("rate_bps BETWEEN 0 AND 10000", name="rate_bps_range"),)

    channel_id: Mapped[UUID] = mapped_column(
        ForeignKey("channels.id", ondelete="CASCADE"), primary_key=True
    )
    tax_class: Mapped[Code] = mapped_column(primary_key=True)
    rate_bps: Mapped[int]


class Category(Versioned):
    """A node of the category tree. `ancestor_ids` runs from the root to the parent."""

    __tablename__ = "categories"
    __table_args__ = (
        Index("ix_categories_ancestor_ids", "ancestor_ids", postgresql_using="gin"),
        UniqueConstraint("slug"),
    )

    parent_id: Mapped[UUID | None] = mapped_column(ForeignKey("categories.id"), index=True)
    ancestor_ids: Mapped[list[UUID]] = mapped_column(ARRAY(Uuid), server_default=text("'{}'"))
    name: Mapped[Name]
    slug: Mapped[str] = mapped_column(String(200))
    position: Mapped[int] = mapped_column(server_default="0")
    keywords: Mapped[str | None] = mapped_column(String(500))
    attribute_set_id: Mapped[UUID | None] = mapped_column(ForeignKey("attribute_sets.id"))
    is_active: Mapped[bool] = mapped_column(server_default="true")


class Brand(Versioned):
    __tablename__ = "brands"

    name: Mapped[Name] = mapped_column(unique=True)
    slug: Mapped[str] = mapped_column(String(200), unique=True)
    initial: Mapped[str | None] = mapped_column(String(8))
    logo_url: Mapped[str | None] = mapped_column(String(2_000))
    is_active: Mapped[bool] = mapped_column(server_default="true")


class AttributeSet(Versioned):
    """The attributes that products of one sort have: T-shirts have a size and a colour."""

    __tablename__ = "attribute_sets"

    name: Mapped[Name] = mapped_column(unique=True)


class Attribute(Versioned):
    """`choices` lists the values one may pick; an empty list means free text."""

    __tablename__ = "attributes"
    __table_args__ = (UniqueConstraint("attribute_set_id", "code"),)

    attribute_set_id: Mapped[UUID] = mapped_column(
        ForeignKey("attribute_sets.id", ondelete="CASCADE")
    )
    code: Mapped[Code]
    name: Mapped[Name]
    kind: Mapped[AttributeKind]
    unit: Mapped[str | None] = mapped_column(String(16))
    choices: Mapped[JsonList] = mapped_column(server_default=text("'[]'"))
    is_filterable: Mapped[bool] = mapped_column(server_default="false")
    is_searchable: Mapped[bool] = mapped_column(server_default="false")
    position: Mapped[int] = mapped_column(server_default="0")


class Spu(Versioned):
    """A product (standard product unit): what SKUs have in common.

    `options` are the axes SKUs differ in, `[{code, name, values: [{code, name}]}]`; `attributes`
    the descriptive values by attribute code, each a list of strings.
    """

    __tablename__ = "spus"
    __table_args__ = (
        UniqueConstraint("merchant_id", "code"),
        UniqueConstraint("slug"),
        Index("ix_spus_on_sale", "category_id", "id", postgresql_where=text("status = 'on_sale'")),
        Index("ix_spus_newest", "id", postgresql_where=text("status = 'on_sale'")),
        Index("ix_spus_brand", "brand_id", "id", postgresql_where=text("status = 'on_sale'")),
        Index("ix_spus_name", "name", "id", postgresql_where=text("status = 'on_sale'")),
        Index("ix_spus_merchant_id", "merchant_id", "id"),
        Index("ix_spus_published_at", "published_at"),
        Index(
            "ix_spus_grams",
            text("spu_grams(name, subtitle, keywords)"),
            postgresql_using="gin",
            postgresql_where=text("status = 'on_sale'"),
        ),
        Index(
            "ix_spus_attributes",
            "attributes",
            postgresql_using="gin",
            postgresql_ops={"attributes": "jsonb_path_ops"},
        ),
        Index(
            "ix_spus_options",
            "options",
            postgresql_using="gin",
            postgresql_ops={"options": "jsonb_path_ops"},
        ),
    )

    merchant_id: Mapped[UUID] = mapped_column(ForeignKey("merchants.id"))
    category_id: Mapped[UUID] = mapped_column(ForeignKey("categories.id"))
    brand_id: Mapped[UUID | None] = mapped_column(ForeignKey("brands.id"))
    attribute_set_id: Mapped[UUID | None] = mapped_column(ForeignKey("attribute_sets.id"))
    code: Mapped[Code]
    slug: Mapped[str] = mapped_column(String(200))
    name: Mapped[Name]
    subtitle: Mapped[str | None] = mapped_column(String(500))
    description: Mapped[str | None] = mapped_column(Text)
    keywords: Mapped[str | None] = mapped_column(String(500))
    unit: Mapped[str | None] = mapped_column(String(16))
    tax_class: Mapped[Code] = mapped_column(server_default="standard")
    status: Mapped[ProductStatus] = mapped_column(server_default="draft")
    options: Mapped[JsonList] = mapped_column(server_default=text("'[]'"))
    attributes: Mapped[Json] = mapped_column(server_default=text("'{}'"))
    published_at: Mapped[datetime | None]


class SpuPrice(Base):
    """What a product costs a guest of a channel, from the lists of kind list and channel.

    Kept by triggers on prices, price lists, SKUs, products and channels, never written by hand. A
    list with a window cuts the time line: each row holds for `[valid_from, valid_to)`, so the row
    of the present is right without any job having run.

    `digest` is equal while all is equal that the offers of the product depend on: prices of one
    piece on lists of every kind, and what scopes of promotions name. What is left of quotas is not
    in it, since every order would change it; `has_quotas` says that somebody has to look.
    """

    __tablename__ = "spu_prices"
    __table_args__ = (
        CheckConstraint("min_minor <= max_minor", name="range_forward"),
        CheckConstraint("valid_from < valid_to", name="span_forward"),
        Index("ix_spu_prices_sort", "channel_id", "min_minor", "spu_id"),
    )

    spu_id: Mapped[UUID] = mapped_column(primary_key=True)
    channel_id: Mapped[UUID] = mapped_column(primary_key=True)
    valid_from: Mapped[datetime] = mapped_column(primary_key=True)
    valid_to: Mapped[datetime]
    min_minor: Mapped[Minor]
    max_minor: Mapped[Minor]
    digest: Mapped[UUID]
    has_quotas: Mapped[bool]


class Sku(Versioned):
    """What is stocked and bought: one choice of every option of its SPU.

    `options` maps option code to value code; `option_key` is its canonical text and tells SKUs of
    one SPU apart. `cost_minor` is what one piece costs the shop to buy, for staff alone. A kit
    (`is_kit`) is made of other SKUs and never lies in a warehouse itself.
    """

    __tablename__ = "skus"
    __table_args__ = (
        UniqueConstraint("merchant_id", "code"),
        UniqueConstraint("spu_id", "option_key"),
        UniqueConstraint("id", "merchant_id", "is_kit"),
        CheckConstraint("weight_grams >= 0", name="weight_grams_not_negative"),
        CheckConstraint("volume_cm3 > 0", name="volume_cm3_positive"),
        CheckConstraint("cost_minor >= 0", name="cost_minor_not_negative"),
        CheckConstraint(
            "(cost_minor IS NULL) = (cost_currency IS NULL)", name="cost_in_a_currency"
        ),
        Index("ix_skus_code", "code"),
        Index("ix_skus_barcode", "barcode", postgresql_where=text("barcode IS NOT NULL")),
    )

    spu_id: Mapped[UUID] = mapped_column(ForeignKey("spus.id"))
    merchant_id: Mapped[UUID] = mapped_column(ForeignKey("merchants.id"))
    code: Mapped[Code]
    barcode: Mapped[str | None] = mapped_column(String(64))
    name: Mapped[str | None] = mapped_column(String(300))
    options: Mapped[dict[str, Any]] = mapped_column(JSONB, server_default=text("'{}'"))
    option_key: Mapped[str] = mapped_column(String(400), server_default="")
    status: Mapped[SkuStatus] = mapped_column(server_default="active")
    weight_grams: Mapped[int] = mapped_column(server_default="0")
    volume_cm3: Mapped[int | None]
    cost_minor: Mapped[Minor | None]
    cost_currency: Mapped[Currency | None]
    is_kit: Mapped[bool] = mapped_column(server_default="false")


class Media(Entity):
    """A picture or film by URL, of an SPU or of one of its SKUs."""

    __tablename__ = "media"

    spu_id: Mapped[UUID] = mapped_column(ForeignKey("spus.id", ondelete="CASCADE"), index=True)
    sku_id: Mapped[UUID | None] = mapped_column(ForeignKey("skus.id", ondelete="CASCADE"))
    kind: Mapped[MediaKind]
    url: Mapped[str] = mapped_column(String(2_000))
    alt: Mapped[str | None] = mapped_column(String(300))
    position: Mapped[int] = mapped_column(server_default="0")


class Tag(Versioned):
    """A badge. With a `rule` the worker hangs it on goods too.

    `refreshed_at` is when it last did, on `member_count` goods; neither moves the version.
    """

    __tablename__ = "tags"
    __table_args__ = (
        CheckConstraint(
            "coalesce(rule ->> 'type', '') IN ('new', 'on_promotion', 'top_sellers')"
            " OR rule IS NULL",
            name="rule_of_a_known_type",
        ),
        CheckConstraint(
            "(refreshed_at IS NULL) = (member_count IS NULL)"
            " AND (rule IS NOT NULL OR refreshed_at IS NULL)",
            name="refreshed_by_a_rule",
        ),
        CheckConstraint("member_count >= 0", name="member_count_not_negative"),
    )

    code: Mapped[Code] = mapped_column(unique=True)
    name: Mapped[Name]
    rule: Mapped[dict[str, Any] | None] = mapped_column(JSONB(none_as_null=True))
    refreshed_at: Mapped[datetime | None]
    member_count: Mapped[int | None]


class SpuTag(Base):
    """A product wears a tag. What staff hung has `is_by_rule` false, and no rule touches it."""

    __tablename__ = "spu_tags"

    spu_id: Mapped[UUID] = mapped_column(
        ForeignKey("spus.id", ondelete="CASCADE"), primary_key=True
    )
    tag_id: Mapped[UUID] = mapped_column(
        ForeignKey("tags.id", ondelete="CASCADE"), primary_key=True, index=True
    )
    expires_at: Mapped[datetime | None]
    is_by_rule: Mapped[bool] = mapped_column(default=False, server_default="false")
