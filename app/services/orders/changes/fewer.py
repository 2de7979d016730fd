"""What an order that is not paid comes to with fewer pieces, by the rules it was priced by."""

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import RowMapping
from sqlalchemy.ext.asyncio import AsyncSession

from app.core.enums.orders import FulfilmentStatus, OrderSource
from app.core.enums.payments import GiftChoice, Valuation
from app.repositories.orders import FewerRepository
from app.services import payments
from app.services.cart.engine import Agreement, agree, options_key
from app.services.orders.changes.errors import ChangeCosts
from app.services.orders.changes.wish import ChangeWish
from app.services.orders.engine import BeingPicked
from app.services.orders.errors import GiftNotReturned
from app.services.orders.freeze import GIFT
from app.services.orders.refund_facts import RefundFacts, priced_order, refund_facts
from app.services.orders.shipping.errors import OrderNotPaid
from app.services.pricing.engine import TaxMode
from app.services.promotions.engine import KeptQuote, keep_units

OWN = frozenset({OrderSource.CART, OrderSource.PHONE})
"""What others rely on the price of, as an agreed one, is not lessened."""
LINES, PAYABLE, STATE = "lines", "payable_minor", "state"
Line = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Fewer:
    """An order without `pieces`, gifts that go with them among those.

    `quote` is that of what is kept, None where that is nothing and the order ends; `lines` and
    `units` are the rows it has then, `uses` what promotions take off. `was` are its lines before.
    """

    pieces: tuple[tuple[UUID, int], ...]
    before: dict[str, Any]
    after: dict[str, Any]
    row: RowMapping
    facts: RefundFacts
    quote: dict[str, Any] | None = None
    lines: tuple[dict[str, Any], ...] = ()
    units: tuple[dict[str, Any], ...] = ()
    uses: Mapping[UUID, int] | None = None

    @property
    def was(self) -> list[Line]:
        found: list[Line] = self.row["lines"]
        return found

    @property
    def payable_minor(self) -> int:
        return int(self.quote["totals"][PAYABLE]) if self.quote else 0


async def fewer_of(session: AsyncSession, order_id: UUID, wish: ChangeWish) -> Fewer:
    """Without the pieces of the wish, which are all there to take off.

    The order comes to what a refund of them would leave of it if it was paid. Gifts that are not
    earned any more are not sent. Raises `OrderNotPaid` for orders whose price is somebody else's
    matter, `BeingPicked` where a parcel was made of it, `GiftNotReturned` where their value shall
    be deducted, `ChangeCosts` where what is kept would cost more than all of it, `CannotReprice`.
    """
    row = await FewerRepository(session).of(order_id)
    if row["source"] not in OWN or row["is_paid_elsewhere"]:
        raise OrderNotPaid("Cancel it, and order what is wanted", payment_status="awaiting")
    if row["has_parcels"]:
        raise BeingPicked("Cancel it instead", fulfilment_status=FulfilmentStatus.PICKING)
    facts = await refund_facts(session, order_id)
    taken = Counter(dict(wish.pieces))
    if all(line["is_gift"] or taken[UUID(line["id"])] == line["quantity"] for line in row[LINES]):
        every = tuple((UUID(line["id"]), line["quantity"]) for line in row[LINES])
        return Fewer(every, {STATE: "open"}, {STATE: "cancelled"}, row, facts)
    order = await priced_order(session, facts, Valuation(row["refund_valuation"]))
    names = {line.id: line.priced_as for line in facts.lines}
    kept = keep_units(
        facts.quote,
        {name: taken[line_id] for line_id, name in names.items() if name is not None},
        order,
        refused={_gift(line): taken[UUID(line["id"])] for line in row[LINES] if line["is_gift"]},
        tax_mode=TaxMode(facts.row["tax_mode"]),
    )
    more = kept.document["totals"][PAYABLE] - row[PAYABLE]
    if more > 0:
        raise ChangeCosts("What is kept loses more than that", charge_minor=more)
    return _fewer(row, facts, kept, taken, wish)


def _fewer(
    row: RowMapping, facts: RefundFacts, kept: KeptQuote, taken: Counter[UUID], wish: ChangeWish
) -> Fewer:
    unearned = {(each.promotion_id, each.sku_id) for each in kept.unearned}
    lost = [line for line in row[LINES] if line["is_gift"] and _gift(line) in unearned]
    if lost and wish.gift_choice is GiftChoice.DEDUCT:
        gifts = [
            {
                "line_id": line["id"],
                "quantity": line["quantity"],
                "value_minor": line["quantity"] * line["list_minor"],
            }
            for line in lost
        ]
        raise GiftNotReturned("It is not paid: there is nothing to deduct from", gifts=gifts)
    taken |= Counter({UUID(line["id"]): line["quantity"] for line in lost})
    quoted = {each["line_id"]: each for each in kept.document[LINES]}
    names = {line.id: line.priced_as for line in facts.lines}
    lines, units = [], []
    for line in row[LINES]:
        line_id = UUID(line["id"])
        left = line["quantity"] - taken[line_id]
        if not left:
            continue
        money = quoted.get(names[line_id] or "")
        lines.append(_line(line, left, money))
        units += list(_units(line, left, money))
    before = {LINES: [_told(each) for each in row[LINES]], PAYABLE: row[PAYABLE]}
    after = {LINES: [_told(each) for each in lines], PAYABLE: kept.document["totals"][PAYABLE]}
    changed = [name for name in after if before[name] != after[name]]
    document = kept.document | {"quote_hash": str(_agreement(row, kept, lines))}
    return Fewer(
        pieces=tuple(sorted((line_id, n) for line_id, n in taken.items() if n)),
        before={name: before[name] for name in changed},
        after={name: after[name] for name in changed},
        row=row,
        facts=facts,
        quote=document,
        lines=tuple(lines),
        units=tuple(units),
        uses={UUID(each): amount for each, amount in kept.uses.items()},
    )


def _gift(line: Line) -> tuple[str, str]:
    return line["promotion_id"], line["sku_id"]


def _line(line: Line, left: int, money: Line | None) -> dict[str, Any]:
    names = ("goods_minor", "discount_minor", "net_minor", "tax_minor")
    amounts = {name: money[name] if money else 0 for name in names}
    points = line["exchange_points"] // line["quantity"] * left
    return {**line, **amounts, "quantity": left, "exchange_points": points}


def _units(line: Line, left: int, money: Line | None) -> Iterator[dict[str, Any]]:
    nothing = {"price_minor": 0, "price_kind": GIFT, "net_minor": 0, "tax_minor": 0}
    given = [{"count": left, "list_minor": line["list_minor"], "discounts": [], **nothing}]
    first = 0
    for each in money["units"] if money else given:
        yield {**each, "line_id": line["id"], "first_index": first}
        first += each["count"]


def _told(line: Line) -> dict[str, Any]:
    """A line as the history tells it."""
    names = ("sku_code", "quantity", "net_minor")
    return {"line_id": line["id"], **{name: line[name] for name in names}}


def _agreement(row: RowMapping, kept: KeptQuote, lines: list[dict[str, Any]]) -> Agreement:
    """What the shopper agrees to now, as a quote of these goods says it."""
    goods = []
    for line in lines:
        if not line["is_gift"]:
            points = line["exchange_points"] // line["quantity"]
            key = options_key(line["wishes"]) + (f" for {points}" if points else "")
            goods.append((line["sku_id"], key, line["quantity"]))
    return agree(
        goods,
        ((each["sku_id"], each["quantity"]) for each in kept.document["gifts"]),
        kept.document["quote_hash"],
        row["delivery"].get("kind", "standard"),
        kept.document["totals"][PAYABLE],
        is_group_buy=bool((row["priced_with"] or {}).get("is_group_buy")),
    )


def sale_then(found: Fewer) -> payments.Sale:
    """What decides how what is kept may be paid."""
    row, facts = found.row, found.facts
    is_on_top = facts.row["tax_mode"] == TaxMode.EXCLUSIVE
    known = {each["id"]: each for each in facts.row[LINES]}
    address: Mapping[str, Any] = row["address"] or {}
    return payments.Sale(
        currency=facts.row["currency"],
        channel_id=facts.row["channel_id"],
        merchant_ids=frozenset(UUID(known[each["id"]]["merchant_id"]) for each in found.lines),
        region=tuple(
            address.get(name) or "" for name in ("country", "province", "city", "district")
        ),
        tier=((row["priced_with"] or {}).get("customer") or {}).get("tier"),
        lines=tuple(
            payments.SaleLine(
                id=each["id"],
                amount_minor=each["net_minor"] + (each["tax_minor"] if is_on_top else 0),
                product_id=UUID(known[each["id"]]["spu_id"]),
                categories=frozenset(map(UUID, known[each["id"]]["categories"])),
                exchange_points=each["exchange_points"],
            )
            for each in found.lines
        ),
        delivery=str(row["delivery"].get("kind", "")),
    )
