"""What templates that come with the shop are made of. Pure."""

from dataclasses import dataclass
from typing import Any, Final
from uuid import UUID

from app.core.ids import named_id
from app.core.money import MAX_MINOR
from app.services.promotions.engine.schemas import DIALECT

SKU: Final = "019a0000-0000-7000-8000-000000000000"
OTHER: Final = "019a0000-0000-7000-8000-000000000001"
COUPON: Final = {"stage": "coupon", "needs_coupon": True}


@dataclass(frozen=True, slots=True)
class Template:
    """Terms of a promotion with places for parameters, their schema, and an example that works."""

    code: str
    name: str
    description: str
    terms: dict[str, Any]
    parameters: dict[str, Any]
    example: dict[str, Any]

    @property
    def id(self) -> UUID:
        """The same in every shop."""
        return named_id("promotion-template", self.code)


def param(name: str) -> dict[str, str]:
    return {"$param": name}


def money(title: str) -> dict[str, Any]:
    return whole(title, high=MAX_MINOR) | {"x-ui": {"widget": "money"}}


def share(title: str) -> dict[str, Any]:
    return whole(title, high=10_000) | {
        "description": "Basis points taken off: 1000 is 10 % off, 九折.",
        "x-ui": {"widget": "percent"},
    }


def whole(title: str, *, low: int = 1, high: int = 1_000) -> dict[str, Any]:
    return {"type": "integer", "minimum": low, "maximum": high, "title": title}


def ids(title: str, of: str, *, least: int = 0) -> dict[str, Any]:
    return {
        "type": "array",
        "items": {"type": "string", "format": "uuid"},
        "uniqueItems": True,
        "minItems": least,
        "title": title,
        "x-ui": {"widget": "picker", "of": of},
    }


def rows(title: str, **members: dict[str, Any]) -> dict[str, Any]:
    row = {
        "type": "object",
        "properties": members,
        "required": list(members),
        "additionalProperties": False,
    }
    ui = {"widget": "table"}
    return {"type": "array", "items": row, "minItems": 1, "title": title, "x-ui": ui}


PIECES: Final = rows(
    "商品",
    sku_id={"type": "string", "format": "uuid", "x-ui": {"widget": "picker", "of": "skus"}},
    quantity=whole("件数"),
)
GOODS: Final = {
    "categories": ids("限品类", "categories"),
    "brands": ids("限品牌", "brands"),
    "skus": ids("限商品", "skus"),
    "exclude_skus": ids("排除商品", "skus"),
}
SCOPE: Final = {name: param(name) for name in GOODS}
FROM: Final = {
    "all": [
        {
            "$when": "least_minor",
            "then": {"type": "min_amount", "amount_minor": param("least_minor")},
        }
    ]
}


def schema(required: dict[str, Any], optional: dict[str, Any] | None = None) -> dict[str, Any]:
    properties = required | (optional or {})
    return {
        "$schema": DIALECT,
        "type": "object",
        "properties": properties,
        "required": list(required),
        "additionalProperties": False,
        "x-ui": {"order": list(properties)},
    }


def item(action: dict[str, Any]) -> dict[str, Any]:
    return {"stage": "item", "scope": SCOPE, "action": action}


def order(action: dict[str, Any], condition: dict[str, Any] | None = None) -> dict[str, Any]:
    terms = {"stage": "order", "scope": SCOPE, "action": action}
    return terms if condition is None else terms | {"condition": condition}


LEAST: Final = {"least_minor": money("满")}
