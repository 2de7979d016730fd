"""Webhooks of merchants, as staff see and stop them."""

from typing import Annotated
from uuid import UUID

from fastapi import Security

from app.core.actor import Actor
from app.core.enums.scopes import Scope
from app.core.enums.webhooks import DeliveryState, EndpointState
from app.core.errors import NotFound
from app.routers.declared import Router
from app.routers.deps import PageDep, ReaderDep, SessionDep
from app.routers.identity import get_staff
from app.routers.pages import page_of
from app.routers.problems import problems
from app.schemas.base import Page
from app.schemas.webhooks import DisableWebhookIn, WebhookDeliveryOut, WebhookOut
from app.services import webhooks

router = Router(prefix="/webhooks", tags=["webhooks"])

Reader = Annotated[Actor, Security(get_staff, scopes=[Scope.WEBHOOKS_READ])]
Writer = Annotated[Actor, Security(get_staff, scopes=[Scope.WEBHOOKS_WRITE])]


@router.get("")
async def list_webhooks(
    actor: Reader,
    page: PageDep,
    session: ReaderDep,
    merchant_id: UUID | None = None,
    state: EndpointState | None = None,
) -> Page[WebhookOut]:
    """Webhooks of merchants' systems, newest first."""
    wanted = webhooks.EndpointFilter(merchant_id=merchant_id, state=state)
    rows = await webhooks.list_endpoints(session, wanted, after=page.after, limit=page.limit)
    return page_of(rows, page.limit, WebhookOut)


@router.get("/{webhook_id}", responses=problems(NotFound))
async def get_webhook(webhook_id: UUID, actor: Reader, session: ReaderDep) -> WebhookOut:
    """One webhook."""
    return WebhookOut.model_validate(await webhooks.get_endpoint(session, webhook_id, actor=actor))


@router.get("/{webhook_id}/deliveries", responses=problems(NotFound))
async def list_webhook_deliveries(
    webhook_id: UUID,
    actor: Reader,
    page: PageDep,
    session: ReaderDep,
    state: DeliveryState | None = None,
) -> Page[WebhookDeliveryOut]:
    """What was sent to a webhook and what waits, the newest event first."""
    rows = await webhooks.list_deliveries(
        session, webhook_id, state, actor=actor, after=page.after, limit=page.limit
    )
    return page_of(rows, page.limit, WebhookDeliveryOut)


@router.post("/{webhook_id}/disable", responses=problems(NotFound))
async def disable_webhook(
    webhook_id: UUID, body: DisableWebhookIn, actor: Writer, session: SessionDep
) -> WebhookOut:
    """Send nothing there until staff enable it again; its merchant is told."""
    row = await webhooks.disable_endpoint(session, webhook_id, note=body.note, actor=actor)
    return WebhookOut.model_validate(row)


@router.post(
    "/{webhook_id}/enable", responses=problems(NotFound, webhooks.IllegalEndpointTransition)
)
async def enable_webhook(webhook_id: UUID, actor: Writer, session: SessionDep) -> WebhookOut:
    """Send again, and at once all that waits."""
    return WebhookOut.model_validate(
        await webhooks.enable_endpoint(session, webhook_id, actor=actor)
    )
