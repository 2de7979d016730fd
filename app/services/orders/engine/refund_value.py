"""What a refund of an order is worth: units, gifts they earned, shipping, amounts. Pure."""

from collections.abc import Iterable, Mapping, Sequence
from uuid import UUID

from app.core.enums.payments import GiftChoice, RefundKind
from app.core.errors import InvalidReference
from app.services.orders.engine.refund_wish import (
    GiftDue,
    LineFact,
    RefundWish,
    Valued,
)
from app.services.payments.engine.attribution import SHIPPING, Span
from app.services.payments.engine.order_standing import OrderStanding, not_returned, without
from app.services.payments.engine.refunding import Take, too_few_units
from app.services.promotions.engine import Gift, PaidOrder, UnitRefund, refund_units


def value_of(
    wish: RefundWish,
    found: OrderStanding,
    lines: Sequence[LineFact],
    order: PaidOrder | None,
    *,
    has_shipped: bool,
) -> Valued:
    """The takes of a wish. `order` is needed where what is kept decides, or where gifts depend.

    Raises `RefundExceeds` for units that are not there any more and `InvalidReference` for lines
    of another order. Gifts that are no longer earned are named; by the wish's choice they come
    along or are deducted.
    """
    known = {each.id for each in lines}
    if any(line_id not in known for line_id, _ in wish.lines):
        raise InvalidReference("A line is not of this order")
    match wish.kind:
        case RefundKind.EVERYTHING:
            takes = (Take((found.left.goods,)), Take(((SHIPPING,),)))
            return Valued(takes, not_returned(found), (), 0)
        case RefundKind.AMOUNT:
            chosen = {line_id for line_id, _ in wish.lines}
            pool = tuple(s for s in found.left.goods if not chosen or s.line_id in chosen)
            if wish.from_end:
                pool = units_of(wish, found)
            return Valued((Take((pool,), wish.amount_minor),), (), (), 0)
        case RefundKind.POSTAGE:
            return Valued((), (), (), 0)
        case RefundKind.SHIPPING:
            return Valued((Take(((SHIPPING,),), wish.shipping_minor),), (), (), 0)
    units = units_of(wish, found)
    goods = _goods(wish, found, lines, order, units)
    fee = _fee(wish, found, lines, units, has_shipped=has_shipped)
    return goods._replace(takes=(*goods.takes, *fee))


def with_shipping(*, is_last: bool, has_shipped: bool, shop_pays: bool) -> bool:
    """Whether the fee comes with units: with the last, unless it was spent and not by our fault."""
    return is_last and (not has_shipped or shop_pays)


def units_of(wish: RefundWish, found: OrderStanding) -> tuple[Span, ...]:
    """The units of each line that are not back, as many as asked for, from where they are meant.

    Raises `RefundExceeds` where there are fewer, and `InvalidReference` for a line named twice.
    """
    left, behind = not_returned(found), dict(wish.from_end)
    chosen = _firsts(left, [each for each in wish.lines if each[0] not in behind])
    for line_id, quantity in wish.lines:
        if line_id in behind:
            chosen += _lasts(left, line_id, quantity, behind[line_id])
    if len({line_id for line_id, _ in wish.lines}) < len(wish.lines):
        raise InvalidReference("Name each line once")
    return chosen


def _lasts(left: Sequence[Span], line_id: UUID, quantity: int, behind: int) -> tuple[Span, ...]:
    """The last units of a line but for those `behind` them; fewer are, where there are too few."""
    rest = sum(each.quantity for each in left if each.line_id == line_id)
    if quantity > rest:
        raise too_few_units(line_id, rest)
    before = max(0, rest - behind - quantity)
    skipped = _firsts(left, [(line_id, before)])
    return _firsts(without(list(left), skipped), [(line_id, quantity)])


def _firsts(left: Sequence[Span], wanted: Iterable[tuple[UUID, int]]) -> tuple[Span, ...]:
    """The first of the units that are left, as many as wanted of each line."""
    chosen: list[Span] = []
    for line_id, quantity in wanted:
        rest = quantity
        for span in (each for each in left if each.line_id == line_id):
            if taken := min(rest, span.quantity):
                chosen.append(Span(line_id, span.first, taken))
                rest -= taken
        if rest:
            raise too_few_units(line_id, quantity - rest)
    return tuple(chosen)


def _goods(
    wish: RefundWish,
    found: OrderStanding,
    lines: Sequence[LineFact],
    order: PaidOrder | None,
    units: tuple[Span, ...],
) -> Valued:
    there = found.left.left_of(units)
    if order is None:
        return Valued((Take((units,)),), units, (), 0)
    kept = _kept(found, lines, order, units)
    unknown = found.withheld_minor - sum(found.withheld_for.values())
    worth = _worth(found, lines, order, units, unknown + sum(kept.values()))
    # A refund that kept their value may have been refused after units of another were back. Refunds
    # of long ago do not say for which gifts they kept something.
    lost = worth.gifts if unknown else worth.unearned
    gifts = _missing(lines, lost, (*found.returned, *units), kept)
    if wish.gift_choice is GiftChoice.RETURN_GIFT and gifts:
        due = [(each.line_id, each.quantity) for each in gifts]
        goods, units = units, (*units, *_firsts(without(list(not_returned(found)), units), due))
        if (now_kept := _kept(found, lines, order, units)) != kept:
            kept = now_kept
            worth = _worth(found, lines, order, goods, unknown + sum(kept.values()))
    is_anew = bool(order.anew)
    freed = sum(_kept(found, lines, order, ()).values()) - sum(kept.values())
    freed = min(freed, found.left.left_of(found.returned))  # goodwill may have given some of it
    amount = worth.payable_minor if is_anew else there + freed
    withheld_for: tuple[tuple[UUID, int], ...] = ()
    if wish.gift_choice is GiftChoice.DEDUCT:
        withheld_for = _within(amount, gifts)
    withheld = sum(minor for _, minor in withheld_for)
    if not is_anew and not withheld and not freed:
        return Valued((Take((units,)),), units, gifts, 0)
    # What the units lack, those returned before them hold, then those that are kept.
    pools = (units, found.returned, found.left.goods)
    return Valued((Take(pools, amount - withheld),), units, gifts, withheld, withheld_for)


def _kept(
    found: OrderStanding, lines: Sequence[LineFact], order: PaidOrder, units: Sequence[Span]
) -> dict[UUID, int]:
    """What was withheld and stays so, by gift, once `units` are back, too.

    What was kept for a piece that comes back after all is the shopper's again: who brings
    everything gets everything. It stays in the units it was withheld from.
    """
    known = {each.id: each for each in lines}
    listed = {(gift.promotion_id, gift.sku_id): gift.list_minor for gift in order.gifts}
    kept: dict[UUID, int] = {}
    for line_id, minor in found.withheld_for.items():
        line = known[line_id]
        back = sum(e.quantity for e in (*found.returned, *units) if e.line_id == line_id)
        each_minor = listed.get((str(line.promotion_id), str(line.sku_id)), minor)
        kept[line_id] = min(minor, (line.quantity - back) * each_minor)
    return kept


def _within(amount: int, gifts: Sequence[GiftDue]) -> tuple[tuple[UUID, int], ...]:
    """What an amount pays of what gifts are worth, one after the other."""
    found = []
    for each in gifts:
        if taken := min(amount, each.value_minor):
            found.append((each.line_id, taken))
            amount -= taken
    return tuple(found)


def _worth(
    found: OrderStanding,
    lines: Sequence[LineFact],
    order: PaidOrder,
    units: tuple[Span, ...],
    kept_minor: int,
) -> UnitRefund:
    """What goods and tax go back for `units` by the promotion engine, in its own names.

    `kept_minor` is kept for gifts that stay with the shopper. What went back for goods that are
    kept, as goodwill, is nobody's return.
    """
    names = {each.id: each.priced_as for each in lines}
    back = [*found.returned, *units]
    refunded = kept_minor
    for taken in found.taken:
        span = taken.cells.span
        is_return = taken.kind in {RefundKind.UNITS, RefundKind.EVERYTHING}
        if span.line_id is not None:
            counted = span.quantity if is_return else _shared(span, back)
            refunded += counted * sum(taken.cells.minor)
    return refund_units(
        order,
        _keys(units, names),
        returned=frozenset(_keys(found.returned, names)),
        refunded_minor=refunded,
    )


def _keys(spans: Iterable[Span], names: dict[UUID, str | None]) -> list[tuple[str, int]]:
    """Gifts were never priced and have no name there."""
    return [
        (name, span.first + i)
        for span in spans
        if span.line_id is not None and (name := names[span.line_id]) is not None
        for i in range(span.quantity)
    ]


def _shared(span: Span, spans: Iterable[Span]) -> int:
    """How many units of `span` are in any of `spans`, which know no unit twice."""
    return sum(
        max(
            0,
            min(span.first + span.quantity, each.first + each.quantity)
            - max(span.first, each.first),
        )
        for each in spans
        if each.line_id == span.line_id
    )


def _missing(
    lines: Sequence[LineFact],
    unearned: Sequence[Gift],
    back: Sequence[Span],
    kept: Mapping[UUID, int],
) -> tuple[GiftDue, ...]:
    """Pieces that are neither back nor paid for; what was withheld for some is not due again."""
    found = []
    for gift in unearned:
        for line in lines:
            if line.is_gift and (str(line.promotion_id), str(line.sku_id)) == gift[:2]:
                returned = sum(each.quantity for each in back if each.line_id == line.id)
                missing, paid = line.quantity - returned, kept.get(line.id, 0)
                pieces = missing - (paid // gift.list_minor if gift.list_minor else 0)
                if pieces > 0:
                    value = missing * gift.list_minor - paid
                    found.append(GiftDue(line.id, pieces, value))
    return tuple(found)


def _fee(
    wish: RefundWish,
    found: OrderStanding,
    lines: Sequence[LineFact],
    units: tuple[Span, ...],
    *,
    has_shipped: bool,
) -> tuple[Take, ...]:
    if wish.shipping_minor is not None:
        return (Take(((SHIPPING,),), wish.shipping_minor),) if wish.shipping_minor else ()
    gifts = {each.id for each in lines if each.is_gift}
    kept = sum(s.quantity for s in not_returned(found) if s.line_id not in gifts)
    kept -= sum(s.quantity for s in units if s.line_id not in gifts)
    shop_pays = wish.reason_code in found.plan.refund_rules.shop_pays
    comes = with_shipping(is_last=not kept, has_shipped=has_shipped, shop_pays=shop_pays)
    return (Take(((SHIPPING,),)),) if comes else ()
