"""Goods of group orders: by which code they are known, what they may cost, what is held of them."""

from collections.abc import Mapping, Sequence
from typing import Any, Final
from uuid import UUID

from sqlalchemy import RowMapping
from sqlalchemy.ext.asyncio import AsyncSession

from app.core.clock import now
from app.repositories.orders.group_orders import GroupOrderRepository
from app.repositories.orders.history import OrderHistoryRepository
from app.services import catalog, inventory, pricing
from app.services.orders.engine.group_rows import Recipient
from app.services.orders.group_orders.errors import GroupShortOfStock

WHOLE_BPS: Final = 10_000


async def skus_of(session: AsyncSession, codes: Mapping[str, Any] | set[str]) -> dict[str, UUID]:
    """SKUs by code; a code that several merchants have is nobody's."""
    found: dict[str, list[UUID]] = {}
    for each in await OrderHistoryRepository(session).goods(set(codes)):
        found.setdefault(each.code, []).append(each.id)
    return {code: ids[0] for code, ids in found.items() if len(ids) == 1}


async def judge_prices(
    session: AsyncSession, group: RowMapping, rows: Sequence[Recipient]
) -> list[Recipient]:
    """Rows whose own prices are further below than the group lets them are at fault.

    They are measured by the contract's price, or by what the price list says where it has none.
    Floors are looked at when the order is placed, as for every price.
    """
    named = {sku for each in rows for sku in each.prices}
    usual = {sku: group["prices"][sku] for sku in named if sku in group["prices"]}
    if others := named - set(usual):
        known = await skus_of(session, others)
        channel = await catalog.channel(session, group["channel_id"])
        listed = await pricing.listed_goods(
            session, sorted(known.values()), channel=channel, at=now()
        )
        usual |= {sku: listed[id_].list_minor for sku, id_ in known.items() if id_ in listed}
    least = {
        sku: price - price * group["rows_below_bps"] // WHOLE_BPS for sku, price in usual.items()
    }
    return [_judged(each, least) for each in rows]


async def require_enough(
    session: AsyncSession, channel_id: UUID, wanted: Mapping[str, int]
) -> None:
    """There are as many pieces of each code as are wanted, kits and what they hold together.

    Counted as an order of all of it would be; of a code that is nobody's there are none. Raises
    `GroupShortOfStock`.
    """
    known = await skus_of(session, wanted)
    need = {known[code]: pieces for code, pieces in wanted.items() if code in known}
    there = await inventory.available(session, list(need), channel_id, wanted=need)
    found = {code: there[known[code]] if code in known else 0 for code in wanted}
    if short := sorted(code for code, pieces in wanted.items() if pieces > found[code]):
        raise GroupShortOfStock(
            "Leave some rows out",
            goods=[
                {"sku": code, "wanted": wanted[code], "available": found[code]} for code in short
            ],
        )


def hold_of(hold_id: UUID) -> str:
    """As whose goods of a group are held."""
    return f"group:{hold_id}"


async def let_go(
    session: AsyncSession, group: RowMapping, goods: Sequence[Mapping[str, Any]]
) -> None:
    """Give back what a group holds of some goods. Locks stock: call it late."""
    if group["hold_id"] is None:
        return
    known = await skus_of(session, {each["sku"] for each in goods})
    wanted = [
        inventory.Wanted(known[each["sku"]], each["quantity"])
        for each in goods
        if each["sku"] in known
    ]
    await inventory.earmarks.let_go(session, hold_of(group["hold_id"]), wanted)


async def release_held(session: AsyncSession, group: RowMapping) -> None:
    """Give back everything a group holds; the group is locked. Locks stock: call it late."""
    if group["hold_id"] is not None:
        await GroupOrderRepository(session).hold(group["id"], None)
        await inventory.release(session, hold_of(group["hold_id"]))


def _judged(row: Recipient, least: Mapping[str, int]) -> Recipient:
    for sku, price_minor in row.prices.items():
        if price_minor < least.get(sku, 0):
            reason = f"{sku} costs {least[sku]} minor units at least"
            row = row.at_fault("goods", "price-too-low", reason)
    return row
