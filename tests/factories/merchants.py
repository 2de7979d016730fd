"""Merchants and their API keys to test with."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from app.core.actor import Actor, Audience
from app.core.enums.scopes import Scope
from app.core.ids import new_id, random_code
from app.core.security import secrets
from app.core.settings import SecretSettings
from app.models.merchants import ApiKey, Merchant


async def make_merchant(session: AsyncSession, **overrides: Any) -> Merchant:
    tag = random_code(8)
    values: dict[str, Any] = {"id": new_id(), "code": f"M-{tag}", "name": f"Merchant {tag}"}
    merchant = Merchant(**(values | overrides))
    session.add(merchant)
    await session.flush()
    return merchant


@dataclass(frozen=True)
class MadeKey:
    """An API key; `text` is what its owner sends."""

    row: ApiKey
    text: str

    @property
    def actor(self) -> Actor:
        scopes = frozenset(map(Scope, self.row.scopes))
        return Actor(
            Audience.MERCHANT, self.row.id, scopes=scopes, merchant_id=self.row.merchant_id
        )


async def make_api_key(
    session: AsyncSession, merchant_id: UUID, *, scopes: Iterable[Scope] = (), **overrides: Any
) -> MadeKey:
    new = secrets.new_api_key()
    values: dict[str, Any] = {
        "id": new_id(),
        "merchant_id": merchant_id,
        "key_id": new.key_id,
        "key_hash": secrets.digest(SecretSettings().pepper, "api-key", new.text),
        "name": "Warehouse system",
        "scopes": sorted(scope.value for scope in scopes),
    }
    row = ApiKey(**(values | overrides))
    session.add(row)
    await session.flush()
    return MadeKey(row, new.text)


def bearer(key: MadeKey) -> dict[str, str]:
    return {"Authorization": f"Bearer {key.text}"}
