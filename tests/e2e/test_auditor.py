"""The auditor is tested too: a sound shop passes, every hand-made corruption is named.

Corruptions are made as a superuser with triggers off, and the constraint that would refuse them
dropped, since the audit is there for what the constraints did not stop.
"""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import text

from app.core.db import unit_of_work
from app.core.enums.ledger import AccountKind
from app.core.ids import new_id
from app.models.order_reviews import OrderReview
from app.models.shipping import OrderHold
from app.repositories.reports.audit import AuditRepository
from app.services import finance, ledger, orders, payments, promotions, reports
from tests.e2e.after_sales_corruptions import (
    exchange_for_dearer,
    fill_shelves,
    replace_goods,
    return_goods,
)
from tests.e2e.backorder_corruptions import BACKORDER_CORRUPTIONS, wait_for_goods
from tests.e2e.books_corruptions import BOOKS_CORRUPTIONS
from tests.e2e.card_corruptions import CARD_CORRUPTIONS, make_batches
from tests.e2e.charge_corruptions import charge
from tests.e2e.conftest import BY_SANDBOX
from tests.e2e.corruptions import CORRUPTIONS
from tests.e2e.entry_corruptions import enter_orders
from tests.e2e.kit_corruptions import KIT_CORRUPTIONS, sell_kits
from tests.e2e.stock_corruptions import STOCK_CORRUPTIONS, keep_stock
from tests.e2e.wallet_corruptions import WALLET_CORRUPTIONS, top_up, withdraw
from tests.e2e.webhook_corruptions import WEBHOOK_CORRUPTIONS, listen
from tests.factories import bargains, statements
from tests.factories.crm import make_check_in_plan
from tests.factories.exchange import make_offer
from tests.factories.lotteries import coupon, make_lottery, points
from tests.factories.orders import shopper
from tests.factories.payments import give_points, staff
from tests.factories.promotions import make_promotion
from tests.factories.statements import Fact
from tests.horizon import past_other_writers
from tests.integration.orders.lessening import take_pieces_off
from tests.integration.orders.reviewing import make_rule
from tests.integration.payments.reconciling import chunks
from tests.integration.promotions.batching import PEPPER, batch_of
from tests.integration.promotions.test_batches import codes_of
from tests.integration.promotions.test_quote import COUPON
from tests.integration.reports.replaying import draft, finished

EVERYTHING = (
    *CORRUPTIONS,
    *BOOKS_CORRUPTIONS,
    *CARD_CORRUPTIONS,
    *WALLET_CORRUPTIONS,
    *STOCK_CORRUPTIONS,
    *BACKORDER_CORRUPTIONS,
    *KIT_CORRUPTIONS,
    *WEBHOOK_CORRUPTIONS,
)


@pytest.fixture
async def shop_of_orders(lin, deal):
    """One order paid by four tenders, one waiting, one closed unpaid, one paid and given back.

    The first has a gift. All of them were replayed with half the price off.
    And one of goods for points, of somebody who came by today, drew in two lotteries and got two
    coupons, and one that was bargained for.
    """
    await listen(lin)
    code, tenders = deal
    present = await gift(lin)
    paid = await lin.order(await lin.fill((0, 1), (1, 3), codes=(code,)), *tenders)
    async with unit_of_work(lin.sessions) as session:
        (await session.merge(present)).status = "ended"
    await lin.at_the_sandbox(paid["payment"])
    returned = await lin.order(await lin.fill((2, 1)), BY_SANDBOX)
    await lin.at_the_sandbox(returned["payment"])
    await lin.ask("POST", f"/orders/{returned['id']}/cancel", {"reason": "No"})
    closed = await lin.order(await lin.fill((0, 1)), BY_SANDBOX)
    await lin.ask("POST", f"/orders/{closed['id']}/cancel", {"reason": "No"})
    await lessen(lin, await lin.order(await lin.fill((0, 2)), BY_SANDBOX))
    await order_for_points(lin)
    await order_a_bargain(lin)
    async with unit_of_work(lin.sessions) as session:
        await make_check_in_plan(session, lin.shop.channel.id)
    await lin.ask("POST", "/me/check-ins")
    await draw_in_lotteries(lin)
    await claim_coupons(lin)
    await make_batches(lin)
    await withdraw(lin)
    await top_up(lin)
    await change_an_order(lin)
    await enter_orders(lin)
    await charge(lin)
    await lin.work()
    await send_back(lin)
    await sell_kits(lin)
    await send(lin, paid)
    await keep_stock(lin)
    await wait_for_goods(lin)
    await review(lin)
    await keep_books(lin, paid)
    await reconcile(lin)
    title = {"title": {"kind": "personal", "name": "Lin"}}
    await lin.ask("POST", f"/orders/{paid['id']}/invoices", title, status=201)
    half = draft(action={"type": "percent_off", "rate_bps": 5_000})
    await finished(lin.sessions, lin.sessions, drafts=(half,))
    return lin


async def gift(lin):
    """A promotion that gives one piece of what cost the shop 9.00."""
    async with unit_of_work(lin.sessions) as session:
        await session.execute(text("UPDATE skus SET cost_minor = 900, cost_currency = 'CNY'"))
        presents = [{"sku_id": str(lin.shop.skus[2].id), "quantity": 1}]
        action = {"type": "gift", "presents": presents}
        return await make_promotion(session, lin.shop.merchant.id, action=action)


async def send_back(lin):
    """Two of a kind that came back."""
    order = await lin.order(await lin.fill((1, 2)), BY_SANDBOX)
    await lin.at_the_sandbox(order["payment"])
    await lin.work()
    await return_goods(lin, UUID(order["id"]))
    order = await lin.order(await lin.fill((1, 3)), BY_SANDBOX)
    await lin.at_the_sandbox(order["payment"])
    await replace_goods(lin, UUID(order["id"]))
    await fill_shelves(lin)
    order = await lin.order(await lin.fill((0, 2)), BY_SANDBOX)
    await lin.at_the_sandbox(order["payment"])
    await lin.work()
    await exchange_for_dearer(lin, UUID(order["id"]))
    await lin.work()


async def send(lin, order):
    """A piece of an order leaves."""
    limits = lin.resources.settings.shipping
    async with unit_of_work(lin.sessions) as session:
        wanted = orders.shipping.FulfilmentFilter(order_id=UUID(order["id"]))
        (part,) = await orders.shipping.list_fulfilments(session, wanted, after=None, limit=1)
        line = next(each for each in part["lines"] if each["quantity"] > 1)
        parcel = orders.shipping.PackParcel(
            fulfilment_id=part["id"],
            waybill=orders.shipping.Waybill(carrier_code="sf"),
            pieces={UUID(line["order_line_id"]): 1},
        )
        await orders.shipping.ship(session, parcel, actor=staff(), limits=limits)


async def change_an_order(lin):
    """Its note twice; then one of two pieces is not wanted any more."""
    placed = await lin.order(await lin.fill((2, 2)), BY_SANDBOX)
    await lin.at_the_sandbox(placed["payment"])
    order_id, actor = UUID(placed["id"]), shopper(lin.shop.member.id)
    line = "SELECT id FROM order_lines WHERE order_id = :id ORDER BY position LIMIT 1"
    async with unit_of_work(lin.sessions) as session:
        line_id = await session.scalar(text(line), {"id": order_id})
    for wish in (
        orders.changes.ChangeWish(fields={"note": "ring"}),
        orders.changes.ChangeWish(fields={"note": "ring twice"}),
        orders.changes.ChangeWish(pieces=((line_id, 1),), gift_choice="return_gift"),
    ):
        async with unit_of_work(lin.sessions) as session:
            seen = await orders.changes.preview_change(session, order_id, wish, actor=actor)
            await orders.changes.change_order(
                session,
                order_id,
                wish,
                version=seen.order_version,
                actor=actor,
                limits=lin.resources.settings.shipping,
            )


async def lessen(lin, placed):
    """One of two pieces is not wanted any more before they are paid."""
    order_id, actor = UUID(placed["id"]), shopper(lin.shop.member.id)
    async with unit_of_work(lin.sessions) as session:
        line = "SELECT id FROM order_lines WHERE order_id = :id ORDER BY position LIMIT 1"
        line_id = await session.scalar(text(line), {"id": order_id})
        wish = orders.changes.ChangeWish(pieces=((line_id, 1),))
        seen = await orders.changes.preview_change(session, order_id, wish, actor=actor)
    await take_pieces_off(
        lin.sessions,
        lin.resources.gateways,
        order_id,
        wish.pieces,
        version=seen.order_version,
        actor=actor,
        limits=lin.resources.settings.shipping,
        terms=payments.PaymentTerms.of(lin.resources.settings),
    )


async def review(lin):
    """A rule holds the order that waits, as if it were paid at the door."""
    async with unit_of_work(lin.sessions) as session:
        rule = await make_rule(session)
        order_id = await session.scalar(
            text("SELECT id FROM orders WHERE payment_status = 'awaiting' AND state = 'open'")
        )
        review_id = new_id()
        row = {"id": review_id, "order_id": order_id, "member_id": lin.shop.member.id}
        session.add(OrderReview(**row))
        await session.flush()
        reference = str(review_id)
        held = {"kind": "review", "reference": reference, "reason": "due", "held_by": "system"}
        session.add(OrderHold(**row | held | {"id": new_id()}))
        await session.flush()
        await orders.review.judge_order(session, order_id)
        rule.is_enabled = False


async def keep_books(lin, order):
    """A piece of an order and its gift have left, a month was closed; the worker followed."""
    bank, fee = (ledger.Account(each) for each in (AccountKind.BANK, AccountKind.GATEWAY_FEE))
    async with unit_of_work(lin.sessions) as session:
        entries = ledger.transfer(fee, bank, 5)
        then = datetime.now(UTC) - timedelta(days=100)
        early = ledger.Journal(key="fee", kind="fee", entries=entries, effective_at=then)
        await ledger.post(session, [early])
        await finance.open_periods(session, ZoneInfo("Asia/Shanghai"))
        name = (await finance.list_periods(session, after=None, limit=9))[-1].name
        lines = text("SELECT id FROM order_lines WHERE order_id = :id ORDER BY position")
        line_id, *_, given_id = await session.scalars(lines, {"id": order["id"]})
        units = {line_id: 1, given_id: 1}
        left = finance.Recognise(order_id=UUID(order["id"]), reference="S1", units=units)
        await finance.recognise(session, left)
        await write_journals(session, ledger.transfer(fee, bank, 7))
    await finance.close_period(lin.sessions, name, version=1, actor=staff())
    await past_other_writers(lin.sessions)
    async with unit_of_work(lin.sessions) as session:
        await ledger.roll_up(session)
        await finance.book_journal_costs(session)
        await exceed_a_budget(session)
        while await ledger.seal(session, limit=9):
            pass


async def write_journals(session, lines):
    """One by hand that was posted and reversed, and one that waits for somebody."""
    lin, mei = staff(), staff()
    draft = finance.by_hand.Draft(reason="Fee", lines=lines)
    first = await finance.by_hand.draft_journal(session, draft, actor=lin)
    await finance.by_hand.post_journal(session, first["id"], version=1, actor=mei)
    back = await finance.by_hand.reverse_journal(
        session, first["id"], reason="No", effective_at=None, concerns=None, actor=lin
    )
    await finance.by_hand.post_journal(session, back["id"], version=1, actor=mei)
    await finance.by_hand.draft_journal(session, draft, actor=lin)


async def exceed_a_budget(session):
    day = timedelta(days=1)
    command = finance.budgets.NewBudget(
        centre="unassigned",
        kind=None,
        currency="CNY",
        starts_at=datetime.now(UTC) - day,
        ends_at=datetime.now(UTC) + day,
        amount_minor=1,
        warn_bps=5_000,
    )
    await finance.budgets.make_budget(session, command, actor=staff())
    assert await finance.budgets.watch_budgets(session) == 2


async def reconcile(lin):
    """A statement of two payments, of which one differs: corrected by two people, signed."""
    async with lin.sessions() as session:
        rows = await session.execute(
            text("""
                SELECT r.transaction_id, a.out_trade_no, r.amount_minor
                FROM payment_receipts r JOIN payment_attempts a ON a.id = r.attempt_id
                WHERE r.channel = 'sandbox' ORDER BY r.id LIMIT 2
            """)
        )
    then = datetime.now(UTC) - timedelta(days=3)
    good, off = (Fact(*row, then, fee=1) for row in rows.all())
    told = statements.sandbox([good, replace(off, minor=off.minor + 1)])
    what = finance.StatementOf(channel="sandbox", day=then.date(), kind="trades", filename="s")
    await finance.import_statement(lin.sessions, what, chunks(told), actor=None)
    first, second = staff(), staff()
    async with unit_of_work(lin.sessions) as session:
        (case,) = await finance.list_cases(session, finance.CaseFilter(), after=None, limit=9)
        await finance.propose_correction(session, case.id, version=1, reason="why", actor=first)
        await finance.approve_correction(session, case.id, version=2, actor=second)
        await finance.sign_day(session, "sandbox", what.day, version=1, actor=second)


async def order_for_points(lin):
    async with unit_of_work(lin.sessions) as session:
        offer = await make_offer(session, lin.shop.skus[2].id, quota=5)
        await give_points(session, lin.shop.member.id, 500, terms=lin.terms)
    cart_id = await lin.fill()
    line = {"sku_id": str(offer.sku_id), "quantity": 1, "exchange_offer_id": str(offer.id)}
    await lin.ask("POST", f"/carts/{cart_id}/lines", line, status=201)
    await lin.order(cart_id, BY_SANDBOX)


async def claim_coupons(lin):
    """One of the coupon centre and one of a batch of codes; another code is left."""
    async with unit_of_work(lin.sessions) as session:
        promotion = await make_promotion(session, lin.shop.merchant.id, **COUPON)
        offer = await batch_of(session, promotion, "claim", total=5)
        batch = await batch_of(session, promotion, "codes", total=2)
    await promotions.work_on_batches(lin.sessions, PEPPER)
    await lin.ask("POST", "/me/coupons/claim", {"batch_id": str(offer.id)})
    async with unit_of_work(lin.sessions) as session:
        code, _ = await codes_of(session, await session.merge(batch))
    await lin.ask("POST", "/me/coupons", {"code": code})


async def draw_in_lotteries(lin):
    """Points won at a price until they were gone, and a coupon."""
    async with unit_of_work(lin.sessions) as session:
        channel_id = lin.shop.channel.id
        promotion = await make_promotion(session, lin.shop.merchant.id, **COUPON)
        batch = await batch_of(session, promotion, "prize")
        lotteries = [
            await make_lottery(
                session, channel_id, points(5, stock=1), points_cost=1, draws_per_day=2
            ),
            await make_lottery(session, channel_id, coupon(batch.id)),
        ]
    for each in (lotteries[0], *lotteries):
        await lin.ask("POST", f"/lotteries/{each.id}/draws", status=201)


async def order_a_bargain(lin):
    async with unit_of_work(lin.sessions) as session:
        activity = await bargains.make_activity(session, lin.shop)
        bargain_id = await bargains.finished(session, activity, lin.shop.member.id)
    cart_id = await lin.fill()
    line = {"sku_id": str(activity.sku_id), "quantity": 1, "bargain_id": str(bargain_id)}
    await lin.ask("POST", f"/carts/{cart_id}/lines", line, status=201)
    await lin.order(cart_id, BY_SANDBOX)


async def test_a_sound_shop_passes_and_every_corruption_is_named(shop_of_orders):
    async with unit_of_work(shop_of_orders.sessions) as session:
        await reports.statistics.roll_up_orders(session)
        # Nobody else writes: what happened within the last second is added up like the rest.
        await session.execute(text("UPDATE report_marks SET at = clock_timestamp()"))
    found = [each async for each in reports.audit(shop_of_orders.sessions)]
    assert [each for each in found if not each.holds] == []
    missed = [
        (statement, rule)
        for statement, rule in EVERYTHING
        if rule not in (await broken_by(shop_of_orders.sessions, statement))
    ]
    assert missed == []
    named = [rule for _, rule in EVERYTHING]
    untried = [each.name for each in found if not any(rule in each.name for rule in named)]
    assert untried == []


async def broken_by(sessions, statement: str) -> str:
    """The names of the invariants that `statement` breaks; nothing of it is kept."""
    async with sessions() as session:
        await session.execute(text("SET LOCAL session_replication_role = replica"))
        for table, name in (
            await session.execute(
                text(
                    "SELECT conrelid::regclass::text, conname FROM pg_constraint"
                    " WHERE contype = 'c' AND connamespace = 'public'::regnamespace"
                    " AND coninhcount = 0"
                )
            )
        ).all():
            await session.execute(text(f'ALTER TABLE {table} DROP CONSTRAINT "{name}"'))
        changed = await session.execute(text(statement.replace(":", r"\:")))
        assert changed.rowcount != 0, statement
        auditor = AuditRepository(session)
        names = [rule.name for rule in reports.INVARIANTS if await auditor.breaches(rule)]
        await session.rollback()
    return "; ".join(names)
