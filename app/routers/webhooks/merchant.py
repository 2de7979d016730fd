"""Webhooks of a merchant's own systems."""

from http import HTTPStatus
from typing import Annotated
from uuid import UUID

from fastapi import Response, Security

from app.core.actor import Actor, WrongAudience
from app.core.enums.scopes import Scope
from app.core.enums.webhooks import DeliveryState, EndpointState
from app.core.errors import NotFound, StaleVersion
from app.core.security.egress import AddressNotAllowed, Egress
from app.core.settings import Environment, Settings
from app.routers.declared import Router
from app.routers.deps import PageDep, ReaderDep, ResourcesDep, SessionDep
from app.routers.etags import PreconditionRequired, VersionDep, put_etag
from app.routers.identity import KeyringDep, get_merchant
from app.routers.pages import page_of
from app.routers.problems import problems
from app.schemas.base import Page
from app.schemas.webhooks import (
    NewWebhookOut,
    ReplayIn,
    ReplayOut,
    RotateSecretIn,
    SentEventOut,
    WebhookDeliveryOut,
    WebhookEventOut,
    WebhookEventsOut,
    WebhookIn,
    WebhookOut,
    WebhookPatch,
)
from app.services import system, webhooks

router = Router(tags=["webhooks"])

Reader = Annotated[Actor, Security(get_merchant, scopes=[Scope.WEBHOOKS_READ])]
Writer = Annotated[Actor, Security(get_merchant, scopes=[Scope.WEBHOOKS_WRITE])]
EDITS = (NotFound, StaleVersion, PreconditionRequired)


@router.get("/webhooks")
async def list_webhooks(
    actor: Reader, page: PageDep, session: ReaderDep, state: EndpointState | None = None
) -> Page[WebhookOut]:
    """Your webhooks, newest first."""
    wanted = webhooks.EndpointFilter(merchant_id=_own(actor), state=state)
    rows = await webhooks.list_endpoints(session, wanted, after=page.after, limit=page.limit)
    return page_of(rows, page.limit, WebhookOut)


@router.post(
    "/webhooks",
    status_code=HTTPStatus.CREATED,
    responses=problems(AddressNotAllowed, webhooks.TooManyEndpoints),
)
async def create_webhook(
    body: WebhookIn,
    actor: Writer,
    session: SessionDep,
    keyring: KeyringDep,
    resources: ResourcesDep,
    response: Response,
) -> NewWebhookOut:
    """Have your system told what happens. The secret is in this answer and nowhere else.

    The key needs the scope to read what is told: `orders:read` for orders, parcels, returns,
    refunds and invoices, `inventory:read` for stock, `catalog:read` for products, `merchants:read`
    for keys.
    """
    command = webhooks.NewEndpoint(merchant_id=_own(actor), **body.model_dump())
    row, secret = await webhooks.create_endpoint(
        session, command, keyring.pepper, _egress(resources.settings), actor=actor
    )
    put_etag(response, row.version)
    return NewWebhookOut(**WebhookOut.model_validate(row).model_dump(), secret=secret)


@router.get("/webhooks/{webhook_id}", responses=problems(NotFound))
async def get_webhook(
    webhook_id: UUID, actor: Reader, session: ReaderDep, response: Response
) -> WebhookOut:
    """One of your webhooks."""
    _own(actor)
    row = await webhooks.get_endpoint(session, webhook_id, actor=actor)
    put_etag(response, row.version)
    return WebhookOut.model_validate(row)


@router.patch("/webhooks/{webhook_id}", responses=problems(*EDITS, AddressNotAllowed))
async def edit_webhook(
    webhook_id: UUID,
    body: WebhookPatch,
    version: VersionDep,
    actor: Writer,
    session: SessionDep,
    resources: ResourcesDep,
    response: Response,
) -> WebhookOut:
    """Change a webhook. What waits goes to the new address."""
    _own(actor)
    row = await webhooks.edit_endpoint(
        session,
        webhook_id,
        body.changes(),
        _egress(resources.settings),
        version=version,
        actor=actor,
    )
    put_etag(response, row.version)
    return WebhookOut.model_validate(row)


@router.delete(
    "/webhooks/{webhook_id}", status_code=HTTPStatus.NO_CONTENT, responses=problems(*EDITS)
)
async def delete_webhook(
    webhook_id: UUID, version: VersionDep, actor: Writer, session: SessionDep
) -> None:
    """Nothing is sent there any more, nor what waits."""
    _own(actor)
    await webhooks.delete_endpoint(session, webhook_id, version=version, actor=actor)


@router.post(
    "/webhooks/{webhook_id}/pause",
    responses=problems(NotFound, webhooks.IllegalEndpointTransition),
)
async def pause_webhook(webhook_id: UUID, actor: Writer, session: SessionDep) -> WebhookOut:
    """Send nothing for a while. What happens is kept and sent when it is resumed."""
    _own(actor)
    return WebhookOut.model_validate(
        await webhooks.pause_endpoint(session, webhook_id, actor=actor)
    )


@router.post(
    "/webhooks/{webhook_id}/resume", responses=problems(NotFound, webhooks.DisabledByStaff)
)
async def resume_webhook(webhook_id: UUID, actor: Writer, session: SessionDep) -> WebhookOut:
    """Send again, and at once all that waits.

    After a pause, after it was disabled, or because your system is back and what waits should not
    wait longer.
    """
    _own(actor)
    return WebhookOut.model_validate(
        await webhooks.resume_endpoint(session, webhook_id, actor=actor)
    )


@router.post("/webhooks/{webhook_id}/rotate-secret", responses=problems(NotFound))
async def rotate_webhook_secret(
    webhook_id: UUID, body: RotateSecretIn, actor: Writer, session: SessionDep, keyring: KeyringDep
) -> NewWebhookOut:
    """Make a new secret. Until the old one is over, each body has a signature of either."""
    _own(actor)
    row, secret = await webhooks.rotate_secret(
        session, webhook_id, keyring.pepper, overlap_seconds=body.overlap_seconds, actor=actor
    )
    return NewWebhookOut(**WebhookOut.model_validate(row).model_dump(), secret=secret)


@router.post(
    "/webhooks/{webhook_id}/test",
    status_code=HTTPStatus.ACCEPTED,
    responses=problems(NotFound, system.limits.TooManyRequests),
)
async def test_webhook(webhook_id: UUID, actor: Writer, resources: ResourcesDep) -> SentEventOut:
    """Send an event of type `webhook.test` to this webhook; its delivery says how that went."""
    _own(actor)
    event_id = await webhooks.send_test(resources.sessions, webhook_id, actor=actor)
    return SentEventOut(event_id=event_id)


@router.get("/webhooks/{webhook_id}/deliveries", responses=problems(NotFound))
async def list_webhook_deliveries(
    webhook_id: UUID,
    actor: Reader,
    page: PageDep,
    session: ReaderDep,
    state: DeliveryState | None = None,
) -> Page[WebhookDeliveryOut]:
    """What was sent to a webhook in the last 30 days and what waits, the newest event first."""
    _own(actor)
    rows = await webhooks.list_deliveries(
        session, webhook_id, state, actor=actor, after=page.after, limit=page.limit
    )
    return page_of(rows, page.limit, WebhookDeliveryOut)


@router.post(
    "/webhooks/{webhook_id}/deliveries/{event_id}/redeliver",
    status_code=HTTPStatus.ACCEPTED,
    responses=problems(NotFound),
)
async def redeliver_webhook_event(
    webhook_id: UUID, event_id: UUID, actor: Writer, session: SessionDep
) -> SentEventOut:
    """Send one event again, under the same id, whatever became of it."""
    _own(actor)
    await webhooks.redeliver(session, webhook_id, event_id, actor=actor)
    return SentEventOut(event_id=event_id)


@router.post(
    "/webhooks/{webhook_id}/replay",
    status_code=HTTPStatus.ACCEPTED,
    responses=problems(NotFound, webhooks.UnknownEvent),
)
async def replay_webhook_events(
    webhook_id: UUID, body: ReplayIn, actor: Writer, session: SessionDep
) -> ReplayOut:
    """Send again, in their order, events after one you know or from a time on, up to 1 000.

    Those of the types the webhook is told of, also from before it was there.
    """
    _own(actor)
    done = await webhooks.replay(session, webhook_id, body.begins, actor=actor)
    return ReplayOut(queued=done.queued, last_event_id=done.last_event_id)


@router.get("/webhook-events", responses=problems(webhooks.UnknownEvent))
async def list_webhook_events(actor: Reader, page: PageDep, session: ReaderDep) -> WebhookEventsOut:
    """What happened, oldest first, for who would rather ask than be told, or missed something.

    The id of an event is the cursor: keep that of the last you dealt with and pass it as `after`.
    None is skipped. Kept for 30 days, and from when you first had a webhook; only what your key
    may read.
    """
    rows = await webhooks.read_events(
        session, _own(actor), actor=actor, after=page.after, limit=page.limit
    )
    items = [WebhookEventOut.of(each) for each in rows[: page.limit]]
    more = len(rows) > page.limit
    return WebhookEventsOut(items=items, next_after=str(items[-1].id) if more else None)


def _own(actor: Actor) -> UUID:
    if actor.merchant_id is None:
        raise WrongAudience("The caller is no merchant")
    return actor.merchant_id


def _egress(settings: Settings) -> Egress:
    is_production = settings.environment is Environment.PRODUCTION
    return settings.webhooks.egress(is_production=is_production)
