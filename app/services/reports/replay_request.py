"""What a replay is asked for, and how that is kept so that nothing changes it meanwhile."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from http import HTTPStatus
from typing import Any, Final
from uuid import UUID

from app.core.errors import DomainError
from app.core.ids import named_id
from app.repositories.reports.placed_orders import WantedOrders
from app.services import promotions
from app.services.promotions import PromotionTerms
from app.services.promotions.engine import Coupon, Objective
from app.services.reports.engine import DayLimits, Trial

MOST_ORDERS: Final = 100_000
DEFAULT_ORDERS: Final = 1_000


class TooManyReplays(DomainError):
    """`most` is how many may be open at a time."""

    slug, title, title_zh = "too-many-replays", "Too many replays are open", "重放任务过多"


class ReplayOver(DomainError):
    """`state` is how it ended."""

    slug, title, title_zh = "replay-over", "The replay is over", "重放已结束"
    status = HTTPStatus.CONFLICT


@dataclass(frozen=True, slots=True, kw_only=True)
class StartReplay:
    """Which orders, with which promotions besides and without which, under which rules.

    `promotion_ids` are saved promotions of any status, `drafts` terms nobody saved. Of the orders
    wanted the latest `last_orders` are replayed. See `Trial` for windows and objective; with
    `has_coupons` every shopper holds a coupon of what is tried and takes one.
    """

    channel: str | UUID | None = None
    promotion_ids: tuple[UUID, ...] = ()
    drafts: tuple[PromotionTerms, ...] = ()
    without: tuple[UUID, ...] = ()
    has_coupons: bool = True
    objective: Objective | None = None
    last_orders: int = DEFAULT_ORDERS
    placed_from: datetime | None = None
    placed_to: datetime | None = None
    unpaid_too: bool = False
    keeps_windows: bool = False
    shift_days: int = 0

    def kept(self, tried: Mapping[UUID, PromotionTerms]) -> dict[str, Any]:
        """The request as JSON, with the terms of `promotion_ids` and of drafts under their ids."""
        return {
            "tried": [
                {
                    "id": str(each),
                    "is_saved": each in self.promotion_ids,
                    "terms": promotions.kept_terms(terms),
                }
                for each, terms in tried.items()
            ],
            "without": [str(each) for each in self.without],
            "has_coupons": self.has_coupons,
            "objective": self.objective,
            "last_orders": self.last_orders,
            "placed_from": self.placed_from,
            "placed_to": self.placed_to,
            "unpaid_too": self.unpaid_too,
            "keeps_windows": self.keeps_windows,
            "shift_days": self.shift_days,
        }


@dataclass(frozen=True, slots=True)
class KeptRequest:
    """A request read back: the trial, the orders, and the terms of what is tried by id."""

    trial: Trial
    orders: WantedOrders
    last_orders: int
    terms: Mapping[str, PromotionTerms]

    @property
    def names(self) -> dict[str, str]:
        return {each: terms.name for each, terms in self.terms.items()}


def read_request(kept: Mapping[str, Any], channel_id: UUID) -> KeptRequest:
    """Read what `StartReplay.kept` made."""
    terms = tried_terms(kept)
    tried = tuple(promotions.promotion_of(UUID(each), held) for each, held in terms.items())
    if kept["has_coupons"]:
        tried = tuple(
            replace(each, coupon=Coupon(str(named_id("tried-coupon", each.id))))
            if each.needs_coupon
            else each
            for each in tried
        )
    return KeptRequest(
        trial=Trial(
            promotions=tried,
            without=frozenset(kept["without"]),
            objective=Objective(kept["objective"]) if kept["objective"] else None,
            keeps_windows=kept["keeps_windows"],
            shift=timedelta(days=kept["shift_days"]),
            by_day=_by_day(terms),
        ).opened(),
        orders=WantedOrders(
            channel_id, _at(kept["placed_from"]), _at(kept["placed_to"]), kept["unpaid_too"]
        ),
        last_orders=kept["last_orders"],
        terms=terms,
    )


def tried_terms(kept: Mapping[str, Any]) -> dict[str, PromotionTerms]:
    """The terms of what is tried, by id."""
    listed: Sequence[Mapping[str, Any]] = kept["tried"]
    return {each["id"]: promotions.terms_kept(each["terms"]) for each in listed}


def _by_day(terms: Mapping[str, PromotionTerms]) -> dict[str, DayLimits]:
    """The limits by day of those that have any, and a clock to tell days by."""
    return {
        each: DayLimits(held.time_zone, held.uses_per_day, held.uses_per_member_per_day)
        for each, held in terms.items()
        if held.time_zone is not None
        and (held.uses_per_day, held.uses_per_member_per_day) != (None, None)
    }


def _at(text: str | None) -> datetime | None:
    return datetime.fromisoformat(text) if text else None
