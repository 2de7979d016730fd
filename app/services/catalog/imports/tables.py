"""What an importer may land, and what it leaves to staff afterwards."""

from dataclasses import dataclass

from app.models.base import Versioned
from app.models.catalog import Attribute, AttributeSet, Brand, Category, Sku, Spu


@dataclass(frozen=True, slots=True)
class Kind:
    """`once` names columns set by the first import only; `natural` a key to adopt rows by."""

    name: str
    model: type[Versioned]
    once: frozenset[str] = frozenset()
    natural: str | None = None


CATEGORY = Kind("category", Category, frozenset({"slug", "is_active"}))
BRAND = Kind("brand", Brand, frozenset({"slug", "is_active"}), natural="name")
ATTRIBUTE_SET = Kind("attribute_set", AttributeSet, natural="name")
ATTRIBUTE = Kind("attribute", Attribute, frozenset({"attribute_set_id", "code", "kind"}))
PRODUCT = Kind("product", Spu, frozenset({"merchant_id", "code", "slug", "status", "published_at"}))
SKU = Kind("sku", Sku, frozenset({"spu_id", "merchant_id", "code", "status"}))
