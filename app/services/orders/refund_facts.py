"""What an order froze that decides refunds, read for those who may know it."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import RowMapping
from sqlalchemy.ext.asyncio import AsyncSession

from app.core.enums.orders import FulfilmentStatus, OrderState
from app.core.enums.payments import RefundKind, Valuation
from app.core.errors import NotFound
from app.repositories.orders import RefundFactsRepository
from app.services import payments, promotions
from app.services.orders.engine import LineFact, RefundWish
from app.services.orders.errors import CannotReprice, UnitsInReturn
from app.services.pricing.engine import TaxMode
from app.services.promotions import InvalidPromotion, PromotionTerms
from app.services.promotions.engine import (
    Customer,
    Goods,
    PaidOrder,
    PlacedOrder,
    Promotion,
    Unquotable,
    paid_then,
)

REPRICE = "reprice"
UNSHIPPED = frozenset(
    {FulfilmentStatus.UNFULFILLED, FulfilmentStatus.PICKING, FulfilmentStatus.CANCELLED}
)


@dataclass(frozen=True, slots=True)
class RefundFacts:
    """An order and its lines as they were bought. Gifts come last and were never priced."""

    row: RowMapping
    lines: tuple[LineFact, ...]

    @property
    def id(self) -> UUID:
        found: UUID = self.row["id"]
        return found

    @property
    def has_shipped(self) -> bool:
        return self.row["fulfilment_status"] not in UNSHIPPED

    @property
    def is_open(self) -> bool:
        return bool(self.row["state"] == OrderState.OPEN)

    @property
    def quote(self) -> dict[str, Any]:
        found: dict[str, Any] = self.row["quote"]
        return found

    def require_lines_of(self, merchant_id: UUID, wish: RefundWish) -> None:
        """Raise `NotFound` unless the wish is of lines that are all the merchant's own."""
        own = {each.id for each in self.lines if each.merchant_id == merchant_id}
        if not wish.lines or any(line_id not in own for line_id, _ in wish.lines):
            raise NotFound("No such line")

    def require_not_asked(self, found: payments.OrderStanding, wish: RefundWish) -> None:
        """Raise `UnitsInReturn` where a refund would take pieces that a return asks back."""
        if wish.of_shipped or wish.kind not in {RefundKind.UNITS, RefundKind.EVERYTHING}:
            return
        left: Counter[UUID | None] = Counter()
        for span in payments.not_returned(found):
            left[span.line_id] += span.quantity
        is_all = wish.kind is RefundKind.EVERYTHING
        wanted = left if is_all else Counter(dict(wish.lines))
        short = {
            str(line.id): line.asked
            for line in self.lines
            if line.asked and wanted[line.id] > max(0, left[line.id] - line.asked)
        }
        if short:
            raise UnitsInReturn("Decide about the return first", asked=short)

    @property
    def used(self) -> tuple[UUID, ...]:
        """Promotions that took something off, or gave something."""
        applied = self.quote.get("applied", ())
        return tuple(sorted({UUID(each["promotion_id"]) for each in applied}))


async def refund_facts(
    session: AsyncSession,
    order_id: UUID,
    *,
    member_id: UUID | None = None,
    merchant_id: UUID | None = None,
) -> RefundFacts:
    """One statement. Raises `NotFound` for what is not theirs to know about."""
    row = await RefundFactsRepository(session).of(
        order_id, member_id=member_id, merchant_id=merchant_id
    )
    if row is None:
        raise NotFound("No such order")
    return RefundFacts(row, _lines(row))


async def priced_order(
    session: AsyncSession, facts: RefundFacts, valuation: Valuation
) -> PaidOrder | None:
    """The order as the promotion engine priced it, where a refund of units depends on that.

    None where each unit brings what it cost: no promotion of it prices anew and none gave a gift.
    Three statements more otherwise. Raises `CannotReprice` where not enough was kept to tell.
    """
    is_forced = valuation is Valuation.REPRICE
    if not facts.used or (not facts.quote.get("gifts") and valuation is Valuation.PRORATA):
        return None
    terms = await promotions.terms_in_force(session, facts.used)
    repriced = {
        str(promotion_id)
        for promotion_id, each in terms.items()
        if is_forced or each.refund.get("policy") == REPRICE
    }
    if valuation is Valuation.PRORATA:
        repriced = set()
    if not repriced and not facts.quote.get("gifts"):
        return None
    try:
        return _priced(facts, terms, repriced)
    except Unquotable as error:
        raise CannotReprice("Too little is known of how it was priced", why=error.why) from error
    except LookupError as error:
        raise CannotReprice("Its quote has another shape", why="quote_unreadable") from error


def _priced(facts: RefundFacts, terms: dict[UUID, PromotionTerms], repriced: set[str]) -> PaidOrder:
    row, kept = facts.row, facts.row["priced_with"]
    if kept is None:
        raise Unquotable("not_kept")
    member_id = str(row["member_id"])
    order = PlacedOrder(
        id=str(row["id"]),
        number=row["number"],
        member_id=member_id,
        placed_at=row["created_at"],
        channel_id=str(row["channel_id"]),
        tax_mode=TaxMode(row["tax_mode"]),
        customer=Customer.from_dict(kept["customer"], member_id),
        payable_minor=row["payable_minor"],
        quote=facts.quote,
        kept=kept,
    )
    return paid_then(order, _goods(row), _promotions(terms), repriced)


def _promotions(terms: dict[UUID, PromotionTerms]) -> dict[str, Promotion]:
    found = {}
    for promotion_id, each in terms.items():
        try:
            found[str(promotion_id)] = promotions.promotion_of(promotion_id, each)
        except InvalidPromotion:  # the order that names it says so
            continue
    return found


def _goods(row: RowMapping) -> dict[str, Goods]:
    return {
        each["sku_id"]: Goods(
            sku_id=each["sku_id"],
            spu_id=each["spu_id"],
            brand_id=each["brand_id"],
            merchant_id=each["merchant_id"],
            categories=frozenset(each["categories"]),
        )
        for each in row["lines"]
    }


def _lines(row: RowMapping) -> tuple[LineFact, ...]:
    """Lines follow those of the cart, which the quote lists in the same order: by id."""
    quoted: Sequence[Mapping[str, str]] = row["quote"].get("lines", ())
    priced = iter([each["line_id"] for each in quoted])
    return tuple(
        LineFact(
            id=UUID(each["id"]),
            quantity=each["quantity"],
            is_gift=each["is_gift"],
            promotion_id=UUID(each["promotion_id"]) if each["promotion_id"] else None,
            sku_id=UUID(each["sku_id"]),
            priced_as=None if each["is_gift"] else next(priced, None),
            name=each["name"],
            sku_code=each["sku_code"],
            merchant_id=UUID(each["merchant_id"]),
            asked=each["asked"],
            categories=frozenset(map(UUID, each["categories"])),
        )
        for each in row["lines"] or ()
    )
