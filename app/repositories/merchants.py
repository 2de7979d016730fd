"""Merchants and their API keys."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import func, or_, select, text, update
from sqlalchemy.ext.asyncio import AsyncSession

from app.models.merchants import ApiKey, Merchant

_PRESENTED = text("""
SELECT k.id, k.merchant_id, k.key_hash, k.scopes, k.ip_allow,
       coalesce(k.last_used_at < now() - interval '1 minute', true) AS is_use_unrecorded
FROM api_keys k JOIN merchants m ON m.id = k.merchant_id
WHERE k.key_id = :key_id AND k.revoked_at IS NULL AND m.is_active
  AND (k.expires_at IS NULL OR k.expires_at > now())
""")

_RECORD_USE = text("""
UPDATE api_keys SET last_used_at = now()
WHERE id = :id AND coalesce(last_used_at < now() - interval '1 minute', true)
""")


@dataclass(frozen=True, slots=True)
class KeyFacts:
    """What is needed to let a live key in."""

    id: UUID
    merchant_id: UUID
    key_hash: str
    scopes: list[str]
    ip_allow: list[str]
    is_use_unrecorded: bool


class MerchantRepository:
    def __init__(self, session: AsyncSession) -> None:
        self._session = session

    def add(self, row: Merchant) -> Merchant:
        self._session.add(row)
        return row

    async def get(self, merchant_id: UUID, *, lock: bool = False) -> Merchant | None:
        statement = select(Merchant).where(Merchant.id == merchant_id)
        if lock:
            statement = statement.with_for_update().execution_options(populate_existing=True)
        return await self._session.scalar(statement)

    async def platform(self) -> Merchant | None:
        return await self._session.scalar(select(Merchant).where(Merchant.is_platform))

    async def has_code(self, code: str) -> bool:
        statement = select(Merchant.id).where(Merchant.code == code)
        return await self._session.scalar(statement) is not None

    async def page(self, *, after: UUID | None, limit: int) -> list[Merchant]:
        """Newest first; one row more than `limit` tells that there is another page."""
        statement = select(Merchant).order_by(Merchant.id.desc()).limit(limit + 1)
        if after is not None:
            statement = statement.where(Merchant.id < after)
        return list(await self._session.scalars(statement))


class ApiKeyRepository:
    def __init__(self, session: AsyncSession) -> None:
        self._session = session

    def add(self, row: ApiKey) -> ApiKey:
        self._session.add(row)
        return row

    async def presented(self, key_id: str) -> KeyFacts | None:
        """The live key of this id, if its merchant is active."""
        found = await self._session.execute(_PRESENTED, {"key_id": key_id})
        row = found.mappings().one_or_none()
        return None if row is None else KeyFacts(**row)

    async def record_use(self, key: UUID) -> None:
        await self._session.execute(_RECORD_USE, {"id": key})

    async def owner_of(self, key_id: str) -> tuple[UUID, UUID] | None:
        """The id and merchant of the key with this public part, live or not."""
        statement = select(ApiKey.id, ApiKey.merchant_id).where(ApiKey.key_id == key_id)
        row = (await self._session.execute(statement)).one_or_none()
        return None if row is None else (row.id, row.merchant_id)

    async def live(self, merchant_id: UUID, api_key_id: UUID) -> ApiKey | None:
        """A key of the merchant that still opens the door, its row locked."""
        statement = (
            select(ApiKey)
            .where(ApiKey.id == api_key_id, ApiKey.merchant_id == merchant_id, *_live())
            .with_for_update()
            .execution_options(populate_existing=True)
        )
        return await self._session.scalar(statement)

    async def count_live(self, merchant_id: UUID) -> int:
        statement = select(func.count()).where(ApiKey.merchant_id == merchant_id, *_live())
        return await self._session.scalar(statement) or 0

    async def page(self, merchant_id: UUID, *, after: UUID | None, limit: int) -> list[ApiKey]:
        """Newest first; one row more than `limit` tells that there is another page."""
        statement = (
            select(ApiKey)
            .where(ApiKey.merchant_id == merchant_id)
            .order_by(ApiKey.id.desc())
            .limit(limit + 1)
        )
        if after is not None:
            statement = statement.where(ApiKey.id < after)
        return list(await self._session.scalars(statement))

    async def end(self, row: ApiKey, *, at: datetime | None) -> None:
        """Revoke the key now, or let it expire at `at` if that is sooner than planned."""
        values: dict[str, Any] = {"revoked_at": func.now()}
        if at is not None:
            values = {"expires_at": func.least(ApiKey.expires_at, at)}
        await self._session.execute(update(ApiKey).where(ApiKey.id == row.id).values(values))
        await self._session.refresh(row)


def _live() -> tuple[Any, ...]:
    return (
        ApiKey.revoked_at.is_(None),
        or_(ApiKey.expires_at.is_(None), ApiKey.expires_at > func.now()),
    )
