"""API keys of a merchant: create, list, rotate, revoke."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from http import HTTPStatus
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from app.core import clock
from app.core.actor import Actor
from app.core.enums.scopes import Scope
from app.core.errors import DomainError, NotFound
from app.core.ids import new_id
from app.core.security import secrets
from app.core.security.keyring import Keyring
from app.models.merchants import ApiKey
from app.repositories.merchants import ApiKeyRepository, MerchantRepository
from app.services import system
from app.services.merchants.authenticate import DIGEST, forget_keys

MAX_LIVE_KEYS = 20
GRANTABLE = frozenset(
    {
        Scope.CATALOG_READ,
        Scope.CATALOG_WRITE,
        Scope.PRICING_READ,
        Scope.PRICING_WRITE,
        Scope.PROMOTIONS_READ,
        Scope.PROMOTIONS_WRITE,
        Scope.ORDERS_READ,
        Scope.ORDERS_WRITE,
        Scope.INVENTORY_READ,
        Scope.INVENTORY_WRITE,
        Scope.MERCHANTS_READ,
        Scope.WEBHOOKS_READ,
        Scope.WEBHOOKS_WRITE,
    }
)
"""What a merchant's system may be allowed; money, members and the platform stay with staff."""


class ScopeNotGrantable(DomainError):
    slug, title, title_zh = (
        "scope-not-grantable",
        "API keys cannot have this scope",
        "该权限不可授予",
    )
    status = HTTPStatus.UNPROCESSABLE_ENTITY


class TooManyApiKeys(DomainError):
    slug, title, title_zh = (
        "too-many-api-keys",
        "The merchant has too many keys",
        "密钥数量已达上限",
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class CreateApiKey:
    """`ip_allow` are networks the key works from; empty means from anywhere."""

    merchant_id: UUID
    name: str
    scopes: frozenset[Scope]
    ip_allow: tuple[str, ...] = ()
    expires_at: datetime | None = None


async def create_key(
    session: AsyncSession, command: CreateApiKey, keyring: Keyring, *, actor: Actor
) -> tuple[ApiKey, str]:
    """The new key and its text, which is shown this once and never again.

    Nobody grants a scope they do not hold: `PrivilegeEscalation`. Raises `ScopeNotGrantable` for
    scopes no merchant may have and `TooManyApiKeys` beyond twenty live ones.
    """
    if refused := command.scopes - GRANTABLE:
        raise ScopeNotGrantable(
            "A merchant cannot have these scopes",
            scopes=sorted(refused),
            grantable=sorted(GRANTABLE),
        )
    system.require_held(actor, command.scopes)
    row, text = await _add(session, command, keyring)
    await _record(session, actor, "merchants.create_api_key", row)
    return row, text


async def rotate_key(
    session: AsyncSession,
    merchant_id: UUID,
    api_key_id: UUID,
    keyring: Keyring,
    *,
    old_expires_at: datetime,
    actor: Actor,
) -> tuple[ApiKey, str]:
    """A new key with the rights of the old, which stays good until `old_expires_at`."""
    old = await _live(session, merchant_id, api_key_id)
    scopes = frozenset(Scope(each) for each in old.scopes)
    system.require_held(actor, scopes)
    command = CreateApiKey(
        merchant_id=merchant_id,
        name=old.name,
        scopes=scopes,
        ip_allow=tuple(old.ip_allow),
        expires_at=old.expires_at,
    )
    row, text = await _add(session, command, keyring)
    await ApiKeyRepository(session).end(old, at=max(old_expires_at, clock.now()))
    forget_keys()
    await _record(session, actor, "merchants.rotate_api_key", row, replaces=str(old.id))
    return row, text


async def revoke_key(
    session: AsyncSession, merchant_id: UUID, api_key_id: UUID, *, actor: Actor
) -> None:
    """End a key now. Raises `NotFound` for one that is ended already or another merchant's."""
    row = await _live(session, merchant_id, api_key_id)
    await ApiKeyRepository(session).end(row, at=None)
    forget_keys()
    await _record(session, actor, "merchants.revoke_api_key", row)


async def list_keys(
    session: AsyncSession, merchant_id: UUID, *, after: UUID | None, limit: int
) -> Sequence[ApiKey]:
    """Keys of one merchant, newest first, one more than `limit` if there are more."""
    return await ApiKeyRepository(session).page(merchant_id, after=after, limit=limit)


async def _live(session: AsyncSession, merchant_id: UUID, api_key_id: UUID) -> ApiKey:
    row = await ApiKeyRepository(session).live(merchant_id, api_key_id)
    if row is None:
        raise NotFound("No such API key")
    return row


async def _add(
    session: AsyncSession, command: CreateApiKey, keyring: Keyring
) -> tuple[ApiKey, str]:
    if await MerchantRepository(session).get(command.merchant_id, lock=True) is None:
        raise NotFound("No such merchant")
    keys = ApiKeyRepository(session)
    if await keys.count_live(command.merchant_id) >= MAX_LIVE_KEYS:
        raise TooManyApiKeys("Revoke a key first", limit=MAX_LIVE_KEYS)
    new = secrets.new_api_key()
    row = keys.add(
        ApiKey(
            id=new_id(),
            merchant_id=command.merchant_id,
            key_id=new.key_id,
            key_hash=secrets.digest(keyring.pepper, DIGEST, new.text),
            name=command.name,
            scopes=sorted(command.scopes),
            ip_allow=list(command.ip_allow),
            expires_at=command.expires_at,
        )
    )
    await session.flush()
    await session.refresh(row)
    return row, new.text


async def _record(
    session: AsyncSession, actor: Actor, action: str, row: ApiKey, **more: str
) -> None:
    changes = {"name": row.name, "scopes": row.scopes, "key_id": row.key_id, **more}
    await system.record(
        session, actor, action, object_kind="api_key", object_id=str(row.id), changes=changes
    )
