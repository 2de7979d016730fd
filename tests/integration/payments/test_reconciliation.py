"""Statements against books: every planted difference is found, and nothing else is reported."""

import asyncio
from collections.abc import Callable
from dataclasses import replace
from datetime import date, timedelta

import pytest

from app.core import clock
from app.core.actor import SecondPersonNeeded
from app.core.db import unit_of_work
from app.core.errors import NotFound
from app.core.ids import new_id
from app.services import finance, payments
from app.services.finance import StatementDiffers, StatementUnreadable
from app.services.payments.ports import GatewayState, StatementKind
from tests.factories import statements
from tests.factories.members import make_member
from tests.factories.payments import GATEWAY, Counter, staff
from tests.factories.statements import BEIJING, Fact
from tests.integration.payments.reconciling import Desk

WRITERS: dict[str, Callable[[list[Fact], date], bytes]] = {
    "wechatpay": lambda facts, _: statements.wechatpay(facts),
    "alipay": statements.alipay,
    "unionpay": statements.unionpay,
    "sandbox": lambda facts, _: statements.sandbox(facts),
}


@pytest.fixture
def desk(counter: Counter) -> Desk:
    return Desk(counter)


@pytest.mark.parametrize("name", WRITERS)
async def test_planted_differences_are_found_and_nothing_else(name: str, desk: Desk) -> None:
    good, off, lost, late, back = [
        await desk.pay(minor, fee=6) for minor in (15_000, 800, 500, 700, 600)
    ]
    late = replace(late, at=desk.until - timedelta(minutes=1))
    await desk.run(
        "UPDATE payment_receipts SET created_at = :at WHERE transaction_id = :id",
        at=late.at,
        id=late.transaction_id,
    )
    refund = await desk.refund(back)
    strange = Fact("t-strange", "nobody", 700, good.at, fee=4)
    told = [good, replace(off, minor=801), strange, good, back, refund]
    row = await desk.take(WRITERS[name](told, desk.day))
    assert row["lines"] == len(told)
    assert await desk.verdicts() == {
        good.number: ["matched", "duplicate_row"],
        off.number: ["amount_diff"],
        "nobody": ["missing_local"],
        back.number: ["matched"],
        refund.refund_no: ["matched"],
        lost.number: ["missing_gateway"],
        late.number: ["cutoff_pending"],
    }
    fees = 6 + 6
    assert await desk.balance("bank:alipay") == 15_000 + 600 - 600 - fees
    assert await desk.balance("gateway_fee") == fees
    assert await desk.balance("gateway_clearing:alipay") == 800 + 500 + 700
    proof = await desk.proof()
    assert (proof["waiting_minor"], proof["unexplained_minor"]) == (2_000, 0)
    assert (proof["open_cases"], proof["open_difference_minor"]) == (4, 1 + 700 - 500)


async def test_a_day_that_agrees_reports_nothing(desk: Desk) -> None:
    facts = [await desk.pay(minor, fee=minor // 100) for minor in (100, 2_300, 45_600)]
    await desk.take(statements.wechatpay(facts))
    assert await desk.cases() == []
    assert await desk.balance("gateway_clearing:alipay") == 0


async def test_the_same_file_twice_is_once(desk: Desk) -> None:
    facts = [await desk.pay(100), Fact("t", "n", 5, desk.until - timedelta(hours=7))]
    content = statements.wechatpay(facts)
    first = await desk.take(content)
    before = await desk.verdicts(), await desk.cases(), await desk.balance("bank:alipay")
    again = await desk.take(content)
    assert again["id"] == first["id"]
    assert (await desk.verdicts(), await desk.cases(), await desk.balance("bank:alipay")) == before


async def test_another_file_of_a_day_is_refused(desk: Desk) -> None:
    fact = await desk.pay(100)
    content = statements.wechatpay([fact])
    await desk.take(content)
    with pytest.raises(StatementDiffers):
        await desk.take(statements.wechatpay([replace(fact, minor=101)]))
    with pytest.raises(StatementDiffers):
        await desk.take(content, later=1)


async def test_a_file_that_does_not_add_up_leaves_nothing(desk: Desk) -> None:
    fact = await desk.pay(100)
    with pytest.raises(StatementUnreadable, match="the file states"):
        await desk.take(statements.wechatpay([fact], off=1))
    assert await desk.rows("SELECT count(*) FROM statement_files") == [(0,)]
    assert await desk.verdicts() == {}
    await desk.take(statements.wechatpay([fact]))
    assert await desk.verdicts() == {fact.number: ["matched"]}


async def test_what_was_carried_is_met_the_next_day_or_missing(desk: Desk) -> None:
    late = desk.until - timedelta(minutes=1)
    met, lost = await desk.pay(100, at=late), await desk.pay(200, at=late)
    await desk.take(statements.wechatpay([]))
    assert [each.state for each in await desk.cases()] == ["carried", "carried"]
    await desk.take(statements.wechatpay([replace(met, at=desk.until)]), later=1)
    (case,) = await desk.cases()
    assert (case.number, case.verdict, case.state) == (lost.number, "missing_gateway", "open")
    assert case.day == desk.day + timedelta(days=1)
    assert await desk.balance("gateway_clearing:alipay") == 200


async def test_money_we_learn_of_later_ends_its_case(desk: Desk) -> None:
    """The statement is ahead of our notice: the payment that follows settles the line, once."""
    fact = await desk.pay(300)
    await desk.run(
        "UPDATE payment_receipts SET transaction_id = 'elsewhere', channel = 'wechat'"
        " WHERE transaction_id = :id",
        id=fact.transaction_id,
    )
    await desk.take(statements.wechatpay([fact]))
    assert await desk.verdicts() == {fact.number: ["missing_local"]}
    await desk.run(
        "UPDATE payment_receipts SET transaction_id = :id, channel = 'alipay'"
        " WHERE transaction_id = 'elsewhere'",
        id=fact.transaction_id,
    )
    for expected in (1, 0):
        async with unit_of_work(desk.counter.sessions) as session:
            assert await finance.match_again(session, "alipay") == expected
    assert await desk.cases() == []
    assert await desk.balance("gateway_clearing:alipay") == 0


async def test_a_refund_that_failed_there_differs(desk: Desk) -> None:
    paid = await desk.pay(300)
    refund = await desk.refund(paid)
    failed = replace(refund, state="FAIL")
    await desk.take(statements.wechatpay([paid, failed]))
    assert (await desk.verdicts())[refund.refund_no] == ["status_diff"]
    (case,) = await desk.cases()
    assert (case.ours_minor, case.theirs_minor) == (-300, 0)


async def test_a_refund_under_way_is_no_difference(desk: Desk) -> None:
    desk.counter.gateway.refund_state = GatewayState.PENDING
    paid = await desk.pay(300)
    refund = replace(await desk.refund(paid), state="PROCESSING")
    await desk.take(statements.wechatpay([paid, refund]))
    assert await desk.cases() == []
    proof = await desk.proof()
    assert (proof["clearing_minor"], proof["ahead_minor"], proof["unexplained_minor"]) == (
        300,
        300,
        0,
    )


async def test_moves_on_the_account_are_kept_and_not_compared(desk: Desk) -> None:
    await desk.pay(300)
    row = await desk.take(statements.wechatpay_funds([300, -2]), kind="funds")
    assert row["lines"] == 2
    assert await desk.cases() == []
    assert await desk.balance("bank:alipay") == 0


async def test_two_workers_take_one_file_in_once(real: Counter) -> None:
    desk = Desk(real)
    facts = [await desk.pay(100), await desk.pay(200), Fact("t", "n", 5, desk.until)]
    content = statements.wechatpay(facts)
    rows = await asyncio.gather(*(desk.take(content) for _ in range(4)))
    assert len({row["id"] for row in rows}) == 1
    assert await desk.rows("SELECT count(*) FROM statement_lines") == [(3,)]
    assert await desk.rows("SELECT count(*) FROM statement_files") == [(1,)]
    assert len(await desk.cases()) == 1
    assert await desk.balance("gateway_clearing:alipay") == 0


async def test_a_fen_is_never_mended_and_a_correction_needs_two(desk: Desk) -> None:
    fact = await desk.pay(800)
    await desk.take(statements.wechatpay([replace(fact, minor=801, fee=5)]))
    case_id, version = await desk.case(fact.number)
    first, second = staff(), staff()
    async with unit_of_work(desk.counter.sessions) as session:
        with pytest.raises(finance.CaseMovesMoney):
            await finance.dismiss_case(
                session, case_id, version=version, reason="only a fen", actor=first
            )
        with pytest.raises(finance.DayNotExplained):
            await finance.sign_day(session, "alipay", desk.day, version=1, actor=first)
        with pytest.raises(finance.CaseSettled):
            await finance.approve_correction(session, case_id, version=version, actor=second)
        found = await finance.propose_correction(
            session, case_id, version=version, reason="they took one more", actor=first
        )
        with pytest.raises(SecondPersonNeeded):
            await finance.approve_correction(
                session, case_id, version=found["version"], actor=first
            )
        found = await finance.approve_correction(
            session, case_id, version=found["version"], actor=second
        )
        assert (found["state"], found["resolution"]) == ("resolved", "corrected")
        signed = await finance.sign_day(session, "alipay", desk.day, version=1, actor=second)
        assert signed["state"] == "signed"
        with pytest.raises(finance.DaySigned):
            await finance.sign_day(session, "alipay", desk.day, version=2, actor=second)
        opened = await finance.reopen_day(
            session, "alipay", desk.day, version=2, reason="look again", actor=first
        )
        assert (opened["state"], opened["signed_by"]) == ("open", None)
    assert await desk.balance("suspense:alipay") == -1
    assert await desk.balance("bank:alipay") == 796
    assert await desk.balance("gateway_clearing:alipay") == 0


@pytest.mark.parametrize("stated", [300, 299])
async def test_a_refund_that_may_arrive_is_not_corrected(desk: Desk, stated: int) -> None:
    """Corrected and then booked as well, the gateway's success would credit clearing twice."""
    desk.counter.gateway.refund_state = GatewayState.PENDING
    paid = await desk.pay(300)
    refund = await desk.refund(paid)
    await desk.take(statements.wechatpay([paid, replace(refund, minor=stated)]))
    with pytest.raises(finance.RefundUnderWay):
        await desk.correct(refund.refund_no)
    await _arrive(desk, refund)
    with pytest.raises(finance.RefundUnderWay):
        await desk.correct(refund.refund_no)
    async with unit_of_work(desk.counter.sessions) as session:
        await finance.match_again(session, "alipay")
    if stated != 300:
        (case,) = await desk.cases()
        assert (case.ours_minor, case.theirs_minor) == (-300, -stated)
        await desk.correct(refund.refund_no)
    assert await desk.cases() == []
    await desk.check()
    assert await desk.balance("gateway_clearing:alipay") == 0
    assert await desk.balance("suspense:alipay") == stated - 300


@pytest.mark.parametrize("stated", ["SUCCESS", "PROCESSING"])
async def test_a_refund_that_went_another_way_differs(desk: Desk, stated: str) -> None:
    """It gives nothing back any more, so what the gateway gave is found, and corrected once."""
    desk.counter.gateway.refund_state = GatewayState.FAILED
    paid = await desk.pay(300)
    refund = await desk.refund(paid)
    await desk.run(
        "UPDATE refund_tenders SET next_query_at = now() WHERE out_refund_no = :number",
        number=refund.refund_no,
    )
    await desk.counter.push()
    rows = await desk.rows("SELECT id, state FROM refund_tenders")
    assert rows[0].state == "failed"
    await desk.counter.fall_back(rows[0].id)
    await desk.take(statements.wechatpay([paid, replace(refund, state=stated)]))
    (case,) = await desk.cases()
    assert (case.verdict, case.ours_minor, case.theirs_minor) == ("status_diff", 0, -300)
    await desk.correct(refund.refund_no)
    await desk.check()
    assert await desk.balance("suspense:alipay") == 300


async def _arrive(desk: Desk, refund: Fact) -> None:
    """Have the gateway say that it gave a refund back."""
    gateway = desk.counter.gateway
    known = gateway.refunds[refund.refund_no]
    gateway.refunds[refund.refund_no] = replace(known, state=GatewayState.SUCCEEDED)
    await desk.run(
        "UPDATE refund_tenders SET next_query_at = now() WHERE out_refund_no = :number",
        number=refund.refund_no,
    )
    assert (await desk.counter.push()).succeeded == 1


async def test_every_kind_of_difference_can_be_explained(desk: Desk) -> None:
    lost, back = await desk.pay(500), await desk.pay(900)
    refund = await desk.refund(back)
    strange = Fact("t-strange", "nobody", 700, lost.at, fee=4)
    told = [back, replace(refund, state="FAIL"), strange, back]
    await desk.take(statements.wechatpay(told))
    first, second = staff(), staff()
    async with unit_of_work(desk.counter.sessions) as session:
        for case in await desk.cases():
            if case.ours_minor == case.theirs_minor:
                await finance.dismiss_case(
                    session, case.id, version=case.version, reason="twice", actor=first
                )
                continue
            found = await finance.propose_correction(
                session, case.id, version=case.version, reason="booked", actor=first
            )
            await finance.approve_correction(
                session, case.id, version=found["version"], actor=second
            )
        await finance.sign_day(session, "alipay", desk.day, version=1, actor=second)
    assert await desk.cases() == []
    assert await desk.balance("gateway_clearing:alipay") == 0
    assert await desk.balance("suspense:alipay") == 500 - 700 - 900


async def test_missing_days_are_fetched_once(desk: Desk) -> None:
    here = clock.now().astimezone(BEIJING)
    days = [here.date() - timedelta(days=back) for back in range(1, 6)]
    told = Fact("t", "nobody", 5, clock.now() - timedelta(days=3))
    for day in days:
        desk.counter.gateway.statements[day, StatementKind.TRADES] = statements.sandbox([])
    broken = statements.sandbox([told], off=1)
    desk.counter.gateway.statements[days[2], StatementKind.TRADES] = broken
    assert await finance.fetch_statements(desk.counter.sessions, desk.counter.gateways) == 2
    assert await desk.verdicts() == {}
    desk.counter.gateway.statements[days[2], StatementKind.TRADES] = statements.sandbox([told])
    assert await finance.fetch_statements(desk.counter.sessions, desk.counter.gateways) == 1
    assert await desk.verdicts() == {"nobody": ["missing_local"]}
    assert await finance.fetch_statements(desk.counter.sessions, desk.counter.gateways) == 0


async def test_asking_takes_up_money_whose_notice_was_lost(desk: Desk) -> None:
    member_id = new_id()
    async with unit_of_work(desk.counter.sessions) as session:
        await make_member(session, id=member_id)
    plan = await desk.counter.start(await desk.counter.open(member_id, 900, GATEWAY))
    paid = desk.counter.pay(plan)
    fact = Fact(paid.transaction_id or "", paid.out_trade_no, 900, clock.now(), fee=5)
    await desk.take(statements.wechatpay([fact]))
    case_id, _ = await desk.case(fact.number)
    gateways, owner = desk.counter.gateways, desk.counter.orders
    outcome = await payments.look_again(
        desk.counter.sessions, gateways, owner, "alipay", fact.number, terms=desk.counter.terms
    )
    assert outcome == "paid"
    async with unit_of_work(desk.counter.sessions) as session:
        assert await finance.match_again(session, "alipay") == 1
        case = await finance.read_case(session, case_id)
    assert (case["state"], case["resolution"]) == ("resolved", "matched")
    assert await desk.balance("bank:alipay") == 895
    assert await desk.balance("gateway_clearing:alipay") == 0


async def test_what_the_gateway_does_not_confirm_goes_to_review(desk: Desk) -> None:
    fact = await desk.pay(900)
    del desk.counter.gateway.books[fact.number]
    await payments.look_again(
        desk.counter.sessions,
        desk.counter.gateways,
        desk.counter.orders,
        "alipay",
        fact.number,
        terms=desk.counter.terms,
    )
    plan = await desk.counter.read(desk.plans[fact.number])
    assert (plan.state, plan.in_review) == ("paid", True)
    with pytest.raises(NotFound):
        await payments.look_again(
            desk.counter.sessions, desk.counter.gateways, desk.counter.orders, "alipay", "nobody"
        )
