"""Carts that staff fill for members on the telephone, and the orders they become."""

from http import HTTPStatus
from typing import Annotated
from uuid import UUID

from fastapi import Response, Security

from app.core.actor import Actor, SecondPersonNeeded
from app.core.contacts import InvalidContact
from app.core.entry_settings import EntrySettings
from app.core.enums.scopes import Scope
from app.core.errors import InvalidReference, NotFound, StaleVersion
from app.core.json import dump_bytes
from app.core.regions import UnknownRegion
from app.routers.cart.checkout import quote_answer
from app.routers.declared import Router
from app.routers.deps import ClientIpDep, ReaderDep, ResourcesDep, SessionDep
from app.routers.etags import PreconditionRequired, VersionDep, put_etag
from app.routers.idempotency import OnceDep
from app.routers.identity import get_staff
from app.routers.orders.flows import entry_command, entry_flow
from app.routers.problems import problems
from app.schemas.cart.carts import ChangedLineOut, ChangeLineIn, CouponsIn, CouponsOut
from app.schemas.cart.quotes import CartQuoteOut, QuoteCartIn
from app.schemas.orders import PlacedOrderOut
from app.schemas.orders.entry import (
    EntryCartIdOut,
    EntryCartOut,
    EntryLineIn,
    LinePriceIn,
    OpenEntryCartIn,
    PlaceEntryIn,
)
from app.services import cart, delivery, finance, inventory, orders, payments, pricing, promotions

router = Router(prefix="/carts", tags=["order-entry"])

Clerk = Annotated[Actor, Security(get_staff, scopes=[Scope.ORDERS_ENTRY])]
Supervisor = Annotated[Actor, Security(get_staff, scopes=[Scope.ORDERS_WRITE])]
QUOTED = (
    NotFound,
    InvalidReference,
    InvalidContact,
    UnknownRegion,
    cart.EmptyCart,
    cart.AmountTooLarge,
    pricing.NotForSale,
    pricing.BelowFloor,
    promotions.TooManyCoupons,
    payments.DuplicateTender,
    payments.CurrencyMismatch,
    payments.UnknownChannel,
    payments.SceneUnsupported,
    payments.PayerMissing,
    payments.MethodRefused,
    payments.instalments.InstalmentsNotOffered,
)


@router.post("", status_code=HTTPStatus.CREATED, responses=problems(InvalidReference))
async def open_entry_cart(
    body: OpenEntryCartIn, actor: Clerk, session: SessionDep
) -> EntryCartIdOut:
    """Open a cart to fill for a member, or find the one that is open in the channel.

    The member does not see it; what they put into carts of their own is not in it.
    """
    at = await cart.desk_of(session, body.member_id, actor)
    cart_id, _ = await cart.open_cart(session, body.channel, actor=at)
    return EntryCartIdOut(id=cart_id, member_id=body.member_id)


@router.get("/{cart_id}", response_model=EntryCartOut, responses=problems(NotFound))
async def get_entry_cart(cart_id: UUID, actor: Clerk, session: ReaderDep) -> Response:
    """The cart, what its lines cost and why, and what was agreed on. Its ETag is its version."""
    at = await cart.at_desk(session, cart_id, actor)
    shown = await cart.view_cart(session, cart_id, actor=at)
    response = Response(dump_bytes(shown), media_type="application/json")
    put_etag(response, shown["version"])
    return response


@router.post(
    "/{cart_id}/lines",
    status_code=HTTPStatus.CREATED,
    responses=problems(
        NotFound, InvalidReference, cart.AmbiguousSku, cart.TooManyLines, cart.QuantityTooLarge
    ),
)
async def add_entry_line(
    cart_id: UUID, body: EntryLineIn, actor: Clerk, resources: ResourcesDep, session: SessionDep
) -> ChangedLineOut:
    """Put something into the cart. The same SKU with the same options adds up."""
    line = await cart.add_line(
        session,
        cart_id,
        body.to_command(),
        actor=await cart.at_desk(session, cart_id, actor),
        limits=resources.settings.checkout,
    )
    return ChangedLineOut.model_validate(line)


@router.patch("/{cart_id}/lines/{line_id}", responses=problems(NotFound, cart.QuantityTooLarge))
async def change_entry_line(
    cart_id: UUID,
    line_id: UUID,
    body: ChangeLineIn,
    actor: Clerk,
    resources: ResourcesDep,
    session: SessionDep,
) -> ChangedLineOut:
    """Change quantity, selection or note. More pieces at an agreed price need approval anew."""
    line = await cart.change_line(
        session,
        cart_id,
        line_id,
        body.to_command(),
        actor=await cart.at_desk(session, cart_id, actor),
        limits=resources.settings.checkout,
    )
    return ChangedLineOut.model_validate(line)


@router.delete(
    "/{cart_id}/lines/{line_id}", status_code=HTTPStatus.NO_CONTENT, responses=problems(NotFound)
)
async def remove_entry_line(
    cart_id: UUID, line_id: UUID, actor: Clerk, session: SessionDep
) -> None:
    """Take a line out of the cart."""
    at = await cart.at_desk(session, cart_id, actor)
    await cart.remove_line(session, cart_id, line_id, actor=at)


@router.put("/{cart_id}/coupons", responses=problems(NotFound))
async def set_entry_coupons(
    cart_id: UUID, body: CouponsIn, actor: Clerk, session: SessionDep
) -> CouponsOut:
    """Replace the coupon codes the member wants to use; the quote says what each does."""
    at = await cart.at_desk(session, cart_id, actor)
    return CouponsOut(codes=list(await cart.set_coupons(session, cart_id, body.codes, actor=at)))


@router.put(
    "/{cart_id}/lines/{line_id}/price",
    status_code=HTTPStatus.NO_CONTENT,
    responses=problems(
        NotFound, cart.AmountTooLarge, cart.PriceTooLow, pricing.BelowFloor, pricing.NotForSale
    ),
)
async def agree_price(
    cart_id: UUID,
    line_id: UUID,
    body: LinePriceIn,
    actor: Clerk,
    resources: ResourcesDep,
    session: SessionDep,
) -> None:
    """Let a line cost what you agree on with the member; no promotion touches it then.

    Beyond what you may take off alone it waits for somebody else's approval.
    """
    await cart.agree_price(
        session,
        cart_id,
        line_id,
        price_minor=body.price_minor,
        reason=body.reason,
        actor=await cart.at_desk(session, cart_id, actor),
        discretion=_discretion(resources.settings.entry, actor),
    )


@router.delete(
    "/{cart_id}/lines/{line_id}/price",
    status_code=HTTPStatus.NO_CONTENT,
    responses=problems(NotFound),
)
async def drop_price(cart_id: UUID, line_id: UUID, actor: Clerk, session: SessionDep) -> None:
    """Let a line cost what the lists say again."""
    at = await cart.at_desk(session, cart_id, actor)
    await cart.drop_price(session, cart_id, line_id, actor=at)


@router.post(
    "/{cart_id}/lines/{line_id}/price/approve",
    status_code=HTTPStatus.NO_CONTENT,
    responses=problems(NotFound, StaleVersion, PreconditionRequired, SecondPersonNeeded),
)
async def approve_price(
    cart_id: UUID, line_id: UUID, actor: Supervisor, version: VersionDep, session: SessionDep
) -> None:
    """Agree to a price that somebody else agreed on."""
    at = await cart.at_desk(session, cart_id, actor)
    await cart.approve_price(session, cart_id, line_id, version=version, actor=at)


@router.post("/{cart_id}/quote", response_model=CartQuoteOut, responses=problems(*QUOTED))
async def quote_entry_cart(
    cart_id: UUID, body: QuoteCartIn, actor: Clerk, resources: ResourcesDep, session: ReaderDep
) -> Response:
    """What the cart costs delivered there and why; `address_id` is one of the member's.

    Nothing is reserved. `quote_hash` is what the member agrees to on the telephone.
    """
    at = await cart.at_desk(session, cart_id, actor)
    return await quote_answer(session, resources, cart_id, body, at)


@router.post(
    "/{cart_id}/order",
    status_code=HTTPStatus.CREATED,
    response_model=PlacedOrderOut,
    responses=problems(
        *QUOTED,
        SecondPersonNeeded,
        pricing.QuotaExhausted,
        pricing.PurchaseLimitReached,
        promotions.Exhausted,
        promotions.CouponTaken,
        inventory.OutOfStock,
        inventory.StockMoved,
        delivery.DeliveryRefused,
        delivery.SlotTaken,
        orders.PriceChanged,
        orders.CartAlreadyOrdered,
        payments.TenderMismatch,
        finance.SpecialIncomplete,
    ),
)
async def place_entry(
    cart_id: UUID,
    body: PlaceEntryIn,
    actor: Clerk,
    once: OnceDep,
    resources: ResourcesDep,
    client_ip: ClientIpDep,
) -> Response:
    """Order what is selected, for the member, at the price of the quote they agreed to.

    The order is the member's own. A payment link lets them pay what is due.
    """
    waits = resources.settings.entry.pays_within_seconds
    command = entry_command(body, cart_id, waits, client_ip)
    return await entry_flow(resources, once, actor, command)


def _discretion(settings: EntrySettings, actor: Actor) -> cart.Discretion:
    may_change = Scope.ORDERS_WRITE in actor.scopes
    return cart.Discretion(
        alone_bps=settings.supervisor_alone_bps if may_change else settings.clerk_alone_bps,
        most_bps=settings.most_bps,
    )
