"""What each store has decided about refunds, as staff keep it."""

from typing import Annotated
from uuid import UUID

from fastapi import Response, Security

from app.core.actor import Actor
from app.core.enums.scopes import Scope
from app.core.errors import NotFound, StaleVersion
from app.routers.declared import Router
from app.routers.deps import PageDep, ReaderDep, ResourcesDep, SessionDep
from app.routers.etags import PreconditionRequired, VersionDep, put_etag
from app.routers.identity import get_staff
from app.routers.pages import page_of
from app.routers.problems import problems
from app.schemas.base import Page
from app.schemas.payments.refund_policies import RefundPolicyIn, StoreRefundPolicyOut
from app.services import payments

router = Router(prefix="/refund-policies", tags=["payments"])

Reader = Annotated[Actor, Security(get_staff, scopes=[Scope.PAYMENTS_READ])]
Writer = Annotated[Actor, Security(get_staff, scopes=[Scope.PAYMENTS_WRITE])]


@router.get("")
async def list_refund_policies(
    actor: Reader, page: PageDep, session: ReaderDep, resources: ResourcesDep
) -> Page[StoreRefundPolicyOut]:
    """Every store with its rules, newest first."""
    found = await payments.refund_policies.find(
        session,
        terms=payments.PaymentTerms.of(resources.settings),
        after=page.after,
        limit=page.limit + 1,
    )
    return page_of(found, page.limit, StoreRefundPolicyOut)


@router.get("/{channel_id}", responses=problems(NotFound))
async def get_refund_policy(
    channel_id: UUID, actor: Reader, session: ReaderDep, resources: ResourcesDep, response: Response
) -> StoreRefundPolicyOut:
    """The rules that orders of one store get."""
    terms = payments.PaymentTerms.of(resources.settings)
    store = await payments.refund_policies.get(session, channel_id, terms=terms)
    put_etag(response, store.version)
    return StoreRefundPolicyOut.of(store)


@router.put("/{channel_id}", responses=problems(NotFound, StaleVersion, PreconditionRequired))
async def edit_refund_policy(
    channel_id: UUID,
    body: RefundPolicyIn,
    version: VersionDep,
    actor: Writer,
    session: SessionDep,
    resources: ResourcesDep,
    response: Response,
) -> StoreRefundPolicyOut:
    """Decide for a store; checkouts know within seconds. `If-Match: "0"` for the first time.

    Orders that are placed keep the rules they have.
    """
    store = await payments.refund_policies.edit(
        session,
        channel_id,
        body.rules(),
        version=version,
        actor=actor,
        terms=payments.PaymentTerms.of(resources.settings),
    )
    put_etag(response, store.version)
    return StoreRefundPolicyOut.of(store)
