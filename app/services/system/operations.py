"""The operation log: what staff and merchants changed, written with the change itself."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from app.core.actor import Actor
from app.core.context import current
from app.core.json import dump
from app.repositories.system.operations import (
    ListedOperation,
    OperationFilter,
    OperationRepository,
)

__all__ = ["ListedOperation", "OperationFilter", "list_operations", "record"]


async def record(
    session: AsyncSession,
    actor: Actor | None,
    action: str,
    object_kind: str,
    object_id: object,
    changes: Mapping[str, Any] | None = None,
) -> None:
    """Note in the caller's transaction that `actor` did `action` to an object.

    `action` reads `<domain>.<verb>`, such as `orders.cancel`; `changes` holds what is worth
    knowing later and no secrets. The address and the request id come from the request at hand;
    without an actor the service itself acted.
    """
    request = current()
    await OperationRepository(session).add(
        principal=actor.principal if actor else "service",
        ip=request.ip,
        request_id=request.id,
        action=action,
        object_kind=object_kind,
        object_id=str(object_id),
        changes=dump(changes or {}),
    )


async def list_operations(
    session: AsyncSession, wanted: OperationFilter, *, after: UUID | None, limit: int
) -> list[ListedOperation]:
    """Operations that match, newest first."""
    return await OperationRepository(session).page(wanted, after=after, limit=limit)
