"""Shapes of channels, categories, brands and attribute sets."""

from typing import Annotated, ClassVar
from uuid import UUID

from pydantic import Field

from app.core.enums.catalog import AttributeKind, ChannelKind, TaxMode
from app.schemas.base import BasisPoints, Code, Currency, Input, Name, Output, Version
from app.schemas.catalog.common import Line, OptionCode, Patch, Position, ShortText, Slug, Url

Country = Annotated[str, Field(pattern=r"^[A-Z]{2}$", description="ISO 3166-1.", examples=["CN"])]
TimeZone = Annotated[
    str,
    Field(
        pattern=r"^[A-Za-z0-9_+/-]{1,64}$",
        description="Where its days begin, by the IANA database.",
        examples=["Asia/Shanghai"],
    ),
]
Choices = Annotated[list[ShortText], Field(max_length=500)]
TaxRates = Annotated[dict[Code, BasisPoints], Field(max_length=50, description="By tax class.")]


class ChannelIn(Input):
    code: Code
    name: Name
    kind: ChannelKind
    currency: Currency
    country: Country
    tax_mode: TaxMode
    time_zone: TimeZone = "Asia/Shanghai"


class ChannelPatch(Patch):
    NOT_NULL: ClassVar = frozenset(
        {"name", "kind", "country", "tax_mode", "time_zone", "is_active"}
    )

    name: Name | None = None
    kind: ChannelKind | None = None
    country: Country | None = None
    tax_mode: TaxMode | None = None
    time_zone: TimeZone | None = None
    is_active: bool | None = None


class ChannelOut(Output):
    id: UUID
    code: str
    name: str
    kind: ChannelKind
    currency: str
    country: str
    tax_mode: TaxMode
    time_zone: str
    is_default: bool
    is_active: bool
    version: Version


class TaxRatesIn(Input):
    rates: TaxRates


class TaxRatesOut(Output):
    rates: dict[str, int] = Field(description="Basis points by tax class.")


class CategoryIn(Input):
    name: Name
    slug: Slug
    parent_id: UUID | None = None
    position: Position = 0
    keywords: Line | None = None
    attribute_set_id: UUID | None = None
    is_active: bool = True


class CategoryPatch(Patch):
    NOT_NULL: ClassVar = frozenset({"name", "slug", "position", "is_active"})

    name: Name | None = None
    slug: Slug | None = None
    position: Position | None = None
    keywords: Line | None = None
    attribute_set_id: UUID | None = None
    is_active: bool | None = None


class MoveCategoryIn(Input):
    parent_id: UUID | None = Field(description="Null makes it a root.")


class CategoryOut(Output):
    id: UUID
    parent_id: UUID | None
    ancestor_ids: list[UUID] = Field(description="From the root to the parent.")
    name: str
    slug: str
    position: int
    keywords: str | None
    attribute_set_id: UUID | None
    is_active: bool
    version: Version


class CategoryBranchOut(CategoryOut):
    children: list["CategoryBranchOut"]


class CategoryTreeOut(Output):
    items: list[CategoryBranchOut]


class BrandIn(Input):
    name: Name
    slug: Slug
    initial: Annotated[ShortText, Field(max_length=8)] | None = None
    logo_url: Url | None = None
    is_active: bool = True


class BrandPatch(Patch):
    NOT_NULL: ClassVar = frozenset({"name", "slug", "is_active"})

    name: Name | None = None
    slug: Slug | None = None
    initial: Annotated[ShortText, Field(max_length=8)] | None = None
    logo_url: Url | None = None
    is_active: bool | None = None


class BrandOut(Output):
    id: UUID
    name: str
    slug: str
    initial: str | None
    logo_url: str | None
    is_active: bool
    version: Version


class AttributeSetIn(Input):
    name: Name


class AttributeSetOut(Output):
    id: UUID
    name: str
    version: Version


class AttributeIn(Input):
    code: OptionCode
    name: Name
    kind: AttributeKind
    unit: Annotated[ShortText, Field(max_length=16)] | None = None
    choices: Choices = Field(default_factory=list, description="Empty: free text.")
    is_filterable: bool = False
    is_searchable: bool = False
    position: Position = 0


class AttributePatch(Patch):
    NOT_NULL: ClassVar = frozenset(
        {"name", "choices", "is_filterable", "is_searchable", "position"}
    )

    name: Name | None = None
    unit: Annotated[ShortText, Field(max_length=16)] | None = None
    choices: Choices | None = None
    is_filterable: bool | None = None
    is_searchable: bool | None = None
    position: Position | None = None


class AttributeOut(Output):
    id: UUID
    attribute_set_id: UUID
    code: str
    name: str
    kind: AttributeKind
    unit: str | None
    choices: list[str]
    is_filterable: bool
    is_searchable: bool
    position: int
    version: Version


class AttributesOut(Output):
    items: list[AttributeOut]
