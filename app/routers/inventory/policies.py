"""What counts when warehouses are chosen, as staff keep it."""

from http import HTTPStatus
from typing import Annotated
from uuid import UUID

from fastapi import Response, Security

from app.core.actor import Actor
from app.core.enums.scopes import Scope
from app.core.errors import AlreadyExists, InvalidReference, NotFound, StaleVersion
from app.routers.declared import Router
from app.routers.deps import PageDep, ReaderDep, SessionDep
from app.routers.etags import PreconditionRequired, VersionDep, put_etag
from app.routers.identity import get_staff
from app.routers.problems import problems
from app.schemas.base import Page
from app.schemas.routing import RoutingPolicyIn, RoutingPolicyOut, RoutingPolicyPut
from app.services import inventory

router = Router(prefix="/routing-policies", tags=["inventory"])

Reader = Annotated[Actor, Security(get_staff, scopes=[Scope.INVENTORY_READ])]
Writer = Annotated[Actor, Security(get_staff, scopes=[Scope.INVENTORY_WRITE])]


@router.get("")
async def list_routing_policies(
    actor: Reader, page: PageDep, session: ReaderDep
) -> Page[RoutingPolicyOut]:
    """What counts by channel, oldest first. A shop without any has fewest parcels, then near."""
    rows = await inventory.policies.page(session, after=page.after, limit=page.limit + 1)
    items = [RoutingPolicyOut.model_validate(row) for row in rows[: page.limit]]
    return Page(items=items, next_after=str(items[-1].id) if len(rows) > page.limit else None)


@router.post(
    "", status_code=HTTPStatus.CREATED, responses=problems(AlreadyExists, InvalidReference)
)
async def create_routing_policy(
    body: RoutingPolicyIn, actor: Writer, session: SessionDep, response: Response
) -> RoutingPolicyOut:
    """Say what counts for a channel, or for all that have nothing of their own."""
    row = await inventory.policies.create(
        session, body.policy(), channel_id=body.channel_id, actor=actor
    )
    put_etag(response, row.version)
    return RoutingPolicyOut.model_validate(row)


@router.get("/{routing_policy_id}", responses=problems(NotFound))
async def get_routing_policy(
    routing_policy_id: UUID, actor: Reader, session: ReaderDep, response: Response
) -> RoutingPolicyOut:
    """One of them."""
    row = await inventory.policies.get(session, routing_policy_id)
    put_etag(response, row.version)
    return RoutingPolicyOut.model_validate(row)


@router.put(
    "/{routing_policy_id}", responses=problems(NotFound, StaleVersion, PreconditionRequired)
)
async def edit_routing_policy(
    routing_policy_id: UUID,
    body: RoutingPolicyPut,
    version: VersionDep,
    actor: Writer,
    session: SessionDep,
    response: Response,
) -> RoutingPolicyOut:
    """Change what counts for orders that are placed from now on."""
    row = await inventory.policies.edit(
        session, routing_policy_id, body.policy(), version=version, actor=actor
    )
    put_etag(response, row.version)
    return RoutingPolicyOut.model_validate(row)
