"""Orders paid at the door and by bank transfer, over HTTP, from the cart to the money."""

from datetime import datetime, timedelta
from uuid import UUID

import pytest
from sqlalchemy import text

from app.core import clock
from app.core.db import unit_of_work
from app.core.enums.scopes import Scope
from app.core.ids import random_code
from app.core.settings import BankPayee, DatabaseSettings, HttpSettings, PaymentSettings, Settings
from app.services import finance, orders
from tests.factories.staff import bearer, make_staff
from tests.integration.orders import charging
from tests.integration.orders.conftest import Shopper
from tests.integration.orders.refunding import BY_BALANCE, refused
from tests.integration.orders.sending import on_stock, send

PAYEE = {"account_name": "Stoa Ltd", "account_number": "6222 0000", "bank": "ICBC"}
BY_CASH, BY_TRANSFER = [{"kind": "cash_on_delivery"}], [{"kind": "bank_transfer"}]


@pytest.fixture
def settings() -> Settings:
    return Settings(
        database=DatabaseSettings(url="postgresql+asyncpg:///unused"),
        http=HttpSettings(rate_limits_enabled=False),
        payments=PaymentSettings(
            gateways=["alipay"],
            query_after_seconds=0,
            cash_on_delivery=True,
            bank_transfer=BankPayee(**PAYEE),
        ),
    )


class Clerk(Shopper):
    async def take(self, plan_id: str, amount_minor: int, reference: str):
        body = {"amount_minor": amount_minor, "reference": reference}
        return await self.post(f"/admin/payments/{plan_id}/collections", body)

    async def settle(self, verb: str, row: dict, body: dict | None = None):
        return await self.client.post(
            f"/api/v1/admin/collections/{row['id']}/{verb}",
            headers=self.headers
            | {"If-Match": f'"{row["version"]}"', "Idempotency-Key": random_code(10)},
            json=body,
        )

    async def close(self, review: dict):
        return await self.client.post(
            f"/api/v1/admin/payment-reviews/{review['id']}/close",
            headers=self.headers | {"If-Match": f'"{review["version"]}"'},
            json={"reason": "seen to"},
        )

    async def plan_of(self, order_id: str) -> dict:
        found = await self.get("/admin/payments", order_id=order_id)
        return found.json()["items"][0]


async def somebody(client, session) -> Clerk:
    staff = await make_staff(session, scopes=[Scope.PAYMENTS_READ, Scope.PAYMENTS_WRITE])
    headers = await bearer(session, staff)
    await session.commit()
    return Clerk(client, headers)


@pytest.fixture
async def driver(client, session) -> Clerk:
    return await somebody(client, session)


@pytest.fixture
async def cashier(client, session) -> Clerk:
    return await somebody(client, session)


async def status(lin, placed) -> tuple[str, str]:
    found = (await lin.get(f"/orders/{placed['id']}")).json()
    return found["state"], found["payment_status"]


async def test_an_order_is_paid_at_the_door(lin, shop, driver, cashier):
    placed = await lin.order((shop.skus[0].id, 1), tenders=BY_CASH)
    assert placed["payment"]["due_minor"] == placed["payable_minor"]
    assert placed["payment"]["attempt"] is None
    waits = datetime.fromisoformat(placed["expires_at"]) - clock.now()
    assert timedelta(days=13) < waits < timedelta(days=15)
    again = await lin.post(f"/orders/{placed['id']}/payments")
    assert again.status_code == 409
    plan = await driver.plan_of(placed["id"])
    wrong = await driver.take(plan["id"], placed["payable_minor"] - 1, "box-1")
    assert wrong.json()["type"].endswith("collection-mismatch")
    taken = await driver.take(plan["id"], placed["payable_minor"], "box-1")
    assert (taken.status_code, taken.json()["state"]) == (201, "recorded")
    assert await status(lin, placed) == ("open", "paid")
    alone = await driver.settle("confirm", taken.json())
    assert alone.status_code == 403
    done = await cashier.settle("confirm", taken.json())
    assert (done.status_code, done.json()["state"]) == (200, "confirmed")
    assert done.headers["etag"] == '"2"'


async def test_what_is_paid_at_the_door_leaves_first(
    lin, shop, session, sessions, gateway, driver, cashier
):
    """It keeps its stock and does not expire on its way; it is revenue once it is paid."""
    placed = await lin.order((shop.skus[0].id, 2), tenders=BY_CASH)
    order_id = UUID(placed["id"])
    sent = await send(session, order_id)
    await session.execute(text("UPDATE orders SET expires_at = now() - interval '1 hour'"))
    payload = {
        "order_id": order_id,
        "shipment_number": sent["number"],
        "line_ids": [each["order_line_id"] for each in sent["lines"]],
        "quantities": [each["quantity"] for each in sent["lines"]],
    }
    await finance.recognise_shipment(session, payload)
    assert await finance.list_recognitions(session, order_id) == []
    await session.commit()
    assert await orders.expire(sessions, {"alipay": gateway}, limit=9) == 0
    assert (await lin.post(f"/orders/{placed['id']}/cancel")).json()["type"].endswith("shipped")
    plan = await driver.plan_of(placed["id"])
    taken = await driver.take(plan["id"], placed["payable_minor"], "box-2")
    assert taken.status_code == 201
    assert await on_stock(session, shop.skus[0].id) == (8, 0)
    for _ in range(2):
        await finance.recognise_sent(session, {"order_id": order_id})
    (made,) = await finance.list_recognitions(session, order_id)
    assert made["prepaid_minor"] == placed["payable_minor"]


async def test_a_transfer_is_shown_proved_and_confirmed(lin, shop, driver, cashier):
    placed = await lin.order((shop.skus[0].id, 1), tenders=BY_TRANSFER)
    path = f"/orders/{placed['id']}/bank-transfer"
    told = (await lin.get(path)).json()
    assert told["payee"] == PAYEE
    assert (told["reference"], told["amount_minor"]) == (placed["number"], placed["payable_minor"])
    proved = await lin.post(f"{path}/proofs", {"url": "https://img.example/slip.jpg"})
    assert [each["url"] for each in proved.json()["proofs"]] == ["https://img.example/slip.jpg"]
    plan = await driver.plan_of(placed["id"])
    taken = (await driver.take(plan["id"], placed["payable_minor"], "ICBC-1")).json()
    assert await status(lin, placed) == ("open", "awaiting")
    listed = (await cashier.get("/admin/collections", state="recorded")).json()["items"]
    assert [each["id"] for each in listed] == [taken["id"]]
    assert (await cashier.settle("confirm", taken)).json()["state"] == "confirmed"
    assert await status(lin, placed) == ("open", "paid")
    late = await lin.post(f"{path}/proofs", {"url": "https://img.example/slip.jpg"})
    assert late.json()["type"].endswith("not-awaiting-payment")


async def test_proofs_are_few_and_of_transfers(lin, shop):
    cash = await lin.order((shop.skus[0].id, 1), tenders=BY_CASH)
    other = await lin.get(f"/orders/{cash['id']}/bank-transfer")
    assert other.json()["type"].endswith("not-paid-by-hand")
    placed = await lin.order((shop.skus[0].id, 1), tenders=BY_TRANSFER)
    proofs = f"/orders/{placed['id']}/bank-transfer/proofs"
    answers = [await lin.post(proofs, {"url": "https://img.example/1"}) for _ in range(11)]
    assert [each.status_code for each in answers] == [201] * 10 + [409]


async def test_cancelling_gives_the_goods_back(lin, shop, driver, session):
    placed = await lin.order((shop.skus[0].id, 2), tenders=BY_CASH)
    held = "SELECT coalesce(sum(quantity), 0) FROM reservations WHERE state = 'held'"
    assert await session.scalar(text(held)) == 2
    cancelled = await lin.post(f"/orders/{placed['id']}/cancel")
    assert cancelled.json()["state"] == "cancelled"
    assert await session.scalar(text(held)) == 0
    plan = await driver.plan_of(placed["id"])
    late = await driver.take(plan["id"], placed["payable_minor"], "box-2")
    assert late.json()["type"].endswith("not-awaiting-payment")


async def test_time_does_not_close_what_is_looked_at(lin, shop, driver, cashier, resources):
    placed = await lin.order((shop.skus[0].id, 1), tenders=BY_TRANSFER)
    plan = await driver.plan_of(placed["id"])
    taken = (await driver.take(plan["id"], placed["payable_minor"], "ICBC-2")).json()
    async with unit_of_work(resources.sessions) as session:
        await session.execute(text("UPDATE orders SET expires_at = now() - interval '1 hour'"))
    assert await orders.expire(resources.sessions, resources.gateways, limit=10) == 0
    rejected = await cashier.settle("reject", taken, {"reason": "nothing on the account"})
    assert rejected.json()["state"] == "rejected"
    assert await orders.expire(resources.sessions, resources.gateways, limit=10) == 1
    assert await status(lin, placed) == ("cancelled", "closed")


async def test_a_transfer_too_late_goes_back(lin, shop, driver, cashier):
    placed = await lin.order((shop.skus[0].id, 1), tenders=BY_TRANSFER)
    plan = await driver.plan_of(placed["id"])
    await lin.post(f"/orders/{placed['id']}/cancel")
    taken = (await driver.take(plan["id"], placed["payable_minor"], "ICBC-3")).json()
    apart = (await cashier.settle("confirm", taken)).json()
    assert (apart["state"], apart["reason"]) == ("apart", "late")
    (review,) = (await cashier.get("/admin/payment-reviews")).json()["items"]
    assert (review["kind"], review["reference"]) == ("transfer_late", "ICBC-3")
    assert (review["collection_id"], review["actions"][0]) == (apart["id"], "return_transfer")
    early = await cashier.close(review)
    assert early.json()["type"] == "/problems/review-unsettled"
    back = await driver.settle("return", apart, {"reference": "ICBC-4"})
    assert back.json()["state"] == "returned"
    (review,) = (await cashier.get("/admin/payment-reviews")).json()["items"]
    assert (review["is_settled"], review["actions"][0]) == (True, "close")
    assert (await cashier.close(review)).json()["closed_for"] == "seen to"
    assert (await cashier.get("/admin/payment-reviews")).json()["items"] == []
    shown = await driver.get(f"/admin/collections/{apart['id']}")
    assert shown.json() == back.json()


@pytest.mark.parametrize("by_hand", [BY_CASH, BY_TRANSFER])
async def test_what_is_asked_for_besides_is_not_paid_by_hand(lin, shop, purse, clerk, by_hand):
    """A shop may take orders so; a difference is agreed to by paying it at once."""
    bought = await lin.order((shop.skus[0].id, 1), tenders=BY_BALANCE)
    charge = await charging.ask(clerk, bought)
    refusal = await charging.pay(lin, charge, by_hand)
    assert await refused(refusal) == (409, "payment-method-refused")
    assert (await charging.charge_of(lin, charge))["state"] == "due"
