"""The real application over ASGI with the sandbox gateway, on a database of its own."""

from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass, field
from typing import Any

import httpx
import pytest
from fastapi import FastAPI

from app.adapters.sandbox import SandboxGateway
from app.core.db import Sessions, build_sessions, unit_of_work
from app.core.enums.pricing import LimitPeriod
from app.core.ids import random_code
from app.core.settings import DatabaseSettings, HttpSettings, PaymentSettings, Settings
from app.main import Resources
from app.services import orders, payments
from tests.app import application, http_client
from tests.factories.members import bearer
from tests.factories.orders import ADDRESS, world
from tests.factories.payments import give_balance, give_points, make_gift_card
from tests.factories.pricing import make_price_list, make_purchase_limit, put_price
from tests.factories.promotions import make_coupon, make_promotion
from tests.factories.shop import Shop, make_shop

BY_SANDBOX = {"kind": "gateway", "channel": "sandbox"}


@pytest.fixture
def settings(fresh_url) -> Settings:
    return Settings(
        database=DatabaseSettings(url=fresh_url),
        http=HttpSettings(rate_limits_enabled=False, public_url="http://test"),
        payments=PaymentSettings(gateways=["sandbox"], query_after_seconds=0),
    )


@dataclass
class Journey:
    """A shop one can walk through: every verb is what a client, a person or the worker does."""

    app: FastAPI
    resources: Resources
    client: httpx.AsyncClient
    sandbox: SandboxGateway
    shop: Shop
    headers: dict[str, str] = field(default_factory=dict)

    @property
    def sessions(self) -> Sessions:
        return self.resources.sessions

    @property
    def terms(self) -> payments.PaymentTerms:
        return payments.PaymentTerms.of(self.resources.settings)

    async def ask(
        self,
        method: str,
        path: str,
        body: Mapping[str, Any] | None = None,
        *,
        status: int = 200,
        key: str | None = None,
    ) -> Any:
        """One request that must be answered with `status`."""
        headers = self.headers | {"Idempotency-Key": key or random_code(20)}
        answer = await self.client.request(
            method, f"/api/v1{path}", headers=headers, json=dict(body or {})
        )
        assert answer.status_code == status, answer.text
        return answer.json() if answer.content else None

    async def become_guest(self) -> str:
        opened = await self.ask("POST", "/carts", status=201)
        self.headers = {"Authorization": f"Bearer {opened['tokens']['access_token']}"}
        return str(opened["id"])

    async def fill(self, *lines: tuple[int, int], codes: tuple[str, ...] = ()) -> str:
        """The open cart with `(index of a SKU, quantity)` lines and coupon codes."""
        cart_id = (await self.ask("POST", "/carts", status=201))["id"]
        for index, quantity in lines:
            body = {"sku_code": self.shop.skus[index].code, "quantity": quantity}
            await self.ask("POST", f"/carts/{cart_id}/lines", body, status=201)
        if codes:
            await self.ask("PUT", f"/carts/{cart_id}/coupons", {"codes": list(codes)})
        return str(cart_id)

    async def order(self, cart_id: str, *tenders: Mapping[str, Any]) -> Any:
        """Quote the cart, agree to it, place the order."""
        body = {"address": ADDRESS, "tenders": list(tenders) or [BY_SANDBOX]}
        quoted = await self.ask("POST", f"/carts/{cart_id}/quote", body)
        assert quoted["payment"]["uncovered_minor"] == 0
        agreed = {"cart_id": cart_id, "quote_hash": quoted["quote_hash"]}
        return await self.ask("POST", "/orders", body | agreed, status=201)

    async def at_the_sandbox(self, payment: Mapping[str, Any], scenario: str = "succeed") -> None:
        """A person opens the payment page and presses a button; notices arrive."""
        url = payment["attempt"]["action"]["url"]
        page = await self.client.get(url)
        assert page.status_code == 200
        assert f"?scenario={scenario}" in page.text
        pressed = await self.client.post(url, params={"scenario": scenario})
        assert pressed.status_code == 303, pressed.text
        await self.sandbox.settle_tasks()

    async def axes(self, order_id: str) -> tuple[str, str, str]:
        order = await self.ask("GET", f"/orders/{order_id}")
        return order["state"], order["payment_status"], order["fulfilment_status"]

    async def work(self) -> None:
        """What the worker does on its rounds: unpaid orders, open questions, refunds."""
        gateways = self.resources.gateways
        await orders.expire(self.sessions, gateways, limit=50, terms=self.terms)
        owner = orders.PLAN_OWNER
        await payments.janitor(self.sessions, gateways, owner, limit=50, terms=self.terms)
        await payments.push_refunds(self.sessions, gateways, owner, limit=50, terms=self.terms)
        await self.sandbox.settle_tasks()

    async def world(self) -> dict[str, set[tuple[Any, ...]]]:
        async with unit_of_work(self.sessions) as session:
            return await world(session)


@pytest.fixture
async def journey(settings, fresh_engine, readers, messages) -> AsyncIterator[Journey]:
    sessions = build_sessions(fresh_engine)

    async def send(headers: Mapping[str, str], body: bytes) -> bool:
        answer = await client.post("/api/v1/webhooks/sandbox", content=body, headers=dict(headers))
        return answer.is_success

    sandbox = SandboxGateway(settings, engine=fresh_engine, send=send)
    resources = Resources(
        settings=settings,
        sessions=sessions,
        readers=readers,
        messages=messages,
        gateways={"sandbox": sandbox},
    )
    async with unit_of_work(sessions) as session:
        shop = await make_shop(session)
    app = application(resources)
    async with http_client(app) as client:
        yield Journey(app, resources, client, sandbox, shop)
    await sandbox.settle_tasks()


@pytest.fixture
async def lin(journey):
    """A member who is signed in."""
    async with unit_of_work(journey.sessions) as session:
        journey.headers = await bearer(session, journey.shop.member)
    return journey


@pytest.fixture
async def deal(lin):
    """A coupon and a flash price with a quota; a card, points of two grants and a balance."""
    shop = lin.shop
    async with unit_of_work(lin.sessions) as session:
        promotion = await make_promotion(
            session,
            shop.merchant.id,
            stage="coupon",
            needs_coupon=True,
            total_uses=10,
            uses_per_day=10,
            uses_per_member_per_day=10,
        )
        coupon = await make_coupon(session, promotion.id)
        flash = await make_price_list(session, kind="flash")
        await put_price(session, flash.id, shop.skus[1].id, 15_000, quota=5, per_member=2)
        await make_purchase_limit(session, 20, period=LimitPeriod.EVER, sku_id=shop.skus[0].id)
        card = await make_gift_card(session, 3_000, terms=lin.terms)
        await give_points(session, shop.member.id, 300, terms=lin.terms)
        await give_points(session, shop.member.id, 200, terms=lin.terms)
        await give_balance(session, shop.member.id, 700)
    tenders = (
        {"kind": "gift_card", "code": card.code},
        {"kind": "points"},
        {"kind": "balance"},
        BY_SANDBOX,
    )
    return coupon.code, tenders
