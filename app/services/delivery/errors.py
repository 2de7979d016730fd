"""Reasons delivery refuses something."""

from app.core.errors import DomainError


class DeliveryRefused(DomainError):
    """`kind` is the method wished for, `reasons` why it cannot be had: `{code, merchant_id, …}`."""

    slug, title, title_zh = "delivery-refused", "It cannot be delivered so", "无法按此方式配送"


class SlotTaken(DomainError):
    """Somebody took the last place meanwhile, or the time to choose the slot is over."""

    slug, title, title_zh = "slot-taken", "The slot has no place left", "时段已约满"


class SlotCapacity(DomainError):
    """`taken` orders have a place already."""

    slug, title, title_zh = "slot-capacity", "More places are taken already", "时段名额少于已约数"
