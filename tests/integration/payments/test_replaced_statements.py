"""Another file of a day takes the place of the first: nothing is settled twice, nothing is lost."""

import asyncio
from dataclasses import replace
from datetime import timedelta

import pytest

from app.core.actor import SecondPersonNeeded
from app.core.db import unit_of_work
from app.services import finance
from tests.factories import statements
from tests.factories.payments import Counter, staff
from tests.factories.statements import Fact
from tests.integration.payments.reconciling import Desk

wechatpay = statements.wechatpay


@pytest.fixture
def desk(counter: Counter) -> Desk:
    return Desk(counter)


async def test_what_settles_differently_is_booked_as_the_difference(desk: Desk) -> None:
    kept, off, lost = [await desk.pay(minor, fee=6) for minor in (1_000, 800, 500)]
    first = await desk.take(wechatpay([kept, replace(off, minor=801)]))
    assert await desk.balance("bank:alipay") == 994
    second = await desk.replace(wechatpay([replace(kept, fee=7), off, lost]))
    assert (second["replaces_id"], second["lines"]) == (first["id"], 3)
    assert await desk.cases() == []
    assert await desk.balance("bank:alipay") == 2_300 - 19
    assert await desk.balance("gateway_fee") == 19
    assert await desk.balance("gateway_clearing:alipay") == 0
    assert await desk.rows("SELECT count(*) FROM superseded_lines") == [(2,)]
    assert await desk.rows("SELECT lines, matched FROM reconciled_days") == [(3, 3)]
    keys = await desk.rows("SELECT key FROM ledger_journals WHERE kind = 'settlement' ORDER BY id")
    assert [key for (key,) in keys] == [
        f"settlement:alipay:{desk.day}",
        f"settlement:alipay:{desk.day}:{second['id']}",
    ]
    await desk.check()


async def test_a_line_that_is_gone_is_no_longer_settled(desk: Desk) -> None:
    kept, gone = await desk.pay(1_000), await desk.pay(300)
    await desk.take(wechatpay([kept, gone]))
    await desk.replace(wechatpay([kept]))
    assert await desk.verdicts() == {kept.number: ["matched"], gone.number: ["missing_gateway"]}
    assert await desk.balance("bank:alipay") == 1_000
    assert await desk.balance("gateway_clearing:alipay") == 300
    await desk.check()
    await desk.replace(wechatpay([kept, gone]))
    assert await desk.cases() == []
    await desk.replace(wechatpay([kept]))  # missing again, after a case that ended by itself
    assert [each.number for each in await desk.cases()] == [gone.number]
    await desk.check()


async def test_cases_nobody_worked_on_are_withdrawn_and_others_go_on(desk: Desk) -> None:
    facts = [await desk.pay(minor) for minor in (100, 200, 300, 400)]
    wrong = [replace(each, minor=each.minor + 1) for each in facts]
    await desk.take(wechatpay(wrong))
    owned = [(await desk.case(each.number))[0] for each in facts]
    for number in (1, 2, 3):
        case_id, version = await desk.case(facts[number].number)
        async with unit_of_work(desk.counter.sessions) as session:
            if number == 1:
                await finance.note_case(session, case_id, "they will look", actor=staff())
            else:
                await finance.propose_correction(
                    session, case_id, version=version, reason="one more", actor=staff()
                )
    told = [wrong[0], facts[1], replace(facts[2], minor=305), wrong[3]]
    await desk.replace(wechatpay(told))
    states = dict(
        await desk.rows("SELECT id, coalesce(resolution, state) FROM reconciliation_cases")
    )
    assert [states[each] for each in owned] == ["superseded", "matched", "open", "proposed"]
    by_number = {each.number: each for each in await desk.cases()}
    assert by_number[facts[0].number].id not in owned
    changed = by_number[facts[2].number]
    assert (changed.id, changed.ours_minor, changed.theirs_minor) == (owned[2], 300, 305)
    assert by_number[facts[3].number].id == owned[3]
    await desk.check()


async def test_a_corrected_line_stays_corrected_or_is_taken_back(desk: Desk) -> None:
    same, mended = await desk.pay(800), await desk.pay(500)
    strange = Fact("t-strange", "nobody", 700, same.at, fee=4)
    wrong = [replace(same, minor=801), replace(mended, minor=501), strange]
    await desk.take(wechatpay(wrong))
    cases = [await desk.correct(each.number) for each in wrong]
    assert await desk.balance("suspense:alipay") == -1 - 1 - 700
    await desk.check()
    await desk.replace(wechatpay([wrong[0], mended]))
    assert await desk.cases() == []
    states = dict(await desk.rows("SELECT id, resolution FROM reconciliation_cases"))
    assert [states[each] for each in cases] == ["corrected", "superseded", "superseded"]
    assert await desk.balance("suspense:alipay") == -1
    assert await desk.balance("bank:alipay") == 801 + 500
    assert await desk.balance("gateway_clearing:alipay") == 0
    await desk.check()


async def test_a_line_that_comes_twice_is_dismissed_once(desk: Desk) -> None:
    fact = await desk.pay(100)
    await desk.take(wechatpay([fact, fact]))
    case_id, version = await desk.case(fact.number)
    async with unit_of_work(desk.counter.sessions) as session:
        await finance.dismiss_case(session, case_id, version=version, reason="twice", actor=staff())
    more = await desk.pay(50)
    await desk.replace(wechatpay([fact, more, fact]))
    assert await desk.cases() == []
    await desk.replace(wechatpay([fact, more, fact, fact]))
    assert [each.verdict for each in await desk.cases()] == ["duplicate_row"]
    await desk.check()


async def test_a_payment_written_off_is_no_match_when_it_is_stated_after_all(desk: Desk) -> None:
    fact = await desk.pay(500)
    await desk.take(wechatpay([]))
    await desk.correct(fact.number)
    assert await desk.balance("gateway_clearing:alipay") == 0
    await desk.replace(wechatpay([fact]))
    (case,) = await desk.cases()
    assert (case.verdict, case.ours_minor, case.theirs_minor) == ("amount_diff", 0, 500)
    await desk.check()
    await desk.correct(fact.number)
    assert await desk.balance("bank:alipay") == 500
    assert await desk.balance("suspense:alipay") == 0
    assert await desk.balance("gateway_clearing:alipay") == 0
    await desk.check()


async def test_what_matches_after_a_replacement_is_settled_by_its_own_journal(desk: Desk) -> None:
    """Line 2 of each file matches late: two settlements, told apart."""
    facts = [await desk.pay(300), await desk.pay(400)]
    for fact in facts:
        await desk.run(
            "UPDATE payment_receipts SET transaction_id = :other, channel = 'wechat'"
            " WHERE transaction_id = :id",
            id=fact.transaction_id,
            other=f"else{fact.transaction_id}",
        )
    for fact, take in zip(facts, (desk.take, desk.replace), strict=True):
        await take(wechatpay([fact]))
        await desk.run(
            "UPDATE payment_receipts SET transaction_id = :id, channel = 'alipay'"
            " WHERE transaction_id = :other",
            id=fact.transaction_id,
            other=f"else{fact.transaction_id}",
        )
        async with unit_of_work(desk.counter.sessions) as session:
            assert await finance.match_again(session, "alipay") == 1
    assert await desk.balance("bank:alipay") == 400
    await desk.check()


async def test_it_needs_two_people_the_very_file_and_an_open_day(desk: Desk) -> None:
    fact, first, second = await desk.pay(100), staff(), staff()
    old, new = wechatpay([replace(fact, fee=1)]), wechatpay([fact])
    await desk.take(old)
    with pytest.raises(finance.ReplacementNotAsked):
        await desk.hand_in(new, second)
    with pytest.raises(finance.StatementIsThere):
        await desk.ask(old, first)
    asked = await desk.ask(new, first)
    assert (await desk.ask(new, second))["asked_by"] == asked["asked_by"] == first.principal
    with pytest.raises(SecondPersonNeeded):
        await desk.hand_in(new, first)
    wrong = wechatpay([fact], off=1)
    await desk.ask(wrong, first)
    with pytest.raises(finance.StatementUnreadable):
        await desk.hand_in(wrong, second)
    async with unit_of_work(desk.counter.sessions) as session:
        await finance.sign_day(session, "alipay", desk.day, version=1, actor=first)
    with pytest.raises(finance.DaySigned):
        await desk.hand_in(new, second)
    with pytest.raises(finance.DaySigned):
        await desk.ask(new, second)
    assert await desk.balance("gateway_fee") == 1
    async with unit_of_work(desk.counter.sessions) as session:
        await finance.reopen_day(
            session, "alipay", desk.day, version=2, reason="they sent another", actor=first
        )
    taken = await desk.hand_in(new, second)
    assert (await desk.hand_in(new, second))["id"] == taken["id"]
    assert await desk.balance("gateway_fee") == 0
    with pytest.raises(finance.StatementDiffers):
        await desk.take(old)
    await desk.check()


async def test_two_files_at_once_take_one_place_once(real: Counter) -> None:
    desk = Desk(real)
    fact = await desk.pay(100)
    await desk.take(wechatpay([]))
    files = [wechatpay([replace(fact, fee=fee)]) for fee in (1, 2)]
    for content in files:
        await desk.ask(content, staff())
    ended = await asyncio.gather(
        *(desk.hand_in(content, staff()) for content in files * 2), return_exceptions=True
    )
    refused = [each for each in ended if isinstance(each, finance.ReplacementNotAsked)]
    assert len(refused) == 2, ended
    current = await desk.rows("SELECT id FROM statement_files WHERE superseded_at IS NULL")
    assert {each["id"] for each in ended if not isinstance(each, BaseException)} == {current[0].id}
    assert await desk.balance("gateway_clearing:alipay") == 0
    await desk.check()


async def test_a_correction_under_way_and_another_file_do_not_both_count(real: Counter) -> None:
    desk = Desk(real)
    fact = await desk.pay(100)
    await desk.take(wechatpay([replace(fact, minor=101)]))
    case_id, version = await desk.case(fact.number)
    async with unit_of_work(desk.counter.sessions) as session:
        found = await finance.propose_correction(
            session, case_id, version=version, reason="one more", actor=staff()
        )
    content = wechatpay([fact])
    await desk.ask(content, staff())

    async def approve() -> None:
        async with unit_of_work(desk.counter.sessions) as session:
            await finance.approve_correction(
                session, case_id, version=found["version"], actor=staff()
            )

    await asyncio.gather(approve(), desk.hand_in(content, staff()), return_exceptions=True)
    assert await desk.balance("bank:alipay") == 100
    assert await desk.balance("suspense:alipay") == 0
    await desk.check()


async def test_a_day_at_the_cut_is_compared_again(desk: Desk) -> None:
    late = await desk.pay(100, at=desk.until - timedelta(minutes=1))
    await desk.take(wechatpay([]))
    assert [each.state for each in await desk.cases()] == ["carried"]
    await desk.replace(wechatpay([late]))
    assert await desk.cases() == []
    await desk.check()
