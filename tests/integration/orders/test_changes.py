"""Orders that are changed after they were placed: where they go, and for whom."""

from uuid import UUID

import pytest
from sqlalchemy import text

from app.schemas.orders.changes import AdminOrderChangeOut, ChangePreviewOut, OrderChangeOut
from app.services import orders
from tests.factories.members import bearer, make_member
from tests.factories.orders import ADDRESS
from tests.factories.payments import staff
from tests.integration.orders.changing import (
    AGREED,
    BY_SHOP,
    COMPANY,
    NEXT_DOOR,
    change,
    history,
    version_of,
)
from tests.integration.orders.charging import require_sound
from tests.integration.orders.conftest import BY_GATEWAY, Shopper, somebody
from tests.integration.orders.refunding import BY_BALANCE, ok, refused, ship
from tests.integration.orders.sending import CLERK, parcel, part_of


@pytest.fixture
async def bought(lin, shop, purse):
    return await lin.order((shop.skus[0].id, 2), tenders=BY_BALANCE)


async def pick(session, order):
    part = await part_of(session, UUID(order["id"]))
    await orders.shipping.start_picking(session, part["id"], actor=CLERK)
    await session.commit()


async def test_a_shopper_changes_where_it_goes_and_the_first_is_kept(lin, bought, session):
    wish = {"address": NEXT_DOOR, "note": "ring twice", "invoice": COMPANY}
    seen = await ok(await lin.post(f"/orders/{bought['id']}/changes/preview", wish))
    ChangePreviewOut.model_validate(seen)
    before = await ok(await lin.get(f"/orders/{bought['id']}"))
    assert (before["address"], before["note"], before["invoice"]) == (ADDRESS, None, None)
    made = await ok(await change(lin, bought, wish), 201)
    OrderChangeOut.model_validate(made)
    assert "actor" not in made
    assert made["before"] == {"address": ADDRESS, "note": None, "invoice": None}
    assert made["before"] == seen["before"]
    assert made["after"] == seen["after"]
    found = await ok(await lin.get(f"/orders/{bought['id']}"))
    assert found["address"] == made["after"]["address"] == NEXT_DOOR
    assert found["note"] == "ring twice"
    unsaid = dict.fromkeys(("email", "address", "phone", "bank", "bank_account"))
    assert found["invoice"] == COMPANY | unsaid | {"form": "electronic"}
    assert found["timeline"][-1]["kind"] == "changed"
    assert found["cancel_reason"] is None
    again = await ok(await change(lin, bought, {"note": None, "invoice": None}), 201)
    assert again["after"] == {"note": None, "invoice": None}
    found = await ok(await lin.get(f"/orders/{bought['id']}"))
    assert (found["note"], found["invoice"], found["address"]) == (None, None, NEXT_DOOR)
    assert [each["id"] for each in await history(lin, bought)] == [again["id"], made["id"]]
    (row, _) = await facts(session)
    assert (row["fields"], row["is_by_staff"]) == (["address", "invoice", "note"], False)


async def test_a_gift_gets_another_message_or_is_none_any_more(lin, bought, session):
    made = await ok(await change(lin, bought, {"gift_message": "Happy birthday"}), 201)
    assert made["after"] == {"gift_message": "Happy birthday", "is_gift": True}
    await ok(await change(lin, bought, {"hides_prices": True}), 201)
    found = await ok(await lin.get(f"/orders/{bought['id']}"))
    assert (found["is_gift"], found["hides_prices"]) == (True, True)
    made = await ok(await change(lin, bought, {"is_gift": False}), 201)
    assert made["after"] == {"gift_message": None, "is_gift": False}
    path = f"/orders/{bought['id']}/changes/preview"
    for wrong in ({"is_gift": None}, {"is_gift": False, "gift_message": "a"}):
        assert (await lin.post(path, wrong)).status_code == 422
    await require_sound(session)


async def facts(session):
    statement = text("SELECT payload FROM outbox WHERE name = 'orders.changed.v1' ORDER BY id")
    return list((await session.scalars(statement)).all())


async def test_staff_say_why_and_how_the_shopper_agreed(lin, clerk, bought, session):
    wish = {"address": NEXT_DOOR} | AGREED
    made = await ok(await change(clerk, bought, wish, BY_SHOP), 201)
    AdminOrderChangeOut.model_validate(made)
    assert (made["reason"], made["consent"]) == tuple(AGREED.values())
    assert made["actor"].startswith("admin:")
    (seen,) = await history(lin, bought)
    assert (seen["is_by_staff"], seen["consent"]) == (True, AGREED["consent"])
    (told,) = await history(clerk, bought, BY_SHOP)
    assert told == made
    logged = text("SELECT changes FROM operation_log WHERE action = 'orders.change'")
    assert (await session.scalar(logged))["fields"] == ["address"]
    for lacking in ("reason", "consent"):
        body = {name: value for name, value in wish.items() if name != lacking}
        answer = await clerk.post(f"/admin/orders/{bought['id']}/changes/preview", body)
        assert answer.status_code == 422


async def test_a_change_names_the_version_it_was_made_on(lin, clerk, bought):
    version = await version_of(lin, bought, {"note": "a"})
    await ok(await change(lin, bought, {"note": "a"}, version=version), 201)
    answer = await change(clerk, bought, {"note": "b"} | AGREED, BY_SHOP, version=version)
    assert await refused(answer) == (412, "stale-version")
    answer = await lin.post(f"/orders/{bought['id']}/changes", {"note": "b"})
    assert await refused(answer) == (428, "precondition-required")
    assert len(await history(lin, bought)) == 1


async def test_the_same_key_changes_once(lin, bought):
    version = await version_of(lin, bought, {"note": "a"})
    answers = [
        await change(lin, bought, {"note": "a"}, version=version, key="once-1") for _ in range(2)
    ]
    first, second = [await ok(each, 201) for each in answers]
    assert first == second
    assert len(await history(lin, bought)) == 1


async def test_shoppers_change_nothing_while_it_is_picked_and_nobody_once_it_left(
    lin, clerk, bought, session
):
    wish = {"address": NEXT_DOOR}
    await pick(session, bought)
    path = f"/orders/{bought['id']}/changes"
    assert await refused(await lin.post(f"{path}/preview", wish)) == (409, "being-picked")
    answer = await change(lin, bought, wish, version=1)
    assert await refused(answer) == (412, "stale-version")
    await ok(await change(clerk, bought, wish | AGREED, BY_SHOP), 201)
    packed = await orders.shipping.pack_parcel(
        session, await parcel(session, UUID(bought["id"])), actor=CLERK
    )
    await session.commit()
    answer = await clerk.post(f"/admin{path}/preview", {"note": "now"} | AGREED)
    assert await refused(answer) == (409, "being-picked")
    await orders.shipping.void_parcel(session, packed["id"], actor=CLERK)
    await session.commit()
    await ship(session, bought)
    answer = await clerk.post(f"/admin{path}/preview", {"note": "now"} | AGREED)
    assert await refused(answer) == (409, "already-shipped")
    await ok(await change(lin, bought, {"invoice": COMPANY}), 201)


async def test_invoice_details_stay_once_an_invoice_was_asked_for(lin, shop, purse, gateway):
    order = await lin.order((shop.skus[0].id, 1), tenders=BY_BALANCE)
    title = {"title": {"kind": "personal", "name": "Lin"}}
    await ok(await lin.post(f"/orders/{order['id']}/invoices", title), 201)
    answer = await lin.post(f"/orders/{order['id']}/changes/preview", {"invoice": COMPANY})
    assert await refused(answer) == (409, "already-invoiced")


async def test_an_order_stays_in_its_country_and_an_unpaid_one_in_its_region(lin, shop, bought):
    abroad = ADDRESS | {"country": "DE", "region_code": None, "phone": "+4915112345678"}
    answer = await lin.post(f"/orders/{bought['id']}/changes/preview", {"address": abroad})
    assert await refused(answer) == (409, "address-not-served")
    other = ADDRESS | {"district": "徐汇区", "region_code": "310104"}
    await ok(await change(lin, bought, {"address": other}), 201)
    unpaid = await lin.order((shop.skus[0].id, 1), tenders=BY_GATEWAY)
    answer = await lin.post(f"/orders/{unpaid['id']}/changes/preview", {"address": other})
    assert await refused(answer) == (409, "address-not-served")
    assert answer.json()["keep"] == ["country", "province", "city", "district"]
    await ok(await change(lin, unpaid, {"address": NEXT_DOOR}), 201)


async def test_what_is_like_that_already_or_nobodys_is_refused(client, lin, session, bought):
    path = f"/orders/{bought['id']}/changes/preview"
    for wish in ({}, {"address": ADDRESS}, {"note": None}):
        assert await refused(await lin.post(path, wish)) == (409, "nothing-to-change")
    for wish in (
        {"address": None},
        {"surprise": 1},
        {"address": ADDRESS, "address_id": bought["id"]},
        {"cancel": [{"line_id": bought["id"], "quantity": 1}] * 2},
        {"cancel": [{"line_id": bought["id"], "quantity": 0}]},
    ):
        assert (await lin.post(path, wish)).status_code == 422
    wish = {"address_id": bought["id"]}
    assert await refused(await lin.post(path, wish)) == (422, "invalid-reference")
    unknown = {"address": ADDRESS | {"region_code": "999999"}}
    assert await refused(await lin.post(path, unknown)) == (422, "unknown-region")
    stranger = await somebody(client, session)
    answer = await stranger.post(
        f"/admin/orders/{staff().id}/changes/preview", {"note": "a"} | AGREED
    )
    assert await refused(answer) == (404, "not-found")


async def test_an_order_of_somebody_else_is_not_there(client, session, shop, bought):
    other = Shopper(client, await bearer(session, await make_member(session)))
    await session.commit()
    path = f"/orders/{bought['id']}/changes"
    assert await refused(await other.post(f"{path}/preview", {"note": "a"})) == (404, "not-found")
    answer = await change(other, bought, {"note": "a"}, version=1)
    assert await refused(answer) == (404, "not-found")
    assert await refused(await other.get(path)) == (404, "not-found")
