"""Keeping promotions: drafted, approved, started, ended; running ones never change."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, fields, replace
from typing import Any
from uuid import UUID

from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncSession

from app.core.actor import Actor
from app.core.clock import now
from app.core.enums.promotions import PromotionPhase, PromotionStatus
from app.core.errors import AlreadyExists, InvalidReference, NotFound, StaleVersion
from app.core.ids import new_id
from app.models.promotions import Promotion, PromotionQuota
from app.repositories.promotions import PromotionRepository
from app.services import catalog, system
from app.services.promotions.draft import PromotionTerms, check
from app.services.promotions.errors import IllegalPromotionStatus

LIMITS = (
    "total_uses",
    "uses_per_member",
    "uses_per_day",
    "uses_per_member_per_day",
    "budget_minor",
)
KEPT_WITH_LIMITS = (*LIMITS, "time_zone")


@dataclass(frozen=True, slots=True)
class PromotionView:
    """A promotion with its limits; `used` and `used_minor` count uses that were not given back."""

    promotion: Promotion
    quota: PromotionQuota
    used: int | None = None
    used_minor: int | None = None


async def create_promotion(
    session: AsyncSession, terms: PromotionTerms, *, code: str, merchant_id: UUID, actor: Actor
) -> PromotionView:
    """Draft a promotion. Raises `InvalidPromotion`, `AlreadyExists`, `InvalidReference`."""
    check(terms)
    await _check_references(session, terms)
    columns, limits = await _columns(session, terms)
    row = Promotion(
        id=new_id(),
        code=code,
        merchant_id=merchant_id,
        status=PromotionStatus.DRAFT,
        version=1,
        drafted_by=actor.principal,
        **columns,
    )
    quota = PromotionQuota(promotion_id=row.id, **limits)
    repository = PromotionRepository(session)
    repository.add(row)
    try:
        await session.flush()
        repository.add(quota)
        await session.flush()
    except IntegrityError as error:
        if "uq_promotions_code" in str(error.orig):
            raise AlreadyExists(f"Code {code} is taken", field="code") from error
        raise InvalidReference("The merchant does not exist", field="merchant_id") from error
    await system.record(session, actor, "promotions.create", "promotion", row.id, {"code": code})
    return PromotionView(row, quota)


async def edit_promotion(
    session: AsyncSession, promotion_id: UUID, terms: PromotionTerms, *, version: int, actor: Actor
) -> PromotionView:
    """Replace the terms of a draft; code and merchant are fixed.

    Raises `NotFound`, `StaleVersion`, `InvalidPromotion`, `IllegalPromotionStatus`.
    """
    check(terms)
    await _check_references(session, terms)
    view = await locked(session, promotion_id, version=version)
    if view.promotion.status != PromotionStatus.DRAFT:
        raise IllegalPromotionStatus(
            "Only drafts change", current=view.promotion.status, allowed=[PromotionStatus.DRAFT]
        )
    columns, limits = await _columns(session, terms)
    changed = [*_set(view.promotion, columns), *_set(view.quota, limits)]
    if changed:
        view.promotion.version += 1
        view.promotion.edited_by = actor.principal
        view.promotion.updated_at = now()
        await session.flush()
        await system.record(
            session, actor, "promotions.edit", "promotion", promotion_id, {"changed": changed}
        )
    return view


async def clone_promotion(
    session: AsyncSession, promotion_id: UUID, *, code: str, actor: Actor
) -> PromotionView:
    """Draft the same terms anew, whatever became of the original; nothing of it is used yet.

    Raises as `create_promotion`, for what was good then need not be now, and `NotFound`.
    """
    row = await read_promotion(session, promotion_id)
    quotas = await PromotionRepository(session).quotas([promotion_id])
    view = await create_promotion(
        session,
        terms_of(row, quotas[promotion_id]),
        code=code,
        merchant_id=row.merchant_id,
        actor=actor,
    )
    await system.record(
        session,
        actor,
        "promotions.clone",
        "promotion",
        view.promotion.id,
        {"from": row.id, "version": row.version},
    )
    return view


def terms_of(row: Promotion, quota: PromotionQuota) -> PromotionTerms:
    """The terms a promotion has, as they could be drafted again."""
    values = {
        each.name: getattr(quota if each.name in KEPT_WITH_LIMITS else row, each.name)
        for each in fields(PromotionTerms)
    }
    return PromotionTerms(**values | {"channel_ids": tuple(row.channel_ids)})


async def read_promotion(session: AsyncSession, promotion_id: UUID) -> Promotion:
    row = await PromotionRepository(session).get(promotion_id)
    if row is None:
        raise NotFound("There is no such promotion")
    return row


async def get_promotion(session: AsyncSession, promotion_id: UUID) -> PromotionView:
    """The promotion with its limits and how far they are used. Raises `NotFound`."""
    row = await read_promotion(session, promotion_id)
    repository = PromotionRepository(session)
    quotas = await repository.quotas([promotion_id])
    used, used_minor = await repository.uses(promotion_id)
    return PromotionView(row, quotas[promotion_id], used, used_minor)


async def list_promotions(
    session: AsyncSession,
    *,
    status: PromotionStatus | None = None,
    phase: PromotionPhase | None = None,
    is_archived: bool = False,
    merchant_id: UUID | None = None,
    after: UUID | None,
    limit: int,
) -> Sequence[PromotionView]:
    """Promotions, newest first, without counts of their uses."""
    repository = PromotionRepository(session)
    rows = await repository.page(
        status=status,
        phase=phase,
        is_archived=is_archived,
        merchant_id=merchant_id,
        after=after,
        limit=limit,
    )
    quotas = await repository.quotas([row.id for row in rows])
    return [PromotionView(row, quotas[row.id]) for row in rows]


async def locked(
    session: AsyncSession, promotion_id: UUID, *, version: int | None = None
) -> PromotionView:
    """The promotion, locked until commit. Raises `NotFound`, and `StaleVersion` for another."""
    repository = PromotionRepository(session)
    row = await repository.get(promotion_id, lock=True)
    if row is None:
        raise NotFound("There is no such promotion")
    if version is not None and row.version != version:
        raise StaleVersion("Read it again", version=row.version)
    quotas = await repository.quotas([promotion_id])
    return PromotionView(row, quotas[promotion_id])


async def with_clock(session: AsyncSession, terms: PromotionTerms) -> PromotionTerms:
    """The terms with the time zone in which their days begin.

    Raises `InvalidReference` for one the database does not know.
    """
    promotions = PromotionRepository(session)
    if terms.time_zone is None:
        return replace(terms, time_zone=await promotions.zone_of(terms.channel_ids))
    if not await promotions.knows_zone(terms.time_zone):
        raise InvalidReference("The database knows no such time zone", field="time_zone")
    return terms


async def _check_references(session: AsyncSession, terms: PromotionTerms) -> None:
    for channel_id in terms.channel_ids:
        found = await catalog.channel(session, channel_id)
        if found.currency != terms.currency:
            raise InvalidReference(
                f"Channel {found.code} sells in {found.currency}", field="channel_ids"
            )


async def _columns(
    session: AsyncSession, terms: PromotionTerms
) -> tuple[dict[str, Any], dict[str, Any]]:
    """The columns of the promotion and of its quota; the clock is settled for good."""
    columns = asdict(await with_clock(session, terms))
    limits = {name: columns.pop(name) for name in KEPT_WITH_LIMITS}
    columns["channel_ids"] = sorted(set(terms.channel_ids))
    return columns, limits


def _set(row: object, values: Mapping[str, Any]) -> list[str]:
    """Set what differs; return the names of what did."""
    changed = [name for name, value in values.items() if getattr(row, name) != value]
    for name in changed:
        setattr(row, name, values[name])
    return changed
