"""Staff put right what keeps an order of a marketplace from being placed."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from sqlalchemy import RowMapping
from sqlalchemy.ext.asyncio import AsyncSession

from app.core.actor import Actor
from app.core.db import Sessions, unit_of_work
from app.core.enums.intake import IntakeState
from app.core.errors import InvalidReference, NotFound, StaleVersion
from app.core.settings import CheckoutSettings
from app.repositories.orders.intake import IntakeRepository
from app.services import payments, system
from app.services.orders.intake.errors import IllegalIntakeTransition
from app.services.orders.intake.place import place_intake
from app.services.orders.intake.sold import known_goods


@dataclass(frozen=True, slots=True, kw_only=True)
class OurGoods:
    """A code of ours, and whose it is where several merchants have it."""

    sku: str
    merchant: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Mend:
    """`goods` of ours by the codes that were sent, to `remember` for the channel or not.

    `address` takes the place of what was sent. Amounts are the marketplace's and stay.
    """

    goods: Mapping[str, OurGoods] = field(default_factory=dict)
    remember: bool = False
    address: Mapping[str, Any] | None = None
    reason: str


async def mend_intake(
    sessions: Sessions,
    intake_id: UUID,
    mend: Mend,
    *,
    version: int,
    actor: Actor,
    limits: CheckoutSettings,
    terms: payments.PaymentTerms,
) -> RowMapping:
    """Put right an order that failed, and try again at once; what was sent is kept as it came.

    Mending again takes the place of what was mended before. The same content sent again leaves it;
    other content is without it. Raises `NotFound`, `StaleVersion`, `IllegalIntakeTransition`,
    `UnknownGoods`, and `InvalidReference` for a code that was not sent.
    """
    async with unit_of_work(sessions) as session:
        await _mend(session, intake_id, mend, version, actor)
    return await place_intake(sessions, intake_id, actor=actor, limits=limits, terms=terms)


async def _mend(
    session: AsyncSession, intake_id: UUID, mend: Mend, version: int, actor: Actor
) -> None:
    repository = IntakeRepository(session)
    row = await repository.get(intake_id, lock=True)
    if row is None:
        raise NotFound("No such order was sent in")
    if row["version"] != version:
        raise StaleVersion("Look at it again", version=row["version"])
    if row["state"] != IntakeState.FAILED:
        raise IllegalIntakeTransition("Only what failed is mended", state=row["state"])
    sent = {each["sku"] for each in row["content"]["lines"]}
    if strange := sorted(set(mend.goods) - sent):
        raise InvalidReference("No line has that code", field="goods", codes=strange)
    ours = {code: (each.sku, each.merchant) for code, each in mend.goods.items()}
    known = await known_goods(session, set(ours.values()))
    mended = {
        "goods": {code: {"sku": sku, "merchant": whose} for code, (sku, whose) in ours.items()},
        "address": mend.address,
    }
    await repository.mend(intake_id, mended)
    if mend.remember and ours:
        goods = {code: known[ours[code]] for code in sorted(ours)}
        await repository.remember(row["channel_id"], goods)
    changes = {**mended, "remember": mend.remember, "reason": mend.reason}
    await system.record(session, actor, "orders.mend_intake", "order_intake", intake_id, changes)
