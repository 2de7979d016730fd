"""Endpoints of merchants' systems."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import func, select, text
from sqlalchemy.ext.asyncio import AsyncSession

from app.core.enums.webhooks import EndpointState
from app.models.webhooks import WebhookEndpoint

_DUE_NOW = text("""
    UPDATE webhook_deliveries SET next_attempt_at = clock_timestamp()
    WHERE endpoint_id = :id AND state = 'pending'
      AND (leased_until IS NULL OR leased_until <= clock_timestamp())
""")
_UNTOLD = text("""
    UPDATE webhook_endpoints w SET told_at = clock_timestamp() FROM (
        SELECT id FROM webhook_endpoints
        WHERE state = 'disabled' AND told_at IS NULL AND email IS NOT NULL
          AND deleted_at IS NULL
        ORDER BY id LIMIT :limit FOR NO KEY UPDATE SKIP LOCKED) untold
    WHERE w.id = untold.id RETURNING w.id, w.name, w.email, w.reason
""")
_NOT_TOLD = text("UPDATE webhook_endpoints SET told_at = NULL WHERE id = :id")
_FORGET = text("""
    DELETE FROM webhook_endpoints w
    WHERE w.deleted_at < now() - make_interval(days => :days)
      AND NOT EXISTS (SELECT FROM webhook_deliveries d WHERE d.endpoint_id = w.id)
""")


@dataclass(frozen=True, slots=True)
class EndpointFilter:
    merchant_id: UUID | None = None
    state: EndpointState | None = None


class EndpointRepository:
    def __init__(self, session: AsyncSession) -> None:
        self._session = session

    async def add(self, row: WebhookEndpoint) -> WebhookEndpoint:
        self._session.add(row)
        await self._session.flush()
        await self._session.refresh(row)
        return row

    async def count(self, merchant_id: UUID) -> int:
        statement = select(func.count()).where(
            WebhookEndpoint.merchant_id == merchant_id, WebhookEndpoint.deleted_at.is_(None)
        )
        return await self._session.scalar(statement) or 0

    async def get(
        self, endpoint_id: UUID, merchant_id: UUID | None, *, lock: bool = False
    ) -> WebhookEndpoint | None:
        """An endpoint that is not deleted, of the merchant if one is named."""
        statement = select(WebhookEndpoint).where(
            WebhookEndpoint.id == endpoint_id, WebhookEndpoint.deleted_at.is_(None)
        )
        if merchant_id is not None:
            statement = statement.where(WebhookEndpoint.merchant_id == merchant_id)
        if lock:
            statement = statement.with_for_update(key_share=True)
            statement = statement.execution_options(populate_existing=True)
        return await self._session.scalar(statement)

    async def page(
        self, wanted: EndpointFilter, *, after: UUID | None, limit: int
    ) -> list[WebhookEndpoint]:
        """Newest first; one row more than `limit` tells that there is another page."""
        statement = select(WebhookEndpoint).where(WebhookEndpoint.deleted_at.is_(None))
        statement = statement.order_by(WebhookEndpoint.id.desc()).limit(limit + 1)
        if wanted.merchant_id is not None:
            statement = statement.where(WebhookEndpoint.merchant_id == wanted.merchant_id)
        if wanted.state is not None:
            statement = statement.where(WebhookEndpoint.state == wanted.state)
        if after is not None:
            statement = statement.where(WebhookEndpoint.id < after)
        return list(await self._session.scalars(statement))

    async def change(self, row: WebhookEndpoint, values: Mapping[str, Any]) -> WebhookEndpoint:
        """Set `values` on a locked row and move its version."""
        for name, value in values.items():
            setattr(row, name, value)
        row.version += 1
        row.updated_at = func.now()
        await self._session.flush()
        await self._session.refresh(row)
        return row

    async def make_due(self, endpoint_id: UUID) -> None:
        """What waits for its next attempt there no longer does."""
        await self._session.execute(_DUE_NOW, {"id": endpoint_id})

    async def untold(self, limit: int) -> list[Mapping[str, Any]]:
        """Disabled endpoints whose people were not told; they count as told from now on."""
        found = await self._session.execute(_UNTOLD, {"limit": limit})
        return [dict(row) for row in found.mappings()]

    async def not_told(self, endpoint_id: UUID) -> None:
        await self._session.execute(_NOT_TOLD, {"id": endpoint_id})

    async def forget(self, days: int) -> None:
        """Remove what was deleted more than `days` ago and has no deliveries left."""
        await self._session.execute(_FORGET, {"days": days})
