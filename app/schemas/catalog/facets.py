"""By what a list of products can be narrowed further."""

from pydantic import Field

from app.schemas.base import Currency, MinorUnits, Output
from app.schemas.catalog.storefront import BrandLinkOut


class BrandFacetOut(BrandLinkOut):
    count: int


class FacetValueOut(Output):
    """`value` is what `attr.<code>` takes, `name` what people read."""

    value: str
    name: str
    count: int


class AttributeFacetOut(Output):
    """A filterable attribute, its commonest values first, or an option, in order of its axis."""

    code: str
    name: str
    unit: str | None
    values: list[FacetValueOut]


class FacetsOut(Output):
    """Counts say how many products a list would show were the value chosen, or chosen instead."""

    currency: Currency
    count: int = Field(description="How many products the list has.")
    is_exact: bool = Field(
        description="False: more than 5 000 products, of which the newest count."
    )
    min_price_minor: MinorUnits | None = Field(description="The lowest `min_price_minor`.")
    max_price_minor: MinorUnits | None = Field(description="The highest `min_price_minor`.")
    brands: list[BrandFacetOut]
    attributes: list[AttributeFacetOut]
