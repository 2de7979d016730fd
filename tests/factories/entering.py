"""Orders that are entered without a cart."""

from typing import Any
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from app.core.actor import Actor
from app.core.enums.orders import OrderSource
from app.services import orders
from app.services.orders.entry import Agreed, AgreedLine
from app.services.pricing import AgreedPrice
from tests.factories.orders import ADDRESS, LIMITS
from tests.factories.payments import GATEWAY, TERMS, staff
from tests.factories.shop import Shop

CONTRACT = "contract:C-7"


def at(price_minor: int, **more: Any) -> AgreedPrice:
    return AgreedPrice(price_minor, "As in their contract", CONTRACT, **more)


def line(sku_id: UUID, quantity: int, price_minor: int | None = None, **more: Any) -> AgreedLine:
    """With a price it is an agreed one."""
    agreed = None if price_minor is None else at(price_minor, **more)
    return AgreedLine(sku_id=sku_id, quantity=quantity, agreed=agreed)


async def take(
    session: AsyncSession,
    shop: Shop,
    *lines: AgreedLine,
    actor: Actor | None = None,
    **command: Any,
) -> orders.PlacedOrder:
    """An order of the shop's member, through its channel, to be paid at a gateway."""
    values = {
        "member_id": shop.member.id,
        "channel_id": shop.channel.id,
        "address": ADDRESS,
        "source": OrderSource.GROUP,
        "tenders": (GATEWAY,),
    } | command
    return await orders.entry.take_agreed(
        session,
        Agreed(lines=tuple(lines), **values),
        actor=actor or staff(),
        limits=LIMITS,
        terms=TERMS,
    )
