"""Carts that staff fill for a member: prices they agree on, and who has to approve them."""

from dataclasses import dataclass, replace
from typing import Any
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from app.core.actor import Actor, SecondPersonNeeded
from app.core.errors import InvalidReference, NotFound, StaleVersion
from app.repositories.cart import CartRepository, LineRepository
from app.services import members, system
from app.services.cart.engine import needs_second, off_bps
from app.services.cart.errors import PriceTooLow
from app.services.cart.freight import STANDARD
from app.services.cart.quoting import CartQuote, quote_snapshot
from app.services.cart.snapshot import snapshot
from app.services.cart.types import CartSnapshot


@dataclass(frozen=True, slots=True, kw_only=True)
class Discretion:
    """How much of a list price somebody may take off: alone, and at most with another's consent."""

    alone_bps: int
    most_bps: int


async def desk_of(session: AsyncSession, member_id: UUID, actor: Actor) -> Actor:
    """The actor, for a member. Raises `InvalidReference` where there is none."""
    try:
        await members.get_member(session, member_id)
    except NotFound:
        raise InvalidReference("No such member", field="member_id") from None
    return replace(actor, on_behalf_of=member_id)


async def at_desk(
    session: AsyncSession, cart_id: UUID, actor: Actor, *, may_be_ordered: bool = False
) -> Actor:
    """The actor, for the member whose cart it is.

    Raises `NotFound` for a shopper's own cart, and for one that is not open any more unless it
    `may_be_ordered`.
    """
    member_id = await CartRepository(session).entered_for(cart_id, may_be_ordered=may_be_ordered)
    if member_id is None:
        raise NotFound("No such open cart")
    return replace(actor, on_behalf_of=member_id)


async def agree_price(
    session: AsyncSession,
    cart_id: UUID,
    line_id: UUID,
    *,
    price_minor: int,
    reason: str,
    actor: Actor,
    discretion: Discretion,
) -> None:
    """Give a line a price of its own, with a reason.

    Who goes beyond what they may do alone needs somebody else's approval before it is ordered; so
    does the same price again. Raises `NotFound`, `PriceTooLow` for more than anybody may take off,
    `pricing.BelowFloor`, and `pricing.NotForSale` for what no list has.
    """
    await _touch(session, cart_id, actor)
    is_set = await LineRepository(session).agree(
        cart_id,
        line_id,
        price_minor=price_minor,
        reason=reason,
        by=actor.principal,
        alone_bps=discretion.alone_bps,
    )
    if not is_set:
        raise NotFound("No such line at a price of its own")
    found = await snapshot(session, cart_id, actor)
    only = replace(found, lines=tuple(each for each in found.lines if each.id == line_id))
    if not only.lines:
        raise NotFound("The line is not selected")
    quoted = await quote_snapshot(session, only, delivery={"kind": STANDARD})
    (line,) = quoted.quote.lines
    taken = off_bps(line.list_minor, price_minor)
    if taken > discretion.most_bps:
        raise PriceTooLow(
            "Nobody may take off so much", off_bps=taken, most_bps=discretion.most_bps
        )
    facts = {
        "line_id": str(line_id),
        "sku_id": line.sku_id,
        "list_minor": line.list_minor,
        "price_minor": price_minor,
        "reason": reason,
    }
    await system.record(session, actor, "carts.agree_price", "cart", cart_id, facts)


async def drop_price(session: AsyncSession, cart_id: UUID, line_id: UUID, *, actor: Actor) -> None:
    """Let a line cost what the lists say again. Raises `NotFound`."""
    await _touch(session, cart_id, actor)
    nothing: dict[str, Any] = dict.fromkeys(("price_minor", "reason", "by", "alone_bps"))
    if not await LineRepository(session).agree(cart_id, line_id, **nothing):
        raise NotFound("No such line")


async def approve_price(
    session: AsyncSession, cart_id: UUID, line_id: UUID, *, version: int, actor: Actor
) -> None:
    """Agree to what somebody else agreed on, as of a version of the cart.

    Raises `NotFound`, `StaleVersion` and `SecondPersonNeeded` for whoever agreed on it.
    """
    now = await _touch(session, cart_id, actor)
    if now != version + 1:
        raise StaleVersion("Look at the cart again", version=now - 1)
    lines = LineRepository(session)
    agreed_by = await lines.agreed_by(cart_id, line_id)
    if agreed_by is None:
        raise NotFound("Nobody agreed on a price of that line")
    actor.require_other_than(agreed_by)
    await lines.approve(line_id, actor.principal)
    await system.record(
        session, actor, "carts.approve_price", "cart", cart_id, {"line_id": str(line_id)}
    )


def require_approved(found: CartSnapshot, quoted: CartQuote) -> None:
    """Raise `SecondPersonNeeded` naming lines whose price nobody approved who has to."""
    if waiting := unapproved(found, quoted):
        raise SecondPersonNeeded(
            "Let somebody else approve of the prices", lines=[str(each) for each in waiting]
        )


def unapproved(found: CartSnapshot, quoted: CartQuote) -> tuple[UUID, ...]:
    """The lines whose price is beyond what one alone may agree on, and waits for another."""
    listed = {line.line_id: line.list_minor for line in quoted.quote.lines}
    return tuple(
        line.id
        for line in found.lines
        if line.agreed is not None
        and line.alone_bps is not None
        and line.agreed.approver is None
        and str(line.id) in listed
        and needs_second(listed[str(line.id)], line.agreed.price_minor, line.alone_bps)
    )


async def _touch(session: AsyncSession, cart_id: UUID, actor: Actor) -> int:
    version = await CartRepository.of(session, actor).touch(cart_id, actor.shopper_id)
    if version is None:
        raise NotFound("No such open cart")
    return version
