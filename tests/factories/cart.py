"""Carts with lines, as a shopper would have filled them."""

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from app.core.ids import new_id


async def make_cart(
    session: AsyncSession,
    member_id: UUID,
    lines: Sequence[tuple[UUID, int]] = (),
    *,
    channel_id: UUID | None = None,
    coupon_codes: Sequence[str] = (),
) -> UUID:
    """An open cart in CNY of the default channel holding `(sku_id, quantity)` lines."""
    cart_id = new_id()
    await session.execute(
        text(
            "INSERT INTO carts (id, member_id, channel_id, currency, coupon_codes)"
            " SELECT :id, :member_id, c.id, c.currency, CAST(:codes AS varchar[])"
            " FROM channels c WHERE c.id = coalesce(CAST(:channel_id AS uuid),"
            " (SELECT id FROM channels WHERE is_default))"
        ),
        {
            "id": cart_id,
            "member_id": member_id,
            "channel_id": channel_id,
            "codes": list(coupon_codes),
        },
    )
    for sku_id, quantity in lines:
        await put_line(session, cart_id, member_id, sku_id, quantity)
    return cart_id


async def put_line(
    session: AsyncSession,
    cart_id: UUID,
    member_id: UUID,
    sku_id: UUID,
    quantity: int = 1,
    *,
    options_key: str = "",
    exchange_offer_id: UUID | None = None,
    bargain_id: UUID | None = None,
) -> UUID:
    """A line of a cart; one of an exchange offer or a bargain has it in its key."""
    line_id = new_id()
    await session.execute(
        text(
            "INSERT INTO cart_lines"
            " (id, cart_id, member_id, sku_id, quantity, options_key, exchange_offer_id,"
            " bargain_id)"
            " VALUES (:id, :cart_id, :member_id, :sku_id, :quantity, :options_key, :offer_id,"
            " :bargain_id)"
        ),
        {
            "id": line_id,
            "cart_id": cart_id,
            "member_id": member_id,
            "sku_id": sku_id,
            "quantity": quantity,
            "options_key": options_key
            or (f"exchange {exchange_offer_id}" if exchange_offer_id else "")
            or (f"bargain {bargain_id}" if bargain_id else ""),
            "offer_id": exchange_offer_id,
            "bargain_id": bargain_id,
        },
    )
    return line_id
