"""A cart as quoting and ordering see it, and how rows become one."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, NamedTuple
from uuid import UUID

from sqlalchemy import RowMapping

from app.core.enums.catalog import TaxMode
from app.core.ids import id_of
from app.services import delivery
from app.services.catalog import ChannelFacts
from app.services.pricing import AgreedPrice


class CartLine(NamedTuple):
    """A selected line. `options` are wishes that do not change the SKU.

    With an `exchange_offer_id` it is to be had for points, with a `bargain_id` for the price of
    that bargain, and for what was `agreed` if anything was. Who agreed in a cart that staff fill
    could take off up to `alone_bps` of the list price alone.
    """

    id: UUID
    sku_id: UUID
    quantity: int
    options: dict[str, Any]
    options_key: str
    note: str | None
    exchange_offer_id: UUID | None
    bargain_id: UUID | None
    agreed: AgreedPrice | None = None
    alone_bps: int | None = None


@dataclass(frozen=True, slots=True)
class CartSnapshot:
    """The selected lines of an open cart in order of id; `at` is the database's now.

    `gift_choices` is the SKU wanted by promotion. A cart that `is_group_buy` gets the prices that
    are for groups.

    `address` is one of the member's, if it was asked for and is there; `offered` what its merchants
    offer of delivery. Goods that are held for it already are found as `earmark`.
    """

    id: UUID
    member_id: UUID
    channel: ChannelFacts
    version: int
    coupon_codes: tuple[str, ...]
    gift_choices: dict[str, str]
    lines: tuple[CartLine, ...]
    at: datetime
    is_group_buy: bool = False
    address: dict[str, Any] | None = None
    offered: delivery.Offered = delivery.NOTHING
    earmark: str | None = None


def cart_of(row: RowMapping, lines: Iterable[Mapping[str, Any]]) -> CartSnapshot:
    """The cart of a row with its channel, holding `lines`."""
    return CartSnapshot(
        id=row["id"],
        member_id=row["member_id"],
        channel=ChannelFacts(
            id=row["channel_id"],
            code=row["channel_code"],
            currency=row["currency"],
            country=row["country"],
            tax_mode=TaxMode(row["tax_mode"]),
            is_active=row["is_active"],
        ),
        version=row["version"],
        coupon_codes=tuple(row["coupon_codes"]),
        gift_choices=row["gift_choices"],
        lines=tuple(
            CartLine(
                id=id_of(line["id"]),
                sku_id=id_of(line["sku_id"]),
                quantity=line["quantity"],
                options=line["options"],
                options_key=line["options_key"],
                note=line["note"],
                exchange_offer_id=_id(line["exchange_offer_id"]),
                bargain_id=_id(line["bargain_id"]),
                agreed=_agreed(line["agreed"]),
                alone_bps=line["agreed"]["alone_bps"] if line["agreed"] else None,
            )
            for line in lines
        ),
        at=row["at"],
        is_group_buy=row["is_group_buy"],
    )


def _id(text: str | None) -> UUID | None:
    return id_of(text) if text is not None else None


def _agreed(row: Mapping[str, Any] | None) -> AgreedPrice | None:
    if row is None:
        return None
    return AgreedPrice(row["price_minor"], row["reason"], row["source"], approver=row["approver"])
