"""Links to pay an order by: who holds one sees the bill and pays it, and can do nothing else."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from pydantic import SecretStr
from sqlalchemy import RowMapping
from sqlalchemy.ext.asyncio import AsyncSession

from app.core.actor import Actor, Audience
from app.core.errors import NotFound
from app.core.ids import new_id
from app.core.security.secrets import derived_token, digest
from app.models.payment_links import PaymentLink
from app.repositories.orders import AxesRepository, PaymentLinkRepository
from app.services import payments, system
from app.services.orders.entry.errors import PaymentLinkExpired, PaymentLinkRevoked
from app.services.orders.entry.events import PaymentLinkMade
from app.services.orders.payment_owner import named

_PURPOSE = "payment-link"


@dataclass(frozen=True, slots=True)
class MadeLink:
    """A new link; the `token` is told once."""

    id: UUID
    token: str
    expires_at: datetime


@dataclass(frozen=True, slots=True)
class OpenedLink:
    """The bill behind a link, and the channels by which `due_minor` of it can be paid now."""

    row: RowMapping
    due_minor: int
    channels: Sequence[str]

    @property
    def order_id(self) -> UUID:
        found: UUID = self.row["order_id"]
        return found

    @property
    def payer(self) -> Actor:
        """How requests of whoever holds the link are told apart from everybody else's."""
        return Actor(Audience.STOREFRONT, self.row["id"], is_guest=True)


def token_of(link_id: UUID, pepper: SecretStr) -> str:
    """The token of a link. Derived, so that a message can be sent later of what is kept hashed."""
    return derived_token(pepper, _PURPOSE, str(link_id))


async def make_link(
    session: AsyncSession,
    order_id: UUID,
    *,
    seconds: int,
    actor: Actor,
    pepper: SecretStr,
    terms: payments.PaymentTerms,
) -> MadeLink:
    """A link for an order that waits for a gateway's money, good for `seconds` or as long as that.

    The one there was is revoked. Raises `NotFound`, `payments.AlreadyPaid` and
    `payments.NotAwaitingPayment`.
    """
    order = await AxesRepository(session).locked(order_id)
    if order is None:
        raise NotFound("No such order")
    await payments.instalments.channels_of_order(session, order_id, terms=terms)
    links = PaymentLinkRepository(session)
    await links.revoke(order_id, actor.principal)
    link_id = new_id()
    token = token_of(link_id, pepper)
    expires_at = await links.add(
        id=link_id,
        order_id=order_id,
        token_hash=digest(pepper, _PURPOSE, token),
        seconds=seconds,
        made_by=actor.principal,
    )
    await system.publish(
        session, PaymentLinkMade(**named(order), link_id=link_id, expires_at=expires_at)
    )
    await system.record(
        session, actor, "orders.make_payment_link", "order", order_id, {"link_id": str(link_id)}
    )
    return MadeLink(link_id, token, expires_at)


async def revoke_link(session: AsyncSession, order_id: UUID, *, actor: Actor) -> None:
    """Nobody can open the link of an order any more. Again changes nothing. Raises `NotFound`."""
    if await AxesRepository(session).locked(order_id) is None:
        raise NotFound("No such order")
    if await PaymentLinkRepository(session).revoke(order_id, actor.principal):
        await system.record(session, actor, "orders.revoke_payment_link", "order", order_id)


async def list_links(session: AsyncSession, order_id: UUID) -> Sequence[PaymentLink]:
    """Links of an order, newest first. Their tokens are not kept."""
    return await PaymentLinkRepository(session).of_order(order_id)


async def open_link(
    session: AsyncSession, token: str, *, pepper: SecretStr, terms: payments.PaymentTerms
) -> OpenedLink:
    """What is to be paid. Two statements; nothing is changed.

    Raises `NotFound` for a token of no link, `PaymentLinkRevoked`, `payments.AlreadyPaid`,
    `payments.NotAwaitingPayment` for an order that takes no payment, and `PaymentLinkExpired`.
    """
    row = await PaymentLinkRepository(session).opened(digest(pepper, _PURPOSE, token))
    if row is None:
        raise NotFound("No such payment link")
    if row["revoked_at"] is not None:
        raise PaymentLinkRevoked("Ask for another one")
    due_minor, channels = await payments.instalments.channels_of_order(
        session, row["order_id"], terms=terms
    )
    if row["is_expired"]:
        raise PaymentLinkExpired("Ask for another one")
    return OpenedLink(row, due_minor, channels)
