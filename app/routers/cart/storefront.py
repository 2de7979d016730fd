"""Carts, as shoppers fill them."""

from http import HTTPStatus
from typing import Annotated
from uuid import UUID

from fastapi import Depends, Request, Response, Security
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer

from app.core.actor import Actor, Audience
from app.core.errors import InvalidReference, NotFound
from app.core.json import dump_bytes
from app.routers.code_tries import CODE_TRIES
from app.routers.declared import Router
from app.routers.deps import ReaderDep, ResourcesDep, SessionDep
from app.routers.identity import DeviceDep, KeyringDep, MemberDep, SignedInDep, get_member
from app.routers.limits import Limited
from app.routers.problems import problems
from app.schemas.cart.carts import (
    AddLineIn,
    CartOut,
    ChangedLineOut,
    ChangeLineIn,
    CouponsIn,
    CouponsOut,
    GiftChoicesIn,
    OpenCartIn,
    OpenedCartOut,
    TypedCouponOut,
)
from app.schemas.coupons import ClaimCouponIn, CouponOut
from app.schemas.tokens import TokensOut
from app.services import cart, members, promotions, system

router = Router(prefix="/carts", tags=["carts"])

GUESTS = Depends(Limited("guests", 60, 60))
COUPONS = Depends(Limited("coupons", 30, 60))
_TOKEN = HTTPBearer(
    scheme_name="MemberToken", description="Access token of a member or a guest.", auto_error=False
)


async def get_shopper(
    request: Request,
    resources: ResourcesDep,
    sent: Annotated[HTTPAuthorizationCredentials | None, Security(_TOKEN)],
) -> Actor | None:
    """A member, a guest, or somebody who has no token yet."""
    return None if sent is None else await get_member(request, resources, sent)


ShopperDep = Annotated[Actor | None, Depends(get_shopper)]


@router.post(
    "",
    status_code=HTTPStatus.CREATED,
    dependencies=[GUESTS],
    responses=problems(InvalidReference),
)
async def open_cart(
    body: OpenCartIn,
    actor: ShopperDep,
    keyring: KeyringDep,
    device: DeviceDep,
    session: SessionDep,
) -> OpenedCartOut:
    """Open a cart, or find the one that is open in the channel; a group's is another one.

    Without a token you become a guest: the answer holds the tokens of your cart and orders.
    """
    tokens = None
    if actor is None:
        guest_id, opened = await members.open_guest(session, keyring, device=device)
        actor = Actor(Audience.STOREFRONT, guest_id, is_guest=True)
        tokens = TokensOut.model_validate(opened)
    cart_id, _ = await cart.open_cart(
        session, body.channel, actor=actor, is_group_buy=body.is_group_buy
    )
    return OpenedCartOut(id=cart_id, tokens=tokens)


@router.get("/{cart_id}", response_model=CartOut, responses=problems(NotFound))
async def get_cart(
    cart_id: UUID, actor: MemberDep, resources: ResourcesDep, session: ReaderDep
) -> Response:
    """The cart with its lines, what they cost and why, and what a little more would bring."""
    shown = await cart.view_cart(
        session, cart_id, actor=actor, point_value_minor=resources.settings.points.value_minor
    )
    return Response(dump_bytes(shown), media_type="application/json")


@router.post(
    "/{cart_id}/lines",
    status_code=HTTPStatus.CREATED,
    responses=problems(
        NotFound,
        InvalidReference,
        cart.AmbiguousSku,
        cart.TooManyLines,
        cart.QuantityTooLarge,
    ),
)
async def add_line(
    cart_id: UUID, body: AddLineIn, actor: MemberDep, resources: ResourcesDep, session: SessionDep
) -> ChangedLineOut:
    """Put something into the cart. The same SKU with the same options adds up.

    Goods of an exchange offer make a line of their own, to be paid in points; so does a
    piece you bargained for.
    """
    line = await cart.add_line(
        session,
        cart_id,
        body.to_command(),
        actor=actor,
        limits=resources.settings.checkout,
    )
    return ChangedLineOut.model_validate(line)


@router.patch("/{cart_id}/lines/{line_id}", responses=problems(NotFound, cart.QuantityTooLarge))
async def change_line(
    cart_id: UUID,
    line_id: UUID,
    body: ChangeLineIn,
    actor: MemberDep,
    resources: ResourcesDep,
    session: SessionDep,
) -> ChangedLineOut:
    """Change quantity, selection or note of a line."""
    line = await cart.change_line(
        session,
        cart_id,
        line_id,
        body.to_command(),
        actor=actor,
        limits=resources.settings.checkout,
    )
    return ChangedLineOut.model_validate(line)


@router.delete(
    "/{cart_id}/lines/{line_id}",
    status_code=HTTPStatus.NO_CONTENT,
    responses=problems(NotFound),
)
async def remove_line(cart_id: UUID, line_id: UUID, actor: MemberDep, session: SessionDep) -> None:
    """Take a line out of the cart."""
    await cart.remove_line(session, cart_id, line_id, actor=actor)


@router.put("/{cart_id}/coupons", dependencies=[COUPONS], responses=problems(NotFound))
async def set_coupons(
    cart_id: UUID, body: CouponsIn, actor: MemberDep, session: SessionDep
) -> CouponsOut:
    """Replace the coupon codes of the cart; the quote says what each of them does."""
    codes = await cart.set_coupons(session, cart_id, body.codes, actor=actor)
    return CouponsOut(codes=list(codes))


@router.post(
    "/{cart_id}/coupons",
    dependencies=CODE_TRIES,
    responses=problems(
        NotFound,
        promotions.CouponsNotOpen,
        promotions.NotForThisMember,
        promotions.CouponLimitReached,
        promotions.CouponsGone,
        promotions.CouponNotUsable,
        promotions.TooManyCoupons,
        system.TooManyRequests,
    ),
)
async def type_coupon(
    cart_id: UUID,
    body: ClaimCouponIn,
    actor: SignedInDep,
    keyring: KeyringDep,
    session: SessionDep,
) -> TypedCouponOut:
    """Claim the coupon of a code and put it into the cart, in one step or not at all.

    Any code goes that `POST /me/coupons` takes, and a public one stands for the coupon you have
    of it while that is unused. A code that is wrong, used, over or somebody else's is answered
    alike. Whether the coupon takes something off, the quote says.
    """
    codes, coupon = await cart.type_coupon(
        session, cart_id, body.code, actor=actor, pepper=keyring.pepper
    )
    return TypedCouponOut(codes=list(codes), coupon=CouponOut.model_validate(coupon))


@router.put("/{cart_id}/gifts", status_code=HTTPStatus.NO_CONTENT, responses=problems(NotFound))
async def choose_gifts(
    cart_id: UUID, body: GiftChoicesIn, actor: MemberDep, session: SessionDep
) -> None:
    """Replace which gifts the shopper would like; the quote says what is given."""
    await cart.choose_gifts(session, cart_id, body.choices, actor=actor)
