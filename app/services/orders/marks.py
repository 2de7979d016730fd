"""How orders are marked: by shoppers as gifts, by staff with flags."""

from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import RowMapping
from sqlalchemy.ext.asyncio import AsyncSession

from app.core.actor import Actor
from app.core.enums.order_marks import OrderFlag
from app.core.errors import NotFound
from app.repositories.orders.marks import MarkRepository
from app.services import system


@dataclass(frozen=True, slots=True, kw_only=True)
class Marks:
    """What a shopper says of an order beside its goods. A message goes with a gift.

    With `hides_prices` what is packed names no price; nothing is charged another one.
    """

    is_gift: bool = False
    gift_message: str | None = None
    hides_prices: bool = False

    def columns(self) -> dict[str, bool | str | None]:
        """As an order keeps them."""
        return {
            "is_gift": self.is_gift,
            "gift_message": self.gift_message,
            "hides_prices": self.hides_prices,
        }


async def flag_order(
    session: AsyncSession,
    order_id: UUID,
    flag: OrderFlag | None,
    *,
    note: str | None = None,
    actor: Actor,
) -> None:
    """Flag an order with a colour, or take its flag off; an internal entry of its timeline.

    What it was before stays in the entry. The same again changes nothing. Raises `NotFound`.
    """
    marks = MarkRepository(session)
    before = await marks.locked_flag(order_id)
    if before is None:
        raise NotFound("No such order")
    if (before["flag"], before["flag_note"]) == (flag, note):
        return
    was = {"flag": before["flag"], "note": before["flag_note"]}
    now = {"flag": flag, "note": note}
    await marks.set_flag(order_id, now, was, actor=actor.principal)
    await system.record(session, actor, "orders.flag", "order", order_id, now | {"was": was})


async def packing_slip(session: AsyncSession, shipment_id: UUID, *, actor: Actor) -> RowMapping:
    """What lies in a parcel, to be printed and put into it; merchants see their own.

    Prices are those of the order, and null where it hides them. Raises `NotFound`.
    """
    found = await MarkRepository(session).slip(shipment_id, merchant_id=actor.merchant_id)
    if found is None:
        raise NotFound("No such shipment")
    return found
