"""Labels: ordered between two short transactions, and again until their outcome is known."""

import logging
from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import RowMapping
from sqlalchemy.ext.asyncio import AsyncSession

from app.core.actor import Actor
from app.core.db import Sessions, unit_of_work
from app.core.enums.carriers import CarrierSkill, LabelState
from app.core.enums.shipping import ShipmentState
from app.core.errors import DomainError, NotFound
from app.core.settings import CarrierSettings
from app.repositories.orders import AxesRepository, LabelRepository, ShippingRepository
from app.services.orders import shipping
from app.services.orders.carriers.calls import Carriers, able, ask, called
from app.services.orders.carriers.ports import (
    CarrierPort,
    CarrierRefused,
    CarrierUnreachable,
    Label,
    LabelRequest,
    Sender,
)
from app.services.orders.engine.labels import LABEL
from app.services.orders.shipping.standing import lock_for, part_of

log = logging.getLogger(__name__)


async def fetch_label(
    sessions: Sessions,
    carriers: Carriers,
    shipment_id: UUID,
    *,
    actor: Actor,
    settings: CarrierSettings,
) -> RowMapping:
    """Have a packed parcel's carrier make its label; one that is made is answered as it is.

    The parcel gets the number and the cost the carrier quotes. Raises `NotFound`,
    `IllegalShipmentTransition` for a parcel that is not packed and waiting, `CarrierCannot`,
    `CarrierRefused`, and `CarrierUnreachable` when it is unknown whether one was made: the worker
    finds out, and so does whoever asks again.
    """
    async with unit_of_work(sessions) as session:
        label, parcel, port, is_new = await _begin(session, carriers, shipment_id, actor, settings)
    if label["state"] == LabelState.MADE:
        return label
    try:
        found = None if is_new else await ask(port.find_label(label["request_number"]), settings)
        if found is None:
            found = await ask(port.label(_request(label, parcel)), settings)
    except CarrierRefused as refusal:
        async with unit_of_work(sessions) as session:
            await _refused(session, label["id"], refusal)
        raise
    async with unit_of_work(sessions) as session:
        await _made(session, label["id"], found)
        return await _read(session, label["id"])


async def push_labels(
    sessions: Sessions, carriers: Carriers, settings: CarrierSettings, *, limit: int
) -> int:
    """Look again at labels of unknown outcome, and take back those of unpacked parcels.

    Each is claimed for a while that doubles with every try. Returns how many were looked at.
    """
    async with unit_of_work(sessions) as session:
        due = await LabelRepository(session).due(
            query_after_seconds=settings.query_after_seconds, limit=limit
        )
    for label_id in due:
        try:
            await _look_again(sessions, carriers, settings, label_id)
        except DomainError as error:
            log.warning("label %s: %s", label_id, error)
    return len(due)


async def labels_of(
    session: AsyncSession, shipment_id: UUID, *, actor: Actor
) -> Sequence[RowMapping]:
    """Labels a parcel had, newest first. Raises `NotFound`."""
    await shipping.get_shipment(session, shipment_id, actor=actor)
    return await LabelRepository(session).of(shipment_id)


async def label_document(
    session: AsyncSession, shipment_id: UUID, *, actor: Actor
) -> tuple[bytes, str]:
    """What is printed and stuck on, and its media type. Raises `NotFound`."""
    await shipping.get_shipment(session, shipment_id, actor=actor)
    repository = LabelRepository(session)
    label = await repository.live(shipment_id)
    found = None if label is None else await repository.content(label["id"])
    if found is None or found["content"] is None:
        raise NotFound("There is no document of a label")
    return bytes(found["content"]), found["media_type"] or "application/octet-stream"


async def _begin(
    session: AsyncSession,
    carriers: Carriers,
    shipment_id: UUID,
    actor: Actor,
    settings: CarrierSettings,
) -> tuple[RowMapping, RowMapping, CarrierPort, bool]:
    _, parts = await lock_for(session, "shipments", shipment_id, actor)
    parcel = await _parcel(session, shipment_id)
    part_of(parts, parcel["fulfilment_id"], actor)
    shipping.require_alone(parcel)
    repository = LabelRepository(session)
    label = await repository.live(shipment_id)
    is_made = label is not None and label["state"] == LabelState.MADE
    if parcel["state"] != ShipmentState.PREPARED and not is_made:
        raise shipping.IllegalShipmentTransition(
            "Labels are made before it leaves", current=parcel["state"]
        )
    adapter = parcel["adapter"] if label is None else label["adapter"]
    port = able(carriers, adapter, CarrierSkill.LABEL)
    if label is not None:
        if not is_made:
            await repository.tried(label["id"], patience_seconds=settings.query_after_seconds)
        return label, parcel, port, False
    label = await repository.add(
        shipment_id,
        port.code,
        actor=actor.principal,
        patience_seconds=settings.timeout_seconds + settings.query_after_seconds,
    )
    return label, parcel, port, True


async def _look_again(
    sessions: Sessions, carriers: Carriers, settings: CarrierSettings, label_id: UUID
) -> None:
    async with unit_of_work(sessions) as session:
        label = await _read(session, label_id)
        parcel = await _parcel(session, label["shipment_id"])
    port = able(carriers, label["adapter"], CarrierSkill.LABEL)
    number, is_void = label["request_number"], parcel["state"] == ShipmentState.VOID
    try:
        if label["state"] == LabelState.MADE:
            await _take_back(sessions, port, settings, label)
            return
        found = await ask(port.find_label(number), settings)
        if found is None and not is_void:
            found = await ask(port.label(_request(label, parcel)), settings)
    except CarrierRefused as refusal:
        async with unit_of_work(sessions) as session:
            await _refused(session, label_id, refusal)
        return
    async with unit_of_work(sessions) as session:
        if found is None:
            await _end(session, label_id, LabelState.CANCELLED, "never made")
        else:
            await _made(session, label_id, found)


async def _take_back(
    sessions: Sessions, port: CarrierPort, settings: CarrierSettings, label: RowMapping
) -> None:
    state, reason = LabelState.CANCELLED, ""
    try:
        await ask(port.cancel_label(label["request_number"]), settings)
    except CarrierRefused as refusal:
        state, reason = LabelState.KEPT, refusal.detail
    async with unit_of_work(sessions) as session:
        await _end(session, label["id"], state, reason or None)


async def _made(session: AsyncSession, label_id: UUID, answer: Label) -> None:
    """A label is there. Its parcel may have been unpacked meanwhile: then a worker takes it back.

    A number that another parcel has is no number; people have to see to it.
    """
    label = await _locked(session, label_id)
    if LabelState.MADE not in LABEL[LabelState(label["state"])]:
        return
    if answer.request_number != label["request_number"]:
        raise CarrierUnreachable("The carrier answered for another request")
    parcel = await _parcel(session, label["shipment_id"])
    is_void = parcel["state"] == ShipmentState.VOID
    if not is_void and await ShippingRepository(session).is_taken(
        parcel["id"], parcel["carrier_code"], answer.tracking_number
    ):
        log.error("label %s: %s is another parcel's", label_id, answer.tracking_number)
        reason = f"number {answer.tracking_number} is another parcel's"
        await LabelRepository(session).note(label_id, reason)
        return
    values = {
        "state": LabelState.MADE,
        "tracking_number": answer.tracking_number,
        "url": answer.url,
        "content": answer.content,
        "media_type": answer.media_type,
        "quoted_minor": answer.cost_minor if answer.currency else None,
        "currency": answer.currency if answer.cost_minor is not None else None,
    }
    await LabelRepository(session).settle(label_id, values)
    if not is_void:
        is_ours = answer.currency == parcel["currency"]
        await LabelRepository(session).labelled(
            parcel["id"],
            {
                "tracking_number": answer.tracking_number,
                "cost_minor": answer.cost_minor if is_ours else None,
                "estimated_at": answer.estimated_at,
            },
        )


async def _refused(session: AsyncSession, label_id: UUID, refusal: CarrierRefused) -> None:
    await _end(session, label_id, LabelState.REFUSED, refusal.detail[:500])


async def _end(
    session: AsyncSession, label_id: UUID, state: LabelState, reason: str | None
) -> None:
    """Somebody else may have been faster."""
    label = await _locked(session, label_id)
    if state in LABEL[LabelState(label["state"])]:
        await LabelRepository(session).end(label_id, state, reason)


async def _locked(session: AsyncSession, label_id: UUID) -> RowMapping:
    """A label whose order's row is held."""
    label = await _read(session, label_id)
    parcel = await _parcel(session, label["shipment_id"])
    await AxesRepository(session).locked(parcel["order_id"])
    return await _read(session, label_id)


async def _read(session: AsyncSession, label_id: UUID) -> RowMapping:
    found = await LabelRepository(session).one(label_id)
    if found is None:
        raise NotFound("No such label")
    return found


async def _parcel(session: AsyncSession, shipment_id: UUID) -> RowMapping:
    found = await LabelRepository(session).parcel(shipment_id)
    if found is None:
        raise NotFound("No such shipment")
    return found


def sender_of(row: RowMapping) -> Sender:
    """The warehouse of a parcel or a fulfilment."""
    return Sender(
        code=row["warehouse_code"],
        name=row["warehouse_name"],
        country=row["country"],
        region_code=row["region_code"],
    )


def _request(label: RowMapping, parcel: RowMapping) -> LabelRequest:
    return LabelRequest(
        request_number=label["request_number"],
        carrier=called(parcel),
        service=parcel["service"],
        sender=sender_of(parcel),
        recipient=parcel["address"] or {},
        weight_grams=parcel["weight_grams"],
        currency=parcel["currency"],
    )
