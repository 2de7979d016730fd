"""Accounts at gateways and the routes to them, as staff keep them."""

from collections.abc import Mapping
from http import HTTPStatus
from typing import Annotated
from uuid import UUID

from fastapi import Depends, Response, Security

from app.core.actor import Actor
from app.core.enums.payments import Scene
from app.core.enums.scopes import Scope
from app.core.errors import AlreadyExists, InvalidReference, NotFound, StaleVersion
from app.routers.declared import Router
from app.routers.deps import PageDep, ReaderDep, ResourcesDep, SessionDep
from app.routers.etags import PreconditionRequired, VersionDep, put_etag
from app.routers.identity import get_staff
from app.routers.pages import page_of
from app.routers.problems import problems
from app.schemas.base import Page
from app.schemas.payments.routing import (
    GatewayAccountOut,
    GatewayAccountPut,
    GatewayAccountsOut,
    PaymentRouteIn,
    PaymentRouteOut,
)
from app.services import payments

router = Router(tags=["payments"])

Reader = Annotated[Actor, Security(get_staff, scopes=[Scope.PAYMENTS_READ])]
Writer = Annotated[Actor, Security(get_staff, scopes=[Scope.PAYMENTS_WRITE])]

EDITS = problems(NotFound, StaleVersion, PreconditionRequired)


async def known_accounts(resources: ResourcesDep) -> Mapping[str, payments.AccountFacts]:
    """The accounts of the settings, without their secrets."""
    settings = resources.settings.payments
    accounts = settings.accounts
    return {
        code: payments.AccountFacts(
            code=code,
            kind=accounts[code].kind if code in accounts else code,
            merchant_id=gateway.merchant_id,
            scenes=accounts[code].scenes if code in accounts else frozenset(Scene),
            is_offered=code in settings.gateways,
            instalments=gateway.instalments,
        )
        for code, gateway in resources.gateways.items()
    }


KnownDep = Annotated[Mapping[str, payments.AccountFacts], Depends(known_accounts)]


@router.get("/gateway-accounts")
async def list_gateway_accounts(
    actor: Reader, known: KnownDep, session: ReaderDep
) -> GatewayAccountsOut:
    """Every account of the settings, by code."""
    found = await payments.list_accounts(session, known)
    return GatewayAccountsOut(items=[GatewayAccountOut.of(each) for each in found])


@router.get("/gateway-accounts/{code}", responses=problems(NotFound))
async def get_gateway_account(
    code: str, actor: Reader, known: KnownDep, session: ReaderDep, response: Response
) -> GatewayAccountOut:
    """One account."""
    account = await payments.get_account(session, code, known)
    put_etag(response, account.version)
    return GatewayAccountOut.of(account)


@router.put(
    "/gateway-accounts/{code}",
    responses=EDITS | problems(payments.instalments.InstalmentsUnsupported),
)
async def edit_gateway_account(
    code: str,
    body: GatewayAccountPut,
    version: VersionDep,
    actor: Writer,
    known: KnownDep,
    session: SessionDep,
    response: Response,
) -> GatewayAccountOut:
    """Name an account, let it take new payments or not, and say which instalments it offers.

    Checkouts know within seconds. A plan its gateway cannot do is refused, with those it can.
    """
    account = await payments.edit_account(
        session,
        code,
        name=body.name,
        is_enabled=body.is_enabled,
        instalments=body.offered(),
        known=known,
        version=version,
        actor=actor,
    )
    put_etag(response, account.version)
    return GatewayAccountOut.of(account)


@router.get("/payment-routes")
async def list_payment_routes(
    actor: Reader, page: PageDep, session: ReaderDep
) -> Page[PaymentRouteOut]:
    """Routes, newest first."""
    rows = await payments.list_routes(session, after=page.after, limit=page.limit + 1)
    return page_of(rows, page.limit, PaymentRouteOut)


@router.post(
    "/payment-routes",
    status_code=HTTPStatus.CREATED,
    responses=problems(InvalidReference, AlreadyExists),
)
async def create_payment_route(
    body: PaymentRouteIn,
    actor: Writer,
    known: KnownDep,
    session: SessionDep,
    response: Response,
) -> PaymentRouteOut:
    """Lead payments to an account.

    An account that routes lead to takes only what they lead there, also where a shopper names it.
    """
    row = await payments.create_route(session, body.terms(), known=known, actor=actor)
    put_etag(response, row.version)
    return PaymentRouteOut.model_validate(row)


@router.get("/payment-routes/{payment_route_id}", responses=problems(NotFound))
async def get_payment_route(
    payment_route_id: UUID, actor: Reader, session: ReaderDep, response: Response
) -> PaymentRouteOut:
    """One route."""
    row = await payments.get_route(session, payment_route_id)
    put_etag(response, row.version)
    return PaymentRouteOut.model_validate(row)


@router.put(
    "/payment-routes/{payment_route_id}",
    responses=EDITS | problems(InvalidReference, AlreadyExists),
)
async def edit_payment_route(
    payment_route_id: UUID,
    body: PaymentRouteIn,
    version: VersionDep,
    actor: Writer,
    known: KnownDep,
    session: SessionDep,
    response: Response,
) -> PaymentRouteOut:
    """Replace what a route says. Payments under way stay where they are."""
    row = await payments.edit_route(
        session, payment_route_id, body.terms(), known=known, version=version, actor=actor
    )
    put_etag(response, row.version)
    return PaymentRouteOut.model_validate(row)


@router.delete(
    "/payment-routes/{payment_route_id}", status_code=HTTPStatus.NO_CONTENT, responses=EDITS
)
async def delete_payment_route(
    payment_route_id: UUID, version: VersionDep, actor: Writer, session: SessionDep
) -> None:
    """Delete a route. Payments under way stay where they are."""
    await payments.delete_route(session, payment_route_id, version=version, actor=actor)
