"""Return postage: the shop gives back what was laid out, or keeps what it paid for the shopper."""

from dataclasses import replace

import pytest
from sqlalchemy import text

from app.core.after_sales_settings import AfterSalesSettings
from app.core.enums.after_sales import PostageBy, ReturnKind
from app.core.enums.payments import RefundReason
from app.core.errors import NotFound
from app.services import orders, payments
from tests.factories.orders import shopper
from tests.factories.payments import TERMS, staff
from tests.integration.orders.charging import require_sound
from tests.integration.orders.resending import worked_off
from tests.integration.orders.returning import (
    LIMITS,
    after_sales,
    approve,
    ask,
    asking,
    inspect,
    refund,
)
from tests.integration.orders.sending import CLERK

CAP, PROOF = 3_000, "https://img.example/receipt.jpg"
FAULT = {"reason_code": RefundReason.DEFECTIVE}


async def came(session, row, *, collect_minor=None, outlay_minor=None, **more):
    """Approved, sent, received and looked at; all of it is good."""
    row = await approve(session, row, **more)
    row = await after_sales.send_goods(session, row["id"], "sf", "SF1", actor=CLERK)
    if outlay_minor is not None:
        row = await declare(session, row, outlay_minor)
    row = await after_sales.receive_goods(
        session, row["id"], version=row["version"], actor=CLERK, collect_minor=collect_minor
    )
    grades = [(each["quantity"], 0, 0) for each in row["lines"]]
    return await inspect(session, row, *grades)


async def declare(session, row, minor, proof=PROOF):
    buyer = shopper(row["member_id"])
    return await after_sales.declare_outlay(session, row["id"], minor, proof, actor=buyer)


async def give(session, row, **more):
    return await after_sales.give_postage(
        session, row["id"], version=row["version"], actor=CLERK, terms=TERMS, **more
    )


async def booked(session):
    """What return postage cost the shop, by journal."""
    found = await session.execute(
        text(
            "SELECT j.kind, sum(e.amount_minor)::int AS minor FROM ledger_entries e"
            " JOIN ledger_accounts a ON a.id = e.account_id"
            " JOIN ledger_journals j ON j.id = e.journal_id"
            " WHERE a.code = 'after_sales_cost:postage' GROUP BY 1"
        )
    )
    return {row.kind: row.minor for row in found}


async def purse(session, member_id):
    """What a member has, and what of it can be paid out."""
    found = await payments.read_withdrawable(session, member_id, "CNY")
    return found.own_minor + found.given_minor, found.withdrawable_minor


@pytest.mark.parametrize(("outlay", "due"), [(1_200, 1_200), (9_900, CAP)])
async def test_the_shop_gives_back_what_was_laid_out_with_the_money(session, sold, outlay, due):
    _, buyer, order_id, line = sold
    before = await purse(session, buyer.id)
    row = await came(
        session, await ask(session, buyer, order_id, (line, 1), **FAULT), outlay_minor=outlay
    )
    assert (row["postage_by"], row["postage_cap_minor"]) == (PostageBy.SHOP, CAP)
    row = await refund(session, row)
    view = await payments.read_refund(session, row["refund_id"])
    assert (view.amount_minor, view.postage_given_minor, view.postage_kept_minor) == (
        10_000,
        due,
        0,
    )
    assert (row["postage_given_minor"], row["postage_kept_minor"]) == (due, 0)
    assert await booked(session) == {"return_postage": due}
    after = await purse(session, buyer.id)
    assert [n - m for n, m in zip(after, before, strict=True)] == [10_000 + due] * 2
    with pytest.raises(after_sales.PostageNotDue) as refused:
        await give(session, row)
    assert refused.value.context == {"postage_by": "shop", "given_minor": due}
    await require_sound(session)


@pytest.mark.parametrize(
    ("collect", "most", "kept"), [(800, None, 800), (800, 300, 300), (9_900, None, CAP)]
)
async def test_what_the_shopper_owes_is_kept_from_his_money(session, sold, collect, most, kept):
    _, buyer, order_id, line = sold
    before = await purse(session, buyer.id)
    row = await came(session, await ask(session, buyer, order_id, (line, 2)), collect_minor=collect)
    row = await refund(session, row, postage_minor=most)
    view = await payments.read_refund(session, row["refund_id"])
    assert (view.amount_minor, view.postage_kept_minor, view.points_withheld_minor) == (
        20_000,
        kept,
        0,
    )
    assert (await purse(session, buyer.id))[0] - before[0] == 20_000 - kept
    assert await booked(session) == {"return_postage_kept": -kept}
    await require_sound(session)


async def test_no_more_is_kept_than_goes_back(session, sold):
    _, buyer, order_id, line = sold
    before = await purse(session, buyer.id)
    generous = AfterSalesSettings(postage_cap_minor=50_000)
    row = await ask(session, buyer, order_id, (line, 1), limits=generous)
    row = await refund(session, await came(session, row, collect_minor=99_000))
    assert (row["state"], row["postage_kept_minor"]) == ("refunded", 10_000)
    assert await purse(session, buyer.id) == before
    await require_sound(session)


async def test_what_waits_for_a_second_person_is_given_and_kept_when_he_agrees(session, sold):
    _, buyer, order_id, line = sold
    large = replace(TERMS, refund_alone_minor=1)
    rows = [
        await came(
            session, await ask(session, buyer, order_id, (line, 1), **FAULT), outlay_minor=700
        ),
        await came(session, await ask(session, buyer, order_id, (line, 1)), collect_minor=800),
    ]
    for row in rows:
        asked = await after_sales.refund_return(
            session, row["id"], version=row["version"], actor=CLERK, terms=large
        )
        assert asked["state"] == "refunding"
        await require_sound(session)
        assert (await declared(session, asked)) == "postage-not-due"
        view = await payments.read_refund(session, asked["refund_id"])
        await orders.approve_refund(session, view.id, version=view.version, actor=staff())
    assert await booked(session) == {"return_postage": 700, "return_postage_kept": -800}
    await require_sound(session)


async def declared(session, row):
    try:
        await declare(session, row, 1)
    except after_sales.PostageNotDue as refused:
        return refused.slug
    return None


@pytest.mark.parametrize("kind", [ReturnKind.EXCHANGE, ReturnKind.REPAIR])
async def test_where_no_money_goes_back_it_is_given_by_itself_once(session, sold, kind):
    _, buyer, order_id, line = sold
    before = await purse(session, buyer.id)
    row = await approve(session, await ask(session, buyer, order_id, (line, 1), kind=kind, **FAULT))
    with pytest.raises(after_sales.PostageNotDue):
        await declare(session, row, 1_500)
    row = await after_sales.send_goods(session, row["id"], "sf", "SF1", actor=buyer)
    row = await declare(session, await declare(session, row, 9_000), 1_500)
    with pytest.raises(after_sales.PostageNotDue):
        await give(session, row)
    row = await after_sales.receive_goods(session, row["id"], version=row["version"], actor=CLERK)
    row = await give(session, row, amount_minor=1_400)
    assert row["postage_given_minor"] == 1_400
    await worked_off(session)
    assert [n - m for n, m in zip(await purse(session, buyer.id), before, strict=True)] == [
        1_400
    ] * 2
    with pytest.raises(after_sales.PostageNotDue):
        await give(session, row)
    with pytest.raises(after_sales.PostageNotDue):
        await declare(session, row, 1_500)
    await require_sound(session)


async def test_of_money_that_went_back_already_it_comes_alone(session, sold):
    """The order has nothing left: what was laid out is none of what was paid."""
    _, buyer, order_id, line = sold
    row = await came(session, await ask(session, buyer, order_id, (line, 2), **FAULT))
    row = await declare(session, await refund(session, row), 500)
    row = await give(session, row)
    assert row["postage_given_minor"] == 500
    refunds = await payments.list_refunds_of(session, order_id)
    assert [(each.kind, each.amount_minor) for each in refunds][-1] == ("postage", 0)
    await require_sound(session)


async def test_who_pays_is_by_reason_by_merchant_and_by_whoever_approves(session, sold):
    shop, buyer, order_id, line = sold
    command = asking(order_id, (line, 1))

    async def seen(limits, **more):
        found = await after_sales.preview_return(
            session, replace(command, **more), actor=buyer, terms=TERMS, limits=limits
        )
        return found.postage_by, found.postage_cap_minor

    assert await seen(LIMITS) == (PostageBy.SHOPPER, CAP)
    assert await seen(LIMITS, **FAULT) == (PostageBy.SHOP, CAP)
    assert await seen(LIMITS, kind=ReturnKind.REFUND_ONLY) == (None, 0)
    obliging = AfterSalesSettings(
        free_return_merchants=frozenset({shop.merchant.id}), postage_cap_minor=9
    )
    assert await seen(obliging) == (PostageBy.SHOP, 9)
    strict = AfterSalesSettings(postage_by_shop=frozenset())
    assert await seen(strict, **FAULT) == (PostageBy.SHOPPER, CAP)
    row = await ask(session, buyer, order_id, (line, 1))
    row = await came(session, row, postage_by=PostageBy.SHOP, outlay_minor=100, collect_minor=900)
    row = await refund(session, row)
    assert (row["postage_given_minor"], row["postage_kept_minor"]) == (100, 0)
    await require_sound(session)


async def test_nothing_is_said_of_others_goods_nor_of_goods_at_ones_own_cost(session, sold):
    _, buyer, order_id, line = sold
    row = await came(session, await ask(session, buyer, order_id, (line, 1)))
    assert await declared(session, row) == "postage-not-due"
    with pytest.raises(after_sales.PostageNotDue):
        await give(session, row)
    with pytest.raises(NotFound):
        await after_sales.declare_outlay(session, row["id"], 1, PROOF, actor=shopper(order_id))
