"""The worked cases of payments, through the real services where they are about state."""

import json
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy.ext.asyncio import AsyncSession

from app.core.db import unit_of_work
from app.core.enums.ledger import AccountKind
from app.core.enums.payments import PlanState, RefundPolicy, TenderKind
from app.core.ids import new_id
from app.core.money import parse_minor
from app.services import ledger, payments
from app.services.ledger import Account, Entry, InsufficientFunds, Journal
from app.services.payments import PlanView, TenderRequest
from app.services.payments.engine.attribution import PaidRow, Row, Span, matrix
from app.services.payments.engine.points import renewed
from app.services.payments.engine.refunding import Take
from app.services.payments.engine.tenders import Source, plan_tenders
from app.services.payments.ports import GatewayState
from tests.factories import statements
from tests.factories.members import make_member
from tests.factories.payments import Counter, give_balance, give_points, make_gift_card
from tests.factories.statements import Fact
from tests.integration.payments.reconciling import Desk

FILE = Path(__file__).parents[4] / "shared" / "cases" / "golden.json"
CASES: list[dict[str, Any]] = json.loads(FILE.read_text())["cases"] if FILE.exists() else []
MISSING = pytest.mark.skipif(not CASES, reason="the worked cases are not here")

PAID_BEFORE = {"PARTLY_REFUNDED": "PAID", "REFUNDED": "PAID"}
"""Cases do not tell an order that was refunded from one that was paid."""

LEFT: dict[str, str] = {}


def of_kind(*kinds: str) -> list[Any]:
    return [
        pytest.param(case, id=case["id"])
        for case in CASES
        if case["kind"] in kinds and case["id"] not in LEFT
    ]


@MISSING
def test_what_is_left_out_is_named() -> None:
    mine = {"plan", "payment_ops", "journal", "gift_card_expiry", "attribution", "recon"}
    mine |= {"money_parse"}
    run = {each.id for each in of_kind(*sorted(mine))}
    assert {case["id"] for case in CASES if case["kind"] in mine} == run | set(LEFT)


@pytest.mark.parametrize("case", of_kind("plan"))
def test_plan(case: dict[str, Any]) -> None:
    asked, expected = case["input"], case["expected"]
    sources = [_source(each) for each in asked["sources"]]
    if "error" in expected:
        with pytest.raises(payments.TenderMismatch):
            plan_tenders(asked["payable"], sources)
        return
    planned = plan_tenders(asked["payable"], sources)
    assert [each.amount_minor for each in planned] == expected["amounts"]
    if "points" in expected:
        assert planned[0].points == expected["points"]


def _source(row: dict[str, Any]) -> Source:
    is_gateway = row["kind"] == "gateway"
    return Source(
        kind=TenderKind(row["kind"]),
        available_minor=None if is_gateway else row.get("available", 0),
        points=row.get("points", 0),
        point_value_minor=row.get("pt_value", 1),
        multiple=row.get("multiple", 1),
        cap_bps=row.get("cap_bp", 10_000),
    )


@pytest.mark.parametrize("case", of_kind("money_parse"))
def test_amounts_as_gateways_write_them(case: dict[str, Any]) -> None:
    for (currency, written), expected in zip(
        case["input"]["items"], case["expected"]["out"], strict=True
    ):
        if expected == "ERROR":
            with pytest.raises(ValueError, match="no amount"):
                parse_minor(written, currency)
        else:
            assert parse_minor(written, currency) == expected


@pytest.mark.parametrize("case", of_kind("gift_card_expiry"))
def test_gift_card_expiry(case: dict[str, Any]) -> None:
    def day(text: str) -> datetime:
        return datetime.fromisoformat(text).replace(tzinfo=UTC)

    asked = case["input"]
    assert asked["grace_days"] == 90
    expires_at = renewed(day(asked["expires_on"]), day(asked["refund_on"]))
    assert expires_at == day(case["expected"]["expires_on"])


@pytest.mark.parametrize("case", of_kind("attribution"))
def test_attribution(case: dict[str, Any]) -> None:
    asked = case["input"]
    rows = [Row(Span(new_id(), 0, 1), net) for net in asked["unit_nets"]]
    cells = matrix(rows, asked["tenders"])
    assert [list(each.minor) for each in cells] == case["expected"]["cells"]


@pytest.mark.parametrize("case", of_kind("journal"))
async def test_journal(case: dict[str, Any], session: AsyncSession) -> None:
    tag = new_id().hex
    for key, entries in case["input"]["entries"]:
        journal = Journal(
            key=f"{tag}:{key}",
            kind="case",
            entries=tuple(Entry(_account(code, tag), amount) for code, amount in entries),
        )
        await ledger.post(session, [journal])
    expected = case["expected"]["balances"]
    found = await ledger.balances(session, [_account(code, tag) for code in expected])
    assert {code: found[_account(code, tag)] for code in expected} == expected


def _account(code: str, tag: str) -> Account:
    kind, _, owner = code.partition(":")
    return Account(AccountKind(kind), f"{tag}{owner}")


@dataclass
class World:
    """One order of a case, played through the services."""

    counter: Counter
    case: dict[str, Any]
    order_id: UUID = field(default_factory=new_id)
    member_id: UUID = field(default_factory=new_id)
    cards: dict[str, UUID] = field(default_factory=dict)
    units: list[Span] = field(default_factory=list)
    refunds: dict[str, list[int]] = field(default_factory=dict)
    points: dict[str, int] = field(default_factory=dict)
    plan: PlanView | None = None
    state: str = "NEW"

    async def open_accounts(self) -> None:
        async with unit_of_work(self.counter.sessions) as session:
            await make_member(session, id=self.member_id)
            for code, amount in self.case["opening"].items():
                kind, owner, _ = code.split(":")
                if kind == "gift_card":
                    card = await make_gift_card(session, amount, member_id=self.member_id)
                    self.cards[owner] = card.id
                elif kind == "points_liability":
                    await give_points(session, self.member_id, amount)
                elif amount:
                    await give_balance(session, self.member_id, amount)

    async def play(self, op: list[Any]) -> Any:
        name, *arguments = op
        result = await getattr(self, name)(*arguments)
        if self.plan is not None:
            self.state = (await self.counter.read(self.plan)).state.upper()
        return result

    async def hold(self) -> None:
        requests = [self._request(each) for each in self.case["tenders"]]
        payable = sum(each["amount"] for each in self.case["tenders"])
        self.units = [Span(new_id(), 0, 1) for _ in self.case["unit_nets"]]
        self.counter.orders.units[self.order_id] = tuple(
            PaidRow(span, net) for span, net in zip(self.units, self.case["unit_nets"], strict=True)
        )
        self.counter.terms = replace(
            self.counter.terms,
            refund_rules=payments.RefundRules(policy=self._policy),
            point_value_minor=self._point_value,
        )
        try:
            plan = await self.counter.open(
                self.member_id, payable, *requests, order_id=self.order_id
            )
        except (InsufficientFunds, payments.TenderMismatch):
            self.state = PlanState.HOLD_FAILED.upper()
            return
        self.plan = await self.counter.start(plan)

    async def gw_success(self, transaction_id: str, amount: int, channel: str) -> str:
        paid = self.counter.pay(self._plan, amount_minor=amount, transaction_id=transaction_id)
        return (await self.counter.notify(paid)).upper()

    async def gw_fail(self, transaction_id: str) -> None:
        number = self._plan.attempt.out_trade_no if self._plan.attempt else ""
        failed = self.counter.gateway.books[number]
        await self.counter.notify(replace(failed, state=GatewayState.FAILED))

    async def cancel(self) -> None:
        await self.counter.begin_close(self._plan, "cancelled")
        await self.counter.finish_close(self._plan)

    async def timeout(self) -> None:
        await self.counter.begin_close(self._plan)

    async def close_result_(self, outcome: str) -> None:
        if outcome == "unknown":
            self.counter.gateway.broken.add("close")
            await self.counter.finish_close(self._plan)

    async def refund(self, number: str, what: Any, policy: str) -> list[int] | str:
        """What each tender gives back, or why none does."""
        units = [self.units[index] for index in what.get("units", ())]
        take = Take((tuple(units or self.units),), what.get("amount"))
        try:
            refund = await self.counter.refund(
                self._plan, take, units=units, number=f"{number}-{self.order_id.hex[-20:]}"
            )
        except payments.RefundRefused:
            return "REJECTED_STATE"
        except payments.RefundExceeds:
            return "REJECTED_EXCEEDS"
        found = {each.tender_id: each.amount_minor for each in refund.parts}
        self.refunds[number] = [found.get(each.id, 0) for each in self._plan.tenders]
        self.points[number] = sum(each.points or 0 for each in refund.parts)
        return self.refunds[number]

    async def gw_refund(self, number: str, is_done: bool) -> None:
        assert is_done
        await self.counter.push()

    @property
    def _policy(self) -> RefundPolicy:
        asked = {op[3] for op in self.case["ops"] if op[0] == "refund"}
        return RefundPolicy(asked.pop() if asked else RefundPolicy.ATTRIBUTED)

    @property
    def _point_value(self) -> int:
        paid = [each for each in self.case["tenders"] if each["kind"] == "points"]
        return paid[0]["amount"] // paid[0]["points"] if paid else 1

    @property
    def _plan(self) -> PlanView:
        assert self.plan is not None
        return self.plan

    def _request(self, tender: dict[str, Any]) -> TenderRequest:
        kind, amount = TenderKind(tender["kind"]), tender["amount"]
        match kind:
            case TenderKind.GATEWAY:
                return TenderRequest(kind=kind, channel="alipay")
            case TenderKind.GIFT_CARD:
                card_id = self.cards[tender["ref"]]
                return TenderRequest(kind=kind, gift_card_id=card_id, max_minor=amount)
            case TenderKind.POINTS:
                return TenderRequest(kind=kind, max_points=tender["points"])
        return TenderRequest(kind=kind, max_minor=amount)

    def account(self, code: str) -> Account:
        kind, owner, *purpose = code.split(":")
        owners: dict[str, UUID | str] = {"c1": self.member_id, self.case["order"]: self.order_id}
        owners |= self.cards
        return Account(AccountKind(kind), owners.get(owner, owner), *purpose)


@pytest.mark.parametrize("case", of_kind("payment_ops"))
async def test_payment_ops(case: dict[str, Any], counter: Counter) -> None:
    world = World(counter, case["input"])
    await world.open_accounts()
    expected, results = case["expected"], []
    for op in case["input"]["ops"]:
        name = "close_result_" if op[0] == "close_result" else op[0]
        results.append(await world.play([name, *op[1:]]))
    assert (PAID_BEFORE.get(world.state, world.state)) == expected["state"]
    assert results == expected.get("results", results)
    assert world.refunds == expected.get("refunds", world.refunds)
    assert world.points == expected.get("points", world.points)
    async with unit_of_work(counter.sessions) as session:
        accounts = {code: world.account(code) for code in expected.get("balances", {})}
        found = await ledger.balances(session, accounts.values())
    assert {code: found[account] for code, account in accounts.items()} == expected.get(
        "balances", {}
    )


@pytest.mark.parametrize("case", of_kind("recon"))
async def test_statement_matching(case: dict[str, Any], counter: Counter) -> None:
    desk, known, told = Desk(counter), {}, []
    for each in case["input"]["local"]:
        at = desk.until - timedelta(minutes=1) if each.get("at") == "23:59" else None
        known[each["k"]] = paid = await desk.pay(each["amount"], at=at)
        if each["type"] == "refund":
            told.append(paid)
            known[each["k"]] = await desk.refund(paid)
    for each in case["input"]["statement"]:
        unknown = Fact(each["k"], each["k"], each["amount"], desk.until - timedelta(hours=2))
        fact = known.get(each["k"], unknown)
        told.append(replace(fact, minor=each["amount"], fee=each["fee"]))
    assert desk.of().cutoff == timedelta(minutes=case["input"]["cutoff_minutes"])
    await desk.take(statements.sandbox(told))
    verdicts = await desk.verdicts()
    names = {fact.refund_no or fact.number: key for key, fact in known.items()}
    found = {}
    for number, each in verdicts.items():
        key = names.get(number, number)
        found |= {f"{key}#{n}" if n > 1 else key: word.upper() for n, word in enumerate(each, 1)}
    assert {key: found[key] for key in case["expected"]["out"]} == case["expected"]["out"]
    assert len(found) == len(case["expected"]["out"]) + 1  # what the refund gives back
