"""Orders of another system: brought in as they were, once, and nothing of today moves."""

import json
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import text

from app.cli.imports.past_orders import past_order_steps
from app.cli.imports.running import Report, run_import
from app.core.db import build_engine, build_sessions, unit_of_work
from app.core.enums.after_sales import ReturnKind
from app.core.enums.finance import TitleKind
from app.core.enums.order_lists import OrderTab
from app.core.enums.payments import RefundKind, RefundReason
from app.core.errors import DomainError
from app.core.ids import made_at
from app.services import finance, orders, reports
from app.services.finance.titles import Title
from app.services.reports import statistics
from tests.conftest import patient
from tests.factories.orders import shopper
from tests.factories.payments import TERMS, staff
from tests.factories.shop import make_shop
from tests.integration.reports.replaying import draft, finished

AT = datetime(2025, 3, 1, 9, 30, tzinfo=UTC)
NINE_DAYS = timedelta(days=9)
SOURCE = "orders:old"
WHO = {"id": "c1", "email": "Ann@Example.test", "name": "Ann"}


@pytest.fixture
async def town(fresh_url):
    """A shop with stock on a database of its own, whose audit is to stay clean."""
    engine = build_engine(patient(fresh_url))
    sessions = build_sessions(engine)
    async with unit_of_work(sessions) as session:
        shop = await make_shop(session)
    yield sessions, shop
    await engine.dispose()


def past(nth: int, *lines: dict[str, Any], **fields: Any) -> dict[str, Any]:
    at = AT + timedelta(hours=nth)
    return {
        "id": str(nth),
        "customer": WHO,
        "placed_at": at.isoformat(),
        "completed_at": (at + timedelta(days=9)).isoformat(),
        "lines": list(lines),
    } | fields


def told(told_: Iterable[dict[str, Any] | str], folder: Any) -> Any:
    """The file another system wrote."""
    file = folder / "orders.jsonl"
    file.write_text("\n".join(x if isinstance(x, str) else json.dumps(x) for x in told_))
    return file


async def bring(sessions, file, channel=None) -> Report:
    return await run_import(sessions, SOURCE, past_order_steps(file, SOURCE, channel=channel))


async def broken(sessions) -> list[str]:
    return [each.invariant.name async for each in reports.audit(sessions) if not each.holds]


async def _value(sessions, statement: str, **values: Any) -> Any:
    async with unit_of_work(sessions) as session:
        return await session.scalar(text(statement), values)


async def test_an_order_of_the_past_is_here_as_it_was(town, tmp_path):
    sessions, shop = town
    file = told(
        [
            past(
                1,
                {"sku": shop.skus[0].code, "quantity": 3, "net_minor": 1_000, "list_minor": 400},
                {"sku": shop.skus[1].code, "quantity": 1, "net_minor": 70, "tax_minor": 8},
                {"sku": shop.skus[0].code, "quantity": 2, "net_minor": 0},
                shipping_minor=500,
                number="OLD-1",
                payment="cheque",
                address={"recipient": "Ann", "phone": "+8613800138000"},
            ),
            past(2, {"sku": shop.skus[2].code, "quantity": 7, "net_minor": 10})
            | {"completed_at": None, "cancelled_at": (AT + timedelta(days=1)).isoformat()},
        ],
        tmp_path,
    )
    before = await _stock(sessions)
    report = await bring(sessions, file)
    assert (report.counts, report.rejects) == ({"orders created": 2}, [])
    assert await _stock(sessions) == before
    assert await broken(sessions) == []
    order_id = await _value(sessions, "SELECT id FROM orders WHERE number = 'OLD-1'")
    assert abs(made_at(order_id) - (AT + timedelta(hours=1))) < timedelta(seconds=1)
    async with unit_of_work(sessions) as session:
        found = json.loads(await orders.get_any_order(session, order_id))
    assert (found["state"], found["payment_status"], found["fulfilment_status"]) == (
        *("completed", "paid", "delivered"),
    )
    assert found["totals"]["payable_minor"] == 1_570
    assert found["totals"]["price_saving_minor"] == 200
    assert found["payment"] == {
        "state": "paid",
        "payable_minor": 1_570,
        "tenders": [],
        "attempts": [],
        "refunds": [],
    }
    runs = [(run["count"], run["net_minor"]) for run in found["lines"][0]["units"]]
    assert runs == [(2, 333), (1, 334)]
    assert {each["kind"]: each["data"] for each in found["timeline"]}["imported"] == {
        "source": SOURCE,
        "external_id": "1",
        "payment": "cheque",
    }
    assert found["shipments"][0]["state"] == "delivered"


async def test_it_is_brought_in_once(town, tmp_path):
    sessions, shop = town
    line = {"sku": shop.skus[0].code, "quantity": 1, "net_minor": 100}
    file = told([past(1, line), past(2, line)], tmp_path)
    await bring(sessions, file)
    again = await bring(sessions, told([past(1, line), past(3, line)], tmp_path))
    assert again.counts == {"orders known": 1, "orders created": 1}
    assert await _value(sessions, "SELECT count(*) FROM orders") == 3
    assert await _value(sessions, "SELECT count(DISTINCT member_id) FROM orders") == 1


async def test_buyers_are_members_by_their_address(town, tmp_path):
    sessions, shop = town
    line = {"sku": shop.skus[0].code, "quantity": 1, "net_minor": 100}
    by_phone = {"id": "c2", "phone": "+8613900139000"}
    email = await _value(sessions, "SELECT email FROM members WHERE id = :id", id=shop.member.id)
    known = {"id": "c3", "email": email.upper()}
    thief = {"id": "c4", "email": "thief@example.test", "phone": "+8613900139000"}
    nobody = {"id": "c5"}
    await bring(sessions, told([past(1, line, customer=by_phone)], tmp_path))
    report = await bring(
        sessions,
        told(
            [
                past(2, line, customer=known),
                past(3, line, customer=thief),
                past(4, line, customer=nobody),
                past(5, line, customer={"id": "c6", "email": "no address"}),
            ],
            tmp_path,
        ),
    )
    assert {each.external_id: each.reason for each in report.rejects} == {
        "3": "customer c4 is no member, or two",
        "4": "name the customer's email or phone",
        "5": "This is no e-mail address",
    }
    owner = "SELECT o.member_id FROM orders o JOIN external_refs x ON x.entity_id = o.id"
    assert await _value(sessions, f"{owner} WHERE x.external_id = '2'") == shop.member.id


async def test_m48_what_is_odd_is_refused_and_the_rest_comes_in(town, tmp_path):
    sessions, shop = town
    line = {"sku": shop.skus[0].code, "quantity": 1, "net_minor": 100}
    soon = (datetime.now(UTC) - timedelta(days=6)).isoformat()
    file = told(
        [
            "no json",
            "",
            "[]",
            past(1, line),
            past(1, line),
            past(2),
            past(3, line | {"sku": "NONE"}),
            past(4, line | {"quantity": 0}),
            past(5, line | {"net_minor": -1}),
            past(6, line | {"tax_minor": 101}),
            past(7, line, completed_at=None),
            past(8, line, cancelled_at=AT.isoformat()),
            past(9, line, completed_at=(AT - timedelta(days=1)).isoformat()),
            past(10, line, placed_at=soon, completed_at=soon),
            past(11, line, number="OLD-1"),
            past(12, line, number="OLD-1"),
            past(13, line, paid=True),
            past(14, line | {"quantity": "1"}),
            past(15, line, shipped_at=(AT + timedelta(days=90)).isoformat()),
            past(16, line, shipping_minor=-1),
        ],
        tmp_path,
    )
    report, code = await bring(sessions, file), shop.skus[0].code
    refused = {(each.kind, each.external_id): each.reason for each in report.rejects}
    assert {number: refused.pop(("line", number)) for number in ("1", "3")} == dict.fromkeys(
        ("1", "3"), "is no JSON object"
    )
    assert {name: why for (_, name), why in refused.items()} == {
        "1": "is in the file twice",
        "2": "has no lines",
        "3": "SKU NONE does not exist",
        "4": f"{code}: quantity is out of range",
        "5": f"{code}: net_minor is out of range",
        "6": f"{code}: tax_minor is out of range",
        "7": "name completed_at or cancelled_at",
        "8": "name completed_at or cancelled_at",
        "9": "its times are not one after the other",
        "10": "is no history: it was placed less than 7 days ago",
        "12": "number OLD-1 is taken",
        "13": "paid: Extra inputs are not permitted",
        "14": "lines.0.quantity: Input should be a valid integer",
        "15": "its times are not one after the other",
        "16": "shipping_minor is out of range",
    }
    assert report.counts == {"orders created": 2}
    assert await broken(sessions) == []


async def test_nothing_more_happens_to_it(town, tmp_path):
    """Nobody pays, cancels, refunds, returns or changes it: other books paid for it."""
    sessions, shop = town
    line = {"sku": shop.skus[0].code, "quantity": 1, "net_minor": 100}
    await bring(sessions, told([past(1, line)], tmp_path))
    order_id = await _value(sessions, "SELECT id FROM orders")
    member_id = await _value(sessions, "SELECT member_id FROM orders")
    line_id = await _value(sessions, "SELECT id FROM order_lines")
    wish = orders.RefundWish(
        kind=RefundKind.UNITS,
        reason_code=RefundReason.CHANGED_MIND,
        reason="No",
        lines=((line_id, 1),),
    )

    async def cancel(session):
        await orders.begin_cancel(session, order_id, actor=shopper(member_id), reason="No")

    async def refund(session):
        await orders.request_refund(session, order_id, wish, actor=staff())

    async def send_back(session):
        asked = orders.after_sales.AskReturn(
            order_id=order_id,
            kind=ReturnKind.RETURN,
            reason_code=RefundReason.CHANGED_MIND,
            reason="No",
            lines=((line_id, 1),),
        )
        await orders.after_sales.ask_return(session, asked, actor=shopper(member_id), terms=TERMS)

    async def invoice(session):
        title = Title(kind=TitleKind.PERSONAL, name="Ann")
        await finance.request_invoice(session, order_id, title, actor=shopper(member_id))

    async def preview(session):
        await orders.preview_wish(session, order_id, wish, actor=staff())

    for attempt, slug in (
        (cancel, "illegal-order-transition"),
        (refund, "not-found"),
        (preview, "not-found"),
        (send_back, "not-found"),
        (invoice, "not-found"),
    ):
        with pytest.raises(DomainError) as refused:
            async with unit_of_work(sessions) as session:
                await attempt(session)
        assert refused.value.slug == slug


async def test_lists_counts_and_statistics_know_it(town, tmp_path):
    sessions, shop = town
    line = {"sku": shop.skus[0].code, "quantity": 1, "net_minor": 100}
    await bring(sessions, told([past(number, line) for number in range(1, 6)], tmp_path))
    wanted = orders.OrderFilter(placed_from=AT, placed_to=AT + timedelta(hours=3, minutes=30))
    async with unit_of_work(sessions) as session:
        page = await orders.centre.search_orders(session, wanted, after=None, limit=9)
        counts = await orders.centre.count_orders(session, orders.OrderFilter())
    assert [json.loads(each)["payable_minor"] for each in page.documents] == [100] * 3
    assert counts[OrderTab.COMPLETED].count == 5
    assert counts[OrderTab.TO_SHIP].count == 0
    while await _rolled_up(sessions):
        pass
    question = statistics.Question(
        metrics=("orders_placed",), by=(), from_on=AT.date(), to_on=AT.date() + NINE_DAYS
    )
    async with unit_of_work(sessions) as session:
        (row,) = (await statistics.order_statistics(session, question)).rows
    assert row["orders_placed"] == 5
    assert await broken(sessions) == []


async def test_a_replay_of_promotions_takes_it_as_it_was_sold(town, tmp_path):
    """What a promotion would have brought is asked of orders of the past as of others."""
    sessions, shop = town
    line = {"sku": shop.skus[0].code, "quantity": 2, "net_minor": 999}
    await bring(sessions, told([past(1, line, shipping_minor=50)], tmp_path))
    half = draft(action={"type": "percent_off", "rate_bps": 5_000})
    found = (await finished(sessions, sessions, drafts=(half,))).summary
    assert (found.reproduced, found.changed, found.payable.before) == (1, 1, 1_049)


async def _rolled_up(sessions) -> int:
    async with unit_of_work(sessions) as session:
        return await statistics.roll_up_orders(session, limit=100)


async def _stock(sessions) -> Any:
    async with unit_of_work(sessions) as session:
        rows = await session.execute(text("SELECT * FROM stock ORDER BY sku_id"))
        return rows.all()
