"""Refunds as callers see them, and how rows become them."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import RowMapping

from app.core.enums.payments import (
    FallbackKind,
    RefundKind,
    RefundReason,
    RefundState,
    TenderKind,
)
from app.services.payments.engine.attribution import Span


@dataclass(frozen=True, slots=True, kw_only=True)
class RefundPart:
    """What one tender gives back. `out_refund_no` is set for the part of a gateway.

    `points_withheld_minor` of it was kept for points that were spent, or for postage: that much
    less arrives.

    `points` are known once the refund is decided. `gift_card_id` is the card it went to, `fallback`
    where it went instead of through the gateway, `fallback_asked` where it shall go once a second
    person agrees.
    """

    id: UUID
    tender_id: UUID
    kind: TenderKind
    amount_minor: int
    points_withheld_minor: int
    points: int | None
    state: RefundState
    channel: str | None
    out_refund_no: str | None
    gift_card_id: UUID | None
    fallback: FallbackKind | None
    fallback_asked: Mapping[str, Any] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class RefundView:
    """`units` came back with it. `actor` asked for it, `settled_by` decided what had to wait.

    `request` is what was asked for, in the words of whoever keeps what was bought.
    """

    id: UUID
    number: str
    order_id: UUID
    plan_id: UUID
    member_id: UUID
    currency: str
    amount_minor: int
    shipping_minor: int
    withheld_minor: int
    postage_given_minor: int
    postage_kept_minor: int
    state: RefundState
    kind: RefundKind
    reason_code: RefundReason
    reason: str
    actor: str | None
    created_at: datetime
    decided_at: datetime | None
    succeeded_at: datetime | None
    settled_by: str | None
    settled_reason: str | None
    points_clawed: int
    points_owed: int
    points_withheld: int
    version: int
    parts: tuple[RefundPart, ...]
    units: tuple[Span, ...]
    request: Mapping[str, Any] | None

    @property
    def points_withheld_minor(self) -> int:
        lacking = sum(each.points_withheld_minor for each in self.parts)
        return max(0, lacking - self.postage_kept_minor)


def refund_view(row: RowMapping) -> RefundView:
    named = {
        name: row[name]
        for name in RefundView.__dataclass_fields__
        if name not in {"state", "kind", "reason_code", "parts", "units"}
    }
    return RefundView(
        **named,
        state=RefundState(row["state"]),
        kind=RefundKind(row["kind"]),
        reason_code=RefundReason(row["reason_code"]),
        parts=tuple(_part(each) for each in row["parts"]),
        units=tuple(
            Span(UUID(each["line_id"]), each["first_index"], each["quantity"])
            for each in row["units"]
        ),
    )


def _part(row: Mapping[str, Any]) -> RefundPart:
    card_id, fallback = row["gift_card_id"], row["fallback"]
    return RefundPart(
        id=UUID(row["id"]),
        tender_id=UUID(row["tender_id"]),
        kind=TenderKind(row["kind"]),
        amount_minor=row["amount_minor"],
        points_withheld_minor=row["points_withheld_minor"],
        points=row["points"],
        state=RefundState(row["state"]),
        channel=row["channel"],
        out_refund_no=row["out_refund_no"],
        gift_card_id=UUID(card_id) if card_id else None,
        fallback=FallbackKind(fallback) if fallback else None,
        fallback_asked=row["fallback_asked"],
    )
