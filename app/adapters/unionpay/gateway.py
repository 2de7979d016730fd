"""UnionPay's gateway (全渠道) behind the gateway port."""

from collections.abc import Mapping
from contextlib import AbstractAsyncContextManager
from datetime import date, datetime, timedelta

import httpx
from typing_extensions import override

from app.adapters.https import client
from app.adapters.unionpay import codes, notices, orders, refunds, statements, wire
from app.adapters.unionpay.client import Client
from app.core import clock
from app.core.enums.payments import Scene
from app.core.gateway_settings import UnionPayAccount
from app.services.payments.actions import Action, App, Form, Qr
from app.services.payments.ports import (
    CloseOutcome,
    CreatePayment,
    GatewayPayment,
    GatewayPort,
    GatewayRefund,
    GatewayRefused,
    GatewayState,
    GatewayUnreachable,
    Notice,
    RefundPayment,
    RefundQuery,
    Statement,
    StatementKind,
)

_GRACE = timedelta(minutes=1)
"""A payment begun in the last second is not told of at once."""


class UnionPayGateway(GatewayPort):
    """One merchant. `transport` replaces the network; raises `ValueError` for unusable files.

    UnionPay takes no order back. One that is given up is closed when its payer's time is over and
    a query still finds no payment; until then the outcome is unknown.
    """

    def __init__(
        self,
        account: UnionPayAccount,
        *,
        timeout_seconds: float = 5,
        transport: httpx.AsyncBaseTransport | None = None,
    ) -> None:
        self._account = account
        self._http = client(account.gateway_url, timeout_seconds, transport=transport)
        self._client = Client(account, self._http, timeout_seconds=timeout_seconds)

    @property
    @override
    def merchant_id(self) -> str:
        return self._account.mer_id

    @property
    @override
    def day_ends_early(self) -> timedelta:
        return wire.CLEARING_ENDS_EARLY

    @property
    @override
    def confirms_by_query(self) -> bool:
        """UnionPay asks for it where money is concerned."""
        return True

    @override
    async def aclose(self) -> None:
        await self._http.aclose()

    @override
    async def create(self, request: CreatePayment) -> Action:
        fields = orders.purchase(self._account, request)
        if request.scene in {Scene.PAGE, Scene.WAP}:
            url = f"{self._account.gateway_url.rstrip('/')}{orders.FRONT}"
            return Form(kind="form", url=url, method="POST", fields=self._client.signed(fields))
        is_app = request.scene is Scene.APP
        found = await self._client.ask(orders.APP if is_app else orders.BACK, fields)
        token = found.get("tn" if is_app else "qrCode")
        state = codes.state_of(codes.code_of(found))
        if state is GatewayState.FAILED:
            raise GatewayRefused("The gateway refused", reason=codes.code_of(found))
        if state is GatewayState.UNKNOWN or not token:
            raise GatewayUnreachable("It may exist already", reason=codes.code_of(found))
        if not is_app:
            return Qr(kind="qr", content=token)
        mode = "01" if self._account.is_test else "00"
        return App(kind="app", params={"tn": token, "mode": mode})

    @override
    async def query(self, out_trade_no: str) -> GatewayPayment:
        """A failure is final only when the payer's time is over: cards can be tried in turn."""
        found = await self._look_up(out_trade_no)
        if codes.code_of(found) == codes.MISSING:
            return GatewayPayment(out_trade_no=out_trade_no, state=GatewayState.NOT_FOUND)
        state = codes.state_of(found.get("origRespCode", ""))
        if state is GatewayState.FAILED:
            is_over = self._is_over(out_trade_no, found)
            state = GatewayState.CLOSED if is_over else GatewayState.PENDING
        if state is not GatewayState.SUCCEEDED:
            return GatewayPayment(out_trade_no=out_trade_no, state=state)
        return GatewayPayment(
            out_trade_no=out_trade_no,
            state=state,
            transaction_id=found.get("queryId") or None,
            amount_minor=wire.amount(found.get("txnAmt", "")),
            currency=wire.CURRENCIES.get(found.get("currencyCode", "")),
        )

    @override
    async def close(self, out_trade_no: str) -> CloseOutcome:
        known = await self.query(out_trade_no)
        if known.state is GatewayState.SUCCEEDED:
            return CloseOutcome.ALREADY_PAID
        is_over = known.state is GatewayState.CLOSED or (
            known.state is GatewayState.NOT_FOUND and self._is_over(out_trade_no, {})
        )
        return CloseOutcome.CLOSED if is_over else CloseOutcome.UNKNOWN

    @override
    async def refund(self, request: RefundPayment) -> GatewayRefund:
        if request.currency not in wire.CURRENCIES.values() or request.amount_minor <= 0:
            raise GatewayRefused("Only positive amounts in yuan", currency=request.currency)
        found = await self._look_up(request.out_trade_no)
        if codes.state_of(found.get("origRespCode", "")) is not GatewayState.SUCCEEDED:
            raise GatewayRefused("There is no payment to give back", reason=codes.code_of(found))
        original = refunds.Original.of(found)
        if self._account.voids_same_day and original.can_be_voided(request, clock.now()):
            number, at = request.out_refund_no, request.ordered_at
            tried = await refunds.look(self._client, number, at, refunds.VOID)
            if tried.state is GatewayState.NOT_FOUND:
                return await refunds.order(self._client, request, original, refunds.VOID)
            if tried.state is not GatewayState.FAILED:
                return tried
        return await refunds.order(self._client, request, original, refunds.REFUND)

    @override
    async def query_refund(self, request: RefundQuery) -> GatewayRefund:
        """The refund if there is one, else the void. A failed void may be followed by a refund."""
        number, at = request.out_refund_no, request.ordered_at
        found = await refunds.look(self._client, number, at, refunds.REFUND)
        if found.state is not GatewayState.NOT_FOUND or not self._account.voids_same_day:
            return found
        return await refunds.look(self._client, number, at, refunds.VOID)

    @override
    def verify_notice(self, headers: Mapping[str, str], body: bytes, *, at: datetime) -> Notice:
        return notices.read(self._client.credentials, body, at=at)

    @override
    def statement(self, day: date, kind: StatementKind) -> AbstractAsyncContextManager[Statement]:
        return statements.statement(self._client, self._account, day, kind)

    async def _look_up(self, out_trade_no: str) -> Mapping[str, str]:
        """What UnionPay says of a payment, or that it knows none; else `GatewayUnreachable`."""
        txn_time = wire.stamp(wire.ordered_at(out_trade_no))
        asked = orders.look_up(wire.order_id(out_trade_no), txn_time)
        found = await self._client.ask(orders.QUERY, asked)
        if codes.code_of(found) not in codes.DONE | {codes.MISSING}:
            raise GatewayUnreachable("The gateway does not say", reason=codes.code_of(found))
        return found

    def _is_over(self, out_trade_no: str, found: Mapping[str, str]) -> bool:
        """Whether nobody can pay any more; without UnionPay's memory, at the latest moment."""
        memo = orders.Memo.read(found.get("reqReserved", ""))
        deadline = memo.deadline if memo else orders.last_moment(self._account, out_trade_no)
        return clock.now() > deadline + _GRACE
