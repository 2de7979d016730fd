"""Asking a gateway, with a limit on how long."""

import asyncio
import logging
from collections.abc import Awaitable, Mapping
from typing import TypeVar

from app.services.payments.engine.types import Attempt
from app.services.payments.errors import UnknownChannel
from app.services.payments.ports import (
    CloseOutcome,
    GatewayPayment,
    GatewayPort,
    GatewayState,
    GatewayUnreachable,
)
from app.services.payments.terms import PaymentTerms

T = TypeVar("T")
Gateways = Mapping[str, GatewayPort]
log = logging.getLogger(__name__)


def gateway_of(gateways: Gateways, channel: str) -> GatewayPort:
    found = gateways.get(channel)
    if found is None:
        raise UnknownChannel("Choose one of the channels", channels=sorted(gateways))
    return found


async def ask(call: Awaitable[T], terms: PaymentTerms) -> T:
    """The answer, or `GatewayUnreachable` when it is late, broken or unreadable.

    Must not be called inside a transaction: locks would wait for the network.
    """
    try:
        async with asyncio.timeout(terms.gateway_timeout_seconds):
            return await call
    except (TimeoutError, OSError, ValueError, KeyError) as error:
        log.warning("a gateway gave no usable answer", exc_info=error)
        raise GatewayUnreachable(
            "The gateway gave no usable answer", retry_after_seconds=5
        ) from error


async def query(gateway: GatewayPort, out_trade_no: str, terms: PaymentTerms) -> GatewayPayment:
    """As `gateway.query`; no answer is the state `unknown`."""
    try:
        return await ask(gateway.query(out_trade_no), terms)
    except GatewayUnreachable:
        return GatewayPayment(out_trade_no=out_trade_no, state=GatewayState.UNKNOWN)


async def close(gateway: GatewayPort, out_trade_no: str, terms: PaymentTerms) -> CloseOutcome:
    """As `gateway.close`; no answer is the outcome `unknown`."""
    try:
        return await ask(gateway.close(out_trade_no), terms)
    except GatewayUnreachable:
        return CloseOutcome.UNKNOWN


async def close_all(gateways: Gateways, attempts: tuple[Attempt, ...], terms: PaymentTerms) -> None:
    """Close what a payment made superfluous; money that still comes is kept apart and returned."""
    for attempt in attempts:
        gateway = gateways.get(attempt.channel)
        if gateway is not None:
            await close(gateway, attempt.out_trade_no, terms)
