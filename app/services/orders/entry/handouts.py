"""Goods handed out without money: gift lists, samples, what the shop itself uses."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import RowMapping
from sqlalchemy.ext.asyncio import AsyncSession

from app.core.actor import Actor
from app.core.clock import now
from app.core.enums.handouts import HandoutAction, HandoutState
from app.core.enums.orders import OrderKind
from app.core.errors import InvalidReference, NotFound, StaleVersion
from app.core.ids import new_id, new_number
from app.models.handouts import Handout
from app.repositories.orders import HandoutRepository
from app.services import catalog, members, pricing, system
from app.services.orders.addresses import chosen_address
from app.services.orders.engine.handouts import Piece, act, cost_of


@dataclass(frozen=True, slots=True, kw_only=True)
class Recipient:
    """Pieces by SKU that go to an address."""

    address: Mapping[str, Any]
    lines: Sequence[tuple[UUID, int]]
    note: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class NewHandout:
    """What is handed out, why and at whose cost.

    Without a `member_id` the orders are a guest's who never comes by.
    """

    kind: OrderKind
    reason: str
    cost_centre: str
    recipients: tuple[Recipient, ...]
    channel: str | None = None
    member_id: UUID | None = None


@dataclass(frozen=True, slots=True)
class HandoutView:
    """A handout with the orders of its recipients so far, None where there is none."""

    row: Handout
    orders: Sequence[RowMapping | None]


async def make_handout(
    session: AsyncSession, command: NewHandout, *, alone_minor: int, actor: Actor
) -> Handout:
    """Write it down. What costs more than `alone_minor` to buy waits for another person.

    Nothing is ordered yet. Raises `InvalidReference` for an unknown cost centre, channel or member,
    `pricing.NotForSale` for goods that cannot be had, and what addresses raise.
    """
    repository = HandoutRepository(session)
    if not await repository.has_centre(command.cost_centre):
        raise InvalidReference("No such cost centre", field="cost_centre")
    channel = await catalog.channel(session, command.channel)
    cost = await _cost(session, command, channel)
    needs_second = cost > alone_minor
    row = Handout(
        id=new_id(),
        version=1,
        number=new_number("H", now()),
        kind=command.kind,
        state=HandoutState.WAITING if needs_second else HandoutState.APPROVED,
        reason=command.reason,
        cost_centre=command.cost_centre,
        channel_id=channel.id,
        member_id=await _member(session, command.member_id),
        currency=channel.currency,
        cost_minor=cost,
        needs_second=needs_second,
        recipients=[_kept(each) for each in command.recipients],
        made_by=actor.principal,
        decided_by=None if needs_second else actor.principal,
        decided_at=None if needs_second else now(),
    )
    await repository.add(row)
    facts = {"number": row.number, "cost_minor": cost, "cost_centre": row.cost_centre}
    await system.record(session, actor, "orders.make_handout", "handout", row.id, facts)
    return row


async def decide(
    session: AsyncSession,
    handout_id: UUID,
    action: HandoutAction,
    *,
    version: int,
    reason: str | None = None,
    actor: Actor,
) -> Handout:
    """Approve, reject or withdraw what waits.

    Who made it withdraws it and does nothing else. Raises `NotFound`, `StaleVersion`,
    `IllegalHandoutTransition` and `SecondPersonNeeded`.
    """
    row = await HandoutRepository(session).get(handout_id, lock=True)
    if row is None:
        raise NotFound("No such handout")
    state = act(row.state, action)
    if row.version != version:
        raise StaleVersion("Read it again", version=row.version)
    if action is not HandoutAction.WITHDRAW:
        actor.require_other_than(row.made_by)
    row.state, row.decided_by, row.decided_at = state, actor.principal, now()
    row.decision = reason
    row.version += 1
    row.updated_at = now()
    changes = {"reason": reason}
    await system.record(session, actor, f"orders.{action}_handout", "handout", row.id, changes)
    return row


async def read_handout(session: AsyncSession, handout_id: UUID) -> HandoutView:
    """Raises `NotFound`."""
    repository = HandoutRepository(session)
    row = await repository.get(handout_id)
    if row is None:
        raise NotFound("No such handout")
    references = [reference_of(row, place) for place in range(1, len(row.recipients) + 1)]
    found = await repository.orders(references)
    return HandoutView(row, [found.get(each) for each in references])


async def list_handouts(
    session: AsyncSession, *, state: HandoutState | None, after: UUID | None, limit: int
) -> Sequence[Handout]:
    """Newest first; one more than `limit` says that there is more."""
    return await HandoutRepository(session).page(state=state, after=after, limit=limit)


def reference_of(row: Handout, place: int) -> str:
    """What the order of the recipient at a place, from 1 on, is called."""
    return f"{row.number}/{place}"


async def _member(session: AsyncSession, member_id: UUID | None) -> UUID:
    if member_id is None:
        nobody = new_id()
        await members.add_buyer(session, nobody)
        return nobody
    try:
        await members.get_member(session, member_id)
    except NotFound:
        raise InvalidReference("No such member", field="member_id") from None
    return member_id


async def _cost(session: AsyncSession, command: NewHandout, channel: catalog.ChannelFacts) -> int:
    wanted = [line for each in command.recipients for line in each.lines]
    goods = await pricing.listed_goods(
        session, sorted({sku_id for sku_id, _ in wanted}), channel=channel, at=now()
    )
    missing = sorted({str(sku_id) for sku_id, _ in wanted if sku_id not in goods})
    if missing:
        raise pricing.NotForSale(
            "Some goods cannot be handed out",
            skus=[{"sku_id": each, "reason": "unknown"} for each in missing],
        )
    return cost_of(
        Piece(quantity, goods[sku_id].sku.cost_minor, goods[sku_id].list_minor)
        for sku_id, quantity in wanted
    )


def _kept(recipient: Recipient) -> dict[str, Any]:
    return {
        "address": chosen_address(None, recipient.address, None),
        "note": recipient.note,
        "lines": [
            {"sku_id": str(sku_id), "quantity": quantity} for sku_id, quantity in recipient.lines
        ],
    }
