"""Statements fetched from gateways when they are there, and cases that need an answer of theirs."""

import logging
from collections.abc import Mapping
from contextlib import AsyncExitStack
from datetime import date, timedelta
from typing import Any
from uuid import UUID

from app.core import clock
from app.core.db import Sessions, unit_of_work
from app.core.enums.reconciliation import CaseState, ReconciledKind
from app.core.errors import DomainError
from app.repositories.finance.matching import MatchingRepository
from app.services import orders, payments
from app.services.finance.cases import CaseSettled, read_case
from app.services.finance.engine.statements import BEIJING
from app.services.finance.reconcile import StatementOf, import_statement, match_again
from app.services.payments import (
    GatewayPort,
    Gateways,
    PaymentTerms,
    StatementKind,
    StatementMissing,
)

log = logging.getLogger(__name__)
READY_AT = 10
"""The hour in Beijing from which gateways have yesterday's file."""
DAYS = 3
"""Days back that are asked for, where a file is missing."""


def statement_of(
    gateway: GatewayPort, channel: str, day: date, kind: StatementKind, filename: str
) -> StatementOf:
    return StatementOf(
        channel=channel,
        day=day,
        kind=kind,
        filename=filename,
        ends_early=gateway.day_ends_early,
    )


async def fetch_statements(sessions: Sessions, gateways: Gateways) -> int:
    """Take in what is missing of the last days of every account; the number of files.

    One that cannot be had or read stops no other and is asked for again. Differences are logged as
    errors: nothing mends itself.
    """
    here = clock.now().astimezone(BEIJING)
    last = here.date() - timedelta(days=1 if here.hour >= READY_AT else 2)
    taken = 0
    for channel, gateway in gateways.items():
        for day in (last - timedelta(days=back) for back in reversed(range(DAYS))):
            for kind in StatementKind:
                taken += await _fetch(sessions, gateway, channel, day, kind)
    return taken


async def _fetch(
    sessions: Sessions, gateway: GatewayPort, channel: str, day: date, kind: StatementKind
) -> int:
    async with unit_of_work(sessions) as session:
        if await MatchingRepository(session).file(channel, day, kind):
            return 0
    try:
        async with AsyncExitStack() as stack:
            found = await stack.enter_async_context(gateway.statement(day, kind))
            what = statement_of(gateway, channel, day, kind, found.filename)
            row = await import_statement(sessions, what, found.chunks, actor=None)
    except StatementMissing:
        return 0
    except DomainError as error:
        log.warning("statement %s %s %s: %s", channel, day, kind, error)
        return 0
    async with unit_of_work(sessions) as session:
        differences = await MatchingRepository(session).differences(channel, day)
    if differences:
        log.error("statement %s %s %s: %s differences", channel, day, kind, differences)
    log.info("statement %s %s %s: %s lines", channel, day, kind, row["lines"])
    return 1


async def inquire(
    sessions: Sessions,
    gateways: Gateways,
    case_id: UUID,
    *,
    terms: PaymentTerms,
) -> Mapping[str, Any]:
    """Ask the gateway about an open case and compare again: money we did not know of is taken up.

    A payment that it does not confirm sends its plan to review. Raises `NotFound`, also where the
    number is not ours, `CaseSettled` and `GatewayUnreachable`.
    """
    async with unit_of_work(sessions) as session:
        case = await read_case(session, case_id)
    if case["state"] == CaseState.RESOLVED or case["kind"] == ReconciledKind.MOVE:
        raise CaseSettled("There is nothing to ask about", state=case["state"])
    await payments.look_again(
        sessions,
        gateways,
        orders.PLAN_OWNER,
        case["channel"],
        case["number"] or "",
        is_refund=case["kind"] == ReconciledKind.REFUND,
        terms=terms,
    )
    async with unit_of_work(sessions) as session:
        await match_again(session, case["channel"])
        return await read_case(session, case_id)
