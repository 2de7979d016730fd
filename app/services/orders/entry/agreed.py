"""An order without a cart: of lines whose prices are listed or were agreed on."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from sqlalchemy import RowMapping
from sqlalchemy.ext.asyncio import AsyncSession

from app.core.actor import Actor
from app.core.enums.catalog import TaxMode
from app.core.enums.delivery import DeliveryMethod
from app.core.enums.orders import OrderKind, OrderSource
from app.core.errors import InvalidReference
from app.core.ids import new_id
from app.core.settings import CheckoutSettings
from app.repositories.orders import EntryRepository
from app.services import cart, delivery, payments
from app.services.catalog import ChannelFacts
from app.services.orders.addresses import chosen_address
from app.services.orders.enter import NewOrder, PlacedOrder, enter
from app.services.orders.marks import Marks
from app.services.pricing import AgreedPrice

SENT = frozenset({DeliveryMethod.STANDARD, DeliveryMethod.EXPRESS})
"""What freight can be agreed on for: what is brought or fetched at a time takes a place of it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AgreedLine:
    """Pieces of a SKU at the price `agreed` for one, or at what the lists say without any.

    `options` are wishes that do not change the SKU.
    """

    sku_id: UUID
    quantity: int
    agreed: AgreedPrice | None = None
    options: Mapping[str, str] = field(default_factory=dict)
    note: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Agreed:
    """An order of a member: goods, where they go, and how it is paid.

    `source` says where it comes from, `reference` what it is called there: the same reference is
    entered once. What is no sale costs nothing, and a `cost_centre` bears it. With a
    `shipping_minor` that is the fee, taxed as fees are, and nobody judges whether the goods can go
    there; without it freight is worked out as for a cart. Promotions may touch lines at listed
    prices unless `has_promotions` says no. What is due is waited for for `pays_within_seconds`, or
    as long as a cart's order is. Goods held as `earmark` are its own; where they will not do it
    takes others and lets them go. Prices contain tax where its channel's do, unless `tax_mode` says
    what those mean that were agreed on.
    """

    member_id: UUID
    channel_id: UUID
    lines: tuple[AgreedLine, ...]
    address: Mapping[str, Any]
    source: OrderSource
    reference: str | None = None
    kind: OrderKind = OrderKind.SALE
    cost_centre: str | None = None
    delivery: Mapping[str, Any] = field(default_factory=lambda: {"kind": cart.STANDARD})
    shipping_minor: int | None = None
    has_promotions: bool = False
    invoice: Mapping[str, Any] | None = None
    note: str | None = None
    tenders: tuple[payments.TenderRequest, ...] = ()
    pays_within_seconds: int | None = None
    earmark: str | None = None
    tax_mode: TaxMode | None = None
    marks: Marks = field(default_factory=Marks)


async def take_agreed(
    session: AsyncSession,
    agreed: Agreed,
    *,
    actor: Actor | None,
    limits: CheckoutSettings,
    terms: payments.PaymentTerms,
) -> PlacedOrder:
    """Place the order through the very rows an order of a cart has, in one transaction.

    It counts neither against the orders a member may leave unpaid nor against what one member may
    buy. `actor` is who entered it, nobody for the shop itself. Money is taken in the currency of
    the channel; where some is left to pay to a gateway the caller starts the attempt after the
    commit. The member's row is locked first, stock and what is shared last (docs/adr/0021), so a
    caller takes locks of its own before. `inventory.StockMoved` is to be tried again in a new
    transaction. Raises `InvalidReference`, `ReferenceTaken` with the order there is, and what
    prices (`pricing.BelowFloor`), delivery, stock and payments refuse.
    """
    row = await _ground(session, agreed)
    snapshot = _snapshot(agreed, row)
    address = chosen_address(None, agreed.address, None)
    quoted = await _quoted(session, agreed, snapshot, address, terms.point_value_minor)
    kept: Mapping[str, Any] = agreed.delivery
    if agreed.shipping_minor is None:
        judged = quoted.judged_delivery()
        delivery.require_allowed(judged)
        kept = delivery.kept_document(snapshot.offered, agreed.delivery, judged)
    waits = agreed.pays_within_seconds
    return await enter(
        session,
        NewOrder(
            snapshot=snapshot,
            quoted=quoted,
            address=address,
            wish=agreed.delivery,
            delivery=kept,
            invoice=agreed.invoice,
            note=agreed.note,
            tenders=agreed.tenders,
            actor=actor.principal if actor else None,
            waits_seconds=limits.reservation_seconds if waits is None else waits,
            kind=agreed.kind,
            source=agreed.source,
            reference=agreed.reference,
            cost_centre=agreed.cost_centre,
            is_limited=False,
            marks=agreed.marks,
        ),
        max_unpaid=None,
        terms=terms,
    )


async def quote_agreed(session: AsyncSession, agreed: Agreed) -> cart.CartQuote:
    """What it would cost now; nothing is written or locked. Raises as `take_agreed`."""
    row = await _ground(session, agreed, lock=False)
    return await _quoted(session, agreed, _snapshot(agreed, row), agreed.address, 1)


async def _quoted(
    session: AsyncSession,
    agreed: Agreed,
    snapshot: cart.CartSnapshot,
    address: Mapping[str, Any],
    point_value_minor: int,
) -> cart.CartQuote:
    return await cart.quote_snapshot(
        session,
        snapshot,
        delivery=agreed.delivery,
        address=address,
        payment_kinds=[each.kind for each in agreed.tenders],
        point_value_minor=point_value_minor,
        shipping_minor=agreed.shipping_minor,
        has_promotions=agreed.has_promotions,
    )


async def _ground(session: AsyncSession, agreed: Agreed, *, lock: bool = True) -> RowMapping:
    wish = agreed.delivery
    if agreed.shipping_minor is not None and wish["kind"] not in SENT:
        raise InvalidReference("Freight is agreed on for what is sent", field="shipping_minor")
    row = await EntryRepository(session).ground(
        agreed.member_id,
        agreed.channel_id,
        sorted({each.sku_id for each in agreed.lines}),
        point_id=wish.get("pickup_point_id"),
        slot_id=wish.get("slot_id"),
        lock=lock,
    )
    if row is None:
        raise InvalidReference("No such member", field="member_id")
    if row["channel_id"] is None:
        raise InvalidReference("No such channel", field="channel_id")
    return row


def _snapshot(agreed: Agreed, row: RowMapping) -> cart.CartSnapshot:
    """The order as quoting knows goods; lines are in order of their ids, as in a cart."""
    ids = sorted(new_id() for _ in agreed.lines)
    return cart.CartSnapshot(
        id=new_id(),
        member_id=row["member_id"],
        channel=ChannelFacts(
            id=row["channel_id"],
            code=row["channel_code"],
            currency=row["currency"],
            country=row["country"],
            tax_mode=agreed.tax_mode or TaxMode(row["tax_mode"]),
            is_active=row["is_active"],
        ),
        version=1,
        coupon_codes=(),
        gift_choices={},
        lines=tuple(
            cart.CartLine(
                id=line_id,
                sku_id=each.sku_id,
                quantity=each.quantity,
                options=dict(each.options),
                options_key=cart.options_key(each.options),
                note=each.note,
                exchange_offer_id=None,
                bargain_id=None,
                agreed=each.agreed,
            )
            for line_id, each in zip(ids, agreed.lines, strict=True)
        ),
        at=row["at"],
        offered=delivery.offered_of(row["freight"], row["point"], row["slot"]),
        earmark=agreed.earmark,
    )
