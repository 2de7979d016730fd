"""What somebody wants to change of an order."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from app.core.enums.payments import GiftChoice
from app.services.orders.changes.rules import Subject

ADDRESS, NOTE, INVOICE = "address", "note", "invoice"
SUBJECTS: Mapping[str, Subject] = {
    ADDRESS: Subject.DELIVERY,
    NOTE: Subject.DELIVERY,
    INVOICE: Subject.INVOICE,
}
"""Fields of an order that may change, and whose rules they follow."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ChangeWish:
    """`fields` are what is to be different: address, note, invoice; null removes the last two.

    `address_id` is one of the shopper's own instead of a new address. `pieces` are (line, how many)
    that are not wanted any more; what becomes of gifts they earned is `gift_choice`. Staff say the
    `reason` and how the shopper agreed: `consent`.
    """

    fields: Mapping[str, Any] = field(default_factory=dict)
    address_id: UUID | None = None
    pieces: tuple[tuple[UUID, int], ...] = ()
    gift_choice: GiftChoice | None = None
    reason: str | None = None
    consent: str | None = None

    @property
    def subjects(self) -> frozenset[Subject]:
        """Whose rules have to allow it."""
        named = {SUBJECTS[name] for name in self.fields}
        named |= {Subject.DELIVERY} if self.address_id else set()
        return frozenset(named | ({Subject.GOODS} if self.pieces else set()))
