"""Orders that marketplaces sold: taken in from another system, looked after by staff."""

from typing import Annotated, Any
from uuid import UUID

from fastapi import Path, Response, Security

from app.core.actor import Actor
from app.core.enums.intake import IntakeState
from app.core.enums.scopes import Scope
from app.core.errors import InvalidReference, NotFound, StaleVersion
from app.routers.cart.tenders import checkout_terms
from app.routers.declared import Router
from app.routers.deps import PageDep, ReaderDep, ResourcesDep
from app.routers.etags import PreconditionRequired, VersionDep, put_etag
from app.routers.identity import get_staff
from app.routers.pages import page_of
from app.routers.problems import problems
from app.schemas.base import Code, Page
from app.schemas.orders.intake import (
    ExternalNumber,
    IntakeCancelIn,
    IntakeIn,
    IntakeMendIn,
    IntakeOut,
    IntakeResultOut,
    IntakeResultsOut,
)
from app.services import orders, payments

router = Router(prefix="/order-intake", tags=["order intake"])

Sender = Annotated[Actor, Security(get_staff, scopes=[Scope.ORDERS_INTAKE])]
Reader = Annotated[Actor, Security(get_staff, scopes=[Scope.ORDERS_READ])]
Writer = Annotated[Actor, Security(get_staff, scopes=[Scope.ORDERS_WRITE])]
Channel = Annotated[Code, Path(examples=["tmall"])]
Number = Annotated[ExternalNumber, Path(examples=["2026112700017"])]
NAMED = (NotFound, orders.intake.NotAMarketplace)


@router.post("", responses=problems(orders.intake.NotAMarketplace))
async def take_in_orders(
    body: IntakeIn, actor: Sender, resources: ResourcesDep
) -> IntakeResultsOut:
    """Take in orders that a marketplace sold, each for itself: one in trouble stops no other.

    What is sent is kept before anything is made of it. The number of an order at the marketplace
    is taken once: the same content again answers the order there is (`known`), or tries again what
    `failed`; other content is a `conflict`, unless the first was never placed. An order that was
    sent unpaid and is sent again with `is_paid` is paid.
    """
    taken = await orders.intake.receive(
        resources.sessions,
        body.channel,
        body.contents(),
        actor=actor,
        limits=resources.settings.checkout,
        terms=await checkout_terms(resources),
    )
    sent = zip(body.orders, taken, strict=True)
    return IntakeResultsOut(
        results=[IntakeResultOut.of(order.external_number, each) for order, each in sent]
    )


@router.get("")
async def list_intakes(
    actor: Reader,
    page: PageDep,
    session: ReaderDep,
    state: IntakeState | None = None,
    channel: Code | None = None,
) -> Page[IntakeOut]:
    """What was sent in, newest first; those that `failed` wait for somebody."""
    rows = await orders.intake.list_intakes(
        session, state=state, channel=channel, after=page.after, limit=page.limit
    )
    return page_of(rows, page.limit, IntakeOut)


@router.get("/{channel}/{external_number}", responses=problems(*NAMED))
async def get_intake(
    channel: Channel, external_number: Number, actor: Reader, session: ReaderDep, response: Response
) -> IntakeOut:
    """An order by its number at the marketplace, as it was sent, and what became of it."""
    return _answer(response, await orders.intake.find_intake(session, channel, external_number))


@router.post(
    "/{channel}/{external_number}/cancel",
    responses=problems(
        *NAMED,
        orders.AlreadyShipped,
        orders.BeingPicked,
        orders.IllegalTransition,
        payments.RefundRefused,
        payments.DisputeOpen,
    ),
)
async def cancel_intake(
    channel: Channel,
    external_number: Number,
    body: IntakeCancelIn,
    actor: Sender,
    resources: ResourcesDep,
    response: Response,
) -> IntakeOut:
    """Cancel an order by its number at the marketplace; again changes nothing.

    One that is paid counts as given back there: the marketplace owes us nothing for it. One that
    was never placed never will be. What has left is refused: it comes back as a return.
    """
    row = await orders.intake.cancel_intake(
        resources.sessions,
        resources.gateways,
        channel,
        external_number,
        reason=body.reason,
        actor=actor,
        terms=payments.PaymentTerms.of(resources.settings),
    )
    return _answer(response, row)


@router.post(
    "/{intake_id}/retry", responses=problems(NotFound, orders.intake.IllegalIntakeTransition)
)
async def retry_intake(
    intake_id: UUID, actor: Writer, resources: ResourcesDep, response: Response
) -> IntakeOut:
    """Try again to place what failed, after what was in the way is put right; see `state`."""
    row = await orders.intake.retry_intake(
        resources.sessions,
        intake_id,
        actor=actor,
        limits=resources.settings.checkout,
        terms=await checkout_terms(resources),
    )
    return _answer(response, row)


@router.post(
    "/{intake_id}/mend",
    responses=problems(
        NotFound,
        StaleVersion,
        PreconditionRequired,
        InvalidReference,
        orders.intake.IllegalIntakeTransition,
        orders.intake.UnknownGoods,
    ),
)
async def mend_intake(
    intake_id: UUID,
    body: IntakeMendIn,
    version: VersionDep,
    actor: Writer,
    resources: ResourcesDep,
    response: Response,
) -> IntakeOut:
    """Put right what failed, by goods of ours for codes or another address, and try again.

    What was sent stays as it came. See `state` for what became of it.
    """
    row = await orders.intake.mend_intake(
        resources.sessions,
        intake_id,
        body.mend(),
        version=version,
        actor=actor,
        limits=resources.settings.checkout,
        terms=await checkout_terms(resources),
    )
    return _answer(response, row)


def _answer(response: Response, row: Any) -> IntakeOut:
    put_etag(response, row["version"])
    return IntakeOut.model_validate(dict(row))
