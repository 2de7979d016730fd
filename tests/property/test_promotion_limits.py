"""PR-16: whatever orders reserve, consume and release, no limit is passed and replays do nothing.

A machine of orders, coupons and limits is held against the database after every step.
"""

from collections import Counter
from dataclasses import dataclass, field
from typing import Any, TypeAlias
from uuid import UUID

from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession

from app.core.ids import new_id
from app.services import promotions
from app.services.promotions import CouponTaken, Exhausted, Quoted
from tests.factories.members import make_member
from tests.factories.promotions import make_coupon, make_promotion
from tests.factories.shop import make_shop
from tests.integration.promotions.buying import counters, quote_for, reserve

AMOUNT = 1_000
MEMBERS, COUPONS, ORDERS = 2, 3, 8
LIMITS = st.fixed_dictionaries(
    {
        "total_uses": st.none() | st.integers(1, 4),
        "budget_minor": st.none() | st.integers(1, 4).map(lambda uses: uses * AMOUNT + 1),
        "uses_per_member": st.none() | st.integers(1, 3),
        "uses_per_day": st.none() | st.integers(1, 4),
        "uses_per_member_per_day": st.none() | st.integers(1, 3),
    }
)
STEPS = st.lists(
    st.tuples(
        st.sampled_from(["reserve", "reserve", "consume", "release", "cancel", "midnight"]),
        st.integers(0, ORDERS - 1),
    ),
    min_size=4,
    max_size=25,
)
RETURNS = st.sampled_from(["never", "on_cancel", "on_full_refund"])

Step: TypeAlias = tuple[str, int]


@dataclass
class Use:
    member: int
    coupon: int
    is_consumed: bool = False
    is_today: bool = True


@dataclass
class Machine:
    """What the specification says: uses by order, and what stands in the way of another."""

    limits: dict[str, int | None]
    returns: str
    uses: dict[int, Use] = field(default_factory=dict)
    ended: set[int] = field(default_factory=set)

    def reserve(self, order: int) -> bool:
        if order in self.uses:
            return True
        member, coupon = order % MEMBERS, order % COUPONS
        mine = [each for each in self.uses.values() if each.member == member]
        full = order in self.ended or any(
            limit is not None and used >= limit
            for limit, used in (
                (self.limits["total_uses"], len(self.uses)),
                (self._affordable(), len(self.uses)),
                (self.limits["uses_per_member"], len(mine)),
                (self.limits["uses_per_day"], sum(e.is_today for e in self.uses.values())),
                (self.limits["uses_per_member_per_day"], sum(each.is_today for each in mine)),
            )
        )
        if full or any(each.coupon == coupon for each in self.uses.values()):
            return False
        self.uses[order] = Use(member, coupon)
        return True

    def consume(self, order: int) -> None:
        if order in self.uses:
            self.uses[order].is_consumed = True

    def release(self, order: int) -> None:
        """Never paid: what it reserved comes back, what was consumed does not."""
        if order in self.uses and not self.uses[order].is_consumed:
            self._end(order)

    def cancel(self, order: int) -> None:
        """After payment, the promotion decides."""
        if order in self.uses and self.returns != "never":
            self._end(order)

    def midnight(self) -> None:
        for each in self.uses.values():
            each.is_today = False

    def _affordable(self) -> int | None:
        budget = self.limits["budget_minor"]
        return None if budget is None else budget // AMOUNT

    def _end(self, order: int) -> None:
        del self.uses[order]
        self.ended.add(order)


class Shop:
    """The same, in the database."""

    def __init__(self, session: AsyncSession) -> None:
        self.session = session
        self.orders = [new_id() for _ in range(ORDERS)]

    async def open(self, limits: dict[str, int | None], returns: str) -> None:
        shop = await make_shop(self.session)
        promotion = await make_promotion(
            self.session,
            shop.merchant.id,
            stage="coupon",
            needs_coupon=True,
            refund={"return_coupon": returns},
            **limits,
        )
        self.promotion_id: UUID = promotion.id
        self.members = [(await make_member(self.session)).id for _ in range(MEMBERS)]
        self.coupons, self.quotes = [], list[Quoted]()
        for _ in range(COUPONS):
            coupon = await make_coupon(self.session, promotion.id)
            self.coupons.append(coupon.id)
            self.quotes.append(
                await quote_for(
                    self.session, shop, (shop.sku_ids[0], 1), coupon_codes=(coupon.code,)
                )
            )

    async def reserve(self, order: int) -> bool:
        try:
            async with self.session.begin_nested():
                await reserve(
                    self.session,
                    self.quotes[order % COUPONS],
                    self.orders[order],
                    self.members[order % MEMBERS],
                )
        except (Exhausted, CouponTaken):
            return False
        return True

    async def consume(self, order: int) -> None:
        await promotions.consume_uses(self.session, self.orders[order])

    async def release(self, order: int) -> None:
        await promotions.release_uses(self.session, self.orders[order], was_paid=False)

    async def cancel(self, order: int) -> None:
        await promotions.release_uses(self.session, self.orders[order], was_paid=True)

    async def midnight(self) -> None:
        for table in ("promotion_uses", "promotion_days"):
            # By way of long ago: a unique key is looked at row by row.
            for days in (-1_000, 999):
                await self.session.execute(text(f"UPDATE {table} SET day = day + {days}"))

    async def seen(self) -> dict[str, Any]:
        coupons = await self.session.execute(
            text("SELECT id, state, order_id FROM coupons WHERE promotion_id = :id"),
            {"id": self.promotion_id},
        )
        today = await self.session.scalar(
            text(
                "SELECT used FROM promotion_days"
                " WHERE day = CAST(now() AT TIME ZONE 'Asia/Shanghai' AS date)"
            )
        )
        return {
            "counters": await counters(self.session, self.promotion_id),
            "today": today or 0,
            "coupons": {self.coupons.index(row.id): (row.state, row.order_id) for row in coupons},
        }


def expected(machine: Machine, shop: Shop) -> dict[str, Any]:
    states = Counter(each.is_consumed for each in machine.uses.values())
    is_counted = machine.limits["total_uses"] or machine.limits["budget_minor"]
    held = (states[False], states[True]) if is_counted else (0, 0)
    coupons: dict[int, tuple[str, UUID | None]] = dict.fromkeys(range(COUPONS), ("available", None))
    for order, use in machine.uses.items():
        state = "consumed" if use.is_consumed else "reserved"
        coupons[use.coupon] = (state, shop.orders[order])
    today = sum(each.is_today for each in machine.uses.values())
    return {
        "counters": (*held, *(each * AMOUNT for each in held)),
        "today": today if machine.limits["uses_per_day"] else 0,
        "coupons": coupons,
    }


@settings(max_examples=25)
@given(limits=LIMITS, returns=RETURNS, script=STEPS)
async def test_pr_16_no_limit_is_passed_and_replays_do_nothing(
    engine: AsyncEngine, limits: dict[str, int | None], returns: str, script: list[Step]
) -> None:
    async with engine.connect() as connection:
        outer = await connection.begin()
        session = AsyncSession(connection, join_transaction_mode="create_savepoint")
        machine, shop = Machine(limits, returns), Shop(session)
        await shop.open(limits, returns)
        for step, order in script:
            if step == "midnight":
                machine.midnight()
                await shop.midnight()
            else:
                wanted = getattr(machine, step)(order)
                assert await getattr(shop, step)(order) == wanted, (step, order)
            assert await shop.seen() == expected(machine, shop), (step, order)
        await session.close()
        await outer.rollback()
