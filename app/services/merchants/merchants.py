"""Merchants: the platform itself and who sells on it."""

from collections.abc import Sequence
from dataclasses import dataclass
from http import HTTPStatus
from uuid import UUID

from sqlalchemy import func
from sqlalchemy.ext.asyncio import AsyncSession

from app.core.actor import Actor
from app.core.errors import AlreadyExists, DomainError, NotFound, StaleVersion
from app.core.ids import named_id, new_id
from app.models.merchants import Merchant
from app.repositories.merchants import MerchantRepository
from app.services import system
from app.services.merchants.authenticate import forget_keys

PLATFORM_CODE = "platform"


class PlatformMerchantProtected(DomainError):
    slug, title, title_zh = (
        "platform-protected",
        "The platform cannot be closed",
        "平台商户不可停用",
    )
    status = HTTPStatus.CONFLICT


@dataclass(frozen=True, slots=True, kw_only=True)
class EditMerchant:
    """What to change; None leaves a field as it is. `version` is the one the editor saw."""

    version: int
    name: str | None = None
    is_active: bool | None = None


async def ensure_platform(session: AsyncSession, *, name: str = "Platform") -> Merchant:
    """The platform as merchant number one, created on the first call."""
    merchants = MerchantRepository(session)
    found = await merchants.platform()
    if found is None:
        found = merchants.add(
            Merchant(
                id=named_id("merchant", PLATFORM_CODE),
                code=PLATFORM_CODE,
                name=name,
                is_platform=True,
            )
        )
        await session.flush()
        await session.refresh(found)
    return found


async def create_merchant(session: AsyncSession, *, code: str, name: str, actor: Actor) -> Merchant:
    """Raises `AlreadyExists` for a code that is taken."""
    merchants = MerchantRepository(session)
    if await merchants.has_code(code):
        raise AlreadyExists("The code is taken", field="code")
    row = merchants.add(Merchant(id=new_id(), code=code, name=name))
    await session.flush()
    await session.refresh(row)
    await _record(session, actor, "merchants.create", row)
    return row


async def edit_merchant(
    session: AsyncSession, merchant_id: UUID, command: EditMerchant, *, actor: Actor
) -> Merchant:
    """Closing a merchant ends what its API keys may do. Raises `StaleVersion`."""
    row = await MerchantRepository(session).get(merchant_id, lock=True)
    if row is None:
        raise NotFound("No such merchant")
    if row.version != command.version:
        raise StaleVersion("Load the merchant again", current_version=row.version)
    if row.is_platform and command.is_active is False:
        raise PlatformMerchantProtected("The platform sells here as long as there is a shop")
    if command.name is not None:
        row.name = command.name
    if command.is_active is not None:
        row.is_active = command.is_active
        forget_keys()
    row.version += 1
    row.updated_at = func.now()
    await session.flush()
    await session.refresh(row)
    await _record(session, actor, "merchants.edit", row)
    return row


async def get_merchant(session: AsyncSession, merchant_id: UUID) -> Merchant:
    row = await MerchantRepository(session).get(merchant_id)
    if row is None:
        raise NotFound("No such merchant")
    return row


async def list_merchants(
    session: AsyncSession, *, after: UUID | None, limit: int
) -> Sequence[Merchant]:
    """Newest first, one more than `limit` if there are more."""
    return await MerchantRepository(session).page(after=after, limit=limit)


async def _record(session: AsyncSession, actor: Actor, action: str, row: Merchant) -> None:
    changes = {"code": row.code, "name": row.name, "is_active": row.is_active}
    await system.record(
        session, actor, action, object_kind="merchant", object_id=str(row.id), changes=changes
    )
