"""One transfer of a company pays the orders of its group: exactly, however much it is."""

import pytest
from sqlalchemy import text

from app.core.enums.scopes import Scope
from app.services import orders
from tests.factories.group_orders import check_groups, recipient
from tests.factories.payments import staff
from tests.factories.staff import bearer, make_staff
from tests.integration.orders.conftest import Shopper, somebody
from tests.integration.orders.grouping import BY_TRANSFER, Groups
from tests.integration.orders.refunding import ok, refused

BOOKED = """
    SELECT a.kind, coalesce(sum(e.amount_minor), 0)::bigint
    FROM ledger_accounts a LEFT JOIN ledger_entries e ON e.account_id = a.id
    WHERE a.kind IN ('group_deposit', 'bank', 'order_prepaid') GROUP BY 1
"""


class Treasury(Groups):
    """Two people who see to what companies send."""

    def __init__(self, clerk, other, sessions, shop):
        super().__init__(clerk, sessions, shop)
        self.other = other

    async def begin(self, rows=3):
        """A group whose orders cost 8 000 each and wait for a transfer."""
        await self.draft(payment="bank_transfer")
        await self.upload(*(recipient(self.shop.skus[0].code, f"王{i}") for i in range(rows)))
        return await self.place(BY_TRANSFER)

    async def record(self, amount_minor, reference="8812", **more):
        body = {"amount_minor": amount_minor, "reference": reference} | more
        return await self.clerk.post(f"/admin/group-orders/{self.id}/transfers", body)

    async def settle(self, verb, row, person=None, **body):
        person = person or self.other
        return await person.client.post(
            f"/api/v1/admin/group-orders/{self.id}/transfers/{row['id']}/{verb}",
            headers=person.headers | {"If-Match": f'"{row["version"]}"'},
            json=body,
        )

    async def receive(self, amount_minor, reference="8812"):
        row = await ok(await self.record(amount_minor, reference), 201)
        await ok(await self.settle("confirm", row))
        while await orders.group_orders.pay_rows(self.sessions, limit=2):
            pass
        return await self.get()

    async def money(self):
        seen = await self.get()
        return seen["paid_minor"], seen["due_minor"], seen["deposit_minor"]


async def person(client, session, *scopes):
    member = await make_staff(session, scopes=list(scopes))
    headers = await bearer(session, member)
    await session.commit()
    return Shopper(client, headers)


@pytest.fixture
async def groups(client, session, sessions, shop):
    clerk, other = await somebody(client, session), await somebody(client, session)
    return Treasury(clerk, other, sessions, shop)


async def booked(session):
    return {kind: minor for kind, minor in await session.execute(text(BOOKED))}  # noqa: C416 - a row is no pair to mypy


@pytest.mark.parametrize(
    ("amount", "money"),
    [
        (24_000, (24_000, 0, 0)),
        (24_001, (24_000, 0, 1)),
        (23_999, (16_000, 8_000, 7_999)),
        (7_999, (0, 24_000, 7_999)),
    ],
    ids=["exact", "over", "under", "too little for one"],
)
async def test_it_pays_whole_orders_and_the_rest_is_kept(session, groups, amount, money):
    await groups.begin()
    await groups.receive(amount)
    assert await groups.money() == money
    paid = [each["payment_status"] for each in await groups.rows()]
    assert paid == ["paid"] * (money[0] // 8_000) + ["awaiting"] * (money[1] // 8_000)
    assert await booked(session) == {
        "bank": amount,
        "group_deposit": -money[2],
        **({"order_prepaid": -money[0]} if money[0] else {}),
    }
    await check_groups(session)


async def test_what_comes_later_joins_what_is_left(session, groups):
    """A company pays in parts; orders that are placed later are paid from what is there."""
    await groups.begin(2)
    assert (await groups.receive(12_000, "1"))["deposit_minor"] == 4_000
    assert (await groups.receive(13_000, "2"))["deposit_minor"] == 9_000
    tee = groups.shop.skus[0].code
    groups.version = (await groups.get())["version"]
    await groups.upload(*(recipient(tee, f"王{i}") for i in range(3)))
    await groups.place(BY_TRANSFER)
    assert await orders.group_orders.pay_rows(groups.sessions, limit=9) == 1
    assert await groups.money() == (24_000, 0, 1_000)
    await check_groups(session)


async def test_what_is_left_goes_back_and_no_more(session, groups):
    await groups.begin(1)
    await groups.receive(10_000)
    much = await ok(await groups.record(2_001, "back-1", kind="returned"), 201)
    assert await refused(await groups.settle("confirm", much)) == (409, "group-deposit-exceeded")
    row = await ok(await groups.record(2_000, "back-2", kind="returned"), 201)
    await ok(await groups.settle("confirm", row))
    assert await groups.money() == (8_000, 0, 0)
    assert (await booked(session))["bank"] == 8_000
    await check_groups(session)


async def test_two_people_see_it(groups):
    await groups.begin(1)
    row = await ok(await groups.record(8_000), 201)
    alone = await groups.settle("confirm", row, groups.clerk)
    assert await refused(alone) == (403, "second-person-needed")
    assert await groups.money() == (0, 8_000, 0)
    stale = await groups.settle("confirm", row | {"version": 7})
    assert await refused(stale) == (412, "stale-version")
    await ok(await groups.settle("confirm", row))
    for verb, more in (("confirm", {}), ("reject", {"reason": "no"})):
        again = await groups.settle(verb, row | {"version": 2}, **more)
        assert await refused(again) == (409, "group-transfer-settled")


async def test_a_reference_counts_once(session, groups):
    await groups.begin(1)
    row = await ok(await groups.record(8_000), 201)
    assert (await ok(await groups.record(8_000), 201))["id"] == row["id"]
    assert await refused(await groups.record(8_001)) == (409, "already-exists")
    # Neither does it pay an order by itself.
    (placed,) = await groups.rows()
    plan = (await ok(await groups.clerk.get("/admin/payments", order_id=placed["order_id"])))[
        "items"
    ][0]
    body = {"amount_minor": 8_000, "reference": "8812"}
    alone = await groups.clerk.post(f"/admin/payments/{plan['id']}/collections", body)
    assert await refused(alone) == (409, "already-exists")
    await ok(await groups.settle("reject", row, reason="No such money"))
    taken = await groups.clerk.post(f"/admin/payments/{plan['id']}/collections", body)
    assert taken.status_code == 201
    assert await refused(await groups.record(8_000)) == (409, "already-exists")
    listed = await ok(await groups.clerk.get(f"/admin/group-orders/{groups.id}/transfers"))
    assert [each["state"] for each in listed["items"]] == ["rejected"]
    await check_groups(session)


async def test_a_group_on_the_balance_takes_none(groups):
    await groups.draft()
    assert await refused(await groups.record(1)) == (409, "group-order-paid-otherwise")


async def test_who_may_not_touch_money_sees_none(client, session, groups):
    await groups.begin(1)
    clerk = await person(client, session, Scope.ORDERS_READ, Scope.ORDERS_WRITE)
    path = f"/admin/group-orders/{groups.id}/transfers"
    assert (await clerk.get(path)).status_code == 403
    assert (await clerk.post(path, {"amount_minor": 1, "reference": "1"})).status_code == 403


async def test_what_is_cancelled_is_not_paid(session, groups):
    await groups.begin(2)
    first, _ = await groups.rows()
    body = {"reason": "They want it no more"}
    await ok(await groups.clerk.post(f"/admin/orders/{first['order_id']}/cancel", body))
    await groups.receive(10_000)
    assert await groups.money() == (8_000, 0, 2_000)
    assert [each["payment_status"] for each in await groups.rows()] == ["closed", "paid"]
    await check_groups(session)


async def test_what_is_paid_is_given_back_by_hand(session, groups):
    """From the bank, as of every order paid by transfer; the deposit is not touched."""
    await groups.begin(1)
    await groups.receive(9_000)
    (row,) = await groups.rows()
    await orders.begin_cancel(session, row["order_id"], actor=staff(), reason="No")
    await session.commit()
    assert (await groups.get())["deposit_minor"] == 1_000
    await check_groups(session)
