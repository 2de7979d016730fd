"""Answers about refunds of orders."""

from typing import Any

from app.schemas.orders.refunds import (
    AdminRefundableOut,
    LineLeftOut,
    MerchantRefundableOut,
    ShopperRefundableOut,
    UnitsLeftOut,
)
from app.services.orders import Refundable


def refundable_out(found: Refundable) -> ShopperRefundableOut:
    return ShopperRefundableOut.model_validate(_plain(found))


def admin_refundable_out(found: Refundable) -> AdminRefundableOut:
    return AdminRefundableOut.model_validate(_plain(found))


def merchant_refundable_out(found: Refundable) -> MerchantRefundableOut:
    return MerchantRefundableOut.model_validate(_plain(found))


def _plain(found: Refundable) -> dict[str, Any]:
    named = {name: getattr(found, name) for name in Refundable.__dataclass_fields__}
    return named | {"lines": _lines(found)}


def _lines(found: Refundable) -> list[LineLeftOut]:
    return [
        LineLeftOut(
            line_id=each.line.id,
            sku_code=each.line.sku_code,
            name=each.line.name,
            is_gift=each.line.is_gift,
            quantity=each.line.quantity,
            returned=each.returned,
            left_minor=each.left_minor,
            units=[UnitsLeftOut.model_validate(units) for units in each.units],
        )
        for each in found.lines
    ]
