"""Orders as a marketplace sends them in."""

from typing import Any

import httpx
from sqlalchemy.ext.asyncio import AsyncSession

from app.core.enums.catalog import ChannelKind
from app.core.enums.scopes import Scope
from app.models.catalog import Channel
from app.repositories.reports.intake_invariants import INTAKE
from app.repositories.reports.money_invariants import PAYMENTS
from app.repositories.reports.refund_invariants import REFUNDS
from tests.factories import staff as staff_factory
from tests.factories.catalog import make_channel
from tests.factories.order_invariants import check_orders
from tests.factories.shop import Shop

SENT_TO = {
    "recipient": "王小明",
    "phone": "13800138000",
    "province": "浙江",
    "city": "杭州",
    "district": "西湖区",
    "street": "文三路 9 号",
}
RATES = {"standard": 1_300, "reduced": 900, "zero": 0}


async def make_marketplace(session: AsyncSession, **values: Any) -> Channel:
    return await make_channel(
        session, tax_rates=RATES, **{"code": "tmall", "kind": ChannelKind.MARKETPLACE} | values
    )


def sold(shop: Shop, number: str, *lines: tuple[int, int, int], **more: Any) -> dict[str, Any]:
    """An order of `(SKU's place, pieces, net)` lines, as it is sent in."""
    found = [
        {"sku": shop.skus[place].code, "quantity": quantity, "net_minor": net_minor}
        for place, quantity, net_minor in lines
    ]
    total = sum(each[2] for each in lines) + more.get("shipping_minor", 0)
    return {
        "external_number": number,
        "address": SENT_TO,
        "lines": found,
        "total_minor": total,
    } | more


async def check_intake(session: AsyncSession) -> None:
    """What holds of all orders, and what marketplaces owe."""
    await check_orders(session)
    connection = await session.connection()
    for invariant in (*INTAKE, *PAYMENTS, *REFUNDS):
        rows = (await connection.exec_driver_sql(invariant.sql)).all()
        assert rows == [], invariant.name


class Sender:
    """An integrator's system, which may send orders in and nothing else."""

    def __init__(self, client: httpx.AsyncClient, headers: dict[str, str]) -> None:
        self._client, self._headers = client, headers

    async def post(self, *orders: dict[str, Any], channel: str = "tmall") -> httpx.Response:
        body = {"channel": channel, "orders": list(orders)}
        return await self._client.post(
            "/api/v1/admin/order-intake", headers=self._headers, json=body
        )

    async def send(self, *orders: dict[str, Any]) -> list[dict[str, Any]]:
        answer = await self.post(*orders)
        assert answer.status_code == 200, answer.text
        found: list[dict[str, Any]] = answer.json()["results"]
        return found

    async def cancel(self, number: str, channel: str = "tmall") -> httpx.Response:
        return await self._client.post(
            f"/api/v1/admin/order-intake/{channel}/{number}/cancel",
            headers=self._headers,
            json={"reason": "The buyer wants it no more"},
        )


async def make_sender(client: httpx.AsyncClient, session: AsyncSession) -> Sender:
    member = await staff_factory.make_staff(session, scopes=[Scope.ORDERS_INTAKE])
    headers = await staff_factory.bearer(session, member)
    await session.commit()
    return Sender(client, headers)
