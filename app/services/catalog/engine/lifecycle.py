"""The life cycle of a product as data: each action, where it starts and where it leads."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from app.core.enums.catalog import ProductStatus
from app.core.errors import DomainError

DRAFT, IN_REVIEW, ON_SALE, OFF_SALE, ARCHIVED = ProductStatus


class ProductAction(StrEnum):
    SUBMIT = "submit"
    APPROVE = "approve"
    REJECT = "reject"
    TAKE_OFF = "take-off"
    PUT_ON = "put-on"
    ARCHIVE = "archive"
    RESTORE = "restore"


@dataclass(frozen=True, slots=True)
class Move:
    sources: frozenset[ProductStatus]
    target: ProductStatus


MOVES: Mapping[ProductAction, Move] = {
    ProductAction.SUBMIT: Move(frozenset({DRAFT}), IN_REVIEW),
    ProductAction.APPROVE: Move(frozenset({IN_REVIEW}), ON_SALE),
    ProductAction.REJECT: Move(frozenset({IN_REVIEW}), DRAFT),
    ProductAction.TAKE_OFF: Move(frozenset({ON_SALE}), OFF_SALE),
    ProductAction.PUT_ON: Move(frozenset({OFF_SALE}), ON_SALE),
    ProductAction.ARCHIVE: Move(frozenset({DRAFT, OFF_SALE}), ARCHIVED),
    ProductAction.RESTORE: Move(frozenset({ARCHIVED}), DRAFT),
}


class IllegalProductTransition(DomainError):
    slug, title, title_zh = (
        "illegal-product-transition",
        "The product cannot change to that status",
        "商品状态不允许此操作",
    )


def advance(current: ProductStatus, action: ProductAction) -> ProductStatus:
    """The status `action` leads to, or `IllegalProductTransition` naming what is possible."""
    move = MOVES[action]
    if current not in move.sources:
        possible = sorted(each.value for each, other in MOVES.items() if current in other.sources)
        raise IllegalProductTransition(
            f"A product that is {current.value} cannot {action.value}",
            status=current.value,
            possible_actions=possible,
        )
    return move.target
