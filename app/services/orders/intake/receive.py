"""Taking in what a marketplace sold: kept first, placed after, each number once."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import RowMapping
from sqlalchemy.ext.asyncio import AsyncSession

from app.core.actor import Actor
from app.core.db import Sessions, unit_of_work
from app.core.enums.catalog import ChannelKind
from app.core.enums.intake import IntakeOutcome, IntakeState
from app.core.errors import DomainError
from app.core.settings import CheckoutSettings
from app.repositories.orders.intake import IntakeRepository
from app.services import payments, system
from app.services.orders.engine.intake import digest_of
from app.services.orders.intake.errors import IntakeDiffers, NotAMarketplace
from app.services.orders.intake.place import OPEN, place_intake, read_intake
from app.services.orders.payment_owner import PAYMENT_OWNER


@dataclass(frozen=True, slots=True)
class Taken:
    """What became of one order of a batch; `refused` says why what was sent changed nothing."""

    outcome: IntakeOutcome
    intake: RowMapping | None
    refused: DomainError | None = None


async def receive(
    sessions: Sessions,
    channel: str,
    orders: Sequence[Mapping[str, Any]],
    *,
    actor: Actor,
    limits: CheckoutSettings,
    terms: payments.PaymentTerms,
) -> list[Taken]:
    """Take in orders of a marketplace, in the order in which they were sent.

    Every one is kept before it is placed, so none is lost; one that cannot be placed keeps its
    problem. The same content again answers the order there is, tries again what failed, or says
    that it is paid by now. Other content is a conflict, unless the first could not be placed: then
    it takes its place. Raises `NotAMarketplace`.
    """
    async with unit_of_work(sessions) as session:
        channel_id = await marketplace(session, channel)
    taken: list[Taken] = []
    for content in orders:
        try:
            async with unit_of_work(sessions) as session:
                found = await _keep(session, channel_id, content, actor)
        except DomainError as refused:
            found = Taken(IntakeOutcome.FAILED, None, refused)
        if found.outcome is IntakeOutcome.PLACED and found.intake is not None:
            row = await place_intake(
                sessions, found.intake["id"], actor=actor, limits=limits, terms=terms
            )
            found = Taken(IntakeOutcome(row["state"]), row)
        taken.append(found)
    return taken


async def marketplace(session: AsyncSession, code: str) -> UUID:
    """The channel of that code. Raises `NotAMarketplace`."""
    row = await IntakeRepository(session).channel(code)
    if row is None or not row["is_active"] or row["kind"] != ChannelKind.MARKETPLACE:
        raise NotAMarketplace("Name the code of a channel of that kind", channel=code)
    return UUID(str(row["id"]))


async def _keep(
    session: AsyncSession, channel_id: UUID, content: Mapping[str, Any], actor: Actor
) -> Taken:
    """Keep it, or find what there is. `placed` stands for: it is to be placed now."""
    repository = IntakeRepository(session)
    number, digest = content["external_number"], digest_of(content)
    values = {
        "digest": digest,
        "content": content,
        "is_paid": content["is_paid"],
    }
    made = await repository.keep(
        {"channel_id": channel_id, "number": number, "actor": actor.principal, **values}
    )
    if made is not None:
        return Taken(IntakeOutcome.PLACED, await read_intake(session, made))
    known = await repository.find(channel_id, number)
    if known is None:
        raise LookupError(number)
    row = await repository.get(known["id"], lock=True)
    if row is None:
        raise LookupError(number)
    if row["digest"] == digest:
        return await _again(session, row, is_paid=content["is_paid"], actor=actor)
    if row["state"] != IntakeState.FAILED:
        differs = IntakeDiffers("Send changes as such", intake_id=str(row["id"]))
        return Taken(IntakeOutcome.CONFLICT, row, differs)
    await repository.replace(row["id"], values)
    changes = {"before": row["content"], "digest": digest}
    await system.record(session, actor, "orders.replace_intake", "order_intake", row["id"], changes)
    return Taken(IntakeOutcome.PLACED, await read_intake(session, row["id"]))


async def _again(session: AsyncSession, row: RowMapping, *, is_paid: bool, actor: Actor) -> Taken:
    is_news = is_paid and not row["is_paid"]
    if is_news:
        await IntakeRepository(session).note_paid(row["id"])
    if row["state"] in OPEN:
        return Taken(IntakeOutcome.PLACED, row)
    if row["state"] == IntakeState.CANCELLED:
        return Taken(IntakeOutcome.CANCELLED, row)
    if is_news:
        await payments.marketplace.confirm_paid(
            session, row["order_id"], actor=actor, owner=PAYMENT_OWNER
        )
    return Taken(IntakeOutcome.KNOWN, await read_intake(session, row["id"]))
