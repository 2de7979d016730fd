"""Catalog vocabulary."""

from enum import StrEnum


class ChannelKind(StrEnum):
    STOREFRONT = "storefront"
    MINI_PROGRAM = "mini_program"
    POINT_OF_SALE = "point_of_sale"
    MARKETPLACE = "marketplace"


class TaxMode(StrEnum):
    INCLUSIVE = "inclusive"
    EXCLUSIVE = "exclusive"


class ProductStatus(StrEnum):
    """Only `on_sale` is visible to shoppers."""

    DRAFT = "draft"
    IN_REVIEW = "in_review"
    ON_SALE = "on_sale"
    OFF_SALE = "off_sale"
    ARCHIVED = "archived"


class SkuStatus(StrEnum):
    ACTIVE = "active"
    INACTIVE = "inactive"


class AttributeKind(StrEnum):
    """A `sale` attribute tells SKUs of one SPU apart; a `descriptive` one describes the SPU."""

    SALE = "sale"
    DESCRIPTIVE = "descriptive"


class MediaKind(StrEnum):
    IMAGE = "image"
    VIDEO = "video"
