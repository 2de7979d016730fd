"""Judging an order's delivery, and the judgement as answers and orders show it."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from functools import lru_cache
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from app.core.enums.delivery import DeliveryMethod
from app.core.regions import CHINA, UnknownRegion, region_of
from app.services.delivery.engine import Goods, Judgement, Option, Place, Reason, Wish, judge
from app.services.delivery.errors import DeliveryRefused
from app.services.delivery.offered import Offered

WALL_CLOCK = ZoneInfo("Asia/Shanghai")
"""By which cut-offs and days of work are meant."""


def judge_delivery(
    offered: Offered,
    wish: Mapping[str, Any],
    address: Mapping[str, Any],
    goods: Sequence[Goods],
    at: datetime,
) -> Judgement:
    """What there is for goods that go to `address`; `wish` names the method in `kind`."""
    kind = DeliveryMethod(wish["kind"])
    return judge(
        goods,
        offered.templates,
        Wish(kind, offered.point, offered.slot),
        place_of(address),
        at.astimezone(WALL_CLOCK),
    )


def require_allowed(judged: Judgement) -> None:
    """Raise `DeliveryRefused`, with every reason, unless the method wished for can be had."""
    if not judged.chosen.is_allowed:
        raise DeliveryRefused(
            "Choose another way",
            kind=judged.chosen.kind.value,
            reasons=[reason_document(each) for each in judged.chosen.reasons],
        )


def option_document(option: Option) -> dict[str, Any]:
    """A method as answers show it."""
    return {
        "kind": option.kind.value,
        "is_allowed": option.is_allowed,
        "reasons": [reason_document(each) for each in option.reasons],
        "fee_minor": option.fee_minor if option.is_allowed else None,
        "arrives_on": _day(option),
    }


def reason_document(reason: Reason) -> dict[str, Any]:
    return {
        "code": reason.code.value,
        "merchant_id": _text(reason.merchant_id),
        **reason.detail,
    }


def kept_document(offered: Offered, wish: Mapping[str, Any], judged: Judgement) -> dict[str, Any]:
    """What an order keeps of its delivery: the wish, and what was worked out if anything was.

    The point is a copy, for points move; freight names the version of the template it came from.
    """
    kept = dict(wish)
    worked_out = [each for each in judged.chosen.freights if each.template_id is not None]
    if worked_out:
        kept |= {
            "arrives_on": _day(judged.chosen),
            "freight": [
                {
                    "merchant_id": str(each.merchant_id),
                    "warehouse_id": _text(each.warehouse_id),
                    "template_id": _text(each.template_id),
                    "template_version": each.template_version,
                    "zone": each.zone,
                    "units": each.units,
                    "fee_minor": each.fee_minor,
                    "surcharge_minor": each.surcharge_minor,
                }
                for each in worked_out
            ],
        }
    if judged.chosen.kind is DeliveryMethod.PICKUP and offered.point_row is not None:
        shown = ("code", "name", "province", "city", "district", "street", "phone", "hours")
        kept["point"] = {name: offered.point_row[name] for name in shown}
    return kept


def place_of(address: Mapping[str, Any]) -> Place:
    """Where an address is; of one that was written before regions were checked, the country."""
    country = address["country"]
    if (code := address.get("region_code")) is not None:
        return Place(country, code)
    if country != CHINA:
        return Place(country, None)
    return Place(country, _code_of(address["province"], address["city"], address.get("district")))


@lru_cache(4_096)
def _code_of(province: str, city: str, district: str | None) -> str | None:
    """Nobody is told what names were meant, and finding those takes longer than pricing a cart."""
    try:
        return region_of(province, city, district)
    except UnknownRegion:
        return None


def _day(option: Option) -> str | None:
    return option.arrives_on.isoformat() if option.arrives_on else None


def _text(given: UUID | None) -> str | None:
    return None if given is None else str(given)
