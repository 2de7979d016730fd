"""What a change would make of an order; nothing is written."""

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from app.core.actor import Actor
from app.core.enums.payments import GiftChoice
from app.services import payments
from app.services.orders.changes.money import Difference, Draft
from app.services.orders.changes.planned import Planned, facts_of, planned
from app.services.orders.changes.rules import require_open
from app.services.orders.changes.wish import ChangeWish
from app.services.orders.charges.back import preview_charges
from app.services.orders.refund import WishPreview, preview_charged, preview_wish

UNLIMITED = payments.PaymentTerms()
"""What nobody decides but a rule, or what stays here, needs no second person."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ChangePreview:
    """`refund` is what comes back, `charge` what is to be asked for first; `differences` say why.

    `order_version` is what the change has to name.
    """

    order_version: int
    before: dict[str, Any]
    after: dict[str, Any]
    pieces: tuple[tuple[UUID, int], ...]
    differences: tuple[Difference, ...]
    refund: WishPreview | None
    charge: Draft | None


async def preview_change(
    session: AsyncSession,
    order_id: UUID,
    wish: ChangeWish,
    *,
    actor: Actor,
    terms: payments.PaymentTerms = UNLIMITED,
) -> ChangePreview:
    """What would change. Raises what the change would raise, but for gifts: those it names."""
    facts = await facts_of(session, order_id, actor=actor)
    found = await planned(session, facts, wish, actor=actor)
    refund, fewer = await _refund(session, order_id, wish, found, actor, terms), found.fewer
    return ChangePreview(
        order_version=facts["version"],
        before=found.before | (fewer.before if fewer else {}),
        after=found.after | (fewer.after if fewer else {}),
        pieces=fewer.pieces if fewer else wish.pieces,
        differences=found.money.differences,
        refund=refund,
        charge=found.money.charge,
    )


async def _refund(
    session: AsyncSession,
    order_id: UUID,
    wish: ChangeWish,
    found: Planned,
    actor: Actor,
    terms: payments.PaymentTerms,
) -> WishPreview | None:
    terms, money = terms if wish.is_about_money else UNLIMITED, found.money
    if money.refund is None and not money.back:
        return None
    charged = await preview_charges(session, money.back)
    if money.refund is None:
        return await preview_charged(session, order_id, charged, actor=actor, terms=terms)
    refund = await preview_wish(
        session, order_id, money.refund, actor=actor, terms=terms, besides_minor=money.back_minor
    )
    if wish.gift_choice is GiftChoice.RETURN_GIFT:
        gifts = tuple((each.line_id, each.quantity) for each in refund.gifts)
        require_open(found.open_pieces, wish.pieces + gifts)
    return refund
