"""Terms as they were approved: numbered, and never changed."""

from collections.abc import Sequence
from dataclasses import asdict
from uuid import UUID

import orjson
from sqlalchemy.ext.asyncio import AsyncSession

from app.core.actor import Actor
from app.core.json import dump_bytes
from app.models.promotions import PromotionVersion
from app.repositories.promotions import PromotionRepository
from app.services.promotions.manage import PromotionView, read_promotion, terms_of


async def freeze(session: AsyncSession, view: PromotionView, *, actor: Actor) -> None:
    """Keep the terms of a locked promotion as its next version."""
    row = view.promotion
    row.approved_number = (row.approved_number or 0) + 1
    PromotionRepository(session).add(
        PromotionVersion(
            promotion_id=row.id,
            number=row.approved_number,
            terms=orjson.loads(dump_bytes(asdict(terms_of(row, view.quota)))),
            approved_by=actor.principal,
        )
    )
    await session.flush()


async def list_versions(session: AsyncSession, promotion_id: UUID) -> Sequence[PromotionVersion]:
    """What was approved of a promotion, the latest first. Raises `NotFound`."""
    await read_promotion(session, promotion_id)
    return await PromotionRepository(session).versions(promotion_id)
