"""A shopper pays into the balance."""

from http import HTTPStatus
from uuid import UUID

from fastapi import Response

from app.core.db import unit_of_work
from app.core.enums.payments import TenderKind
from app.core.errors import NotFound
from app.routers.cart.tenders import checkout_terms
from app.routers.declared import Router
from app.routers.deps import ClientIpDep, PageDep, ReaderDep, ResourcesDep
from app.routers.idempotency import IdempotencyKeyMissing, OnceDep
from app.routers.identity import SignedInDep
from app.routers.pages import page_of
from app.routers.problems import problems
from app.schemas.base import Page
from app.schemas.orders import PaymentPlanOut
from app.schemas.payments.top_ups import (
    NewTopUpOut,
    OfferedPackageOut,
    OfferedPackagesOut,
    TopUpIn,
    TopUpOut,
)
from app.services import orders, payments
from app.services.system import IdempotencyInProgress, IdempotencyKeyReused

router = Router(prefix="/me", tags=["me"])
ONCE = (IdempotencyKeyMissing, IdempotencyInProgress, IdempotencyKeyReused)
BY_MEMBER = "cancelled by the member"


@router.get("/recharge-packages")
async def list_recharge_packages(actor: SignedInDep, session: ReaderDep) -> OfferedPackagesOut:
    """What you get on top when you pay into your balance, the smallest first."""
    rows = await payments.recharge_packages.packages_on_offer(session)
    return OfferedPackagesOut(items=[OfferedPackageOut.model_validate(each) for each in rows])


@router.post(
    "/top-ups",
    status_code=HTTPStatus.CREATED,
    response_model=NewTopUpOut,
    responses=problems(
        *ONCE,
        payments.PackageUnavailable,
        payments.PackageLimitReached,
        payments.TopUpOutOfRange,
        payments.BalanceFrozen,
        payments.UnknownChannel,
        payments.SceneUnsupported,
        payments.PayerMissing,
    ),
)
async def begin_top_up(
    body: TopUpIn,
    actor: SignedInDep,
    once: OnceDep,
    resources: ResourcesDep,
    client_ip: ClientIpDep,
) -> Response:
    """Pay into your balance, by a package or an amount of your own.

    Pay `payment.attempt` within half an hour; the balance and its bonus are there once the gateway
    has confirmed it. Repeating the request tells how it stands now.
    """
    terms = await checkout_terms(resources)
    command = payments.top_ups.BeginTopUp(
        package_id=body.package_id,
        amount_minor=body.amount_minor,
        currency=body.currency,
        gateway=payments.TenderRequest(
            kind=TenderKind.GATEWAY,
            channel=body.channel,
            scene=body.scene,
            payer_id=body.payer_id,
            client_ip=client_ip,
        ),
    )
    async with unit_of_work(resources.sessions) as session:
        stored = await once.claim(session, actor)
        if stored is None:
            row, plan = await payments.top_ups.begin_top_up(session, actor.id, command, terms=terms)
            await once.store(
                session, status=HTTPStatus.CREATED, body=b'"%b"' % str(row.id).encode()
            )
        else:
            row = await payments.top_ups.get_top_up(session, UUID(stored.body.decode().strip('"')))
            plan = await payments.read_plan(session, row.id)
        told = TopUpOut.model_validate(row)
    plan = await payments.start_attempt(
        resources.sessions, resources.gateways, orders.PLAN_OWNER, plan, terms=terms
    )
    said = NewTopUpOut(**told.model_dump(), payment=PaymentPlanOut.model_validate(plan))
    return Response(
        said.model_dump_json(),
        HTTPStatus.CREATED,
        headers={"idempotency-replayed": "true"} if stored else None,
        media_type="application/json",
    )


@router.get("/top-ups")
async def list_my_top_ups(actor: SignedInDep, page: PageDep, session: ReaderDep) -> Page[TopUpOut]:
    """What you paid into your balance, or were about to, newest first."""
    rows = await payments.top_ups.list_top_ups(
        session, after=page.after, limit=page.limit, member_id=actor.id
    )
    return page_of(rows, page.limit, TopUpOut)


@router.get("/top-ups/{top_up_id}", responses=problems(NotFound))
async def get_my_top_up(top_up_id: UUID, actor: SignedInDep, session: ReaderDep) -> TopUpOut:
    """One top-up: `paid` once the money is on your balance."""
    row = await payments.top_ups.get_top_up(session, top_up_id, member_id=actor.id)
    return TopUpOut.model_validate(row)


@router.post("/top-ups/{top_up_id}/cancel", responses=problems(NotFound, payments.AlreadyPaid))
async def cancel_top_up(top_up_id: UUID, actor: SignedInDep, resources: ResourcesDep) -> TopUpOut:
    """Give up a top-up that is not paid; its package can be had another time.

    While the gateway may still take money it stays `awaiting`.
    """
    row = await payments.top_ups.cancel_top_up(
        resources.sessions,
        resources.gateways,
        top_up_id,
        member_id=actor.id,
        reason=BY_MEMBER,
        terms=payments.PaymentTerms.of(resources.settings),
    )
    return TopUpOut.model_validate(row)
