"""Shapes of products, SKUs and media as staff and merchants handle them."""

from datetime import datetime
from typing import Annotated, Any, ClassVar, Self
from uuid import UUID

from pydantic import Field, model_validator

from app.core.enums.catalog import MediaKind, ProductStatus, SkuStatus
from app.schemas.base import Code, Currency, Input, MinorUnits, Name, Output, Version
from app.schemas.catalog.common import (
    Grams,
    Line,
    LongText,
    OptionCode,
    Patch,
    Position,
    ShortText,
    Slug,
    Url,
    Volume,
)

Unit = Annotated[ShortText, Field(max_length=16)]
Barcode = Annotated[
    str, Field(min_length=1, max_length=64, pattern=r"^[0-9A-Za-z-]+$", examples=["6901234567892"])
]
SkuName = Annotated[ShortText, Field(max_length=300)]
Attributes = Annotated[
    dict[OptionCode, Annotated[list[ShortText], Field(min_length=1, max_length=50)]],
    Field(max_length=100, description="Values by code of a descriptive attribute."),
]
Choice = Annotated[
    dict[OptionCode, OptionCode],
    Field(max_length=8, description="Value code by axis code, one for every axis."),
]


class OptionValueIn(Input):
    code: OptionCode
    name: ShortText


class OptionAxisIn(Input):
    code: OptionCode
    name: ShortText
    values: Annotated[list[OptionValueIn], Field(min_length=1, max_length=500)]


Options = Annotated[list[OptionAxisIn], Field(max_length=8, description="What its SKUs differ in.")]


class ProductIn(Input):
    code: Code
    name: Name
    slug: Slug | None = Field(default=None, description="Null: made of the name and code.")
    category_id: UUID
    brand_id: UUID | None = None
    attribute_set_id: UUID | None = None
    subtitle: Line | None = None
    description: LongText | None = None
    keywords: Line | None = None
    unit: Unit | None = None
    tax_class: Code = "standard"
    options: Options = Field(default_factory=list)
    attributes: Attributes = Field(default_factory=dict)


class AdminProductIn(ProductIn):
    merchant_id: UUID | None = Field(default=None, description="Null: the platform itself.")


class ProductPatch(Patch):
    NOT_NULL: ClassVar = frozenset(
        {"name", "slug", "category_id", "tax_class", "options", "attributes"}
    )

    name: Name | None = None
    slug: Slug | None = None
    category_id: UUID | None = None
    brand_id: UUID | None = None
    attribute_set_id: UUID | None = None
    subtitle: Line | None = None
    description: LongText | None = None
    keywords: Line | None = None
    unit: Unit | None = None
    tax_class: Code | None = None
    options: Options | None = None
    attributes: Attributes | None = None


class ProductActionIn(Input):
    reason: Line | None = Field(default=None, description="Kept in the operation log.")


class AdminProductOut(Output):
    id: UUID
    merchant_id: UUID
    code: str
    slug: str
    name: str
    category_id: UUID
    brand_id: UUID | None
    attribute_set_id: UUID | None
    subtitle: str | None
    description: str | None
    keywords: str | None
    unit: str | None
    tax_class: str
    status: ProductStatus
    options: list[dict[str, Any]]
    attributes: dict[str, list[str]]
    published_at: datetime | None
    created_at: datetime
    updated_at: datetime
    version: Version


class SkuIn(Input):
    code: Code
    name: SkuName | None = None
    barcode: Barcode | None = None
    options: Choice = Field(default_factory=dict)
    weight_grams: Grams = 0
    volume_cm3: Volume | None = None


class Costed(Input):
    """What one piece costs the shop to buy, without tax: staff's business alone."""

    cost_minor: MinorUnits | None = Field(default=None, description="Null: not known.")
    cost_currency: Currency | None = Field(default=None, description="Given with `cost_minor`.")

    @model_validator(mode="after")
    def _cost_in_a_currency(self) -> Self:
        if (self.cost_minor is None) != (self.cost_currency is None):
            raise ValueError("cost_minor and cost_currency come together")
        return self


class StaffSkuIn(SkuIn, Costed):
    pass


class SkuPatch(Patch, Costed):
    NOT_NULL: ClassVar = frozenset({"weight_grams"})

    name: SkuName | None = None
    barcode: Barcode | None = None
    weight_grams: Grams | None = None
    volume_cm3: Volume | None = None

    @model_validator(mode="after")
    def _whole_cost(self) -> Self:
        if len(self.model_fields_set & {"cost_minor", "cost_currency"}) == 1:
            raise ValueError("cost_minor and cost_currency change together")
        return self


class AdminSkuOut(Output):
    id: UUID
    spu_id: UUID
    merchant_id: UUID
    code: str
    name: str | None
    barcode: str | None
    options: dict[str, str]
    status: SkuStatus
    weight_grams: int
    volume_cm3: int | None
    version: Version


class StaffSkuOut(AdminSkuOut):
    """A SKU as staff see it."""

    cost_minor: MinorUnits | None = Field(description="Null: not known.")
    cost_currency: Currency | None


class MediaIn(Input):
    url: Url
    kind: MediaKind = MediaKind.IMAGE
    sku_id: UUID | None = Field(default=None, description="Null: of the whole product.")
    alt: Annotated[ShortText, Field(max_length=300)] | None = None
    position: Position = 0


class AdminMediaOut(Output):
    id: UUID
    spu_id: UUID
    sku_id: UUID | None
    kind: MediaKind
    url: str
    alt: str | None
    position: int


class MediaListOut(Output):
    items: list[AdminMediaOut]
