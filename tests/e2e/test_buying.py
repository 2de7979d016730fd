"""Journeys from the shelf to a paid order and back, over HTTP."""

from sqlalchemy import text

from app.core.db import unit_of_work


async def test_bought_with_four_tenders_and_given_back_whole(lin, deal):
    """Browse, cart, quote, order, pay at the sandbox, cancel: everything is as it was before."""
    code, tenders = deal
    before = await lin.world()
    cart_id = await lin.fill((0, 1), (1, 3), codes=(code,))
    shown = await lin.ask("GET", f"/carts/{cart_id}")
    assert shown["quote"]["totals"]["payable_minor"] == 10_000 + 2 * 15_000 + 20_000 - 1_000
    placed = await lin.order(cart_id, *tenders)
    amounts = [each["amount_minor"] for each in placed["payment"]["tenders"]]
    assert amounts == [3_000, 500, 700, 54_800]
    during = await lin.world()
    assert all(during[part] != before[part] for part in ("stock", "coupons", "prices", "lots"))

    await lin.at_the_sandbox(placed["payment"])
    assert await lin.axes(placed["id"]) == ("open", "paid", "unfulfilled")
    order = await lin.ask("GET", f"/orders/{placed['id']}")
    assert [each["kind"] for each in order["timeline"]] == ["placed", "paid"]

    cancelled = await lin.ask("POST", f"/orders/{placed['id']}/cancel", {"reason": "Regret"})
    assert cancelled["state"] == "cancelled"
    await lin.work()
    assert await lin.axes(placed["id"]) == ("cancelled", "refunded", "cancelled")
    assert await lin.world() == before
    assert await lin.sandbox.net_taken_minor() == 0


async def test_an_order_shows_what_was_bought_as_long_as_it_is_sold(lin):
    """Pages of orders need no other call: the picture of the SKU, and the page if there is one."""
    placed = await lin.order(await lin.fill((0, 1), (1, 1)))
    path = f"/orders/{placed['id']}"
    [first, second] = (await lin.ask("GET", path))["lines"]
    assert (first["image_url"], second["image_url"]) == (None, None)
    spu_id = first["spu_id"]
    async with unit_of_work(lin.sessions) as session:
        for sku_id, url in (
            (None, "https://img.example/all"),
            (first["sku_id"], "https://img.example/own"),
        ):
            await session.execute(
                text(
                    "INSERT INTO media (id, spu_id, sku_id, kind, url)"
                    " VALUES (gen_random_uuid(), :spu_id, :sku_id, 'image', :url)"
                ),
                {"spu_id": spu_id, "sku_id": sku_id, "url": url},
            )
    slug = (await lin.ask("GET", f"/products/{spu_id}"))["slug"]
    for lines in (
        (await lin.ask("GET", path))["lines"],
        (await lin.ask("GET", "/orders"))["items"][0]["lines"],
    ):
        shown = [(each["image_url"], each["slug"]) for each in lines]
        assert shown == [("https://img.example/own", slug), ("https://img.example/all", slug)]
    async with unit_of_work(lin.sessions) as session:
        await session.execute(
            text("UPDATE spus SET status = 'off_sale' WHERE id = :id"), {"id": spu_id}
        )
    assert [each["slug"] for each in (await lin.ask("GET", path))["lines"]] == [None, None]


async def test_a_guest_buys_without_an_account(journey):
    """A guest's token is enough for the cart, the order, the payment and looking it up."""
    cart_id = await journey.become_guest()
    body = {"sku_code": journey.shop.skus[2].code, "quantity": 2}
    await journey.ask("POST", f"/carts/{cart_id}/lines", body, status=201)
    placed = await journey.order(cart_id)
    await journey.at_the_sandbox(placed["payment"])
    assert await journey.axes(placed["id"]) == ("open", "paid", "unfulfilled")
    mine = await journey.ask("GET", "/orders")
    assert [each["number"] for each in mine["items"]] == [placed["number"]]


async def test_declined_once_then_paid(lin):
    placed = await lin.order(await lin.fill((0, 1)))
    await lin.at_the_sandbox(placed["payment"], "decline")
    assert await lin.axes(placed["id"]) == ("open", "awaiting", "unfulfilled")
    again = await lin.ask("POST", f"/orders/{placed['id']}/payments")
    assert again["attempt"]["id"] != placed["payment"]["attempt"]["id"]
    await lin.at_the_sandbox(again)
    assert await lin.axes(placed["id"]) == ("open", "paid", "unfulfilled")
    assert await lin.sandbox.net_taken_minor() == 10_000


async def test_paid_after_it_was_closed_is_returned(lin, deal):
    """The order stays cancelled, the money goes back by itself."""
    code, tenders = deal
    before = await lin.world()
    placed = await lin.order(await lin.fill((0, 1), codes=(code,)), *tenders)
    await lin.at_the_sandbox(placed["payment"], "late")
    await lin.ask("POST", f"/orders/{placed['id']}/cancel")
    await lin.sandbox.settle_tasks()
    assert await lin.axes(placed["id"]) == ("cancelled", "closed", "cancelled")
    await lin.work()
    assert await lin.axes(placed["id"]) == ("cancelled", "closed", "cancelled")
    assert await lin.world() == before
    assert await lin.sandbox.net_taken_minor() == 0


async def test_time_closes_what_nobody_pays(lin, deal):
    code, tenders = deal
    before = await lin.world()
    placed = await lin.order(await lin.fill((0, 1), codes=(code,)), *tenders)
    async with unit_of_work(lin.sessions) as session:
        await session.execute(text("UPDATE orders SET expires_at = now() - interval '1 second'"))
    await lin.work()
    assert await lin.axes(placed["id"]) == ("cancelled", "closed", "cancelled")
    assert await lin.world() == before


async def test_a_lost_notice_is_asked_for(lin):
    """The gateway took the money and never said so: the worker asks."""
    placed = await lin.order(await lin.fill((0, 1)))
    await lin.at_the_sandbox(placed["payment"], "lose")
    assert await lin.axes(placed["id"]) == ("open", "awaiting", "unfulfilled")
    await lin.work()
    assert await lin.axes(placed["id"]) == ("open", "paid", "unfulfilled")


async def test_notices_repeated_and_reordered_change_nothing(lin):
    for scenario in ("repeat", "reorder"):
        placed = await lin.order(await lin.fill((0, 1)))
        await lin.at_the_sandbox(placed["payment"], scenario)
        assert await lin.axes(placed["id"]) == ("open", "paid", "unfulfilled")
    assert await lin.sandbox.net_taken_minor() == 20_000


async def test_a_wrong_amount_never_pays(lin):
    """INV-12: the order stays unpaid; the money is kept apart and returned."""
    placed = await lin.order(await lin.fill((0, 1)))
    await lin.at_the_sandbox(placed["payment"], "wrong_amount")
    assert await lin.axes(placed["id"]) == ("open", "awaiting", "unfulfilled")
    await lin.work()
    assert await lin.sandbox.net_taken_minor() == 0
