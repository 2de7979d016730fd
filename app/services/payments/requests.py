"""What a shopper asks to pay with, and what of it can be used."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from uuid import UUID

from sqlalchemy import RowMapping
from sqlalchemy.ext.asyncio import AsyncSession

from app.core.enums.payments import OWN_KINDS, Scene, TenderKind
from app.core.errors import InvalidReference
from app.repositories.payments.sources import SourceRepository
from app.services import ledger
from app.services.payments.engine import journals
from app.services.payments.engine.points import Lot
from app.services.payments.engine.routing import Sale, choose
from app.services.payments.engine.tenders import Source, in_tender_order
from app.services.payments.engine.types import PayWith
from app.services.payments.errors import (
    BalanceFrozen,
    CurrencyMismatch,
    MethodRefused,
    PayerMissing,
)
from app.services.payments.terms import PaymentTerms

NAMES_PAYER = frozenset({Scene.MINI_PROGRAM, Scene.JSAPI})
"""Scenes inside the gateway's own app, which wants to know who pays."""

NOT_OFFERED = {"code": "not_offered"}
"""Why a way to pay that the settings do not name is refused."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TenderRequest:
    """One means to pay with. A gift card is named by id (the member's own) or by code.

    `max_minor` and `max_points` limit what is taken. `channel` names the gateway, and what follows
    says how it is to be paid there. Of a marketplace it is the sales channel, and `is_paid` says
    that the buyer has paid there already.
    """

    kind: TenderKind
    gift_card_id: UUID | None = None
    code: str | None = None
    max_minor: int | None = None
    max_points: int | None = None
    channel: str | None = None
    scene: Scene = Scene.PAGE
    payer_id: str | None = None
    client_ip: str | None = None
    instalments: int | None = None
    is_paid: bool = False

    @property
    def pay_with(self) -> PayWith:
        return PayWith(
            scene=self.scene,
            method=self.channel,
            payer_id=self.payer_id,
            client_ip=self.client_ip,
            instalments=self.instalments,
        )


async def sources(
    session: AsyncSession,
    *,
    member_id: UUID,
    currency: str,
    requests: Sequence[TenderRequest],
    terms: PaymentTerms,
    exchange_points: int = 0,
    sale: Sale | None = None,
    points_cap_minor: int | None = None,
) -> list[Source]:
    """The sources behind `requests`, in the order they pay. At most one statement.

    `sale` decides which account takes the gateway's part. `exchange_points` are due in points
    whether points are among the requests or not; what points pay beside is at most
    `points_cap_minor`.

    Raises `InvalidReference` for a gift card that cannot be used, whatever the cause,
    `CurrencyMismatch` for one in another currency, `UnknownChannel`, `SceneUnsupported`,
    `PayerMissing`, `BalanceFrozen`, `MethodRefused` and `DuplicateTender`.
    """
    kinds = {request.kind for request in requests}
    if exchange_points and TenderKind.POINTS not in kinds:
        requests = (*requests, TenderRequest(kind=TenderKind.POINTS, max_points=0))
        kinds.add(TenderKind.POINTS)
    rows: list[RowMapping] = []
    if kinds & OWN_KINDS:
        balance = journals.balance(member_id, ledger.AVAILABLE, currency)
        rows = await SourceRepository(session).of(
            member_id=member_id,
            currency=currency,
            hashes=[terms.code_hash(each.code) for each in requests if each.code],
            card_ids=[each.gift_card_id for each in requests if each.gift_card_id],
            balance_id=balance.id if TenderKind.BALANCE in kinds else None,
            with_points=TenderKind.POINTS in kinds,
        )
    sale = sale or Sale(currency=currency)
    found = [_source(request, rows, sale, terms) for request in requests]
    return in_tender_order(
        [
            replace(each, exchange_points=exchange_points, cap_minor=points_cap_minor)
            if each.kind is TenderKind.POINTS
            else each
            for each in found
        ]
    )


def _source(
    request: TenderRequest, rows: Sequence[RowMapping], sale: Sale, terms: PaymentTerms
) -> Source:
    currency = sale.currency
    match request.kind:
        case TenderKind.GATEWAY:
            channel = routed(request.channel, request.pay_with, sale, terms)
            return Source(kind=request.kind, available_minor=None, channel=channel)
        case TenderKind.CASH_ON_DELIVERY | TenderKind.BANK_TRANSFER:
            if request.kind not in terms.patience_seconds:
                raise MethodRefused(
                    "Choose another way to pay", method=request.kind, reasons=[NOT_OFFERED]
                )
            return Source(kind=request.kind, available_minor=None)
        case TenderKind.MARKETPLACE:
            return Source(
                kind=request.kind,
                available_minor=None,
                channel=request.channel,
                is_paid=request.is_paid,
            )
        case TenderKind.GIFT_CARD:
            card = _card(request, rows, terms)
            if card["currency"] != currency:
                raise CurrencyMismatch("The gift card is in another currency", currency=currency)
            return Source(
                kind=request.kind,
                available_minor=card["available"],
                max_minor=request.max_minor,
                gift_card_id=card["id"],
                expires_at=card["expires_at"],
            )
        case TenderKind.POINTS:
            lots = tuple(
                Lot(row["id"], row["available"], row["expires_at"])
                for row in rows
                if row["kind"] == request.kind
            )
            return Source(
                kind=request.kind,
                points=sum(lot.remaining for lot in lots),
                lots=lots,
                max_minor=request.max_minor,
                max_points=request.max_points,
                point_value_minor=terms.point_value_minor,
                multiple=terms.point_multiple,
                cap_bps=terms.points_cap_bps,
            )
        case TenderKind.BALANCE:
            if any(row["is_frozen"] for row in rows):
                raise BalanceFrozen("Pay by other means", kind=request.kind)
            return Source(
                kind=request.kind,
                available_minor=_available(rows, request.kind),
                max_minor=request.max_minor,
            )


def routed(channel: str | None, pay_with: PayWith, sale: Sale, terms: PaymentTerms) -> str:
    """The account that takes what a shopper wants to pay by `channel`.

    Raises `UnknownChannel`, `SceneUnsupported` and `PayerMissing`.
    """
    account = choose(terms.routing, terms.offered, channel, sale, pay_with.scene)
    if pay_with.scene in NAMES_PAYER and not pay_with.payer_id:
        raise PayerMissing("Send payer_id", scene=pay_with.scene)
    return account


def _card(request: TenderRequest, rows: Sequence[RowMapping], terms: PaymentTerms) -> RowMapping:
    if (request.code is None) == (request.gift_card_id is None):
        raise InvalidReference("Name a gift card by its id or by its code")
    hashed = terms.code_hash(request.code) if request.code else None
    for row in rows:
        if row["kind"] == TenderKind.GIFT_CARD and (
            row["id"] == request.gift_card_id or (hashed and row["code_hash"] == hashed)
        ):
            return row
    raise InvalidReference("A gift card cannot be used", kind=request.kind)


def _available(rows: Sequence[RowMapping], kind: TenderKind) -> int:
    return sum(int(row["available"]) for row in rows if row["kind"] == kind)
