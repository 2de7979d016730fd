"""Codes to fetch own parcels with."""

from typing import Annotated
from uuid import UUID

from fastapi import Path

from app.core.errors import NotFound
from app.routers.declared import Router
from app.routers.deps import ReaderDep, ResourcesDep
from app.routers.identity import MemberDep
from app.routers.problems import problems
from app.schemas.orders.parcel_care import PickupCodeOut
from app.services import orders, system

router = Router(prefix="/orders", tags=["orders"])

Number = Annotated[str, Path(pattern=r"^[A-Z0-9-]{4,32}$", description="The parcel's.")]


@router.get(
    "/{order_id}/shipments/{number}/pickup-code",
    responses=problems(NotFound, orders.carriers.NothingToFetch),
)
async def show_pickup_code(
    order_id: UUID, number: Number, actor: MemberDep, session: ReaderDep, resources: ResourcesDep
) -> PickupCodeOut:
    """What to say where a parcel is fetched; there is one as soon as it has arrived there."""
    pepper = resources.settings.secrets.pepper
    found = await orders.carriers.show_code(session, order_id, number, actor=actor, pepper=pepper)
    return PickupCodeOut.model_validate(found)


@router.post(
    "/{order_id}/shipments/{number}/pickup-code",
    responses=problems(NotFound, orders.carriers.NothingToFetch, system.TooManyRequests),
)
async def renew_pickup_code(
    order_id: UUID, number: Number, actor: MemberDep, resources: ResourcesDep
) -> PickupCodeOut:
    """Another code; the one before is worth nothing any more."""
    found = await orders.carriers.renew_code(
        resources.sessions,
        order_id,
        number,
        actor=actor,
        pepper=resources.settings.secrets.pepper,
        limits=resources.settings.shipping,
    )
    return PickupCodeOut.model_validate(found)
