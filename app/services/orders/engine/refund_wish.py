"""What is asked for when an order is refunded, and what that comes to. Pure."""

from dataclasses import dataclass
from typing import NamedTuple
from uuid import UUID

from app.core.enums.payments import GiftChoice, RefundKind, RefundReason, Valuation
from app.services.orders.errors import GiftNotReturned
from app.services.payments.engine.attribution import Span
from app.services.payments.engine.refunding import Take


@dataclass(frozen=True, slots=True, kw_only=True)
class RefundWish:
    """What is asked for. `lines` are (line, how many): units to return, or whose price to lower.

    `amount_minor` is of an amount, `shipping_minor` of the fee; a fee not named follows the rule.
    Units are worth what the rules of the order say, or this `valuation`. Gifts that are
    no longer earned come along or cost what they list for, by `gift_choice`. Units `of_shipped`
    have left and came back: what is still to be sent is sent. Of what that cost,
    `postage_given_minor` comes on top, or `postage_kept_minor` is kept. Who `keeps_gifts` is not
    asked for those that are no longer earned. Units are the first of a line that are not back, or,
    where `from_end` names it, the last but so many: there lie pieces that others were sent for.
    """

    kind: RefundKind
    reason_code: RefundReason
    reason: str
    lines: tuple[tuple[UUID, int], ...] = ()
    amount_minor: int | None = None
    shipping_minor: int | None = None
    gift_choice: GiftChoice | None = None
    valuation: Valuation | None = None
    of_shipped: bool = False
    keeps_gifts: bool = False
    postage_given_minor: int = 0
    postage_kept_minor: int = 0
    from_end: tuple[tuple[UUID, int], ...] = ()


class GiftDue(NamedTuple):
    """Pieces of a gift that are no longer earned and were not asked back, at their value."""

    line_id: UUID
    quantity: int
    value_minor: int


class Valued(NamedTuple):
    """What a wish takes, which units come back with it, and what is withheld for gifts.

    `withheld_for` says by line what of that is for which.
    """

    takes: tuple[Take, ...]
    units: tuple[Span, ...]
    gifts: tuple[GiftDue, ...]
    withheld_minor: int
    withheld_for: tuple[tuple[UUID, int], ...] = ()


@dataclass(frozen=True, slots=True)
class LineFact:
    """A line of the order, and the name its units have where the order was priced.

    `asked` of its pieces are in returns that no refund has taken up yet; `categories` are that of
    its goods and those above.
    """

    id: UUID
    quantity: int
    is_gift: bool
    promotion_id: UUID | None
    sku_id: UUID
    priced_as: str | None
    name: str
    sku_code: str
    merchant_id: UUID
    asked: int = 0
    categories: frozenset[UUID] = frozenset()


def require_gifts(valued: Valued, wish: RefundWish) -> None:
    """Raise `GiftNotReturned` where gifts are due and nobody said what becomes of them."""
    if valued.gifts and wish.gift_choice is None and not wish.keeps_gifts:
        raise GiftNotReturned(
            "Return the gifts too, or have their value deducted",
            gifts=[
                {
                    "line_id": str(each.line_id),
                    "quantity": each.quantity,
                    "value_minor": each.value_minor,
                }
                for each in valued.gifts
            ],
        )
