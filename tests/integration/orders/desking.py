"""Telephone orders in tests: what somebody at the desk does, one request a verb."""

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from app.core.enums.scopes import Scope
from tests.factories import staff as staff_factory
from tests.factories.orders import ADDRESS
from tests.integration.orders.conftest import BY_GATEWAY, Shopper
from tests.integration.orders.refunding import ok

CLERK = [Scope.ORDERS_ENTRY, Scope.ORDERS_READ]
SUPERVISOR = [*CLERK, Scope.ORDERS_WRITE]


async def at_the_desk(client, session, *, scopes=CLERK) -> Shopper:
    member = await staff_factory.make_staff(session, scopes=scopes)
    headers = await staff_factory.bearer(session, member)
    await session.commit()
    return Shopper(client, headers)


@dataclass
class Call:
    """A member on the telephone, and somebody who fills a cart for them."""

    clerk: Shopper
    cart_id: str

    async def put(self, sku_id: UUID, quantity: int = 1) -> str:
        body = {"sku_id": str(sku_id), "quantity": quantity}
        return (await ok(await self.clerk.post(self.path("/lines"), body), 201))["id"]

    async def agree(self, line_id: str, price_minor: int, *, by: Shopper | None = None) -> Any:
        body = {"price_minor": price_minor, "reason": "Scratched box"}
        return await (by or self.clerk).send("PUT", self.path(f"/lines/{line_id}/price"), body)

    async def approve(self, line_id: str, by: Shopper, version: int | None = None) -> Any:
        if version is None:
            version = (await self.shown())["version"]
        headers = by.headers | {"If-Match": f'"{version}"'}
        path = f"/api/v1{self.path(f'/lines/{line_id}/price/approve')}"
        return await by.client.post(path, headers=headers)

    async def shown(self) -> dict[str, Any]:
        return await ok(await self.clerk.get(self.path()))

    async def place(self, *, key: str | None = None, **more: Any) -> Any:
        body = {"address": ADDRESS, "tenders": BY_GATEWAY} | more
        if "quote_hash" not in body:
            asked = {name: body[name] for name in ("address", "tenders")}
            quoted = await ok(await self.clerk.post(self.path("/quote"), asked))
            body["quote_hash"] = quoted["quote_hash"]
        return await self.clerk.post(self.path("/order"), body, key=key)

    def path(self, rest: str = "") -> str:
        return f"/admin/carts/{self.cart_id}{rest}"


async def call_of(clerk: Shopper, member_id: UUID) -> Call:
    opened = await ok(await clerk.post("/admin/carts", {"member_id": str(member_id)}), 201)
    return Call(clerk, opened["id"])
