"""Goods handed out without money: one order a recipient, at the cost of a centre, no sale."""

from uuid import UUID

import pytest
from sqlalchemy import text

from app.core.enums.handouts import HandoutAction, HandoutState
from app.core.enums.scopes import Scope
from app.core.ids import new_id
from app.repositories.promotions import CandidateRepository
from app.schemas.orders import AdminOrderOut
from app.schemas.orders.handouts import HandoutOut
from app.services import finance
from app.services.orders.engine.handouts import (
    HANDOUT,
    IllegalHandoutTransition,
    Piece,
    act,
    cost_of,
)
from tests.factories.order_invariants import check_orders
from tests.factories.orders import ADDRESS, axes, shopper, world
from tests.factories.payments import staff
from tests.integration.orders.desking import SUPERVISOR, at_the_desk
from tests.integration.orders.proving import broken
from tests.integration.orders.refunding import ok, refused, wish
from tests.integration.orders.returning import ask, brought_back, refund
from tests.integration.orders.sending import line_ids, on_stock, send


@pytest.fixture
async def agent(client, session):
    return await at_the_desk(client, session)


@pytest.fixture
async def boss(client, session):
    return await at_the_desk(client, session, scopes=[*SUPERVISOR, Scope.PAYMENTS_READ])


@pytest.fixture
async def fair(session):
    """The centre that bears it."""
    await finance.put_centre(session, "fair", name="Trade fair", budget_owner="Mei", actor=staff())
    await session.commit()
    return "fair"


@pytest.fixture
async def costly(session, shop):
    """The first SKU costs 60.00 to buy; of the others nobody knows."""
    shop.skus[0].cost_minor, shop.skus[0].cost_currency = 6_000, "CNY"
    await session.commit()


def listed(shop, *recipients, **more):
    """A body with a recipient for each of `((position, quantity), …)`."""
    return {
        "kind": "giveaway",
        "reason": "For the press",
        "cost_centre": "fair",
        "recipients": [
            {
                "address": ADDRESS | {"recipient": f"Guest {i}"},
                "lines": [
                    {"sku_id": str(shop.sku_ids[position]), "quantity": quantity}
                    for position, quantity in lines
                ],
            }
            for i, lines in enumerate(recipients, start=1)
        ],
    } | more


async def decided(who, handout, action, *, version=None, **body):
    headers = who.headers | {"If-Match": f'"{version or handout["version"]}"'}
    path = f"/api/v1/admin/handouts/{handout['id']}/{action}"
    return await who.client.post(path, headers=headers, json=body)


async def made(agent, body, *, key=None):
    return await ok(await agent.post("/admin/handouts", body, key=key), 201)


async def test_a_list_of_gifts_becomes_orders(session, shop, agent, fair, costly):
    """Two guests: 2 x 60.00 and 60.00 to buy, with a piece that lists for 50.00."""
    body = listed(shop, [(0, 2)], [(0, 1), (2, 1)])
    handout = await made(agent, body, key="k-1")
    HandoutOut.model_validate(handout)
    assert (handout["state"], handout["cost_minor"]) == ("approved", 3 * 6_000 + 5_000)
    assert not handout["needs_second"]
    assert handout["made_by"] == handout["decided_by"]
    first, second = handout["recipients"]
    assert (first["problem"], second["problem"]) == (None, None)
    order = await ok(await agent.get(f"/admin/orders/{second['order']['id']}"))
    AdminOrderOut.model_validate(order)
    assert (order["kind"], order["source"], order["cost_centre"]) == ("giveaway", "free", "fair")
    assert order["reference"] == f"{handout['number']}/2"
    assert order["address"]["recipient"] == "Guest 2"
    assert [each["agreed"]["reason"] for each in order["lines"]] == ["For the press"] * 2
    assert {each["net_minor"] for each in order["lines"]} == {0}
    assert order["payment"]["state"] == "paid"
    assert await axes(session, second["order"]["id"]) == ("open", "paid", "unfulfilled")
    assert await on_stock(session, shop.sku_ids[0]) == (10, 3)
    again = await made(agent, body, key="k-1")
    assert [each["order"] for each in again["recipients"]] == [first["order"], second["order"]]
    assert await session.scalar(text("SELECT count(*) FROM orders")) == 2
    await check_orders(session)


async def test_what_costs_much_waits_for_another(session, shop, agent, boss, fair, costly):
    """Nine pieces at 60.00 are more than the 500.00 one may hand out alone."""
    handout = await made(agent, listed(shop, [(0, 9)], kind="sample"))
    assert (handout["state"], handout["needs_second"]) == ("waiting", True)
    assert handout["recipients"][0]["order"] is None
    assert await on_stock(session, shop.sku_ids[0]) == (10, 0)
    assert await refused(await decided(agent, handout, "approve")) == (403, "insufficient-scope")
    stale = await decided(boss, handout, "approve", version=9)
    assert await refused(stale) == (412, "stale-version")
    path = f"/admin/handouts/{handout['id']}"
    early = await agent.post(f"{path}/place")
    assert await refused(early) == (409, "illegal-handout-transition")
    approved = await ok(await decided(boss, handout, "approve", reason="Ten journalists"))
    assert (approved["state"], approved["decision"]) == ("approved", "Ten journalists")
    assert approved["decided_by"] != approved["made_by"]
    assert approved["recipients"][0]["order"]["fulfilment_status"] == "unfulfilled"
    again = await decided(boss, approved, "approve")
    assert await refused(again) == (409, "illegal-handout-transition")
    assert await on_stock(session, shop.sku_ids[0]) == (10, 9)


async def test_nobody_approves_their_own(session, shop, boss, fair, costly):
    handout = await made(boss, listed(shop, [(0, 9)]))
    for action in ("approve", "reject"):
        answer = await decided(boss, handout, action)
        assert await refused(answer) == (403, "second-person-needed")
    gone = await ok(await decided(boss, handout, "withdraw"))
    assert gone["state"] == "withdrawn"
    assert await session.scalar(text("SELECT count(*) FROM orders")) == 0


async def test_a_rejected_one_hands_out_nothing(shop, agent, boss, fair, costly):
    handout = await made(agent, listed(shop, [(0, 9)]))
    rejected = await ok(await decided(boss, handout, "reject", reason="Too many"))
    assert (rejected["state"], rejected["decision"]) == ("rejected", "Too many")
    found = await ok(await agent.get("/admin/handouts", state="rejected"))
    assert [each["id"] for each in found["items"]] == [handout["id"]]
    assert (await ok(await agent.get("/admin/handouts", state="waiting")))["items"] == []


async def test_what_is_short_is_told_and_placed_later(session, shop, agent, fair):
    """Ten are in stock: the first gets eight, the second none of its three until more come."""
    shop.skus[2].cost_minor, shop.skus[2].cost_currency = 1_000, "CNY"
    await session.commit()
    handout = await made(agent, listed(shop, [(2, 8)], [(2, 3)], [(2, 2)]), key="k-1")
    first, second, third = handout["recipients"]
    assert first["order"] is not None
    assert (second["order"], second["problem"]["type"]) == (None, "/problems/out-of-stock")
    assert third["order"] is not None
    await session.execute(text("UPDATE stock SET on_hand = on_hand + 10"))
    await session.commit()
    placed = await ok(await agent.post(f"/admin/handouts/{handout['id']}/place"))
    assert [each["order"] is not None for each in placed["recipients"]] == [True] * 3
    assert placed["recipients"][0]["order"] == first["order"]
    assert await session.scalar(text("SELECT count(*) FROM orders")) == 3


async def test_cancelled_before_it_leaves_it_gives_everything_back(
    session, shop, agent, boss, fair
):
    before = await world(session)
    handout = await made(agent, listed(shop, [(0, 2)], kind="internal"))
    order_id = handout["recipients"][0]["order"]["id"]
    assert await world(session) != before
    await ok(await boss.post(f"/admin/orders/{order_id}/cancel", {"reason": "no fair"}))
    assert (await axes(session, order_id))[::2] == ("cancelled", "cancelled")
    assert await world(session) == before
    await check_orders(session)


async def test_goods_come_back_and_no_money(session, shop, agent, clerk, boss, fair):
    handout = await made(agent, listed(shop, [(0, 2)]))
    order_id = handout["recipients"][0]["order"]["id"]
    await send(session, UUID(order_id))
    await session.commit()
    assert await axes(session, order_id) == ("open", "paid", "shipped")
    line = (await ok(await agent.get(f"/admin/orders/{order_id}")))["lines"][0]["id"]
    body = wish(lines=[{"line_id": line, "quantity": 1}])
    back = await ok(await clerk.post(f"/admin/orders/{order_id}/refunds", body), 201)
    assert (back["amount_minor"], back["state"]) == (0, "succeeded")
    assert [each["quantity"] for each in back["units"]] == [1]
    await check_orders(session)
    assert await broken(session) == []


async def test_a_member_returns_what_was_given(session, shop, agent, fair):
    """Looked at and put back on sale; nothing is owed."""
    handout = await made(agent, listed(shop, [(0, 2)], member_id=str(shop.member.id)))
    order_id = UUID(handout["recipients"][0]["order"]["id"])
    await send(session, order_id)
    (line_id,) = await line_ids(session, order_id)
    asked = await ask(session, shopper(shop.member.id), order_id, (line_id, 1))
    row = await refund(session, await brought_back(session, asked, (1, 0, 0)))
    assert row["state"] == "refunded"
    assert await on_stock(session, shop.sku_ids[0]) == (9, 0)
    await check_orders(session)
    assert await broken(session) == []


@pytest.mark.parametrize(
    ("field", "value"),
    [("cost_centre", "nowhere"), ("member_id", str(UUID(int=0))), ("channel", "nowhere")],
)
async def test_strangers_are_named(shop, agent, fair, field, value):
    answer = await agent.post("/admin/handouts", listed(shop, [(0, 1)], **{field: value}))
    assert await refused(answer) == (422, "invalid-reference")


async def test_unknown_goods(shop, agent, fair):
    body = listed(shop, [(0, 1)])
    body["recipients"][0]["lines"][0]["sku_id"] = str(new_id())
    assert await refused(await agent.post("/admin/handouts", body)) == (409, "not-for-sale")


@pytest.mark.parametrize("body", [{"kind": "sale"}, {"recipients": []}, {"reason": ""}])
async def test_what_is_no_handout(shop, agent, fair, body):
    answer = await agent.post("/admin/handouts", listed(shop, [(0, 1)], **body))
    assert await refused(answer) == (422, "invalid-request")


async def test_members_get_theirs_among_their_orders(shop, lin, agent, fair):
    handout = await made(agent, listed(shop, [(0, 1)], member_id=str(shop.member.id)))
    order_id = handout["recipients"][0]["order"]["id"]
    assert (await ok(await lin.get(f"/orders/{order_id}")))["payable_minor"] == 0


async def test_who_was_given_something_has_not_bought_yet(session, shop, lin, agent, fair):
    """What is for first orders is still theirs."""

    async def bought():
        rows = await CandidateRepository(session).read(
            channel_id=shop.channel.id,
            currency="CNY",
            member_id=shop.member.id,
            codes=(),
            also=(),
            at=None,
        )
        return rows[0].orders_count

    await made(agent, listed(shop, [(0, 1)], member_id=str(shop.member.id)))
    assert await bought() == 0
    await lin.order((shop.sku_ids[0], 1))
    assert await bought() == 1


@pytest.mark.parametrize("state", list(HandoutState))
@pytest.mark.parametrize("action", list(HandoutAction))
def test_every_action_in_every_state(state, action):
    after = HANDOUT[action].get(state)
    if after is None:
        with pytest.raises(IllegalHandoutTransition) as refused_:
            act(state, action)
        assert refused_.value.context == {"current": state, "action": action}
    else:
        assert act(state, action) is after


def test_what_nobody_knows_the_cost_of_costs_its_list_price():
    assert cost_of([Piece(2, 300, 1_000), Piece(3, None, 1_000), Piece(1, 0, 1_000)]) == 3_600
