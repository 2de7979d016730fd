"""Recharge packages and top-ups, as staff keep them."""

from http import HTTPStatus
from typing import Annotated
from uuid import UUID

from fastapi import Response, Security

from app.core.actor import Actor
from app.core.enums.payments import TopUpState
from app.core.enums.scopes import Scope
from app.core.errors import NotFound, StaleVersion
from app.routers.declared import Router
from app.routers.deps import PageDep, ReaderDep, ResourcesDep, SessionDep
from app.routers.etags import PreconditionRequired, VersionDep, put_etag
from app.routers.identity import get_staff
from app.routers.pages import page_of
from app.routers.problems import problems
from app.schemas.base import Page
from app.schemas.payments.refunds import AdminRefundOut
from app.schemas.payments.top_ups import AdminTopUpOut, PackageIn, PackageOut, RefundTopUpIn
from app.services import payments
from app.services.payments import PaymentTerms

router = Router(tags=["payments"])

Reader = Annotated[Actor, Security(get_staff, scopes=[Scope.PAYMENTS_READ])]
Writer = Annotated[Actor, Security(get_staff, scopes=[Scope.PAYMENTS_WRITE])]


@router.get("/recharge-packages")
async def list_recharge_packages(
    actor: Reader, page: PageDep, session: ReaderDep
) -> Page[PackageOut]:
    """Packages, newest first."""
    rows = await payments.recharge_packages.list_packages(
        session, after=page.after, limit=page.limit
    )
    return page_of(rows, page.limit, PackageOut)


@router.post("/recharge-packages", status_code=HTTPStatus.CREATED)
async def create_recharge_package(
    body: PackageIn, actor: Writer, session: SessionDep, response: Response
) -> PackageOut:
    """Offer members a bonus for what they pay into their balance."""
    row = await payments.recharge_packages.create_package(session, body.terms(), actor=actor)
    put_etag(response, row.version)
    return PackageOut.model_validate(row)


@router.get("/recharge-packages/{package_id}", responses=problems(NotFound))
async def get_recharge_package(
    package_id: UUID, actor: Reader, session: ReaderDep, response: Response
) -> PackageOut:
    """One package."""
    row = await payments.recharge_packages.get_package(session, package_id)
    put_etag(response, row.version)
    return PackageOut.model_validate(row)


@router.put(
    "/recharge-packages/{package_id}",
    responses=problems(NotFound, StaleVersion, PreconditionRequired),
)
async def edit_recharge_package(
    package_id: UUID,
    body: PackageIn,
    version: VersionDep,
    actor: Writer,
    session: SessionDep,
    response: Response,
) -> PackageOut:
    """Replace what a package says. Top-ups under way keep what they were told."""
    row = await payments.recharge_packages.edit_package(
        session, package_id, body.terms(), version=version, actor=actor
    )
    put_etag(response, row.version)
    return PackageOut.model_validate(row)


@router.get("/top-ups")
async def list_top_ups(
    actor: Reader,
    page: PageDep,
    session: ReaderDep,
    state: TopUpState | None = None,
    member_id: UUID | None = None,
) -> Page[AdminTopUpOut]:
    """What members paid into their balances, or were about to, newest first."""
    rows = await payments.top_ups.list_top_ups(
        session, after=page.after, limit=page.limit, state=state, member_id=member_id
    )
    return page_of(rows, page.limit, AdminTopUpOut)


@router.post(
    "/top-ups/{top_up_id}/refund",
    responses=problems(
        NotFound,
        payments.IllegalTopUpTransition,
        payments.TopUpSpent,
        payments.RefundRefused,
        payments.DisputeOpen,
    ),
)
async def refund_top_up(
    top_up_id: UUID,
    body: RefundTopUpIn,
    actor: Writer,
    session: SessionDep,
    response: Response,
    resources: ResourcesDep,
) -> AdminRefundOut:
    """Give a top-up back as it was paid; its bonus is taken back too. Again tells the same.

    It is refused when either is not all there any more. Above the limit for one person it is
    `waiting` for somebody else, as refunds of orders are.
    """
    refund = await payments.top_ups.refund_top_up(
        session,
        top_up_id,
        reason=body.reason,
        actor=actor,
        terms=PaymentTerms.of(resources.settings),
    )
    put_etag(response, refund.version)
    return AdminRefundOut.model_validate(refund)
