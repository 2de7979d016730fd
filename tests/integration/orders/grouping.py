"""A clerk at group orders."""

from dataclasses import replace

from app.core.enums.payments import TenderKind
from app.services import orders
from tests.factories.group_orders import workbook
from tests.factories.orders import LIMITS
from tests.factories.payments import TERMS
from tests.integration.orders.refunding import ok

BY_TRANSFER = replace(TERMS, patience_seconds={TenderKind.BANK_TRANSFER: 86_400})


class Groups:
    """Sends what a clerk does, with the version last seen."""

    def __init__(self, clerk, sessions, shop):
        self.clerk, self.sessions, self.shop = clerk, sessions, shop
        self.id, self.version = None, 1

    async def draft(self, **more):
        body = {
            "member_id": str(self.shop.member.id),
            "channel_id": str(self.shop.channel.id),
            "title": "Spring gifts",
            "contract": "C-2026-7",
            "reason": "As in the frame contract",
            "payment": "balance",
            "prices": [{"sku": self.shop.skus[0].code, "price_minor": 8_000}],
            "invoice": {
                "kind": "company",
                "title": "Example Ltd",
                "tax_number": "91440300708461136T",
            },
        } | more
        made = await ok(await self.clerk.post("/admin/group-orders", body), 201)
        self.id = made["id"]
        return made

    async def send(self, method, path, *, version=None, **more):
        headers = self.clerk.headers | {"If-Match": f'"{version or self.version}"'}
        answer = await self.clerk.client.request(
            method, f"/api/v1/admin/group-orders/{self.id}{path}", headers=headers, **more
        )
        if answer.status_code == 200:
            self.version = answer.json()["version"]
        return answer

    async def upload(self, *rows, **more):
        return await self.send("PUT", "/rows", content=workbook(rows), **more)

    async def place(self, terms=TERMS, **body):
        await ok(await self.send("POST", "/place", json=body))
        await self.work(terms)
        return await self.get()

    async def work(self, terms=TERMS):
        while await orders.group_orders.place_rows(
            self.sessions, limits=LIMITS, terms=terms, limit=7
        ):
            pass

    async def get(self):
        return await ok(await self.clerk.get(f"/admin/group-orders/{self.id}"))

    async def rows(self, **params):
        found = await ok(await self.clerk.get(f"/admin/group-orders/{self.id}/rows", **params))
        return found["items"]
