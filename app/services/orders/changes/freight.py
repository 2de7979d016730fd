"""What sending an order costs somewhere else, or in another way, by what is asked for now."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import RowMapping
from sqlalchemy.ext.asyncio import AsyncSession

from app.repositories.orders import ChangeFreightRepository
from app.services import delivery
from app.services.delivery.engine import Goods

_WISH = ("kind", "pickup_point_id", "slot_id")
SAID = "said_minor"
"""What staff said that sending the order costs in all, tax included; templates do not count then.

Kept with the delivery, until somebody says another.
"""


@dataclass(frozen=True, slots=True)
class Judged:
    """The fees agreed on and of now, before promotions, and the delivery the order keeps then.

    `frozen` is that delivery for the fees agreed on: who goes elsewhere later is not to pay or
    get back a difference that nobody paid. Freight `is_known` where a template says what it costs
    now, or said so then. Where staff said a fee it stays, whatever templates come to.
    """

    before_minor: int
    after_minor: int
    delivery: dict[str, Any]
    frozen: dict[str, Any]

    @property
    def is_known(self) -> bool:
        return "freight" in self.delivery or self.before_minor > 0

    @property
    def moves(self) -> bool:
        """Whether the fee is another one."""
        return SAID not in self.delivery and self.after_minor != self.before_minor


async def judged_anew(
    session: AsyncSession,
    facts: RowMapping,
    address: Mapping[str, Any],
    wish: Mapping[str, Any] | None,
) -> Judged:
    """Freight of the whole order as it was bought, so that both fees are of the same goods.

    One statement. Raises `DeliveryRefused` where it cannot go there like that.
    """
    kept: Mapping[str, Any] = facts["delivery"]
    own = {name: kept[name] for name in _WISH if name in kept}
    wish = wish or own or {"kind": "standard"}
    row = await ChangeFreightRepository(session).of(
        facts["id"], point_id=wish.get("pickup_point_id"), slot_id=wish.get("slot_id")
    )
    slot = row["slot"]
    if slot is not None and wish.get("slot_id") == own.get("slot_id"):
        slot = slot | {"taken": slot["taken"] - 1}  # the order has a place in it
    offered = delivery.offered_of(row["freight"], row["point"], slot)
    goods = [_goods(each) for each in row["goods"] or ()]
    judged = delivery.judge_delivery(offered, wish, address, goods, row["at"])
    delivery.require_allowed(judged)
    said = {name: kept[name] for name in (SAID,) if name in kept}
    now = delivery.kept_document(offered, wish, judged) | said
    agreed = {name: kept[name] for name in ("freight",) if name in kept}
    return Judged(
        before_minor=sum(each["fee_minor"] for each in kept.get("freight", ())),
        after_minor=judged.chosen.fee_minor,
        delivery=now,
        frozen={name: value for name, value in now.items() if name != "freight"} | agreed,
    )


def _goods(row: Mapping[str, Any]) -> Goods:
    return Goods(
        UUID(row["merchant_id"]),
        UUID(row["warehouse_id"]),
        row["pieces"],
        row["weight_grams"],
        row["volume_cm3"],
        row["amount_minor"],
        frozenset(map(UUID, row["category_ids"] or ())),
    )
