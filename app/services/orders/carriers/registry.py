"""The carriers parcels may name."""

from collections.abc import Collection, Sequence
from dataclasses import asdict, dataclass
from uuid import UUID

from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncSession

from app.core.actor import Actor
from app.core.clock import now
from app.core.errors import AlreadyExists, InvalidReference, NotFound, StaleVersion
from app.core.ids import new_id
from app.models.carriers import Carrier
from app.repositories.orders import CarrierRepository
from app.services import merchants, system


@dataclass(frozen=True, slots=True, kw_only=True)
class CarrierTerms:
    """What staff say of a carrier, but for its code and whose it is."""

    name: str
    name_zh: str
    services: list[str]
    phone: str | None
    tracking_url: str | None
    tracking_code: str | None
    is_active: bool
    adapter: str | None


async def list_carriers(
    session: AsyncSession, *, is_active: bool | None, after: UUID | None, limit: int
) -> Sequence[Carrier]:
    """One more than `limit`, newest first."""
    return await CarrierRepository(session).page(after=after, limit=limit + 1, is_active=is_active)


async def own_carriers(session: AsyncSession, merchant_id: UUID) -> Sequence[Carrier]:
    """Those a merchant may ship with, by code."""
    return await CarrierRepository(session).of_merchant(merchant_id)


async def get_carrier(session: AsyncSession, carrier_id: UUID) -> Carrier:
    """Raises `NotFound`."""
    return _known(await CarrierRepository(session).one(carrier_id))


async def create_carrier(
    session: AsyncSession,
    code: str,
    terms: CarrierTerms,
    *,
    merchant_id: UUID | None,
    known: Collection[str] = (),
    actor: Actor,
) -> Carrier:
    """A carrier of everybody's, or of one merchant only.

    `known` are the systems of the settings. Raises `AlreadyExists` for a code that is taken,
    `InvalidReference` for a merchant or a system nobody knows.
    """
    _require_known(terms, known)
    if merchant_id is not None:
        try:
            await merchants.get_merchant(session, merchant_id)
        except NotFound as error:
            raise InvalidReference("No such merchant", field="merchant_id") from error
    row = Carrier(id=new_id(), code=code, merchant_id=merchant_id, version=1, **asdict(terms))
    CarrierRepository(session).add(row)
    try:
        await session.flush()
    except IntegrityError as error:
        raise AlreadyExists("Another carrier has that code", field="code") from error
    await system.record(session, actor, "orders.create_carrier", "carrier", row.id, {"code": code})
    await session.refresh(row)
    return row


async def edit_carrier(
    session: AsyncSession,
    carrier_id: UUID,
    terms: CarrierTerms,
    *,
    version: int,
    known: Collection[str] = (),
    actor: Actor,
) -> Carrier:
    """Replace what is said of it. Parcels that name one that is closed go on to do so.

    Raises `NotFound`, `StaleVersion`, `InvalidReference` for a system nobody knows.
    """
    row = _known(await CarrierRepository(session).one(carrier_id, lock=True))
    if row.version != version:
        raise StaleVersion("Read it again", version=row.version)
    if terms.adapter != row.adapter:
        _require_known(terms, known)
    said = asdict(terms)
    changes = {
        name: [getattr(row, name), value]
        for name, value in said.items()
        if getattr(row, name) != value
    }
    if not changes:
        return row
    for name in changes:
        setattr(row, name, said[name])
    row.version += 1
    row.updated_at = now()
    await session.flush()
    await system.record(session, actor, "orders.edit_carrier", "carrier", carrier_id, changes)
    return row


def _require_known(terms: CarrierTerms, known: Collection[str]) -> None:
    if terms.adapter is not None and terms.adapter not in known:
        raise InvalidReference(
            "The settings know no such system", field="adapter", adapters=sorted(known)
        )


def _known(row: Carrier | None) -> Carrier:
    if row is None:
        raise NotFound("No such carrier")
    return row
