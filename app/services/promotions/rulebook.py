"""The rules that run, as one process remembers them."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from app.repositories.promotions import RunningRepository
from app.services.catalog import Watched
from app.services.promotions.candidates import config_of, rule_of
from app.services.promotions.engine import Promotion, Quota
from app.services.promotions.gifts import presents_of


@dataclass(frozen=True, slots=True)
class Entry:
    """A promotion that runs or will by itself; `config` is what it tells of its terms.

    The quota of `promotion` is what was left when the book was written.
    """

    promotion: Promotion
    code: str
    config: Mapping[str, Any]
    is_limited: bool


@dataclass(frozen=True)
class RuleBook:
    """Everything that runs in any channel, best priority first, as of `epoch`.

    While the epoch is the same the book is right, and once it has changed it is not read again.
    """

    epoch: int | None
    entries: tuple[Entry, ...]

    @cached_property
    def watched(self) -> Watched:
        """What a reading has to tell for the book to be applied."""
        return Watched(
            tuple(sorted(UUID(each.promotion.id) for each in self.entries if each.is_limited)),
            tuple(sorted({sku for each in self.entries for sku in presents_of(each.promotion)})),
        )

    @cached_property
    def counted(self) -> tuple[UUID, ...]:
        """Promotions whose uses are counted by member."""
        return tuple(
            UUID(each.promotion.id)
            for each in self.entries
            if each.promotion.quota.uses_per_customer is not None
        )


NO_RULES = RuleBook(None, ())


async def read_rules(session: AsyncSession) -> RuleBook:
    """Read what runs. One statement."""
    rows = await RunningRepository(session).running()
    entries = (_entry(row) for row in rows if row.id is not None)
    return RuleBook(rows[0].epoch, tuple(each for each in entries if each is not None))


def _entry(row: Any) -> Entry | None:
    rule = rule_of(row)
    if rule is None:
        return None
    promotion = Promotion(
        id=str(row.id),
        name=row.name,
        stage=row.stage,
        rule=rule,
        priority=row.priority,
        starts_at=row.starts_at,
        ends_at=row.ends_at,
        channel_ids=frozenset(map(str, row.channel_ids)),
        currency=row.currency,
        needs_coupon=row.needs_coupon,
        quota=Quota(
            remaining_uses=row.remaining_uses,
            remaining_budget_minor=row.remaining_budget_minor,
            uses_per_customer=row.uses_per_member,
        ),
    )
    return Entry(promotion, row.code, config_of(row), is_limited=bool(row.is_limited))
