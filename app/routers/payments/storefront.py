"""A shopper's gift cards, points and balance."""

from http import HTTPStatus

from app.routers.declared import Router
from app.routers.deps import PageDep, ReaderDep, ResourcesDep
from app.routers.identity import SignedInDep
from app.routers.pages import page_of
from app.routers.problems import problems
from app.schemas.base import Page
from app.schemas.payments.storefront import (
    BalanceOut,
    BalancesOut,
    BindGiftCardIn,
    GiftCardOut,
    PendingPointsOut,
    PointsLotOut,
    PointsOut,
)
from app.services import payments, system

router = Router(prefix="/me", tags=["me"])


@router.get("/gift-cards")
async def list_my_gift_cards(
    actor: SignedInDep, page: PageDep, session: ReaderDep
) -> Page[GiftCardOut]:
    """Your gift cards with what is on them, newest first."""
    rows = await payments.list_gift_cards(
        session, after=page.after, limit=page.limit, member_id=actor.id
    )
    return page_of(rows, page.limit, GiftCardOut)


@router.post(
    "/gift-cards",
    status_code=HTTPStatus.OK,
    responses=problems(payments.GiftCardUnusable, system.TooManyRequests),
)
async def bind_gift_card(
    body: BindGiftCardIn, actor: SignedInDep, resources: ResourcesDep
) -> GiftCardOut:
    """Make a gift card your own by its code; after that nobody else can use it.

    Doing it again changes nothing. A card that cannot be used is refused in the same words,
    whatever the cause.
    """
    card = await payments.bind_gift_card(
        resources.sessions,
        actor.id,
        body.code,
        terms=payments.PaymentTerms.of(resources.settings),
    )
    return GiftCardOut.model_validate(card)


@router.get("/points")
async def read_my_points(
    actor: SignedInDep, page: PageDep, session: ReaderDep, resources: ResourcesDep
) -> PointsOut:
    """Your points, and the grants they come from, newest first."""
    found = await payments.read_points(
        session,
        actor.id,
        after=page.after,
        limit=page.limit,
        terms=payments.PaymentTerms.of(resources.settings),
    )
    lots = page_of(found.lots, page.limit, PointsLotOut)
    return PointsOut(
        available=found.available,
        held=found.held,
        value_minor=found.value_minor,
        next_expiry_at=found.next_expiry_at,
        lots=lots.items,
        next_after=lots.next_after,
    )


@router.get("/points/pending")
async def list_my_pending_points(
    actor: SignedInDep, page: PageDep, session: ReaderDep
) -> Page[PendingPointsOut]:
    """Points you will have once what earned them can no longer be returned, newest first."""
    rows = await payments.list_pending_points(session, actor.id, after=page.after, limit=page.limit)
    return page_of(rows, page.limit, PendingPointsOut)


@router.get("/balance")
async def read_my_balance(actor: SignedInDep, session: ReaderDep) -> BalancesOut:
    """Your balance, in each currency you have had one in."""
    rows = await payments.read_balances(session, actor.id)
    return BalancesOut(items=[BalanceOut.model_validate(row) for row in rows])
