"""Money paid into balances, and given back, in the statements of gateways."""

from app.core import clock
from app.core.enums.payments import PlanState, TopUpState
from app.services import finance
from tests.factories import statements
from tests.factories.payments import Counter
from tests.factories.statements import Fact
from tests.integration.payments.reconciling import Desk
from tests.integration.payments.test_top_ups import begin, made, refund, state


async def test_a_top_up_and_its_refund_match_like_an_order(counter: Counter) -> None:
    counter, member_id, package_id = await made(counter)
    desk = Desk(counter)
    top_up_id, plan = await begin(counter, member_id, package_id)
    paid = counter.pay(plan)
    await counter.notify(paid)
    await refund(counter, top_up_id)
    await counter.push()
    await counter.push()
    assert (await counter.read(plan)).state is PlanState.REFUNDED
    ((number, refund_id),) = await desk.rows(
        "SELECT out_refund_no, gateway_refund_id FROM refund_tenders"
    )
    at = clock.now().replace(microsecond=0)
    assert paid.transaction_id is not None
    told = Fact(paid.transaction_id, paid.out_trade_no, 10_000, at)
    back = Fact(
        paid.transaction_id, paid.out_trade_no, 10_000, at, refund_no=number, refund_id=refund_id
    )
    await desk.take(statements.wechatpay([told, back]))
    assert await desk.verdicts() == {paid.out_trade_no: ["matched"], number: ["matched"]}
    assert await desk.balance("gateway_clearing:alipay") == 0


async def test_its_refund_is_found_in_the_narrow_lines_of_unionpay(counter: Counter) -> None:
    counter, member_id, package_id = await made(counter)
    desk = Desk(counter)
    top_up_id, plan = await begin(counter, member_id, package_id)
    paid = counter.pay(plan)
    await counter.notify(paid)
    await refund(counter, top_up_id)
    await counter.push()
    ((number,),) = await desk.rows("SELECT out_refund_no FROM refund_tenders")
    back = Fact("1", paid.out_trade_no, 10_000, clock.now(), refund_no=number, refund_id="2")
    told = Fact(paid.transaction_id or "", paid.out_trade_no, 10_000, clock.now())
    await desk.take(statements.unionpay([told, back], desk.day))
    assert await desk.verdicts() == {paid.out_trade_no: ["matched"], number: ["matched"]}


async def test_a_top_up_no_statement_tells_of_is_missing(counter: Counter) -> None:
    counter, member_id, package_id = await made(counter)
    desk = Desk(counter)
    _, plan = await begin(counter, member_id, package_id)
    paid = counter.pay(plan)
    await counter.notify(paid)
    await desk.take(statements.wechatpay([]))
    assert await desk.verdicts() == {paid.out_trade_no: ["missing_gateway"]}


async def test_a_statement_tells_of_a_top_up_whose_notice_was_lost(counter: Counter) -> None:
    """Asking the gateway takes it up: the member has the money, and the case has ended."""
    counter, member_id, package_id = await made(counter)
    desk = Desk(counter)
    top_up_id, plan = await begin(counter, member_id, package_id)
    paid = counter.pay(plan)
    assert paid.transaction_id is not None
    told = Fact(paid.transaction_id, paid.out_trade_no, 10_000, clock.now(), fee=60)
    await desk.take(statements.wechatpay([told]))
    case_id, _ = await desk.case(told.number)
    found = await finance.inquire(counter.sessions, counter.gateways, case_id, terms=counter.terms)
    assert (found["state"], found["resolution"]) == ("resolved", "matched")
    assert await state(counter, top_up_id) is TopUpState.PAID
    assert await desk.balance("gateway_clearing:alipay") == 0
    assert await desk.balance("bank:alipay") == 9_940
