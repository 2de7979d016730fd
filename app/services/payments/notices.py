"""Notices from gateways: stored first, believed after a check, applied once."""

import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from http import HTTPStatus
from uuid import UUID

from sqlalchemy import RowMapping
from sqlalchemy.ext.asyncio import AsyncSession

from app.core.db import Sessions, unit_of_work
from app.core.enums.payments import ReviewKind
from app.core.errors import DomainError, NotFound
from app.core.ids import new_id
from app.core.security.networks import is_within
from app.repositories.payments.attempts import AttemptRepository
from app.repositories.payments.notices import NoticeRepository
from app.repositories.payments.refund_queue import RefundQueueRepository
from app.services.payments.attempts import apply
from app.services.payments.calls import Gateways, ask
from app.services.payments.ports import (
    GatewayPayment,
    GatewayPort,
    GatewayState,
    GatewayUnreachable,
    Notice,
    NoticeKind,
    PlanOwner,
    SignatureInvalid,
)
from app.services.payments.push import refund_notice
from app.services.payments.settle import flag, locked
from app.services.payments.terms import DEVELOPMENT_TERMS, PaymentTerms

log = logging.getLogger(__name__)
SECRET_HEADERS = frozenset({"authorization", "cookie", "proxy-authorization"})
UNKNOWN = {NoticeKind.PAYMENT: "unknown_order", NoticeKind.REFUND: "unknown_refund"}
GIVEN_UP, UNVERIFIABLE = "given_up", "unverifiable"
PUT_ASIDE = frozenset(
    {
        ReviewKind.MERCHANT_MISMATCH,
        ReviewKind.APP_MISMATCH,
        ReviewKind.CONTRADICTED,
        GIVEN_UP,
        UNVERIFIABLE,
    }
)
"""What became of notices that changed nothing: the same news may come again, and be right."""


class NoticeFromElsewhere(DomainError):
    slug, title, title_zh = (
        "notice-from-elsewhere",
        "The gateway does not tell us from there",
        "通知来源地址不在白名单内",
    )
    status = HTTPStatus.FORBIDDEN


def require_known_sender(ip: str | None, networks: Sequence[str] | None) -> None:
    """Raise `NoticeFromElsewhere` unless `ip` is in one of the networks, where any are named."""
    if networks and not is_within(ip, networks):
        raise NoticeFromElsewhere("Its networks are in the settings")


@dataclass(frozen=True, slots=True)
class NoticeReply:
    """`outcome` is what the notice did: a verdict, an attempt's state or `unknown_order`.

    `acknowledgement` is the text the gateway wants to read, if it wants any.
    """

    outcome: str
    event_id: UUID | None = None
    acknowledgement: str | None = None


async def receive_notice(
    sessions: Sessions,
    gateways: Gateways,
    owner: PlanOwner,
    channel: str,
    headers: Mapping[str, str],
    body: bytes,
    *,
    at: datetime,
    terms: PaymentTerms = DEVELOPMENT_TERMS,
) -> NoticeReply:
    """Store a notice, then apply it; `at` is when it came.

    One that was applied before changes nothing; one that was put aside is looked at again.

    Raises `NotFound` for a channel nobody offers, `SignatureInvalid` before anything is written,
    and `GatewayUnreachable` when it is stored but could not be confirmed: the gateway repeats it,
    and the janitor comes back to it too.
    """
    gateway = gateways.get(channel)
    if gateway is None:
        raise NotFound("No such payment channel")
    await ask(gateway.learn_keys(headers), terms)
    notice = gateway.verify_notice(headers, body, at=at)
    async with unit_of_work(sessions) as session:
        stored = await NoticeRepository(session).store(
            {
                "id": new_id(),
                "channel": channel,
                "kind": notice.kind,
                "provider_id": notice.provider_id,
                "provider_state": notice.state,
                "raw": body,
            },
            {name: value for name, value in headers.items() if name not in SECRET_HEADERS},
        )
        is_done = stored is not None and stored["processed_at"] is not None
        if stored is not None and is_done and stored["outcome"] not in PUT_ASIDE:
            return NoticeReply("duplicate", stored["id"], gateway.acknowledgement)
        event_id = stored["id"] if stored is not None else None
        key = await _found(session, channel, notice, event_id, terms)
    outcome = await _process(
        sessions, gateways, owner, channel, notice, key, event_id=event_id, terms=terms
    )
    return NoticeReply(outcome, event_id, gateway.acknowledgement)


async def retry_notices(
    sessions: Sessions,
    gateways: Gateways,
    owner: PlanOwner,
    *,
    limit: int,
    terms: PaymentTerms = DEVELOPMENT_TERMS,
) -> int:
    """Process stored notices that could not be processed when they came."""
    async with unit_of_work(sessions) as session:
        waiting = await NoticeRepository(session).waiting(
            age_seconds=terms.query_after_seconds,
            give_up_seconds=terms.review_after_seconds,
            limit=limit,
        )
    for row in waiting:
        gateway = gateways.get(row["channel"])
        if gateway is not None:
            await _retry(sessions, gateways, owner, gateway, row, terms)
    return len(waiting)


async def _retry(
    sessions: Sessions,
    gateways: Gateways,
    owner: PlanOwner,
    gateway: GatewayPort,
    row: RowMapping,
    terms: PaymentTerms,
) -> None:
    try:
        await ask(gateway.learn_keys(row["headers"]), terms)
        notice = gateway.verify_notice(row["headers"], row["raw"], at=row["created_at"])
    except GatewayUnreachable:  # its keys cannot be fetched now
        return
    except SignatureInvalid:  # the secret has been changed since: it cannot be believed any more
        await _note(sessions, row["id"], UNVERIFIABLE)
        return
    async with unit_of_work(sessions) as session:
        key = await _found(session, row["channel"], notice, row["id"], terms)
    try:
        await _process(
            sessions, gateways, owner, row["channel"], notice, key, event_id=row["id"], terms=terms
        )
    except GatewayUnreachable as error:  # it stays waiting, and others need not wait for it
        log.warning("notice %s: %s", row["id"], error)
    if row["is_old"]:
        await _note(sessions, row["id"], GIVEN_UP, only_waiting=True)


async def _found(
    session: AsyncSession,
    channel: str,
    notice: Notice,
    event_id: UUID | None,
    terms: PaymentTerms,
) -> RowMapping | None:
    """The attempt or the part of a refund a notice is about.

    One that names nothing is kept for a second look: it may be ahead of our own commit.
    """
    if notice.kind is NoticeKind.REFUND:
        key = await RefundQueueRepository(session).part_of(
            channel, notice.number, review_after_seconds=terms.review_after_seconds
        )
    else:
        key = await AttemptRepository(session).key_of(channel, notice.number)
    if key is None:
        await NoticeRepository(session).note(event_id, UNKNOWN[notice.kind], is_done=False)
    return key


async def _process(
    sessions: Sessions,
    gateways: Gateways,
    owner: PlanOwner,
    channel: str,
    notice: Notice,
    key: RowMapping | None,
    *,
    event_id: UUID | None,
    terms: PaymentTerms,
) -> str:
    gateway = gateways[channel]
    if key is None:
        return UNKNOWN[notice.kind]
    if notice.kind is NoticeKind.REFUND:
        return await refund_notice(sessions, gateway, owner, key, event_id=event_id, terms=terms)
    if notice.merchant_id != gateway.merchant_id:
        return await _doubt(
            sessions, owner, key, event_id, ReviewKind.MERCHANT_MISMATCH, is_done=True
        )
    if notice.app_id is not None and notice.app_id not in gateway.app_ids:
        return await _doubt(sessions, owner, key, event_id, ReviewKind.APP_MISMATCH, is_done=True)
    facts = _facts(notice)
    if facts.state is GatewayState.SUCCEEDED and gateway.confirms_by_query:
        facts = await ask(gateway.query(notice.number), terms)
        if facts.state is not GatewayState.SUCCEEDED:
            return await _doubt(
                sessions, owner, key, event_id, ReviewKind.CONTRADICTED, is_done=False
            )
    settled = await apply(sessions, gateways, owner, key, facts, terms=terms, event_id=event_id)
    return settled.outcome


async def _doubt(
    sessions: Sessions,
    owner: PlanOwner,
    key: RowMapping,
    event_id: UUID | None,
    reason: ReviewKind,
    *,
    is_done: bool,
) -> str:
    """The notice is signed and cannot be right: nothing is paid, people are told."""
    async with unit_of_work(sessions) as session:
        plan = await locked(session, owner, key["order_id"], key["plan_id"])
        await flag(session, plan, reason)
        await NoticeRepository(session).note(event_id, reason, is_done=is_done)
    return reason


async def _note(
    sessions: Sessions, event_id: UUID, outcome: str, *, only_waiting: bool = False
) -> None:
    async with unit_of_work(sessions) as session:
        repository = NoticeRepository(session)
        if only_waiting:
            await repository.give_up(event_id, outcome)
        else:
            await repository.note(event_id, outcome)


def _facts(notice: Notice) -> GatewayPayment:
    return GatewayPayment(
        out_trade_no=notice.number,
        state=notice.state,
        transaction_id=notice.provider_id,
        amount_minor=notice.amount_minor,
        currency=notice.currency,
    )
