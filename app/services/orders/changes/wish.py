"""What somebody wants to change of an order."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, NamedTuple
from uuid import UUID

from app.core.enums.orders import ChangeRules
from app.core.enums.payments import GiftChoice
from app.services.orders.changes.rules import Subject

ADDRESS, DELIVERY, NOTE, INVOICE = "address", "delivery", "note", "invoice"
IS_GIFT, GIFT_MESSAGE, HIDES_PRICES = "is_gift", "gift_message", "hides_prices"
SUBJECTS: Mapping[str, Subject] = {
    ADDRESS: Subject.DELIVERY,
    DELIVERY: Subject.DELIVERY,
    NOTE: Subject.DELIVERY,
    IS_GIFT: Subject.DELIVERY,
    GIFT_MESSAGE: Subject.DELIVERY,
    HIDES_PRICES: Subject.DELIVERY,
    INVOICE: Subject.INVOICE,
}
"""Fields of an order that may change, and whose rules they follow."""


class AddedGoods(NamedTuple):
    """Pieces to add; without a price by the rules that were chosen."""

    sku_id: UUID
    quantity: int
    unit_price_minor: int | None = None


class NewPrice(NamedTuple):
    """What each piece of a line that was not given back shall have cost, tax included."""

    line_id: UUID
    unit_price_minor: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ChangeWish:
    """`fields` are what is to be different: address, delivery, note, invoice, marks of a gift.

    Null removes a note, an invoice or a message; `delivery` is a wish as at checkout. `address_id`
    is one of the shopper's own instead of a new address. `pieces` are (line, how many) that are not
    wanted any more; what becomes of gifts they earned is `gift_choice`. Staff say the `reason` and
    how the shopper agreed (`consent`), add goods, lower or raise the price of a line, and say what
    sending it costs in all (`freight_minor`). `rules`: goods that are added, and freight to
    elsewhere, cost what was agreed on or what they cost now.
    """

    fields: Mapping[str, Any] = field(default_factory=dict)
    address_id: UUID | None = None
    pieces: tuple[tuple[UUID, int], ...] = ()
    gift_choice: GiftChoice | None = None
    added: tuple[AddedGoods, ...] = ()
    price: NewPrice | None = None
    freight_minor: int | None = None
    rules: ChangeRules = ChangeRules.CURRENT
    reason: str | None = None
    consent: str | None = None

    @property
    def subjects(self) -> frozenset[Subject]:
        """Whose rules have to allow it."""
        named = {SUBJECTS[name] for name in self.fields}
        is_sent = self.address_id is not None or self.freight_minor is not None
        named |= {Subject.DELIVERY} if is_sent else set()
        named |= {Subject.PIECES} if self.pieces else set()
        has_goods = bool(self.added or self.price)
        return frozenset(named | ({Subject.GOODS} if has_goods else set()))

    @property
    def is_about_money(self) -> bool:
        """Whether it says a price or a fee, which takes leave to give money back."""
        is_said = any(each.unit_price_minor is not None for each in self.added)
        return is_said or self.price is not None or self.freight_minor is not None
