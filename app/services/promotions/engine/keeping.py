"""What a placed order comes to with fewer pieces, by the rules it was priced by. Pure."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, NamedTuple

from app.services.pricing.engine import TaxMode, apportion_runs, family, line_taxes
from app.services.promotions.engine.paid import PaidOrder
from app.services.promotions.engine.quote_types import Applied, Gift, Totals, money_hash
from app.services.promotions.engine.refund import kept_of
from app.services.promotions.engine.repricing import Repriced, RepricedUnits, repriced

Document = dict[str, Any]
GiftKey = tuple[str, str]
"""The promotion that gives it, and its SKU."""


class KeptQuote(NamedTuple):
    """The quote of what is kept, as plain JSON; its `quote_hash` is that of the money.

    `uses` is what promotions that still apply take off, by id. `unearned` are the gifts that are
    no longer given.
    """

    document: Document
    uses: dict[str, int]
    unearned: tuple[Gift, ...]


def keep_units(
    quote: Mapping[str, Any],
    taken: Mapping[str, int],
    order: PaidOrder | None = None,
    *,
    refused: Mapping[GiftKey, int] | None = None,
    tax_mode: TaxMode,
) -> KeptQuote:
    """Return the frozen `quote` without the first `taken` units of its lines, by line id.

    What is left costs exactly what a refund of the same units would have left of the order: its
    units keep what they cost, or are priced anew with `order` (as it was priced) where a promotion
    says so. The fee stays. Gifts that are not earned any more are left out, and as many of each
    as are `refused`. Raises `ValueError` where nothing would be left of the goods.
    """
    kept = {
        line["line_id"]: _without(line["units"], taken.get(line["line_id"], 0))
        for line in quote["lines"]
    }
    if not any(kept.values()):
        raise ValueError("nothing is kept")
    anew = _repriced(order, taken)
    if order is not None and anew is not None and order.anew:
        kept |= _as_repriced(quote, order, anew)
    lines = [_line(each, kept[each["line_id"]]) for each in quote["lines"] if kept[each["line_id"]]]
    gifts, unearned = _gifts(quote, anew, refused or {})
    amounts = _amounts(lines)
    applied = [
        _applied(each, amounts)
        for each in quote["applied"]
        if _applies(each, quote, amounts, gifts)
    ]
    totals = _totals(quote, lines, tax_mode)
    document = {
        **quote,
        "lines": lines,
        "totals": totals._asdict(),
        "applied": applied,
        "gifts": [each.to_dict() for each in gifts],
        "next_tiers": [],
    }
    document["quote_hash"] = _hash(document, totals, gifts)
    uses = {each["promotion_id"]: each["amount_minor"] for each in applied}
    return KeptQuote(document, uses, unearned)


def _without(units: Sequence[Document], quantity: int) -> list[Document]:
    kept = []
    for each in units:
        gone = min(quantity, each["count"])
        quantity -= gone
        if gone < each["count"]:
            kept.append({**each, "count": each["count"] - gone})
    if quantity:
        raise ValueError("units that are not there to take off")
    return kept


def _repriced(order: PaidOrder | None, taken: Mapping[str, int]) -> Repriced | None:
    """Where promotions of the order price what is kept anew, or give for it."""
    if order is None or not (order.anew or order.gifts):
        return None
    gone = frozenset((line, i) for line, quantity in taken.items() for i in range(quantity))
    return repriced(order, kept_of(order.units, gone))


def _as_repriced(
    quote: Mapping[str, Any], order: PaidOrder, anew: Repriced
) -> dict[str, list[Document]]:
    """Units by line, with tax as the quote has it: rounded by line, then split over units."""
    by_line: dict[str, list[RepricedUnits]] = {}
    for each in anew.units:
        by_line.setdefault(each.run.line.id, []).append(each)
    nets = {line: sum(u.quantity * u.net_minor for u in units) for line, units in by_line.items()}
    taxes = line_taxes(
        [(line, nets[line], units[0].run.line.tax_rate_bps) for line, units in by_line.items()],
        order.context.tax_mode,
        order.context.tax_scope,
    )
    frozen = {
        (line["line_id"], start): unit
        for line in quote["lines"]
        for start, unit in _started(line["units"])
    }
    return {
        line: list(_taxed(units, tax, nets[line], frozen))
        for (line, units), tax in zip(by_line.items(), taxes, strict=True)
    }


def _started(units: Iterable[Document]) -> Iterable[tuple[int, Document]]:
    start = 0
    for each in units:
        yield start, each
        start += each["count"]


def _taxed(
    units: Sequence[RepricedUnits],
    tax_minor: int,
    net_minor: int,
    frozen: Mapping[tuple[str, int], Document],
) -> Iterable[Document]:
    shares = apportion_runs(tax_minor, net_minor, [(u.quantity, u.net_minor, 0) for u in units])
    for unit, (each, extra) in zip(units, shares, strict=True):
        told = frozen[unit.run.line.id, unit.run.start] | {
            "discounts": [
                {"promotion_id": promotion_id, "amount_minor": amount}
                for promotion_id, amount in unit.discounts
            ],
            "net_minor": unit.net_minor,
        }
        for count, tax in ((extra, each + 1), (unit.quantity - extra, each)):
            if count:
                yield told | {"count": count, "tax_minor": tax}


def _line(line: Mapping[str, Any], units: Sequence[Document]) -> Document:
    goods, net, tax = (
        sum(each["count"] * each[name] for each in units)
        for name in ("price_minor", "net_minor", "tax_minor")
    )
    return {
        **line,
        "quantity": sum(each["count"] for each in units),
        "goods_minor": goods,
        "discount_minor": goods - net,
        "net_minor": net,
        "tax_minor": tax,
        "units": list(units),
    }


def _gifts(
    quote: Mapping[str, Any], anew: Repriced | None, refused: Mapping[GiftKey, int]
) -> tuple[list[Gift], tuple[Gift, ...]]:
    """Those that are still given, and those that are not earned any more."""
    given = [Gift(**each) for each in quote.get("gifts", ())]
    earned = [each for each in given if anew is None or each.promotion_id in anew.giving]
    left = [
        each._replace(quantity=each.quantity - refused.get((each.promotion_id, each.sku_id), 0))
        for each in earned
    ]
    unearned = tuple(each for each in given if each not in earned)
    return [each for each in left if each.quantity > 0], unearned


def _amounts(lines: Iterable[Document]) -> dict[str, dict[str, int]]:
    """What each promotion takes off the lines it touches."""
    amounts: dict[str, dict[str, int]] = {}
    for line in lines:
        for unit in line["units"]:
            for each in unit["discounts"]:
                of_line = amounts.setdefault(each["promotion_id"], {})
                taken = unit["count"] * each["amount_minor"]
                of_line[line["line_id"]] = of_line.get(line["line_id"], 0) + taken
    return amounts


def _applies(
    applied: Mapping[str, Any],
    quote: Mapping[str, Any],
    amounts: Mapping[str, Mapping[str, int]],
    gifts: Sequence[Gift],
) -> bool:
    """Whether there is still something of it: of the fee, a gift, or off a unit."""
    promotion_id = applied["promotion_id"]
    if family(applied["stage"]) == "shipping":
        return True
    if any(each["promotion_id"] == promotion_id for each in quote.get("gifts", ())):
        return any(each.promotion_id == promotion_id for each in gifts)
    return any(amounts.get(promotion_id, {}).values())


def _applied(each: Document, amounts: Mapping[str, Mapping[str, int]]) -> Document:
    if family(each["stage"]) == "shipping":
        return each
    by_line = dict(amounts.get(each["promotion_id"], {}))
    return {**each, "by_line": by_line, "amount_minor": sum(by_line.values())}


def _totals(quote: Mapping[str, Any], lines: Sequence[Document], mode: TaxMode) -> Totals:
    before = quote["totals"]
    listed = sum(each["list_minor"] * each["quantity"] for each in lines)
    goods = sum(each["goods_minor"] for each in lines)
    net = sum(each["net_minor"] for each in lines)
    tax = sum(each["tax_minor"] for each in lines) + quote.get("shipping_tax_minor", 0)
    return Totals(
        list_minor=listed,
        price_saving_minor=listed - goods,
        goods_minor=goods,
        discount_minor=goods - net,
        shipping_minor=before["shipping_minor"],
        shipping_discount_minor=before.get("shipping_discount_minor", 0),
        tax_minor=tax,
        net_minor=net,
        payable_minor=net + before["shipping_minor"] + (tax if mode == TaxMode.EXCLUSIVE else 0),
    )


def _hash(document: Document, totals: Totals, gifts: Sequence[Gift]) -> str:
    applied = tuple(
        Applied(**{**each, "by_line": tuple(each["by_line"].items())})
        for each in document["applied"]
    )
    lines = [
        (each["line_id"], each["sku_id"], each["tax_rate_bps"], [_told(u) for u in each["units"]])
        for each in document["lines"]
    ]
    return money_hash(
        document["currency"],
        lines,
        applied,
        tuple(gifts),
        totals,
        document.get("shipping_tax_minor", 0),
    )


def _told(unit: Document) -> tuple[Any, ...]:
    """A unit group as the engine hashes it."""
    discounts = tuple((d["promotion_id"], d["amount_minor"]) for d in unit["discounts"])
    names = ("count", "list_minor", "price_minor", "price_kind", "is_blocked")
    told = tuple(unit[name] for name in names)
    return (*told, discounts, unit["net_minor"], unit["tax_minor"])
