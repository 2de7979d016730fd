"""Shapes shoppers read. The database writes this JSON; a contract test holds it to these."""

from datetime import datetime
from enum import StrEnum
from uuid import UUID

from pydantic import Field

from app.core.enums.catalog import MediaKind
from app.core.enums.pricing import PriceListKind
from app.schemas.base import MinorUnits, Output, Page
from app.schemas.catalog.offers import CardOfferOut, SkuOfferOut
from app.schemas.kits import ComponentOut
from app.schemas.rules import PromotionAction, PromotionCondition


class ProductSort(StrEnum):
    """Prices compare the lowest price of each product."""

    NEWEST = "newest"
    PRICE = "price"
    PRICE_DOWN = "-price"
    NAME = "name"


class StockState(StrEnum):
    """Of `low`, `pieces_left` says how many."""

    IN_STOCK = "in_stock"
    LOW = "low"
    OUT_OF_STOCK = "out_of_stock"


class CategoryLinkOut(Output):
    id: UUID
    name: str
    slug: str


class ShopCategoryOut(CategoryLinkOut):
    children: list["ShopCategoryOut"]


class ShopCategoriesOut(Output):
    items: list[ShopCategoryOut]


class BrandLinkOut(Output):
    id: UUID
    name: str
    slug: str


class ShopBrandOut(BrandLinkOut):
    initial: str | None
    logo_url: str | None


class ShopBrandsOut(Output):
    items: list[ShopBrandOut]


class ImageOut(Output):
    url: str
    alt: str | None


class TagLinkOut(Output):
    code: str
    name: str


class ProductCardOut(Output):
    id: UUID
    slug: str
    name: str
    subtitle: str | None
    brand: BrandLinkOut | None
    image: ImageOut | None
    currency: str
    min_price_minor: MinorUnits
    max_price_minor: MinorUnits
    in_stock: bool
    tags: list[TagLinkOut]
    offer: CardOfferOut | None


class ProductListOut(Page[ProductCardOut]):
    """The range is of list and channel prices; an offer counts flash and member prices, too."""


class MerchantLinkOut(Output):
    id: UUID
    name: str


class AttributeValueOut(Output):
    code: str
    name: str
    unit: str | None
    values: list[str]


class OptionValueOut(Output):
    code: str
    name: str


class OptionAxisOut(Output):
    code: str
    name: str
    values: list[OptionValueOut]


class MediaOut(Output):
    id: UUID
    sku_id: UUID | None
    kind: MediaKind
    url: str
    alt: str | None


class QuantityPriceOut(Output):
    min_quantity: int
    price_minor: MinorUnits


class SkuOut(Output):
    id: UUID
    code: str
    name: str
    barcode: str | None
    options: dict[str, str] = Field(description="Value code by axis code.")
    weight_grams: int
    components: list[ComponentOut] | None = Field(description="Of what a kit consists.")
    list_price_minor: MinorUnits | None = Field(description="Null: not for sale in the channel.")
    price_minor: MinorUnits | None = Field(description="What one piece costs a guest now.")
    price_kind: PriceListKind | None
    price_ends_at: datetime | None
    price_since_at: datetime | None = Field(
        description="Since when one piece has cost everybody what it costs now."
    )
    lowest_before_minor: MinorUnits | None = Field(
        description="The lowest price of the 30 days before that (directive 98/6/EC, 6a): a"
        " reduction is told against it. Null: it was not sold. Coupons, promotions, prices for some"
        " members and prices for more pieces do not count."
    )
    quantity_prices: list[QuantityPriceOut]
    stock_state: StockState
    pieces_left: int | None = Field(description="Only when few are left.")
    offer: SkuOfferOut | None = Field(description="Null without a price.")


class ProductPromotionOut(Output):
    """A running promotion that looks at the product; whether it applies depends on the cart."""

    promotion_id: UUID
    code: str
    name: str
    stage: str
    kind: str
    needs_coupon: bool
    starts_at: datetime | None
    ends_at: datetime | None
    action: PromotionAction
    conditions: list[PromotionCondition]
    sku_ids: list[UUID]


class ProductPageOut(Output):
    id: UUID
    code: str
    slug: str
    name: str
    subtitle: str | None
    description: str | None
    unit: str | None
    published_at: datetime | None
    merchant: MerchantLinkOut
    brand: BrandLinkOut | None
    category_path: list[CategoryLinkOut] = Field(description="From the root to its category.")
    attributes: list[AttributeValueOut]
    options: list[OptionAxisOut]
    media: list[MediaOut]
    tags: list[TagLinkOut]
    currency: str
    min_price_minor: MinorUnits | None
    max_price_minor: MinorUnits | None
    skus: list[SkuOut]
    promotions: list[ProductPromotionOut]
