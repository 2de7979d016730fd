"""Every operation of the three documents, and somebody of each audience who may call it."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import httpx
from fastapi import FastAPI
from sqlalchemy.ext.asyncio import AsyncSession

from app.core.actor import Audience
from app.core.enums.scopes import Scope
from app.core.ids import new_id
from app.routers.contract import documents
from tests.factories import merchants
from tests.factories.sessions import make_login
from tests.factories.shop import Shop, make_shop
from tests.factories.staff import make_staff

VERBS = ("get", "post", "put", "patch", "delete")


@dataclass(frozen=True)
class Operation:
    audience: Audience
    verb: str
    path: str
    said: dict[str, Any]

    def parameters(self, place: str) -> dict[str, dict[str, Any]]:
        """Schemas of the parameters in `place`, by name; of a choice with null, the other."""
        return {
            each["name"]: _plain(each["schema"])
            for each in self.said.get("parameters", ())
            if each["in"] == place
        }

    def at(self) -> str:
        """Its path with ids of nothing."""
        return re.sub(r"{[^}]+}", str(new_id()), self.path)


def _plain(schema: dict[str, Any]) -> dict[str, Any]:
    kinds = [each for each in schema.get("anyOf", ()) if each.get("type") != "null"]
    return kinds[0] if kinds else schema


def operations(app: FastAPI) -> Iterator[Operation]:
    for audience, document in documents(app).items():
        for path, item in document["paths"].items():
            for verb, said in item.items():
                yield Operation(audience, verb, path, said)


@dataclass
class Everybody:
    """A client that calls as whoever an operation is for."""

    client: httpx.AsyncClient
    shop: Shop
    headers: dict[Audience, dict[str, str]]

    async def ask(self, operation: Operation, **params: Any) -> httpx.Response:
        return await self.client.request(
            operation.verb,
            operation.at(),
            headers=self.headers[operation.audience],
            params=params,
        )


async def everybody(client: httpx.AsyncClient, session: AsyncSession) -> Everybody:
    shop = await make_shop(session)
    staff = await make_staff(session, scopes=tuple(Scope))
    key = await merchants.make_api_key(session, merchant_id=shop.merchant.id, scopes=tuple(Scope))
    headers = {
        Audience.STOREFRONT: (
            await make_login(session, Audience.STOREFRONT, shop.member.id)
        ).headers,
        Audience.ADMIN: (await make_login(session, Audience.ADMIN, staff.id)).headers,
        Audience.MERCHANT: merchants.bearer(key),
    }
    await session.commit()
    return Everybody(client, shop, headers)
