"""What of an order can come back: the same truth for its shopper and for a clerk."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import groupby
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from app.core.actor import Actor, Audience
from app.core.enums.payments import RefundPolicy, RefundState, TenderKind
from app.services import payments, promotions
from app.services.orders.charged import paid_charges
from app.services.orders.engine import LineFact
from app.services.orders.payment_owner import PAYMENT_OWNER
from app.services.orders.refund_facts import RefundFacts, refund_facts
from app.services.payments import OrderStanding, RefundPreview, RefundView, Take
from app.services.payments.engine.attribution import SHIPPING, Cells, cut


@dataclass(frozen=True, slots=True, kw_only=True)
class UnitsLeft:
    """`quantity` units that are alike from `first_index` on; amounts are those of one.

    `by_tender` is what each tender has left in one of them, where the policy attributes it.
    """

    first_index: int
    quantity: int
    paid_minor: int
    left_minor: int
    is_returned: bool
    by_tender: tuple[int, ...] | None


@dataclass(frozen=True, slots=True, kw_only=True)
class LineLeft:
    line: LineFact
    returned: int
    left_minor: int
    units: tuple[UnitsLeft, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class TenderLeft:
    """`points_back` of `points` have come back; waiting refunds count as given back."""

    tender_id: UUID
    kind: TenderKind
    channel: str | None
    amount_minor: int
    left_minor: int
    points: int | None
    points_back: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class CouponAhead:
    """What becomes of a promotion's use, and its coupon if it had one."""

    promotion_id: UUID
    name: str
    code: str | None
    returns: str
    expiry: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ChargeLeft:
    """What was paid for a charge besides, and what of it can come back; `refused` as of orders."""

    charge_id: UUID
    paid_minor: int
    left_minor: int
    refused: str | None
    tenders: tuple[TenderLeft, ...]
    everything: RefundPreview | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Refundable:
    """`everything` is what a refund of all that is left would bring now; null when none can be.

    `refused` says why: the name of the problem a refund would get. `waiting` are refunds that need
    a second person. `alone_minor` is the most one member of staff refunds alone. A shopper may ask
    for all of it himself while nothing has left.
    """

    order_id: UUID
    currency: str
    rules: payments.RefundRules
    paid_minor: int
    left_minor: int
    shipping_minor: int
    shipping_left_minor: int
    refused: str | None
    is_open_to_shopper: bool
    lines: tuple[LineLeft, ...]
    tenders: tuple[TenderLeft, ...]
    charges: tuple[ChargeLeft, ...]
    coupons: tuple[CouponAhead, ...]
    everything: RefundPreview | None
    waiting: tuple[RefundView, ...]
    refunds: tuple[RefundView, ...]
    alone_minor: int | None


async def refundable(
    session: AsyncSession,
    order_id: UUID,
    *,
    actor: Actor,
    terms: payments.PaymentTerms | None = None,
) -> Refundable:
    """What can come back, per unit and per tender, and what would follow from it.

    A shopper sees his own orders, a merchant his own lines. Raises `NotFound`.
    """
    is_shopper = actor.audience is Audience.STOREFRONT
    facts = await refund_facts(
        session,
        order_id,
        member_id=actor.id if is_shopper else None,
        merchant_id=actor.merchant_id,
    )
    found = await payments.read_standing(session, order_id, owner=PAYMENT_OWNER)
    refunds = await payments.list_refunds_of(session, order_id)
    refused = payments.why_not(found)
    fee = sum(row.amount_minor for row in found.rows if row.span == SHIPPING)
    lines = [each for each in facts.lines if actor.merchant_id in {None, each.merchant_id}]
    return Refundable(
        order_id=order_id,
        currency=found.plan.currency,
        rules=found.plan.refund_rules,
        paid_minor=found.plan.payable_minor,
        left_minor=found.left.total_minor,
        shipping_minor=fee,
        shipping_left_minor=found.left.left_of([SHIPPING]),
        refused=refused,
        is_open_to_shopper=refused is None and facts.is_open and not facts.has_shipped,
        lines=tuple(_line(each, found) for each in lines),
        tenders=_tenders(found),
        charges=tuple(map(_charge, await paid_charges(session, order_id))),
        coupons=await _coupons(session, facts),
        everything=_everything(found) if refused is None else None,
        waiting=tuple(each for each in refunds if each.state is RefundState.WAITING),
        refunds=refunds,
        alone_minor=terms.gives_alone(actor) if terms else None,
    )


def _everything(found: OrderStanding) -> RefundPreview:
    return payments.preview_refund(found, (Take((found.left.goods,)), Take(((SHIPPING,),))))


def _charge(found: OrderStanding) -> ChargeLeft:
    refused = payments.why_not(found)
    return ChargeLeft(
        charge_id=found.plan.order_id,
        paid_minor=found.plan.payable_minor,
        left_minor=found.left.total_minor,
        refused=refused,
        tenders=_tenders(found),
        everything=_everything(found) if refused is None else None,
    )


def _line(line: LineFact, found: OrderStanding) -> LineLeft:
    rows = [each for each in found.rows if each.span.line_id == line.id]
    back = [each for each in found.returned if each.line_id == line.id]
    spans = [*(row.span for row in rows), *back]
    left = [each for each in found.left.left if each.span.line_id == line.id]
    is_attributed = found.plan.refund_policy is RefundPolicy.ATTRIBUTED
    units = []
    for each in cut(left, spans):
        first, quantity = each.span.first, each.span.quantity
        paid = next(
            row.amount_minor
            for row in rows
            if row.span.first <= first < row.span.first + row.span.quantity
        )
        units.append(
            UnitsLeft(
                first_index=first,
                quantity=quantity,
                paid_minor=paid,
                left_minor=sum(each.minor),
                is_returned=any(s.first <= first < s.first + s.quantity for s in back),
                by_tender=each.minor if is_attributed else None,
            )
        )
    return LineLeft(
        line=line,
        returned=sum(each.quantity for each in back),
        left_minor=_total(left),
        units=tuple(_joined(units)),
    )


def _joined(units: Iterable[UnitsLeft]) -> Iterator[UnitsLeft]:
    """Neighbours that are alike but for their place, as one run."""
    for _, alike in groupby(units, lambda each: replace(each, first_index=0, quantity=0)):
        first, *more = alike
        yield replace(first, quantity=first.quantity + sum(each.quantity for each in more))


def _total(cells: Sequence[Cells]) -> int:
    return sum(each.total_minor for each in cells)


def _tenders(found: OrderStanding) -> tuple[TenderLeft, ...]:
    back = {each.id: 0 for each in found.plan.tenders}
    for part in found.parts:
        back[part.tender_id] += part.points
    return tuple(
        TenderLeft(
            tender_id=each.id,
            kind=each.kind,
            channel=each.channel,
            amount_minor=each.amount_minor,
            left_minor=each.amount_minor - each.refunded_minor,
            points=each.points,
            points_back=back[each.id] if each.points is not None else None,
        )
        for each in found.plan.tenders
    )


async def _coupons(session: AsyncSession, facts: RefundFacts) -> tuple[CouponAhead, ...]:
    if not facts.used:
        return ()
    terms = await promotions.terms_in_force(session, facts.used)
    return tuple(
        CouponAhead(
            promotion_id=UUID(each["promotion_id"]),
            name=each["name"],
            code=each["code"],
            returns=rule.get("return_coupon", promotions.ON_CANCEL),
            expiry=rule.get("coupon_expiry", promotions.SAME_EXPIRY),
        )
        for each in facts.quote["applied"]
        if (rule := _rule(terms, each["promotion_id"])) is not None
    )


def _rule(terms: dict[UUID, promotions.PromotionTerms], promotion_id: str) -> dict[str, str] | None:
    found = terms.get(UUID(promotion_id))
    return None if found is None else dict(found.refund)
