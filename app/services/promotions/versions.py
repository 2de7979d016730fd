"""Terms as they were approved: numbered, and never changed."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, fields
from datetime import datetime
from typing import Any
from uuid import UUID

import orjson
from sqlalchemy.ext.asyncio import AsyncSession

from app.core.actor import Actor
from app.core.json import dump_bytes
from app.models.promotions import PromotionVersion
from app.repositories.promotions import PromotionRepository
from app.services.promotions.draft import PromotionTerms
from app.services.promotions.manage import PromotionView, read_promotion, terms_of


async def freeze(session: AsyncSession, view: PromotionView, *, actor: Actor) -> None:
    """Keep the terms of a locked promotion as its next version."""
    row = view.promotion
    row.approved_number = (row.approved_number or 0) + 1
    PromotionRepository(session).add(
        PromotionVersion(
            promotion_id=row.id,
            number=row.approved_number,
            terms=kept_terms(terms_of(row, view.quota)),
            approved_by=actor.principal,
        )
    )
    await session.flush()


async def list_versions(session: AsyncSession, promotion_id: UUID) -> Sequence[PromotionVersion]:
    """What was approved of a promotion, the latest first. Raises `NotFound`."""
    await read_promotion(session, promotion_id)
    return await PromotionRepository(session).versions(promotion_id)


async def terms_in_force(
    session: AsyncSession, promotion_ids: Sequence[UUID]
) -> dict[UUID, PromotionTerms]:
    """The terms orders used of each promotion: those approved last, for started ones never change.

    Promotions started before versions were kept, and drafts, answer with the terms they have.
    Unknown ids are left out. Three statements.
    """
    repository = PromotionRepository(session)
    rows = await repository.named(promotion_ids)
    quotas = await repository.quotas([row.id for row in rows])
    approved = await repository.approved([row.id for row in rows])
    return {
        row.id: terms_kept(approved[row.id])
        if row.id in approved
        else terms_of(row, quotas[row.id])
        for row in rows
    }


def kept_terms(terms: PromotionTerms) -> dict[str, Any]:
    """The terms as plain JSON, to be kept where nothing changes them."""
    kept: dict[str, Any] = orjson.loads(dump_bytes(asdict(terms)))
    return kept


def terms_kept(kept: Mapping[str, Any]) -> PromotionTerms:
    """The terms again that `kept_terms` made JSON of; what it did not know yet has its default."""
    known = {each.name: kept[each.name] for each in fields(PromotionTerms) if each.name in kept}
    for name in ("starts_at", "ends_at"):
        known[name] = datetime.fromisoformat(kept[name]) if kept.get(name) else None
    return PromotionTerms(**known | {"channel_ids": tuple(map(UUID, kept["channel_ids"]))})
