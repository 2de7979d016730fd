"""Budgets of cost centres (L183). They warn and never refuse: no shopper's money hangs on one."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Row, RowMapping
from sqlalchemy.ext.asyncio import AsyncSession

from app.core.actor import Actor
from app.core.enums.finance import BudgetLevel, CostKind
from app.core.errors import AlreadyExists, InvalidReference, NotFound, StaleVersion
from app.core.ids import new_id
from app.repositories.finance.budgets import BudgetRepository
from app.services import system
from app.services.finance.events import BudgetPassed


@dataclass(frozen=True, slots=True, kw_only=True)
class NewBudget:
    """What a centre plans to spend in a window; on every kind of cost where `kind` is None."""

    centre: str
    kind: CostKind | None
    currency: str
    starts_at: datetime
    ends_at: datetime
    amount_minor: int
    warn_bps: int


async def make_budget(session: AsyncSession, command: NewBudget, *, actor: Actor) -> RowMapping:
    """Plan what a centre spends; what is booked already counts.

    Raises `InvalidReference` and, when the same window has one, `AlreadyExists`.
    """
    repository = BudgetRepository(session)
    if not await repository.has_centre(command.centre):
        raise InvalidReference("No such cost centre", field="centre")
    budget_id = new_id()
    values = {name: getattr(command, name) for name in NewBudget.__slots__}
    if not await repository.add(values | {"id": budget_id}):
        raise AlreadyExists("Change the budget that is there", field="starts_at")
    await _record(session, actor, "make_budget", budget_id, command)
    return await read_budget(session, budget_id)


async def change_budget(
    session: AsyncSession,
    budget_id: UUID,
    *,
    version: int,
    amount_minor: int | None,
    warn_bps: int | None,
    actor: Actor,
) -> RowMapping:
    """Plan more or less; None keeps what is. It warns anew. Raises `NotFound`, `StaleVersion`."""
    repository = BudgetRepository(session)
    row = await repository.locked(budget_id)
    if row is None:
        raise NotFound("No such budget")
    if row["version"] != version:
        raise StaleVersion("It was changed meanwhile", version=row["version"])
    planned = {
        "amount_minor": row["amount_minor"] if amount_minor is None else amount_minor,
        "warn_bps": row["warn_bps"] if warn_bps is None else warn_bps,
    }
    await repository.change(budget_id, **planned)
    await system.record(session, actor, "finance.change_budget", "cost_budget", budget_id, planned)
    return await read_budget(session, budget_id)


async def read_budget(session: AsyncSession, budget_id: UUID) -> RowMapping:
    """A budget with what is spent and left of it. Raises `NotFound`."""
    row = await BudgetRepository(session).find(budget_id)
    if row is None:
        raise NotFound("No such budget")
    return row


async def list_budgets(
    session: AsyncSession,
    *,
    centre: str | None = None,
    at: datetime | None = None,
    after: UUID | None,
    limit: int,
) -> list[Row[Any]]:
    """Budgets, of one centre or that run `at` an instant, the last first, one more than `limit`."""
    return await BudgetRepository(session).page(centre=centre, at=at, after=after, limit=limit + 1)


async def watch_budgets(session: AsyncSession) -> int:
    """Publish each level a budget reached, once however many run this; how many there were."""
    repository = BudgetRepository(session)
    raised = await repository.warn()
    for each in raised:
        budget = await read_budget(session, each["budget_id"])
        await system.publish(session, _passed(budget, each))
    return len(raised)


def _passed(budget: RowMapping, warning: RowMapping) -> BudgetPassed:
    return BudgetPassed(
        budget_id=budget["id"],
        centre=budget["centre"],
        kind=budget["kind"],
        level=BudgetLevel(warning["level"]),
        currency=budget["currency"],
        amount_minor=warning["amount_minor"],
        spent_minor=warning["spent_minor"],
    )


async def _record(
    session: AsyncSession, actor: Actor, what: str, budget_id: UUID, command: NewBudget
) -> None:
    changes = {name: getattr(command, name) for name in NewBudget.__slots__}
    await system.record(session, actor, f"finance.{what}", "cost_budget", budget_id, changes)
