"""Changing a row as staff or a merchant: its version moves and the operation log says who did."""

from collections.abc import Mapping
from datetime import datetime
from enum import StrEnum
from typing import Any, TypeVar
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from app.core.actor import Actor
from app.core.clock import now
from app.models.base import Versioned
from app.services import system

M = TypeVar("M", bound=Versioned)


def _plain(value: Any) -> Any:
    """A value as JSON can hold it."""
    if isinstance(value, StrEnum):
        return value.value
    if isinstance(value, UUID | datetime):
        return str(value)
    if isinstance(value, list | tuple):
        return [_plain(each) for each in value]
    return value


def _kind(row: Versioned) -> str:
    return type(row).__name__.lower()


async def log(
    session: AsyncSession, row: Versioned, verb: str, changes: Mapping[str, Any], *, actor: Actor
) -> None:
    """Write `catalog.<verb>` of the row to the operation log, in the caller's transaction."""
    await system.record(session, actor, f"catalog.{verb}", _kind(row), row.id, changes)


async def created(session: AsyncSession, row: Versioned, *, actor: Actor) -> None:
    name = getattr(row, "code", None) or getattr(row, "name", None)
    await log(session, row, "create", {"name": [None, name]}, actor=actor)


async def removed(session: AsyncSession, row: Versioned, *, actor: Actor) -> None:
    name = getattr(row, "code", None) or getattr(row, "name", None)
    await log(session, row, "delete", {"name": [name, None]}, actor=actor)


async def edit(
    session: AsyncSession,
    row: M,
    values: Mapping[str, Any],
    *,
    actor: Actor,
    verb: str = "edit",
    also: Mapping[str, Any] | None = None,
) -> M:
    """Set `values` on a locked row; the log gets `{field: [before, after]}` of what changed.

    `also` is logged beside them, for what lies in other tables. A change of nothing moves nothing.
    """
    changes: dict[str, Any] = dict(also or {})
    for field, value in values.items():
        before = getattr(row, field)
        if before != value:
            setattr(row, field, value)
            changes[field] = [_plain(before), _plain(value)]
    if changes:
        row.version += 1
        row.updated_at = now()
        await session.flush()
        await log(session, row, verb, changes, actor=actor)
    return row
