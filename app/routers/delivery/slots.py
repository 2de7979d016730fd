"""Slots of time, as staff keep them."""

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
from app.schemas.delivery.appointments import SlotIn, SlotOut, SlotPut
from app.services import delivery

router = Router(prefix="/delivery-slots", tags=["delivery"])

Reader = Annotated[Actor, Security(get_staff, scopes=[Scope.FULFILMENT_READ])]
Writer = Annotated[Actor, Security(get_staff, scopes=[Scope.FULFILMENT_WRITE])]


@router.get("")
async def list_delivery_slots(
    actor: Reader, page: PageDep, session: ReaderDep, merchant_id: UUID | None = None
) -> Page[SlotOut]:
    """Slots of time, oldest first, of all merchants or of one."""
    rows = await delivery.slots.page(
        session, merchant_id=merchant_id, after=page.after, limit=page.limit + 1
    )
    items = [SlotOut.model_validate(row) for row in rows[: page.limit]]
    return Page(items=items, next_after=str(items[-1].id) if len(rows) > page.limit else None)


@router.post(
    "",
    status_code=HTTPStatus.CREATED,
    responses=problems(AlreadyExists, InvalidReference),
)
async def create_delivery_slot(
    body: SlotIn, actor: Writer, session: SessionDep, response: Response
) -> SlotOut:
    """Offer a slot."""
    row = await delivery.slots.create(session, body.values(), actor=actor)
    put_etag(response, row.version)
    return SlotOut.model_validate(row)


@router.get("/{delivery_slot_id}", responses=problems(NotFound))
async def get_delivery_slot(
    delivery_slot_id: UUID, actor: Reader, session: ReaderDep, response: Response
) -> SlotOut:
    """One of them."""
    row = await delivery.slots.get(session, delivery_slot_id)
    put_etag(response, row.version)
    return SlotOut.model_validate(row)


@router.put(
    "/{delivery_slot_id}",
    responses=problems(
        NotFound,
        AlreadyExists,
        InvalidReference,
        StaleVersion,
        PreconditionRequired,
        delivery.SlotCapacity,
    ),
)
async def edit_delivery_slot(
    delivery_slot_id: UUID,
    body: SlotPut,
    actor: Writer,
    version: VersionDep,
    session: SessionDep,
    response: Response,
) -> SlotOut:
    """Replace what is said of a slot; not fewer places than are taken."""
    row = await delivery.slots.edit(
        session, delivery_slot_id, body.values(), version=version, actor=actor
    )
    put_etag(response, row.version)
    return SlotOut.model_validate(row)
