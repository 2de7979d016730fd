"""A member pays into the balance over HTTP, and buys with it."""

from app.core.db import unit_of_work
from app.services import payments
from tests.e2e.wallet_corruptions import top_up
from tests.factories.payments import staff


async def test_from_a_package_to_an_order(lin):
    async with unit_of_work(lin.sessions) as session:
        terms = payments.recharge_packages.PackageTerms(
            name="100+20", currency="CNY", pay_minor=10_000, bonus_minor=2_000, per_member=1
        )
        package = await payments.recharge_packages.create_package(session, terms, actor=staff())
    (offered,) = (await lin.ask("GET", "/me/recharge-packages"))["items"]
    assert offered["id"] == str(package.id)
    before = await lin.ask("GET", "/me/balance/withdrawable")
    body = {"package_id": offered["id"], "channel": "sandbox"}
    begun, again = [
        await lin.ask("POST", "/me/top-ups", body, status=201, key="once-and-again") for _ in "12"
    ]
    assert again["id"] == begun["id"]
    assert again["payment"]["attempt"] == begun["payment"]["attempt"]
    await lin.ask("POST", "/me/top-ups", body | {"amount_minor": 5}, status=422)
    refused = await lin.ask("POST", "/me/top-ups", body, status=409)
    assert (refused["type"], refused["per_member"]) == ("/problems/package-limit-reached", 1)
    await lin.at_the_sandbox(begun["payment"])
    assert (await lin.ask("GET", f"/me/top-ups/{begun['id']}"))["state"] == "paid"
    after = await lin.ask("GET", "/me/balance/withdrawable")
    assert after["own_minor"] - before["own_minor"] == 10_000
    assert after["given_minor"] - before["given_minor"] == 2_000
    paid = await lin.ask("POST", f"/me/top-ups/{begun['id']}/cancel", status=409)
    assert paid["type"] == "/problems/already-paid"
    order = await lin.order(await lin.fill((0, 1)), {"kind": "balance"})
    assert order["payment"]["state"] == "paid"


async def test_money_that_goes_back_leaves_the_gateway_too(lin):
    await top_up(lin)
    await lin.work()
    await lin.work()
    states = [each["state"] for each in (await lin.ask("GET", "/me/top-ups"))["items"]]
    assert states == ["awaiting", "closed", "refunded", "paid"]
