"""Rules look at orders that are paid, or paid at the door, before they can leave."""

from dataclasses import replace

import pytest
from sqlalchemy import text

from app.core.enums.order_reviews import BlacklistKind, ReviewEffect
from app.core.enums.payments import TenderKind
from app.services import orders, payments
from app.services.orders.engine.review_facts import Risk
from app.services.payments import TenderRequest
from tests.factories import members as member_factory
from tests.factories import orders as order_factory
from tests.factories.orders import ADDRESS, axes, order_row, place, shopper
from tests.factories.payments import BALANCE_TENDER, GATEWAY, TERMS, give_balance
from tests.factories.shop import make_shop
from tests.integration.orders.reviewing import (
    BOSS,
    HANGZHOU,
    check_books,
    make_rule,
    open_holds,
    opened,
    review_of,
)
from tests.integration.orders.sending import on_stock, part_of, send
from tests.statements import Statements

CASH = TenderRequest(kind=TenderKind.CASH_ON_DELIVERY)


@pytest.fixture
async def shop(session):
    shop = await make_shop(session)
    await give_balance(session, shop.member.id, 10_000_000)
    return shop


@pytest.fixture
def by_cash(monkeypatch):
    """Paying at the door is offered."""
    patience = {**TERMS.patience_seconds, TenderKind.CASH_ON_DELIVERY: 86_400}
    monkeypatch.setattr(order_factory, "TERMS", replace(TERMS, patience_seconds=patience))


async def buy(session, shop, *tenders, sku=0, quantity=1, **more):
    lines = [(shop.skus[sku].id, quantity)]
    tenders = tenders or (BALANCE_TENDER,)
    return (await place(session, shop.member.id, lines, tenders=tenders, **more)).id


async def test_without_rules_nothing_is_reviewed(session, shop):
    await make_rule(session, is_enabled=False)
    order_id = await buy(session, shop)
    assert await review_of(session, order_id) is None
    await send(session, order_id)
    await check_books(session)


@pytest.mark.parametrize("has_rule", [False, True])
async def test_the_hold_takes_no_statement(session, engine, shop, has_rule):
    """It is part of the statement that pays."""
    if has_rule:
        await make_rule(session)
    cart = await order_factory.make_cart(session, shop.member.id, [(shop.skus[0].id, 1)])
    seen = await order_factory.quote_hash(session, cart, shopper(shop.member.id))
    with Statements(engine) as sent:
        await place(session, shop.member.id, cart_id=cart, quote_hash=seen)
    assert sent.count == 7, sent.sent
    with Statements(engine) as sent:
        await place(session, shop.member.id, [(shop.skus[0].id, 1)], tenders=[BALANCE_TENDER])
    paid = sum("UPDATE orders SET" in each for each in sent.sent)
    assert paid == 1, sent.sent


async def test_an_order_is_held_from_the_moment_it_is_paid(session, shop):
    await make_rule(session)
    order_id = await buy(session, shop)
    assert (await review_of(session, order_id))["state"] == "due"
    with pytest.raises(orders.shipping.OrderHeld):
        await send(session, order_id)
    part = await part_of(session, order_id)
    with pytest.raises(orders.shipping.OrderHeld):
        await orders.shipping.start_picking(session, part["id"], actor=BOSS)
    await check_books(session)


async def test_an_order_that_is_not_paid_is_not_reviewed(session, shop):
    await make_rule(session)
    order_id = await buy(session, shop, GATEWAY)
    assert await review_of(session, order_id) is None


async def test_what_is_paid_at_the_door_is_held_once_placed(session, shop, by_cash):
    await make_rule(session, conditions={"payment_methods": ["cash_on_delivery"]})
    order_id = await buy(session, shop, CASH)
    with pytest.raises(orders.shipping.OrderHeld):
        await send(session, order_id)
    assert (await opened(session, order_id))["state"] == "open"
    await check_books(session)


async def test_a_rule_that_passes_leaves_a_trace_and_nothing_else(session, shop):
    await make_rule(session, ReviewEffect.PASS)
    order_id = await buy(session, shop)
    review = await opened(session, order_id)
    assert (review["state"], review["closed_by"]) == ("passed", "system")
    assert [each["effect"] for each in review["reasons"]] == ["pass"]
    assert await open_holds(session, order_id) == []
    kinds = text("SELECT kind FROM order_events WHERE order_id = :id AND NOT is_public")
    assert (await session.scalars(kinds, {"id": order_id})).all() == ["review_passed"]
    before = await order_row(session, order_id)
    await orders.review.judge_order(session, order_id)
    assert await order_row(session, order_id) == before
    await send(session, order_id)
    await check_books(session)


async def test_rules_that_only_label_keep_nothing_back(session, shop):
    await make_rule(session, ReviewEffect.PASS, labels=["vip"], order_priority=9)
    order_id = await buy(session, shop)
    assert (await review_of(session, order_id))["state"] == "due"
    assert await open_holds(session, order_id) == []
    await check_books(session)
    await send(session, order_id)
    review = await opened(session, order_id)
    assert (review["state"], review["labels"], review["priority"]) == ("passed", ["vip"], 9)
    await check_books(session)


@pytest.mark.parametrize("effect", [ReviewEffect.HOLD, ReviewEffect.REJECT])
@pytest.mark.parametrize("has_left", [False, True])
async def test_a_rule_that_comes_before_the_judgement_holds_what_is_here(
    session, shop, effect, has_left
):
    await make_rule(session, ReviewEffect.PASS)
    order_id = await buy(session, shop)
    if has_left:
        await send(session, order_id)
    await make_rule(session, effect)
    review = await opened(session, order_id)
    if has_left:
        assert (review["state"], len(review["reasons"])) == ("passed", 2)
    elif effect is ReviewEffect.HOLD:
        assert review["state"] == "open"
        assert await session.scalar(text("SELECT is_holding FROM order_reviews"))
        with pytest.raises(orders.shipping.OrderHeld):
            await send(session, order_id)
    else:
        assert review["state"] == "rejected"
    await check_books(session)


async def test_a_rejected_order_is_refunded_in_full_and_its_stock_is_back(session, shop):
    await make_rule(session)
    await make_rule(session, ReviewEffect.REJECT, priority=7)
    before = await on_stock(session, shop.skus[0].id)
    order_id = await buy(session, shop, quantity=2)
    review = await opened(session, order_id)
    assert review["state"] == "rejected"
    assert [each["effect"] for each in review["reasons"]] == ["reject", "hold"]
    assert await axes(session, order_id) == ("cancelled", "refunded", "cancelled")
    assert (await order_row(session, order_id))["cancel_reason"] == "not accepted by the shop"
    assert await on_stock(session, shop.skus[0].id) == before
    assert await open_holds(session, order_id) == []
    await check_books(session)


async def test_a_rejected_order_that_is_not_paid_is_closed(session, shop, by_cash):
    await make_rule(session, ReviewEffect.REJECT)
    before = await on_stock(session, shop.skus[0].id)
    order_id = await buy(session, shop, CASH)
    assert (await opened(session, order_id))["state"] == "rejected"
    assert await axes(session, order_id) == ("cancelled", "closed", "cancelled")
    assert await on_stock(session, shop.skus[0].id) == before
    await check_books(session)


async def test_a_buyer_who_cancels_takes_the_review_along(session, shop):
    await make_rule(session)
    for is_judged in (False, True):
        order_id = await buy(session, shop)
        if is_judged:
            assert (await opened(session, order_id))["state"] == "open"
        actor = shopper(shop.member.id)
        await orders.begin_cancel(session, order_id, actor=actor, reason="no")
        assert (await review_of(session, order_id))["state"] == "withdrawn"
        assert await open_holds(session, order_id) == []
        assert (await opened(session, order_id))["state"] == "withdrawn"
        await check_books(session)


@pytest.mark.parametrize("rules_now", [ReviewEffect.HOLD, ReviewEffect.PASS])
async def test_a_rejected_order_that_was_paid_all_the_same_is_judged_again(
    session, shop, by_cash, rules_now
):
    """Money that is faster than the close of its payment opens the order again.

    What was rejected is kept until then, also where rules no more than label by now.
    """
    await make_rule(session)
    order_id = await buy(session, shop, CASH)
    review = await opened(session, order_id)
    await session.execute(
        text("UPDATE order_reviews SET state = 'rejected', closed_at = now() WHERE id = :id"),
        {"id": review["id"]},
    )
    await session.execute(text("UPDATE order_holds SET lifted_at = now(), lifted_by = 'x'"))
    await session.execute(text("UPDATE order_review_rules SET effect = :now"), {"now": rules_now})
    await orders.PAYMENT_OWNER.paid(session, order_id)
    assert (await review_of(session, order_id))["state"] == "due"
    assert await open_holds(session, order_id) == ["review"]


async def test_duplicates_and_speed(session, shop):
    await make_rule(session, conditions={"duplicate_within_minutes": 30}, name="twice")
    await make_rule(session, conditions={"phone_orders_per_hour": 3}, name="thrice")
    first, other, again = [await buy(session, shop, sku=each) for each in (0, 1, 0)]
    assert (await opened(session, other))["reasons"][0]["name"] == "thrice"
    review = await opened(session, again)
    assert [each["name"] for each in review["reasons"]] == ["twice", "thrice"]
    assert review["risk"]["parts"]["phone_orders"] == 40
    assert (await opened(session, first))["state"] == "open"
    await session.execute(
        text("UPDATE order_reviews SET created_at = created_at - interval '2 days'")
    )
    lonely = await buy(session, shop)
    assert (await opened(session, lonely))["state"] == "passed"


async def test_the_same_goods_for_the_same_phone_of_another_member(session, shop):
    await make_rule(session, conditions={"duplicate_within_minutes": 5})
    other = await member_factory.make_member(session)
    await give_balance(session, other.id, 1_000_000)
    await buy(session, shop)
    lines = [(shop.skus[0].id, 1)]
    placed = await place(session, other.id, lines, tenders=[BALANCE_TENDER])
    assert (await opened(session, placed.id))["state"] == "open"


async def test_what_the_blacklist_finds(session, shop):
    await make_rule(session, ReviewEffect.REJECT, conditions={"is_blacklisted": True})
    before = await buy(session, shop)
    assert (await opened(session, before))["state"] == "passed"
    for kind, value in (
        (BlacklistKind.MEMBER, str(shop.member.id)),
        (BlacklistKind.PHONE, ADDRESS["phone"]),
        (BlacklistKind.ADDRESS, "南京 东路, 1号"),
    ):
        entry = await orders.review.put_on_blacklist(session, kind, value, "chargeback", actor=BOSS)
        order_id = await buy(session, shop)
        assert (await opened(session, order_id))["state"] == "rejected", kind
        await orders.review.take_off_blacklist(session, entry.id, actor=BOSS)
    assert (await opened(session, await buy(session, shop)))["state"] == "passed"


async def test_first_orders_and_places_nobody_bought_for_before(session, shop):
    await make_rule(session, conditions={"is_first_order": True}, name="first")
    await make_rule(session, conditions={"region_differs": True}, name="elsewhere")
    names = []
    for address in (ADDRESS, ADDRESS, HANGZHOU):
        order_id = await buy(session, shop, address=address)
        review = await opened(session, order_id)
        names.append([each["name"] for each in review["reasons"]])
    assert names == [["first"], [], ["elsewhere"]]


async def test_goods_notes_and_amounts(session, shop):
    category = text("SELECT category_id FROM spus WHERE id = :id")
    category_id = await session.scalar(category, {"id": shop.skus[0].spu_id})
    await make_rule(
        session,
        conditions={
            "category_ids": [str(category_id)],
            "note_contains": ["gift"],
            "min_quantity": 2,
            "currency": ["CNY"],
            "min_minor": 1,
        },
    )
    for quantity, note, state in (
        (2, "A GIFT", "open"),
        (1, "gift", "passed"),
        (2, None, "passed"),
    ):
        order_id = await buy(session, shop, quantity=quantity, note=note)
        assert (await opened(session, order_id))["state"] == state


async def test_labels_and_urgency(session, shop):
    await make_rule(session, ReviewEffect.PASS, labels=["vip", "gift"], order_priority=5)
    await make_rule(session, ReviewEffect.PASS, labels=["vip"], order_priority=9)
    plain = await buy(session, shop)
    await session.execute(text("UPDATE order_review_rules SET is_enabled = true"))
    order_id = await buy(session, shop)
    await opened(session, order_id)
    row = await order_row(session, order_id)
    assert (sorted(row["labels"]), row["priority"]) == (["gift", "vip"], 9)
    wanted = orders.shipping.FulfilmentFilter()
    found = await orders.shipping.list_fulfilments(session, wanted, after=None, limit=9)
    assert [each["order_id"] for each in found] == [order_id, plain]
    after = found[0]["id"]
    found = await orders.shipping.list_fulfilments(session, wanted, after=after, limit=9)
    assert [each["order_id"] for each in found] == [plain]


class Broken:
    def score(self, facts):
        raise ZeroDivisionError(facts)


class Certain:
    def score(self, facts):
        return Risk(score=99, parts={"certain": 99})


async def test_what_cannot_be_judged_is_left_to_people(sessions, session, shop):
    await make_rule(session, conditions={"min_risk_score": 99})
    order_id = await buy(session, shop)
    await session.commit()
    assert await orders.review.judge_due(sessions, limit=9, scorer=Broken()) == 1
    review = await review_of(session, order_id)
    assert (review["state"], review["reasons"][0]["name"]) == ("open", "not judged")
    assert await orders.review.judge_due(sessions, limit=9) == 0


async def test_another_scorer_decides(session, shop):
    await make_rule(session, conditions={"min_risk_score": 99})
    order_id = await buy(session, shop)
    await orders.review.judge_order(session, order_id, scorer=Certain())
    review = await review_of(session, order_id)
    assert (review["state"], review["risk"]["score"]) == ("open", 99)
    with pytest.raises(payments.RefundRefused):
        await orders.ask_refund(
            session,
            await buy(session, shop, GATEWAY),
            reason_code="changed_mind",
            reason=None,
            actor=shopper(shop.member.id),
        )
