"""The life of a review as data: who may do what in which state, and what follows."""

from collections.abc import Mapping
from datetime import datetime

from app.core.enums.order_reviews import OrderReviewAction, OrderReviewState
from app.core.errors import DomainError

STATES: Mapping[OrderReviewState, Mapping[OrderReviewAction, OrderReviewState]] = {
    OrderReviewState.DUE: {},
    OrderReviewState.OPEN: {
        OrderReviewAction.CLAIM: OrderReviewState.CLAIMED,
        OrderReviewAction.NOTE: OrderReviewState.OPEN,
    },
    # Approving what needs two people leads to `second` the first time.
    OrderReviewState.CLAIMED: {
        OrderReviewAction.CLAIM: OrderReviewState.CLAIMED,
        OrderReviewAction.RELEASE: OrderReviewState.OPEN,
        OrderReviewAction.NOTE: OrderReviewState.CLAIMED,
        OrderReviewAction.EDIT: OrderReviewState.CLAIMED,
        OrderReviewAction.APPROVE: OrderReviewState.APPROVED,
        OrderReviewAction.REJECT: OrderReviewState.REJECTED,
    },
    OrderReviewState.SECOND: {
        OrderReviewAction.NOTE: OrderReviewState.SECOND,
        OrderReviewAction.APPROVE: OrderReviewState.APPROVED,
        OrderReviewAction.REJECT: OrderReviewState.REJECTED,
    },
    OrderReviewState.PASSED: {},
    OrderReviewState.APPROVED: {},
    OrderReviewState.REJECTED: {},
    OrderReviewState.WITHDRAWN: {},
}


class IllegalOrderReviewTransition(DomainError):
    """`state` is how it stands, `actions` what may be done then."""

    slug, title, title_zh = (
        "illegal-order-review-transition",
        "The review does not allow that now",
        "审核单状态不允许此操作",
    )


class OrderReviewClaimed(DomainError):
    """`claimed_by` works on it until `claimed_until`."""

    slug, title, title_zh = (
        "order-review-claimed",
        "Somebody else works on it",
        "审核单已被他人领取",
    )


def standing(
    state: OrderReviewState, claimed_until: datetime | None, at: datetime
) -> OrderReviewState:
    """The state that counts: a claim whose time is over is none."""
    if state is OrderReviewState.CLAIMED and (claimed_until is None or claimed_until <= at):
        return OrderReviewState.OPEN
    return state


def follow(
    state: OrderReviewState, action: OrderReviewAction, *, claimed_by: str | None, actor: str
) -> OrderReviewState:
    """What comes of an action. Whoever has claimed it is let alone, but for notes.

    Raises `IllegalOrderReviewTransition` and `OrderReviewClaimed`.
    """
    allowed = STATES[state]
    if action not in allowed:
        raise IllegalOrderReviewTransition("Look at it again", state=state, actions=sorted(allowed))
    is_other = claimed_by is not None and claimed_by != actor
    if state is OrderReviewState.CLAIMED and is_other and action is not OrderReviewAction.NOTE:
        raise OrderReviewClaimed("Wait, or take another one", claimed_by=claimed_by)
    return allowed[action]


def actions_of(
    state: OrderReviewState, *, claimed_by: str | None, actor: str | None
) -> tuple[OrderReviewAction, ...]:
    """What the actor may do about it now; second persons are told when they try."""
    allowed = STATES[state]
    if state is OrderReviewState.CLAIMED and claimed_by != actor:
        return (OrderReviewAction.NOTE,)
    return tuple(allowed)
