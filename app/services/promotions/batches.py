"""Batches of coupons: offered, corrected, frozen and voided by staff."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from secrets import token_bytes
from typing import Any, Final
from uuid import UUID

from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncSession

from app.core.actor import Actor
from app.core.clock import now
from app.core.enums.promotions import (
    CouponBatchKind,
    CouponBatchState,
    CouponTrigger,
    PromotionStatus,
)
from app.core.errors import AlreadyExists, InvalidReference, NotFound, StaleVersion
from app.core.ids import new_id
from app.models.coupon_batches import CouponBatch
from app.repositories.promotions import BatchRepository
from app.services import system
from app.services.promotions.codes import normal
from app.services.promotions.draft import fault
from app.services.promotions.errors import (
    IllegalBatchState,
    IllegalPromotionStatus,
    InvalidPromotion,
)
from app.services.promotions.manage import read_promotion

WORKED_ON: Final = frozenset({CouponBatchKind.CODES, CouponBatchKind.TARGETED})
VOIDED_AT_ONCE: Final = 5_000
"""Coupons that end with the request; the worker sees to the rest."""

SALT_BYTES = 32


@dataclass(frozen=True, slots=True, kw_only=True)
class BatchTerms:
    """What of a batch may be corrected later. Null limits and ends are none."""

    name: str
    tag: str | None = None
    total: int | None = None
    per_member: int = 1
    opens_at: datetime | None = None
    closes_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class NewBatch(BatchTerms):
    """`valid_days` counts from the moment a member gets the coupon, or the window is fixed.

    The segment (`tiers`, `is_first_order`, `registered_from`, `registered_before`) says who may
    have one; `member_ids` are those of a targeted batch, none for the whole segment.
    """

    promotion_id: UUID
    kind: CouponBatchKind
    valid_from: datetime | None = None
    valid_to: datetime | None = None
    valid_days: int | None = None
    public_code: str | None = None
    tiers: tuple[str, ...] = ()
    is_first_order: bool = False
    registered_from: datetime | None = None
    registered_before: datetime | None = None
    member_ids: tuple[UUID, ...] = field(default=(), repr=False)
    trigger: CouponTrigger | None = None
    min_amount_minor: int | None = None


@dataclass(frozen=True, slots=True)
class BatchFilter:
    promotion_id: UUID | None = None
    kind: CouponBatchKind | None = None
    state: CouponBatchState | None = None


async def open_batch(session: AsyncSession, command: NewBatch, *, actor: Actor) -> CouponBatch:
    """Offer coupons of a promotion that takes them.

    Codes and targeted coupons are made by the worker. Raises `InvalidPromotion` for contradicting
    wishes, `NotFound`, `InvalidReference` for an unknown member, `AlreadyExists` for a public code
    that is taken and `IllegalPromotionStatus` for a promotion that has ended.
    """
    _refuse(_faults(command))
    promotion = await read_promotion(session, command.promotion_id)
    if not promotion.needs_coupon:
        raise InvalidReference("The promotion applies without coupons", field="promotion_id")
    if promotion.status == PromotionStatus.ENDED:
        raise IllegalPromotionStatus("The promotion has ended", current=promotion.status)
    row = _row(command)
    batches = BatchRepository(session)
    batches.add(row)
    try:
        await session.flush()
    except IntegrityError as error:
        raise AlreadyExists("The code is taken", field="public_code") from error
    try:
        if command.member_ids:
            await batches.put_targets(row.id, command.member_ids)
    except IntegrityError as error:
        raise InvalidReference("A member does not exist", field="member_ids") from error
    changes = {"promotion_id": promotion.id, "kind": row.kind, "total": row.total}
    await _record(session, actor, "open", row, changes)
    return row


async def edit_batch(
    session: AsyncSession, batch_id: UUID, terms: BatchTerms, *, version: int, actor: Actor
) -> CouponBatch:
    """Correct a batch. Whether it has a total is settled when it is opened.

    Raises `NotFound`, `StaleVersion` and `InvalidPromotion`.
    """
    row = await _locked(session, batch_id)
    if row.version != version:
        raise StaleVersion("Read it again", version=row.version)
    _refuse([*_term_faults(terms, row.kind), *_later_faults(terms, row)])
    wanted = {
        "name": terms.name,
        "tag": terms.tag,
        "total": terms.total,
        "per_member": terms.per_member,
        "opens_at": terms.opens_at,
        "closes_at": terms.closes_at,
    }
    changed = [name for name, value in wanted.items() if getattr(row, name) != value]
    for name in changed:
        setattr(row, name, wanted[name])
    if changed:
        await _moved(session, row)
        await _record(session, actor, "edit", row, {"changed": changed})
    return row


async def freeze_batch(
    session: AsyncSession, batch_id: UUID, *, is_frozen: bool, actor: Actor
) -> CouponBatch:
    """Give nothing more for now, or go on; again changes nothing.

    What members have stays good. Raises `NotFound`, and `IllegalBatchState` once it is voided.
    """
    row = await _locked(session, batch_id)
    if row.state == CouponBatchState.VOIDED:
        raise IllegalBatchState("It is void for good", state=row.state)
    if is_frozen == (row.state == CouponBatchState.FROZEN):
        return row
    before = row.state
    if is_frozen:
        row.state, row.resume_state = CouponBatchState.FROZEN, before
    else:
        row.state, row.resume_state = row.resume_state or CouponBatchState.MADE, None
    await _moved(session, row)
    await _record(session, actor, "move", row, {"state": [before, row.state]})
    return row


async def void_batch(
    session: AsyncSession, batch_id: UUID, *, reason: str, actor: Actor
) -> CouponBatch:
    """End a batch for good: its codes, and every coupon of it that no order holds.

    Again changes nothing. A coupon an order gives back later is ended by the worker.
    """
    row = await _locked(session, batch_id)
    if row.state == CouponBatchState.VOIDED:
        return row
    before, row.state = row.state, CouponBatchState.VOIDED
    row.resume_state = row.salt = row.exporting_until = None
    await _moved(session, row)
    await BatchRepository(session).void(row.id, limit=VOIDED_AT_ONCE)
    await _record(session, actor, "move", row, {"state": [before, row.state], "reason": reason})
    return row


async def get_batch(session: AsyncSession, batch_id: UUID) -> tuple[CouponBatch, Any]:
    """A batch and its coupons by state. Raises `NotFound`."""
    batches = BatchRepository(session)
    row = await batches.get(batch_id)
    if row is None:
        raise NotFound("There is no such batch")
    return row, await batches.counted(batch_id)


async def list_batches(
    session: AsyncSession, wanted: BatchFilter, *, after: UUID | None, limit: int
) -> Sequence[CouponBatch]:
    """Batches, newest first, without their coupons."""
    return await BatchRepository(session).page(
        promotion_id=wanted.promotion_id,
        kind=wanted.kind,
        state=wanted.state,
        after=after,
        limit=limit,
    )


async def _locked(session: AsyncSession, batch_id: UUID) -> CouponBatch:
    row = await BatchRepository(session).get(batch_id, lock=True)
    if row is None:
        raise NotFound("There is no such batch")
    return row


async def _moved(session: AsyncSession, row: CouponBatch) -> None:
    row.version += 1
    row.updated_at = now()
    await session.flush()


async def _record(
    session: AsyncSession, actor: Actor, verb: str, row: CouponBatch, changes: dict[str, Any]
) -> None:
    await system.record(
        session, actor, f"promotions.{verb}_coupon_batch", "coupon_batch", row.id, changes
    )


def _row(command: NewBatch) -> CouponBatch:
    kind = command.kind
    return CouponBatch(
        id=new_id(),
        promotion_id=command.promotion_id,
        name=command.name,
        kind=kind,
        state=CouponBatchState.MAKING if kind in WORKED_ON else CouponBatchState.MADE,
        tag=command.tag,
        total=command.total,
        per_member=command.per_member,
        issued=0,
        made=0,
        version=1,
        opens_at=command.opens_at,
        closes_at=command.closes_at,
        valid_from=command.valid_from,
        valid_to=command.valid_to,
        valid_days=command.valid_days,
        public_code=normal(command.public_code) if command.public_code else None,
        tiers=sorted(set(command.tiers)),
        is_first_order=command.is_first_order,
        registered_from=command.registered_from,
        registered_before=command.registered_before,
        has_targets=bool(command.member_ids),
        trigger=command.trigger,
        min_amount_minor=command.min_amount_minor,
        salt=token_bytes(SALT_BYTES) if kind == CouponBatchKind.CODES else None,
    )


Fault = tuple[str, str]


def _refuse(faults: Sequence[Fault] | Iterator[Fault]) -> None:
    errors = [fault(pointer, message) for pointer, message in faults]
    if errors:
        raise InvalidPromotion("Correct what the errors point at", errors=errors)


def _faults(command: NewBatch) -> Iterator[Fault]:
    kind = command.kind
    yield from _term_faults(command, kind)
    if (kind == CouponBatchKind.PUBLIC_CODE) != bool(command.public_code):
        yield "/public_code", "is what a batch of kind public_code has, and no other"
    if command.public_code and len(normal(command.public_code)) < 4:  # noqa: PLR2004 - said below
        yield "/public_code", "must have 4 characters"
    if (kind == CouponBatchKind.AUTOMATIC) != (command.trigger is not None):
        yield "/trigger", "is what a batch of kind automatic has, and no other"
    if command.min_amount_minor is not None and command.trigger != CouponTrigger.ORDER_PAID:
        yield "/min_amount_minor", "goes with trigger order_paid"
    if command.member_ids and kind != CouponBatchKind.TARGETED:
        yield "/member_ids", "goes with kind targeted"
    if command.valid_days is not None and (command.valid_from or command.valid_to):
        yield "/valid_days", "or a fixed window is possible, and not both"
    if command.valid_from and command.valid_to and command.valid_to <= command.valid_from:
        yield "/valid_to", "must be after valid_from"


def _term_faults(terms: BatchTerms, kind: CouponBatchKind) -> Iterator[Fault]:
    if terms.opens_at and terms.closes_at and terms.closes_at <= terms.opens_at:
        yield "/closes_at", "must be after opens_at"
    if kind == CouponBatchKind.CODES and terms.total is None:
        yield "/total", "is how many codes to make"
    if kind == CouponBatchKind.TARGETED and terms.per_member != 1:
        yield "/per_member", "must be 1: each member is given one"


def _later_faults(terms: BatchTerms, row: CouponBatch) -> Iterator[Fault]:
    if row.kind == CouponBatchKind.CODES and terms.total != row.total:
        yield "/total", "cannot change: so many codes are made"
    elif (terms.total is None) != (row.total is None):
        yield "/total", "cannot be set or lifted any more"
    elif terms.total is not None and terms.total < row.issued:
        yield "/total", f"must not be less than the {row.issued} given"
