"""Counting a warehouse: opened, counted, submitted, agreed to, and then on stock."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import RowMapping
from sqlalchemy.ext.asyncio import AsyncSession

from app.core import clock
from app.core.actor import Actor
from app.core.enums.inventory import MovementKind, StocktakeState
from app.core.ids import new_id, new_number
from app.core.inventory_settings import InventorySettings
from app.models.stocktakes import Stocktake
from app.repositories.inventory import StockRepository
from app.repositories.inventory.stocktakes import StocktakeRepository
from app.services import system
from app.services.inventory import shortages
from app.services.inventory.documents import after, found
from app.services.inventory.engine.documents import (
    STOCKTAKE,
    Difference,
    StocktakeAction,
    needs_second,
)
from app.services.inventory.errors import CountedElsewhere, StocktakeIncomplete, UnknownStock
from app.services.inventory.move import Move
from app.services.inventory.movements import adjust


@dataclass(frozen=True, slots=True, kw_only=True)
class NewStocktake:
    """What to count: the SKUs named, or all that lie in the warehouse."""

    warehouse_id: UUID
    sku_ids: tuple[UUID, ...] | None
    is_blind: bool = False
    note: str | None = None


@dataclass(frozen=True, slots=True)
class StocktakeView:
    """A stocktake and the sums of its lines."""

    row: Stocktake
    summary: RowMapping

    @property
    def hides_expected(self) -> bool:
        """Whoever counts blindly must not be told what is expected."""
        return self.row.is_blind and self.row.state == StocktakeState.COUNTING


async def open_stocktake(
    session: AsyncSession, command: NewStocktake, *, actor: Actor
) -> StocktakeView:
    """Begin to count. Raises `UnknownStock`."""
    sku_ids = sorted(set(command.sku_ids or ()))
    unknown, warehouses = await StockRepository(session).missing(sku_ids, [command.warehouse_id])
    if unknown or warehouses:
        raise _unknown(unknown, warehouses)
    row = Stocktake(
        id=new_id(),
        number=new_number("ST", clock.now()),
        warehouse_id=command.warehouse_id,
        is_all=command.sku_ids is None,
        is_blind=command.is_blind,
        state=StocktakeState.COUNTING,
        note=command.note,
        opened_by=actor.principal,
        version=1,
    )
    await StocktakeRepository(session).add(row, sku_ids)
    await _record(session, actor, "inventory.open_stocktake", row)
    return await _view(session, row)


async def count(
    session: AsyncSession,
    stocktake_id: UUID,
    counted: Mapping[UUID, int],
    *,
    of_batches: Mapping[tuple[UUID, UUID], int] | None = None,
    actor: Actor,
) -> StocktakeView:
    """Keep what somebody counted; of one SKU the last count stands, the others stay on record.

    A SKU is counted as a whole, or `of_batches` (by SKU and batch) each batch for itself. A
    difference is between the pieces counted and those on hand at this moment, so what is sold until
    it is posted stays counted; what is on the books and missing already is not expected. Raises
    `NotFound`, `IllegalStockTransition`, `UnknownStock` for SKUs that are not to be counted, and
    `CountedElsewhere` for those whose difference another stocktake is about to post.
    """
    stocktakes = StocktakeRepository(session)
    row = await _locked(session, stocktake_id)
    after(STOCKTAKE, row.state, StocktakeAction.COUNT)
    batches = dict(sorted((of_batches or {}).items()))
    sku_ids = sorted({*counted, *(sku_id for sku_id, _ in batches)})
    if row.is_all:
        strange, _ = await StockRepository(session).missing(sku_ids, [])
    else:
        strange = await stocktakes.strange(row.id, sku_ids)
    if strange:
        raise _unknown(strange, [])
    if twice := await stocktakes.elsewhere(row, sku_ids):
        raise CountedElsewhere(
            "Post or cancel that one first",
            sku_ids=sorted(map(str, twice)),
            stocktakes=sorted(set(twice.values())),
        )
    if counted:
        await stocktakes.count(row, dict(sorted(counted.items())), by=actor.principal)
    if batches:
        await stocktakes.count_batches(row, batches, by=actor.principal)
    return await _view(session, row)


async def submit(
    session: AsyncSession,
    stocktake_id: UUID,
    *,
    version: int,
    leaves_uncounted: bool,
    actor: Actor,
    limits: InventorySettings,
) -> StocktakeView:
    """Say that counting is done. Small differences are on stock at once, larger ones wait.

    Raises `NotFound`, `StaleVersion`, `IllegalStockTransition`, `StocktakeIncomplete` unless what
    is not counted shall stay as it is, and `BatchShort` where more of a batch is missing than is
    left of it: count it again. What is promised and missing is left by and by.
    """
    row = await _locked(session, stocktake_id, version)
    state = after(STOCKTAKE, row.state, StocktakeAction.SUBMIT)
    stocktakes = StocktakeRepository(session)
    summary = await stocktakes.summary(row.id)
    uncounted = summary["lines"] - summary["counted"] + await stocktakes.uncounted_batches(row)
    if (uncounted and not leaves_uncounted) or not summary["counted"]:
        raise StocktakeIncomplete("Count the rest first", uncounted=uncounted)
    await stocktakes.move(row, state, submitted_by=actor.principal, refusal=None)
    await _record(session, actor, "inventory.submit_stocktake", row)
    differences = [
        Difference(each["quantity"], each["cost_minor"], each["cost_currency"])
        for each in await stocktakes.differences(row.id)
    ]
    if not needs_second(
        differences, units=limits.alone_units, value_minor=limits.alone_value_minor
    ):
        await _post(session, row, actor)
    return await _view(session, row)


async def approve(
    session: AsyncSession, stocktake_id: UUID, *, version: int, actor: Actor
) -> StocktakeView:
    """Agree to what was counted: the differences are on stock.

    By somebody who neither counted nor submitted. Raises `NotFound`, `StaleVersion`,
    `IllegalStockTransition`, `SecondPersonNeeded` and `BatchShort`.
    """
    row = await _locked(session, stocktake_id, version)
    after(STOCKTAKE, row.state, StocktakeAction.APPROVE)
    actor.require_other_than(row.submitted_by, *await StocktakeRepository(session).counters(row.id))
    await _post(session, row, actor)
    return await _view(session, row)


async def reject(
    session: AsyncSession, stocktake_id: UUID, *, version: int, reason: str, actor: Actor
) -> StocktakeView:
    """Have it counted again. Raises `NotFound`, `StaleVersion` and `IllegalStockTransition`."""
    row = await _locked(session, stocktake_id, version)
    state = after(STOCKTAKE, row.state, StocktakeAction.REJECT)
    await StocktakeRepository(session).move(row, state, submitted_by=None, refusal=reason)
    await _record(session, actor, "inventory.reject_stocktake", row)
    return await _view(session, row)


async def cancel(
    session: AsyncSession, stocktake_id: UUID, *, version: int, actor: Actor
) -> StocktakeView:
    """Give it up; nothing changes. Raises `NotFound`, `StaleVersion`, `IllegalStockTransition`."""
    row = await _locked(session, stocktake_id, version)
    state = after(STOCKTAKE, row.state, StocktakeAction.CANCEL)
    await StocktakeRepository(session).move(row, state)
    await _record(session, actor, "inventory.cancel_stocktake", row)
    return await _view(session, row)


async def get(session: AsyncSession, stocktake_id: UUID) -> StocktakeView:
    """Raises `NotFound`."""
    row = found(await StocktakeRepository(session).get(stocktake_id), "stocktake")
    return await _view(session, row)


async def lines(
    session: AsyncSession, stocktake_id: UUID, *, after: UUID | None, limit: int
) -> tuple[StocktakeView, Sequence[RowMapping]]:
    """What is counted and expected, in order of SKU. Raises `NotFound`."""
    view = await get(session, stocktake_id)
    rows = await StocktakeRepository(session).lines(stocktake_id, after=after, limit=limit)
    return view, rows


async def counts(
    session: AsyncSession, stocktake_id: UUID, *, after: UUID | None, limit: int
) -> tuple[StocktakeView, Sequence[RowMapping]]:
    """Every count there was, newest first. Raises `NotFound`."""
    view = await get(session, stocktake_id)
    rows = await StocktakeRepository(session).counts(stocktake_id, after=after, limit=limit)
    return view, rows


async def page(
    session: AsyncSession,
    *,
    warehouse_id: UUID | None = None,
    state: StocktakeState | None = None,
    after: UUID | None,
    limit: int,
) -> Sequence[Stocktake]:
    """Stocktakes, newest first."""
    return await StocktakeRepository(session).page(
        warehouse_id=warehouse_id, state=state, after=after, limit=limit
    )


async def _post(session: AsyncSession, row: Stocktake, actor: Actor) -> None:
    stocktakes = StocktakeRepository(session)
    moves = [
        Move(each["sku_id"], row.warehouse_id, each["quantity"], batch_id=each["batch_id"])
        for each in await stocktakes.differences(row.id)
    ]
    facts = {"decided_by": actor.principal, "decided_at": clock.now()}
    await stocktakes.move(row, after(STOCKTAKE, row.state, StocktakeAction.APPROVE), **facts)
    await _record(session, actor, "inventory.post_stocktake", row)
    cause = f"stocktake:{row.number}"
    fits, missing = await shortages.fit(session, moves)
    await shortages.note(session, missing, cause=cause, actor=actor.principal)
    if fits:
        await adjust(
            session,
            fits,
            cause=cause,
            actor=actor.principal,
            kind=MovementKind.STOCKTAKE,
        )


async def _locked(
    session: AsyncSession, stocktake_id: UUID, version: int | None = None
) -> Stocktake:
    row = await StocktakeRepository(session).get(stocktake_id, lock=True)
    return found(row, "stocktake", version=version)


async def _view(session: AsyncSession, row: Stocktake) -> StocktakeView:
    return StocktakeView(row, await StocktakeRepository(session).summary(row.id))


def _unknown(sku_ids: Sequence[UUID], warehouse_ids: Sequence[UUID]) -> UnknownStock:
    return UnknownStock(
        "Some SKUs are not to be counted, or the warehouse is unknown",
        sku_ids=sorted(map(str, sku_ids)),
        warehouse_ids=sorted(map(str, warehouse_ids)),
    )


async def _record(session: AsyncSession, actor: Actor, what: str, row: Stocktake) -> None:
    await system.record(session, actor, what, "stocktake", row.id, {"number": row.number})
