"""The application with a gateway in memory, a stocked shop and somebody to shop there."""

from dataclasses import dataclass
from typing import Any
from uuid import UUID

import httpx
import pytest
from sqlalchemy import text

from app.core.enums.scopes import Scope
from app.core.ids import random_code
from app.core.settings import DatabaseSettings, HttpSettings, PaymentSettings, Settings
from app.main import Resources
from tests.factories import staff as staff_factory
from tests.factories.members import bearer
from tests.factories.orders import ADDRESS, place, shopper
from tests.factories.payments import BALANCE_TENDER, give_balance
from tests.factories.shop import Shop, make_shop
from tests.fakes.gateway import FakeGateway
from tests.integration.orders.sending import line_ids, send

SAID_WHEN_ORDERED = {"note", "is_gift", "gift_message", "hides_prices"}
BY_GATEWAY = [{"kind": "gateway", "channel": "alipay"}]


@pytest.fixture
def gateway() -> FakeGateway:
    return FakeGateway()


@pytest.fixture
def settings() -> Settings:
    return Settings(
        database=DatabaseSettings(url="postgresql+asyncpg:///unused"),
        http=HttpSettings(rate_limits_enabled=False),
        payments=PaymentSettings(gateways=["alipay"], query_after_seconds=0),
    )


@pytest.fixture
def resources(settings, sessions, messages, gateway) -> Resources:
    return Resources(
        settings=settings,
        sessions=sessions,
        readers=sessions,
        messages=messages,
        gateways={"alipay": gateway},
    )


@dataclass
class Shopper:
    """Somebody with a token; each verb is one request."""

    client: httpx.AsyncClient
    headers: dict[str, str]

    async def get(self, path: str, **params: Any) -> httpx.Response:
        return await self.client.get(f"/api/v1{path}", headers=self.headers, params=params)

    async def post(
        self, path: str, body: dict[str, Any] | None = None, *, key: str | None = None
    ) -> httpx.Response:
        headers = self.headers | {"Idempotency-Key": key or random_code(20)}
        return await self.client.post(f"/api/v1{path}", headers=headers, json=body or {})

    async def send(self, method: str, path: str, body: Any = None) -> httpx.Response:
        return await self.client.request(method, f"/api/v1{path}", headers=self.headers, json=body)

    async def cart_of(self, *lines: tuple[UUID, int]) -> str:
        """The id of the open cart, now holding these lines too."""
        opened = await self.post("/carts")
        assert opened.status_code == 201, opened.text
        cart_id = opened.json()["id"]
        for sku_id, quantity in lines:
            added = await self.post(
                f"/carts/{cart_id}/lines", {"sku_id": str(sku_id), "quantity": quantity}
            )
            assert added.status_code == 201, added.text
        return str(cart_id)

    async def agreed(self, cart_id: str, **more: Any) -> dict[str, Any]:
        """The body of an order for the cart at the price of its quote."""
        body = {"address": ADDRESS, "tenders": BY_GATEWAY} | more
        asked = {name: value for name, value in body.items() if name not in SAID_WHEN_ORDERED}
        quoted = await self.post(f"/carts/{cart_id}/quote", asked)
        assert quoted.status_code == 200, quoted.text
        return body | {"cart_id": cart_id, "quote_hash": quoted.json()["quote_hash"]}

    async def order(self, *lines: tuple[UUID, int], **more: Any) -> dict[str, Any]:
        """A placed order of these lines, as the answer told it."""
        body = await self.agreed(await self.cart_of(*lines), **more)
        placed = await self.post("/orders", body)
        assert placed.status_code == 201, placed.text
        answer: dict[str, Any] = placed.json()
        return answer


@pytest.fixture
async def shop(session) -> Shop:
    shop = await make_shop(session)
    await session.commit()
    return shop


@pytest.fixture
async def lin(client, session, shop) -> Shopper:
    headers = await bearer(session, shop.member)
    await session.commit()
    return Shopper(client, headers)


WRITER = [Scope.ORDERS_READ, Scope.ORDERS_WRITE, Scope.PAYMENTS_READ, Scope.PAYMENTS_WRITE]


async def somebody(client, session, *more):
    member = await staff_factory.make_staff(session, scopes=[*WRITER, *more])
    headers = await staff_factory.bearer(session, member)
    await session.commit()
    return Shopper(client, headers)


@pytest.fixture
async def clerk(client, session):
    return await somebody(client, session)


@pytest.fixture
async def manager(client, session):
    return await somebody(client, session)


@pytest.fixture
async def purse(session, shop):
    await give_balance(session, shop.member.id, 1_000_000)
    await session.commit()


@pytest.fixture
async def sold(session):
    """A shop, whoever bought two of one SKU there, the order and its line; all has left."""
    shop = await make_shop(session)
    await give_balance(session, shop.member.id, 1_000_000)
    statement = text("UPDATE skus SET cost_minor = 300, cost_currency = 'CNY'")
    await session.execute(statement)
    lines = [(shop.skus[0].id, 2)]
    placed = await place(session, shop.member.id, lines, tenders=[BALANCE_TENDER])
    await send(session, placed.id)
    (line,) = await line_ids(session, placed.id)
    return shop, shopper(shop.member.id), placed.id, line
