"""What a change costs or brings, and why: one matter of money at a time."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple
from uuid import UUID

from sqlalchemy import RowMapping
from sqlalchemy.ext.asyncio import AsyncSession

from app.core.enums.orders import ChargeKind
from app.core.enums.payments import RefundKind, RefundReason
from app.core.errors import InvalidReference
from app.services import payments, pricing
from app.services.orders.changes.added import Added, priced_goods
from app.services.orders.changes.errors import ChangesApart
from app.services.orders.changes.freight import Judged
from app.services.orders.changes.wish import ChangeWish
from app.services.orders.charges.back import (
    ChargeBack,
    charged_freight,
    charged_price,
    taken_from,
)
from app.services.orders.engine import RefundWish
from app.services.orders.payment_owner import PAYMENT_OWNER
from app.services.payments import SHIPPING, OrderStanding
from app.services.pricing.engine import Policy, TaxMode, tax_minor

ITS_SHOPPER = "changed by the shopper"
"""Why money is given back whose shopper does not say why."""


class Difference(NamedTuple):
    """Something that costs `after_minor` instead of `before_minor`, tax included.

    `what` is freight, price (of a line) or goods (that are added).
    """

    what: str
    before_minor: int
    after_minor: int
    line_id: UUID | None = None
    sku_code: str | None = None
    quantity: int | None = None


@dataclass(frozen=True, slots=True)
class Draft:
    """What the shopper is to be asked for; `tax_mode` says what prices of goods mean."""

    kind: ChargeKind
    amount_minor: int
    tax_rate_bps: int
    goods: tuple[Added, ...] = ()
    freight_minor: int = 0
    tax_mode: str | None = None


@dataclass(frozen=True, slots=True)
class Money:
    """A refund or a charge or neither; `differences` explain it.

    What was charged for the same before goes back first: `back` is that, `refund` is of the order.
    """

    differences: tuple[Difference, ...] = ()
    refund: RefundWish | None = None
    charge: Draft | None = None
    back: tuple[ChargeBack, ...] = ()

    @property
    def gives(self) -> bool:
        """Whether money goes back."""
        return self.refund is not None or bool(self.back)

    @property
    def back_minor(self) -> int:
        """What of it is of charges."""
        return sum(each.amount_minor for each in self.back)


async def money_of(
    session: AsyncSession,
    facts: RowMapping,
    wish: ChangeWish,
    judged: Judged | None,
    *,
    is_unpaid: bool = False,
) -> Money:
    """What is to be given back or asked for; at most one of them, for one reason.

    Of an order that is unpaid nothing is given back: it asks for less.

    Raises `ChangesApart` where there would be more, `InvalidReference` for lines of another order,
    and what prices of added goods raise.
    """
    moves = judged is not None and judged.moves
    is_fee = wish.freight_minor is not None and not wish.added
    if sum([bool(wish.pieces), bool(wish.added), wish.price is not None, moves or is_fee]) > 1:
        raise ChangesApart("Make one change after the other")
    if wish.pieces and is_unpaid:
        return Money()
    if wish.pieces:
        refund = _refund(wish, kind=RefundKind.UNITS, reason_code=RefundReason.CANCELLED)
        return Money(refund=refund)
    if wish.added:
        return await _goods(session, facts, wish)
    if wish.price is not None:
        return await _price(session, facts, wish)
    if is_fee or moves:
        return await _freight(session, facts, wish, judged)
    return Money()


async def _goods(session: AsyncSession, facts: RowMapping, wish: ChangeWish) -> Money:
    found = await priced_goods(session, facts, wish)
    differences = tuple(
        Difference("goods", 0, each.amount_minor, None, each.sku_code, each.quantity)
        for each in found.goods
    )
    if found.fee_minor:
        differences += (Difference("freight", 0, found.fee_minor),)
    draft = Draft(
        ChargeKind.GOODS,
        found.payable_minor,
        0,
        found.goods,
        wish.freight_minor or 0,
        found.tax_mode,
    )
    return Money(differences, charge=draft)


async def _price(session: AsyncSession, facts: RowMapping, wish: ChangeWish) -> Money:
    found = await _standing(session, facts)
    line_id, unit = wish.price or (None, 0)
    row = next((each for each in found.rows if each.span.line_id == line_id), None)
    if row is None:
        raise InvalidReference("A line is not of this order", field="price")
    spans = [each for each in payments.not_returned(found) if each.line_id == line_id]
    quantity = sum(each.quantity for each in spans)
    charged = await charged_price(session, facts["id"], line_id) if line_id else ()
    before, after = found.left.left_of(spans) + _sum(charged), unit * quantity
    differences = (Difference("price", before, after, line_id, None, quantity),)
    if after >= before:
        return _more(differences, ChargeKind.GOODS, row.tax_rate_bps)
    back = taken_from(charged, before - after)
    if not (rest := before - after - _sum(back)):
        return Money(differences, back=back)
    refund = _refund(
        wish,
        kind=RefundKind.AMOUNT,
        reason_code=RefundReason.OTHER,
        lines=tuple({line_id: quantity}.items()) if line_id else (),
        amount_minor=rest,
    )
    return Money(differences, refund=refund, back=back)


async def _freight(
    session: AsyncSession, facts: RowMapping, wish: ChangeWish, judged: Judged | None
) -> Money:
    found = await _standing(session, facts)
    there, rate = found.left.left_of([SHIPPING]), await _fee_rate(session, facts)
    charged = await charged_freight(session, facts["id"])
    if wish.freight_minor is not None:
        before = there + _sum(charged)
        after = wish.freight_minor
    else:
        before = _gross(judged.before_minor if judged else 0, rate, facts)
        after = _gross(judged.after_minor if judged else 0, rate, facts)
    differences = (Difference("freight", before, after),)
    if after >= before:
        return _more(differences, ChargeKind.FREIGHT, rate)
    back = taken_from(charged, before - after)
    # What promotions paid of it is nobody's to get.
    rest = min(before - after - _sum(back), there)
    if not rest:
        return Money(differences, back=back)
    refund = _refund(
        wish, kind=RefundKind.SHIPPING, reason_code=RefundReason.OTHER, shipping_minor=rest
    )
    return Money(differences, refund=refund, back=back)


def _more(differences: tuple[Difference, ...], kind: ChargeKind, rate: int) -> Money:
    amount = sum(each.after_minor - each.before_minor for each in differences)
    return Money(differences, charge=Draft(kind, amount, rate) if amount else None)


def _refund(wish: ChangeWish, **more: Any) -> RefundWish:
    values: Mapping[str, Any] = {"lines": wish.pieces, "gift_choice": wish.gift_choice} | more
    return RefundWish(reason=wish.reason or ITS_SHOPPER, **values)


def _sum(charges: Sequence[ChargeBack]) -> int:
    return sum(each.amount_minor for each in charges)


def _gross(fee_minor: int, rate: int, facts: RowMapping) -> int:
    is_on_top = facts["tax_mode"] == TaxMode.EXCLUSIVE
    return fee_minor + (tax_minor(fee_minor, rate, TaxMode.EXCLUSIVE) if is_on_top else 0)


async def _fee_rate(session: AsyncSession, facts: RowMapping) -> int:
    """The rate the order keeps of its fee; of one without, what the channel says now."""
    kept: int | None = facts["shipping_tax_rate_bps"]
    if kept is not None:
        return kept
    terms = (await pricing.price_policy(session, facts["channel_id"])).effective
    rates: Sequence[int] = facts["tax_rates"]
    if terms.shipping_tax is None:
        return 0
    policy = Policy(shipping_tax=terms.shipping_tax, shipping_tax_bps=terms.shipping_tax_bps or 0)
    return policy.shipping_rate_bps(rates)


async def _standing(session: AsyncSession, facts: RowMapping) -> OrderStanding:
    found = await payments.read_standing(session, facts["id"], owner=PAYMENT_OWNER)
    found.require_refundable()
    return found
