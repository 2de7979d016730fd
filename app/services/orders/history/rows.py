"""From orders of the past to rows of every table of orders."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from app.core.enums.orders import FulfilmentStatus, OrderState, PaymentStatus
from app.core.enums.shipping import ShipmentState
from app.core.ids import new_id_at, new_number
from app.core.json import dump
from app.repositories.orders.history import CARRIER, TABLES, PastGoods
from app.services import inventory
from app.services.catalog import ChannelFacts
from app.services.orders.engine.past import IMPORTED, PastLine, PastOrder, PastQuote, units_of
from app.services.orders.payment_owner import stock_owner

Sold = Sequence[tuple[PastLine, PastGoods]]
Row = dict[str, Any]


@dataclass
class Batch:
    """Rows by table, for one COPY each. `made` are the orders' ids by outside id."""

    channel: ChannelFacts
    source: str
    principal: str
    made: dict[str, UUID] = field(default_factory=dict)
    rows: dict[str, list[Row]] = field(default_factory=lambda: {name: [] for name in TABLES})

    def add(self, order: PastOrder, member_id: UUID, sold: Sold) -> None:
        at = order.placed_at
        order_id = new_id_at(at)
        self.made[order.ref] = order_id
        keys = [new_id_at(at) for _ in sold]
        quoted = PastQuote(
            order,
            self.channel.currency,
            self.channel.tax_mode,
            tuple((key, sku.id, line) for key, (line, sku) in zip(keys, sold, strict=True)),
        )
        self.rows["orders"].append(self._order(order, order_id, member_id, quoted))
        for position, (key, (line, sku)) in enumerate(zip(keys, sold, strict=True), start=1):
            owned = {"order_id": order_id, "member_id": member_id}
            self.rows["order_lines"].append(
                {"id": key, "created_at": at, **owned, **_line(position, line, sku)}
            )
            self.rows["order_units"] += _units(key, member_id, line)
        self._ship(order, order_id, member_id, keys, sold)
        self._tell(order, order_id, member_id)

    def leave_from(self, warehouses: Mapping[UUID, UUID]) -> list[inventory.history.PastPromise]:
        """Say which warehouse of the past goods left from; the promises that were kept there."""
        sent: dict[UUID, Row] = {}
        for table in ("fulfilments", "shipments"):
            for row in self.rows[table]:
                row["warehouse_id"] = warehouses[row["merchant_id"]]
        for row in self.rows["shipments"]:
            sent[row["fulfilment_id"]] = row
        skus = {row["id"]: row["sku_id"] for row in self.rows["order_lines"]}
        pieces: dict[tuple[UUID, UUID, UUID], tuple[int, Row]] = {}
        for row in self.rows["fulfilment_lines"]:
            if (parcel := sent.get(row["fulfilment_id"])) is None:
                continue
            where = parcel["order_id"], skus[row["order_line_id"]], parcel["warehouse_id"]
            before = pieces[where][0] if where in pieces else 0
            pieces[where] = (before + row["quantity"], parcel)
        return [
            inventory.history.PastPromise(
                stock_owner(order_id),
                parcel["member_id"],
                sku_id,
                warehouse_id,
                quantity,
                parcel["shipped_at"],
            )
            for (order_id, sku_id, warehouse_id), (quantity, parcel) in pieces.items()
        ]

    def _order(self, order: PastOrder, order_id: UUID, member_id: UUID, quoted: PastQuote) -> Row:
        quote, is_over = quoted.quote(), order.is_cancelled
        ended = {"cancelled_at" if is_over else "completed_at": order.ended_at}
        received = None if is_over else order.received_at or order.ended_at
        totals = quote.totals._asdict()
        return {
            "id": order_id,
            "created_at": order.placed_at,
            "number": order.number or new_number("O", order.placed_at),
            "member_id": member_id,
            "channel_id": self.channel.id,
            "cart_id": new_id_at(order.placed_at),
            "currency": self.channel.currency,
            "tax_mode": self.channel.tax_mode.value,
            "state": (OrderState.CANCELLED if is_over else OrderState.COMPLETED).value,
            "payment_status": (PaymentStatus.CLOSED if is_over else PaymentStatus.PAID).value,
            "fulfilment_status": _status(order).value,
            **{name: totals[name] for name in totals if name not in {"goods_minor", "net_minor"}},
            "quote_hash": quote.quote_hash,
            "quote": dump(quote.to_dict()),
            "address": dump(order.address) if order.address is not None else None,
            "note": order.note,
            "expires_at": order.placed_at,
            "paid_at": None if is_over else order.paid_at or order.placed_at,
            "arrival_due_at": received,
            "received_at": received,
            "completes_at": None if is_over else order.ended_at,
            **dict.fromkeys(("cancelled_at", "completed_at")),
            **ended,
        }

    def _ship(
        self,
        order: PastOrder,
        order_id: UUID,
        member_id: UUID,
        keys: Sequence[UUID],
        sold: Sold,
    ) -> None:
        """What each merchant sent of it, in one parcel; nothing of what was cancelled."""
        at, left = order.placed_at, _left_at(order)
        parts: dict[UUID, list[tuple[UUID, PastLine]]] = {}
        for key, (line, sku) in zip(keys, sold, strict=True):
            parts.setdefault(sku.merchant_id, []).append((key, line))
        for merchant_id, lines in parts.items():
            owned: Row = {"order_id": order_id, "member_id": member_id, "merchant_id": merchant_id}
            owned["warehouse_id"] = None
            part_id, parcel_id = new_id_at(at), new_id_at(left)
            self.rows["fulfilments"].append(
                {
                    "id": part_id,
                    "created_at": at,
                    "number": new_number("F", at),
                    "status": _status(order).value,
                    **owned,
                }
            )
            for key, line in lines:
                gone = 0 if order.is_cancelled else line.quantity
                self.rows["fulfilment_lines"].append(
                    {
                        "fulfilment_id": part_id,
                        "order_line_id": key,
                        "member_id": member_id,
                        "quantity": line.quantity,
                        "cancelled": line.quantity - gone,
                        "packed": gone,
                        "shipped": gone,
                    }
                )
                if gone:
                    self.rows["shipment_lines"].append(
                        {
                            "shipment_id": parcel_id,
                            "order_line_id": key,
                            "member_id": member_id,
                            "quantity": gone,
                        }
                    )
            if not order.is_cancelled:
                self.rows["shipments"].append(
                    {
                        "id": parcel_id,
                        "created_at": left,
                        "number": new_number("P", left),
                        "fulfilment_id": part_id,
                        "state": ShipmentState.DELIVERED.value,
                        "carrier_code": CARRIER,
                        "currency": self.channel.currency,
                        "shipped_at": left,
                        "delivered_at": order.received_at or order.ended_at,
                        **owned,
                    }
                )

    def _tell(self, order: PastOrder, order_id: UUID, member_id: UUID) -> None:
        """Its timeline: when it was placed and how it ended, and, for staff, where it is from."""
        origin = {"source": self.source, "external_id": order.ref, "payment": order.payment}
        for at, kind, is_public, data in (
            (order.placed_at, "placed", True, {}),
            (order.ended_at, "cancelled" if order.is_cancelled else "completed", True, {}),
            (order.ended_at, IMPORTED, False, origin),
        ):
            self.rows["order_events"].append(
                {
                    "id": new_id_at(at),
                    "created_at": at,
                    "order_id": order_id,
                    "member_id": member_id,
                    "kind": kind,
                    "is_public": is_public,
                    "actor": self.principal,
                    "data": dump(data),
                }
            )


def _status(order: PastOrder) -> FulfilmentStatus:
    return FulfilmentStatus.CANCELLED if order.is_cancelled else FulfilmentStatus.DELIVERED


def _left_at(order: PastOrder) -> datetime:
    return order.shipped_at or order.received_at or order.ended_at


def _line(position: int, line: PastLine, sku: PastGoods) -> Row:
    return {
        "position": position,
        "spu_id": sku.spu_id,
        "sku_id": sku.id,
        "merchant_id": sku.merchant_id,
        "sku_code": sku.code,
        "name": sku.name[:200],
        "options": dump({"sku": sku.options, "wishes": {}}),
        "quantity": line.quantity,
        "list_minor": line.listed_minor,
        "goods_minor": line.net_minor,
        "discount_minor": 0,
        "net_minor": line.net_minor,
        "tax_minor": line.tax_minor,
        "tax_rate_bps": line.tax_rate_bps,
    }


def _units(line_id: UUID, member_id: UUID, line: PastLine) -> list[Row]:
    return [
        {
            "line_id": line_id,
            "first_index": run.first,
            "member_id": member_id,
            "count": run.pieces,
            "list_minor": line.listed_minor,
            "price_minor": run.net_minor,
            "price_kind": IMPORTED,
            "net_minor": run.net_minor,
            "tax_minor": run.tax_minor,
        }
        for run in units_of(line)
    ]
