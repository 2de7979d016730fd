"""The queue of orders that wait for people: found, claimed, released, noted upon."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import RowMapping
from sqlalchemy.ext.asyncio import AsyncSession

from app.core.actor import Actor
from app.core.enums.order_reviews import QUEUED, OrderReviewAction, OrderReviewState
from app.core.errors import NotFound, StaleVersion
from app.repositories.orders import AxesRepository, OrderReviewRepository
from app.services import system
from app.services.orders.engine.review_states import actions_of, follow, standing

OrderReviewView = Mapping[str, Any]
"""A review with its order's number, what people may do now, and since it was read `events`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderReviewFilter:
    """None does not filter; without `states` only what people have something to do about."""

    states: Sequence[OrderReviewState] | None = None
    claimed_by: UUID | None = None
    order_id: UUID | None = None
    label: str | None = None
    is_overdue: bool | None = None


@dataclass(frozen=True, slots=True)
class Locked:
    """A review and its order, both locked, and the state that counts."""

    order: RowMapping
    row: RowMapping
    state: OrderReviewState

    @property
    def id(self) -> UUID:
        found: UUID = self.row["id"]
        return found

    def follow(
        self, action: OrderReviewAction, actor: Actor, *, version: int | None = None
    ) -> OrderReviewState:
        """Where the action leads.

        Raises `IllegalOrderReviewTransition`, `OrderReviewClaimed`, `StaleVersion`.
        """
        target = follow(
            self.state, action, claimed_by=self.row["claimed_by"], actor=actor.principal
        )
        if version is not None and version != self.row["version"]:
            raise StaleVersion("Look at it again", version=self.row["version"])
        return target


async def list_reviews(
    session: AsyncSession,
    wanted: OrderReviewFilter,
    *,
    actor: Actor,
    after: UUID | None,
    limit: int,
) -> list[OrderReviewView]:
    """One more than `limit`; the most urgent first, of those the one that waits longest."""
    states = set(QUEUED if wanted.states is None else wanted.states)
    if wanted.claimed_by is not None:
        states &= {OrderReviewState.CLAIMED}  # in all others it is nobody's
    if wanted.is_overdue:
        states &= {OrderReviewState.DUE, *QUEUED}
    rows = await OrderReviewRepository(session).page(
        states,
        claimed_by=None if wanted.claimed_by is None else f"admin:{wanted.claimed_by}",
        order_id=wanted.order_id,
        label=wanted.label,
        is_overdue=wanted.is_overdue,
        after=after,
        limit=limit + 1,
    )
    return [_view(row, actor) for row in rows]


async def count_reviews(session: AsyncSession, *, actor: Actor) -> RowMapping:
    """How many wait in each state, are overdue, or are the actor's."""
    return await OrderReviewRepository(session).counts(actor.principal)


async def get_review(session: AsyncSession, review_id: UUID, *, actor: Actor) -> OrderReviewView:
    """One review with what happened to it. Raises `NotFound`."""
    repository = OrderReviewRepository(session)
    row = await repository.read(review_id)
    if row is None:
        raise NotFound("No such review")
    return {**_view(row, actor), "events": await repository.events(review_id)}


async def claim(
    session: AsyncSession, review_id: UUID, *, actor: Actor, seconds: int
) -> OrderReviewView:
    """Work on it alone for some time; again, it begins anew.

    Raises `NotFound`, `IllegalOrderReviewTransition` and `OrderReviewClaimed`.
    """
    found = await locked(session, review_id)
    state = found.follow(OrderReviewAction.CLAIM, actor)
    repository = OrderReviewRepository(session)
    await repository.move(review_id, state=state, claimed_by=actor.principal, claim_seconds=seconds)
    await repository.note(review_id, "claimed", actor=actor.principal)
    return await get_review(session, review_id, actor=actor)


async def release(session: AsyncSession, review_id: UUID, *, actor: Actor) -> OrderReviewView:
    """Leave it to others.

    Raises `NotFound`, `IllegalOrderReviewTransition` and `OrderReviewClaimed`.
    """
    found = await locked(session, review_id)
    state = found.follow(OrderReviewAction.RELEASE, actor)
    repository = OrderReviewRepository(session)
    await repository.move(review_id, state=state, claimed_by=None)
    await repository.note(review_id, "released", actor=actor.principal)
    return await get_review(session, review_id, actor=actor)


async def note(
    session: AsyncSession, review_id: UUID, words: str, *, actor: Actor
) -> OrderReviewView:
    """Tell whoever decides. Raises `NotFound` and `IllegalOrderReviewTransition`."""
    found = await locked(session, review_id)
    found.follow(OrderReviewAction.NOTE, actor)
    await OrderReviewRepository(session).note(
        review_id, "noted", actor=actor.principal, words=words
    )
    return await get_review(session, review_id, actor=actor)


async def locked(session: AsyncSession, review_id: UUID) -> Locked:
    """The review as it stands once its order is locked. Raises `NotFound`."""
    repository = OrderReviewRepository(session)
    order_id = await repository.order_of(review_id)
    order = None if order_id is None else await AxesRepository(session).locked(order_id)
    row = await repository.read(review_id)
    if order is None or row is None:
        raise NotFound("No such review")
    return Locked(order, row, _standing(row))


async def record(
    session: AsyncSession, found: Locked, what: str, *, actor: Actor, **changes: Any
) -> None:
    """Keep a decision in the operation log."""
    await system.record(session, actor, what, "order_review", found.id, changes)


def _standing(row: RowMapping) -> OrderReviewState:
    at: datetime = row["at"]
    return standing(OrderReviewState(row["state"]), row["claimed_until"], at)


def _view(row: RowMapping, actor: Actor) -> OrderReviewView:
    state = _standing(row)
    is_claimed = state is OrderReviewState.CLAIMED
    actions = actions_of(state, claimed_by=row["claimed_by"], actor=actor.principal)
    return {
        **row,
        "state": state,
        "claimed_by": row["claimed_by"] if is_claimed else None,
        "claimed_until": row["claimed_until"] if is_claimed else None,
        "actions": actions,
    }
