"""Goods that came back as what they are good for, and what suppliers are asked to answer for."""

from collections import Counter
from uuid import UUID

from sqlalchemy import RowMapping
from sqlalchemy.ext.asyncio import AsyncSession

from app.core.actor import Actor
from app.core.enums.after_sales import DamageCause
from app.core.enums.inventory import StockGrade
from app.services import inventory, system
from app.services.orders.after_sales.events import SupplierClaim
from app.services.orders.after_sales.kit_pieces import graded, spoilt_of
from app.services.orders.payment_owner import named, stock_owner

_GRADES = {"resellable": StockGrade.SELLABLE, "damaged": StockGrade.DAMAGED}


async def put_on_stock(
    session: AsyncSession, before: RowMapping, after: RowMapping, *, actor: Actor
) -> None:
    """Take in what a return holds `after` and did not `before`; scrap is thrown away.

    Of kits the pieces. Locks stock last, by SKU.
    """
    found: Counter[tuple[UUID, StockGrade]] = Counter()
    for (sku_id, was), (_, line) in zip(graded(before), graded(after), strict=True):
        for name, grade in _GRADES.items():
            found[sku_id, grade] += line[name] - was[name]
    moves = [
        inventory.Move(sku_id, after["warehouse_id"], n, grade=grade)
        for (sku_id, grade), n in found.items()
        if n
    ]
    if moves:
        moves.sort(key=lambda move: (str(move.sku_id), move.grade))
        await inventory.take_back(
            session,
            moves,
            cause=f"return:{after['number']}",
            actor=actor.principal,
            owner=stock_owner(after["order_id"]),
        )


async def claim_from_supplier(
    session: AsyncSession, order: RowMapping, row: RowMapping, cause: DamageCause | None
) -> None:
    """Tell whoever buys from suppliers what a supplier has to answer for, if he has."""
    if cause is not DamageCause.SUPPLIER:
        return
    spoilt = spoilt_of(row)
    if not spoilt:
        return
    await system.publish(
        session,
        SupplierClaim(
            **named(order),
            return_id=row["id"],
            return_number=row["number"],
            merchant_id=row["merchant_id"],
            warehouse_id=row["warehouse_id"],
            reason_code=row["reason_code"],
            reason=row["reason"],
            currency=order["currency"],
            media=tuple(row["media"]),
            sku_ids=tuple(each.sku_id for each in spoilt),
            damaged=tuple(each.damaged for each in spoilt),
            scrap=tuple(each.scrap for each in spoilt),
            unit_costs_minor=tuple(each.unit_cost_minor for each in spoilt),
        ),
    )
