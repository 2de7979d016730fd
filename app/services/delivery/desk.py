"""Templates, points and slots as staff keep them: under a version, with every change in the log."""

from collections.abc import Mapping, Sequence
from typing import Any, Generic, TypeVar
from uuid import UUID

from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncSession

from app.core.actor import Actor
from app.core.clock import now
from app.core.errors import AlreadyExists, InvalidReference, NotFound, StaleVersion
from app.core.ids import new_id
from app.models.delivery import DeliverySlot, FreightTemplate, PickupPoint
from app.repositories.delivery import KeptRepository
from app.services import system
from app.services.delivery.errors import SlotCapacity

K = TypeVar("K", FreightTemplate, PickupPoint, DeliverySlot)

_TAKEN = {"uq_freight_templates_method": "method", "uq_pickup_points_code": "code"}


class Desk(Generic[K]):
    """What staff do with rows of one kind; `kind` names them in the log."""

    def __init__(self, model: type[K], kind: str) -> None:
        self._model: type[K] = model
        self._kind = kind

    async def page(
        self, session: AsyncSession, *, merchant_id: UUID | None, after: UUID | None, limit: int
    ) -> Sequence[K]:
        """Oldest first, of all merchants or of one."""
        found = KeptRepository(session, self._model)
        return await found.page(merchant_id=merchant_id, after=after, limit=limit)

    async def get(
        self, session: AsyncSession, row_id: UUID, *, merchant_id: UUID | None = None
    ) -> K:
        """With a merchant, only what is its own. Raises `NotFound`."""
        row = await KeptRepository(session, self._model).get(row_id)
        if row is None or merchant_id not in {None, row.merchant_id}:
            raise NotFound(f"There is no such {self._kind.replace('_', ' ')}")
        return row

    async def create(self, session: AsyncSession, values: Mapping[str, Any], *, actor: Actor) -> K:
        """Raises `AlreadyExists` for what must be the only one, and `InvalidReference`."""
        return await self._save(
            session, self._model(id=new_id(), **values), values, "create", actor
        )

    async def edit(
        self,
        session: AsyncSession,
        row_id: UUID,
        values: Mapping[str, Any],
        *,
        version: int,
        actor: Actor,
    ) -> K:
        """Replace `values`; merchants those of their own.

        Raises as `create`, `NotFound`, `StaleVersion` unless `version` is the current one, and
        `SlotCapacity` for a slot of which more is taken.
        """
        row = await KeptRepository(session, self._model).get(row_id, lock=True)
        if row is None or actor.merchant_id not in {None, row.merchant_id}:
            raise NotFound(f"There is no such {self._kind.replace('_', ' ')}")
        if row.version != version:
            raise StaleVersion("Read it again", version=row.version)
        if isinstance(row, DeliverySlot) and values["capacity"] < row.taken:
            raise SlotCapacity("Give it at least as many places", taken=row.taken)
        for name, value in values.items():
            setattr(row, name, value)
        row.version += 1
        row.updated_at = now()
        return await self._save(session, row, values, "edit", actor)

    async def _save(
        self, session: AsyncSession, row: K, values: Mapping[str, Any], verb: str, actor: Actor
    ) -> K:
        kept = KeptRepository(session, self._model)
        if isinstance(row, FreightTemplate) and row.warehouse_id is not None:
            owner = await kept.owner_of_warehouse(row.warehouse_id)
            if owner != str(row.merchant_id):
                raise InvalidReference("The merchant has no such warehouse", field="warehouse_id")
        try:
            await kept.save(row)
        except IntegrityError as error:
            raise _reason(error) from error
        await system.record(
            session, actor, f"delivery.{verb}_{self._kind}", self._kind, row.id, values
        )
        return row


def _reason(error: IntegrityError) -> AlreadyExists | InvalidReference:
    for name, field in _TAKEN.items():
        if name in str(error.orig):
            return AlreadyExists("There is one already", field=field)
    return InvalidReference("The merchant or the warehouse does not exist", field="merchant_id")


templates = Desk(FreightTemplate, "freight_template")
points = Desk(PickupPoint, "pickup_point")
slots = Desk(DeliverySlot, "delivery_slot")
