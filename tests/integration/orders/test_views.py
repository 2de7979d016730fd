"""Views of the order list: whose they are, what they find."""

import pytest

from app.core.ids import new_id
from tests.factories.payments import give_balance
from tests.integration.orders.conftest import somebody

VIEW = {"name": "To pack", "filter": {"tab": "to_ship"}}


async def made(clerk, **more):
    answer = await clerk.post("/admin/order-views", VIEW | more)
    assert answer.status_code == 201, answer.text
    return answer.json()


async def test_a_view_finds_what_it_says_and_what_is_asked_beside_it(clerk, lin, shop, session):
    await give_balance(session, shop.member.id, 1_000_000)
    await session.commit()
    paid = await lin.order((shop.skus[0].id, 1), tenders=[{"kind": "balance"}])
    later = await lin.order((shop.skus[0].id, 2), tenders=[{"kind": "balance"}])
    unpaid = await lin.order((shop.skus[1].id, 1))
    view = await made(
        clerk,
        sort="oldest",
        filter={
            "tab": "to_ship",
            "channel_id": str(shop.channel.id),
            "placed_from": "2020-01-01T00:00:00+08:00",
            "currency": "CNY",
            "payable_min": 1,
        },
    )
    assert view["filter"]["tab"] == "to_ship"
    for params, found in (
        ({}, [paid, later]),
        ({"sort": "newest"}, [later, paid]),
        ({"tab": "to_pay"}, [unpaid]),
        ({"number": later["number"]}, [later]),
    ):
        page = (await clerk.get("/admin/orders", view_id=view["id"], **params)).json()
        assert [each["id"] for each in page["items"]] == [each["id"] for each in found]
    counts = (await clerk.get("/admin/orders/counts", view_id=view["id"], tab="to_pay")).json()
    assert (counts["to_pay"]["count"], counts["to_ship"]["count"]) == (1, 0)


async def test_shared_views_are_everybodys_to_use_and_one_persons_to_change(clerk, client, session):
    other = await somebody(client, session)
    own, shared = await made(clerk), await made(clerk, name="All", is_shared=True)
    path = f"/admin/order-views/{shared['id']}"
    listed = (await other.get("/admin/order-views")).json()["items"]
    assert [each["id"] for each in listed] == [shared["id"]]
    assert (await other.get(path)).status_code == 200
    assert (await other.get(f"/admin/order-views/{own['id']}")).status_code == 404
    assert (await other.get("/admin/orders", view_id=own["id"])).status_code == 404
    assert (await other.get("/admin/orders", view_id=shared["id"])).status_code == 200
    other.headers["If-Match"] = '"1"'
    assert (await other.send("PUT", path, VIEW)).status_code == 404
    assert (await other.send("DELETE", path)).status_code == 404


async def test_one_view_at_most_is_the_default(clerk):
    first = await made(clerk, is_default=True)
    second = await made(clerk, name="Later", is_default=True)
    listed = (await clerk.get("/admin/order-views")).json()["items"]
    assert {each["id"]: each["is_default"] for each in listed} == {
        first["id"]: False,
        second["id"]: True,
    }
    path = f"/admin/order-views/{first['id']}"
    clerk.headers["If-Match"] = '"2"'
    edited = await clerk.send("PUT", path, VIEW | {"is_default": True})
    assert (edited.status_code, edited.json()["version"]) == (200, 3)
    assert edited.headers["etag"] == '"3"'


async def test_views_are_edited_by_who_saw_them(clerk):
    view = await made(clerk)
    await made(clerk, name="Other")
    path = f"/admin/order-views/{view['id']}"
    assert (await clerk.send("PUT", path, VIEW)).status_code == 428
    clerk.headers["If-Match"] = '"1"'
    taken = await clerk.send("PUT", path, VIEW | {"name": "Other"})
    assert (taken.status_code, taken.json()["field"]) == (409, "name")
    edited = await clerk.send("PUT", path, {"name": "Late", "filter": {"has_note": True}})
    assert edited.json()["filter"] == {"has_note": True}
    assert (await clerk.send("PUT", path, VIEW)).status_code == 412
    clerk.headers["If-Match"] = '"2"'
    assert (await clerk.send("DELETE", path)).status_code == 204
    assert (await clerk.get(path)).status_code == 404
    missing = await clerk.get("/admin/orders/counts", view_id=str(new_id()))
    assert missing.status_code == 404


@pytest.mark.parametrize(
    "bad",
    [
        {"filter": {"colour": "red"}},
        {"filter": {"tab": "later"}},
        {"filter": {"payable_min": 1}},
        {"filter": {"phone": "138"}},
        {"filter": {"placed_from": "2020-01-01T00:00:00"}},
        {"sort": "highest"},
    ],
)
async def test_a_view_is_one_the_list_understands(clerk, bad):
    assert (await clerk.post("/admin/order-views", VIEW | bad)).status_code == 422
