"""People decide about orders that rules held; every branch leaves money and stock right."""

from typing import Any

import pytest
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError

from app.core.actor import SecondPersonNeeded
from app.core.enums.order_reviews import OrderReviewAction, OrderReviewState, ReviewEffect
from app.core.errors import DomainError, NotFound, StaleVersion
from app.core.ids import new_id
from app.services import orders
from app.services.orders.engine.review_states import STATES
from app.services.orders.review import OrderReviewFilter
from tests.factories.orders import ADDRESS, axes, order_row, place, shopper
from tests.factories.payments import BALANCE_TENDER, give_balance, staff
from tests.factories.shop import make_shop
from tests.integration.orders.reviewing import (
    HANGZHOU,
    SECONDS,
    approve,
    check_books,
    claimed,
    make_rule,
    open_holds,
    opened,
    reject,
    review_of,
)
from tests.integration.orders.sending import on_stock, send

ANN, BOB, CAT = staff(), staff(), staff()
review = orders.review


@pytest.fixture
async def shop(session):
    shop = await make_shop(session)
    await give_balance(session, shop.member.id, 10_000_000)
    return shop


async def buy(session, shop, **more):
    lines = [(shop.skus[0].id, 1)]
    return (await place(session, shop.member.id, lines, tenders=[BALANCE_TENDER], **more)).id


@pytest.fixture
async def held(session, shop):
    await make_rule(session)
    return await buy(session, shop)


async def test_an_approved_order_leaves(session, shop, held):
    row = await approve(session, await claimed(session, held, ANN), ANN)
    assert (row["state"], row["closed_by"], row["closed_for"]) == (
        "approved",
        ANN.principal,
        "fine",
    )
    assert [each["kind"] for each in row["events"]] == ["opened", "claimed", "approved"]
    assert await open_holds(session, held) == []
    await send(session, held)
    await check_books(session)


async def test_a_rejected_order_gives_everything_back(session, shop):
    await make_rule(session)
    before = await on_stock(session, shop.skus[0].id)
    order_id = await buy(session, shop)
    rejected = await reject(session, await claimed(session, order_id, ANN), ANN)
    assert (rejected.review["state"], rejected.plan_id) == ("rejected", None)
    assert await axes(session, order_id) == ("cancelled", "refunded", "cancelled")
    assert await on_stock(session, shop.skus[0].id) == before
    row = await order_row(session, order_id)
    assert "fraud" not in row["cancel_reason"]
    await check_books(session)


async def test_another_hold_stays_when_the_review_lets_go(session, shop, held):
    await orders.shipping.hold_by_hand(session, held, "wait", actor=BOB)
    await approve(session, await claimed(session, held, ANN), ANN)
    assert await open_holds(session, held) == ["manual"]


async def test_two_people_approve_where_a_rule_or_the_amount_says_so(session, shop):
    rule = await make_rule(session, needs_two=True)
    for limit in (None, 1):
        order_id = await buy(session, shop)
        row = await claimed(session, order_id, ANN)
        row = await approve(session, row, ANN, two_people_minor=limit)
        assert (row["state"], row["first_approved_by"]) == ("second", ANN.principal)
        assert await open_holds(session, order_id) == ["review"]
        await check_books(session)
        with pytest.raises(SecondPersonNeeded):
            await approve(session, row, ANN, two_people_minor=limit)
        row = await approve(session, row, BOB, two_people_minor=limit)
        assert (row["state"], row["closed_by"]) == ("approved", BOB.principal)
        await check_books(session)
        rule.needs_two = False
        await session.flush()
    cheap = await buy(session, shop)
    row = await claimed(session, cheap, ANN)
    row = await approve(session, row, ANN, two_people_minor=row["payable_minor"] + 1)
    assert row["state"] == "approved"


async def test_a_second_person_may_reject(session, shop):
    await make_rule(session, needs_two=True)
    order_id = await buy(session, shop)
    row = await approve(session, await claimed(session, order_id, ANN), ANN)
    await reject(session, row, BOB)
    assert await axes(session, order_id) == ("cancelled", "refunded", "cancelled")
    await check_books(session)


async def test_the_table_keeps_two_people_apart(session, held):
    row = await opened(session, held)
    with pytest.raises(IntegrityError, match="two_people_agree"):
        await session.execute(
            text(
                "UPDATE order_reviews SET state = 'approved', needs_two = true,"
                " closed_at = now(), closed_by = 'a', first_approved_by = 'a' WHERE id = :id"
            ),
            {"id": row["id"]},
        )


async def test_a_claim_is_one_clerks_until_it_lapses(sessions, session, held):
    row = await claimed(session, held, ANN)
    assert (row["claimed_by"], row["actions"]) == (
        ANN.principal,
        ("claim", "release", "note", "edit", "approve", "reject"),
    )
    with pytest.raises(review.OrderReviewClaimed):
        await review.claim(session, row["id"], actor=BOB, seconds=SECONDS)
    seen = await review.get_review(session, row["id"], actor=BOB)
    assert seen["actions"] == ("note",)
    await session.execute(text("UPDATE order_reviews SET claimed_until = now()"))
    with pytest.raises(review.IllegalOrderReviewTransition):
        await approve(session, row, ANN)
    await session.commit()
    assert await review.keep_time(sessions, limit=9) == 1
    assert await review.keep_time(sessions, limit=9) == 0
    row = await review.claim(session, row["id"], actor=BOB, seconds=SECONDS)
    assert row["claimed_by"] == BOB.principal
    assert [each["kind"] for each in row["events"]][-2:] == ["lapsed", "claimed"]


async def test_what_is_overdue_is_told_once(sessions, session, shop):
    await make_rule(session, sla_minutes=30)
    row = await opened(session, await buy(session, shop))
    assert (row["due_at"] - row["at"]).total_seconds() == 1_800
    await session.execute(text("UPDATE order_reviews SET due_at = now()"))
    await session.commit()
    assert await review.keep_time(sessions, limit=9) == 1
    assert await review.keep_time(sessions, limit=9) == 0
    row = await review.get_review(session, row["id"], actor=ANN)
    assert row["is_overdue"]
    said = text("SELECT count(*) FROM outbox WHERE name = 'orders.review_overdue.v1'")
    assert await session.scalar(said) == 1
    assert (await review.count_reviews(session, actor=ANN))["overdue"] == 1


async def test_the_most_urgent_comes_first(session, shop):
    await make_rule(session)
    ids = []
    for urgency, label in ((0, "a"), (7, "b"), (7, "c")):
        rule = await make_rule(session, labels=[label], order_priority=urgency)
        row = await opened(session, await buy(session, shop))
        ids.append(row["id"])
        rule.is_enabled = False
        await session.flush()
    first, second, third = ids[1], ids[2], ids[0]

    async def page(**wanted: Any):
        after = wanted.pop("after", None)
        found = await review.list_reviews(
            session, OrderReviewFilter(**wanted), actor=ANN, after=after, limit=9
        )
        return [each["id"] for each in found]

    assert await page() == [first, second, third]
    assert await page(after=first) == [second, third]
    assert await page(label="a") == [third]
    assert await page(is_overdue=True) == []
    await review.claim(session, second, actor=ANN, seconds=SECONDS)
    assert await page(claimed_by=ANN.id) == [second]
    assert await page(states=[OrderReviewState.OPEN]) == [first, third]
    counts = await review.count_reviews(session, actor=ANN)
    assert dict(counts) == {
        "open": 2,
        "claimed": 1,
        "second": 0,
        "mine": 1,
        "overdue": 0,
        "due": 0,
    }


async def test_correcting_an_order_that_is_held(session, shop, held):
    row = await claimed(session, held, ANN)
    better = ADDRESS | {"street": "北京西路 2 号", "phone": "13900139000"}

    async def correct(row, **said):
        return await review.correct_order(
            session, row["id"], review.Correction(**said), version=row["version"], actor=ANN
        )

    after = await correct(row, address=better)
    order = await order_row(session, held)
    assert order["address"]["street"] == "北京西路 2 号"
    assert order["address"]["phone"] == "+8613900139000"
    assert order["note"] is None
    with pytest.raises(StaleVersion):
        await correct(row, note="x", has_note=True)
    after = await correct(after, note="ring twice", has_note=True)
    same = await correct(after, note="ring twice", has_note=True)
    assert same["version"] == after["version"]
    with pytest.raises(review.PlaceDiffers):
        await correct(after, address=HANGZHOU)
    order = await order_row(session, held)
    assert order["note"] == "ring twice"
    kept = text("SELECT phone FROM order_reviews WHERE order_id = :id")
    assert await session.scalar(kept, {"id": held}) == "+8613900139000"
    await check_books(session)


async def reach(session, shop, state: OrderReviewState) -> Any:
    """A review in that state; claimed and first approved by Ann."""
    rule = await make_rule(
        session,
        ReviewEffect.PASS if state is OrderReviewState.PASSED else ReviewEffect.HOLD,
        needs_two=state is OrderReviewState.SECOND,
    )
    order_id = await buy(session, shop)
    if state is OrderReviewState.DUE:
        pass
    elif state in {OrderReviewState.PASSED, OrderReviewState.OPEN}:
        await opened(session, order_id)
    elif state is OrderReviewState.WITHDRAWN:
        await opened(session, order_id)
        actor = shopper(shop.member.id)
        await orders.begin_cancel(session, order_id, actor=actor, reason="no")
    else:
        row = await claimed(session, order_id, ANN)
        if state in {OrderReviewState.APPROVED, OrderReviewState.SECOND}:
            await approve(session, row, ANN)
        elif state is OrderReviewState.REJECTED:
            await reject(session, row, ANN)
    row = await review_of(session, order_id, ANN)
    assert row["state"] == state
    rule.is_enabled = False
    await session.flush()
    return row


async def do(session, action: OrderReviewAction, row: Any, actor: Any) -> str:
    """What comes of it: `done`, or the problem."""
    id_, version = row["id"], row["version"]
    try:
        match action:
            case OrderReviewAction.CLAIM:
                await review.claim(session, id_, actor=actor, seconds=SECONDS)
            case OrderReviewAction.RELEASE:
                await review.release(session, id_, actor=actor)
            case OrderReviewAction.NOTE:
                await review.note(session, id_, "look", actor=actor)
            case OrderReviewAction.EDIT:
                said = review.Correction(note="x", has_note=True)
                await review.correct_order(session, id_, said, version=version, actor=actor)
            case OrderReviewAction.APPROVE:
                await approve(session, row, actor)
            case OrderReviewAction.REJECT:
                await reject(session, row, actor)
    except DomainError as error:
        return error.slug
    return "done"


@pytest.mark.parametrize("is_other", [False, True], ids=["same", "other"])
@pytest.mark.parametrize("state", list(OrderReviewState))
async def test_every_state_times_every_action(session, shop, state, is_other):
    """The exact problem, and books that are right after each."""
    actor = BOB if is_other else ANN
    for action in OrderReviewAction:
        row = await reach(session, shop, state)
        expected = "done"
        if action not in STATES[state]:
            expected = review.IllegalOrderReviewTransition.slug
        elif state is OrderReviewState.CLAIMED and is_other and action != "note":
            expected = review.OrderReviewClaimed.slug
        elif state is OrderReviewState.SECOND and not is_other and action == "approve":
            expected = SecondPersonNeeded.slug
        assert await do(session, action, row, actor) == expected, (state, action)
    await check_books(session)


async def test_unknown_reviews(session, shop):
    for action in OrderReviewAction:
        row = {"id": new_id(), "version": 1}
        assert await do(session, action, row, ANN) == NotFound.slug
