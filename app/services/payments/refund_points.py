"""Points in a refund: those that paid come back, those that were earned go."""

from collections.abc import Sequence
from typing import NamedTuple

from sqlalchemy import RowMapping
from sqlalchemy.ext.asyncio import AsyncSession

from app.core.enums.payments import PointsShortfall, RefundState, TenderKind
from app.repositories.payments.lots import LotRepository
from app.services.payments.engine.attribution import Cells
from app.services.payments.engine.order_standing import OrderStanding
from app.services.payments.engine.points import Lot, draw
from app.services.payments.engine.restoring import (
    Restored,
    Used,
    clawback,
    points_due,
    restore,
)
from app.services.payments.engine.types import Tender
from app.services.payments.engine.withholding import NOTHING, Withheld, withhold
from app.services.payments.pending_points import source_of, take_back_pending


class Clawed(NamedTuple):
    """Points no longer earned: taken from what there was, withheld or owed for the rest.

    `promised` were not granted yet; no journal speaks of them.
    """

    taken: int = 0
    owed: int = 0
    point_value_minor: int = 1
    promised: int = 0
    withheld: Withheld = NOTHING

    @property
    def total(self) -> int:
        return self.taken + self.owed + self.promised + self.withheld.points


def points_of(found: OrderStanding, tender: Tender, amount_minor: int) -> int:
    """Points that come back with `amount_minor` of a tender; none of a tender without points."""
    if tender.points is None:
        return 0
    decided = [
        each
        for each in found.parts
        if each.tender_id == tender.id and each.state is not RefundState.WAITING
    ]
    returned = sum(each.amount_minor for each in decided) + amount_minor
    restored = sum(each.points for each in decided)
    return points_due(returned, tender.amount_minor, tender.points, restored)


def no_longer_earned(found: OrderStanding, cells: Sequence[Cells]) -> tuple[int, int]:
    """What earned points and goes back with `cells`, in money, and how many points that is.

    Goods paid in anything but points earned them. What comes back first counts first.
    """
    earning = found.earning
    if earning is None:
        return 0, 0
    paying = [
        place for place, each in enumerate(found.plan.tenders) if each.kind is not TenderKind.POINTS
    ]
    goods = sum(
        each.span.quantity * sum(each.minor[place] for place in paying)
        for each in cells
        if each.span.line_id is not None
    )
    now = min(goods, earning.eligible_minor - earning.returned_minor)
    return now, clawback(earning.eligible_minor, earning.per_minor, earning.returned_minor, now)


def kept_for_points(
    found: OrderStanding, missing: int, parts: Sequence[tuple[Tender, int]]
) -> Withheld:
    """What the parts of a refund lack for `missing` points, by the rules of the order."""
    is_withheld = found.plan.refund_rules.shortfall is PointsShortfall.WITHHELD
    if found.earning is None or not is_withheld:
        return NOTHING
    money = [(tender.kind, amount) for tender, amount in parts]
    return withhold(missing, found.earning.point_value_minor, money)


async def give_points_back(
    session: AsyncSession,
    found: OrderStanding,
    number: str,
    quantity: int,
    cells: Sequence[Cells],
    parts: Sequence[tuple[Tender, int]],
) -> Clawed:
    """Restore `quantity` points to their lots and take what the refund unearns.

    What is no longer earned is taken from what the order still promises, then from what the member
    has; the rest is withheld from `parts` where the rules of the order say so, and owed otherwise.
    """
    now, points = no_longer_earned(found, cells)
    if not quantity and not now:
        return Clawed()
    plan, lots = found.plan, LotRepository(session)
    promised = await take_back_pending(session, source_of(plan.order_id), points) if points else 0
    rows = await lots.locked(
        plan_id=plan.id,
        member_id=plan.member_id,
        currency=plan.currency,
        with_own=points > promised,
    )
    back: tuple[Restored, ...] = ()
    apart: list[Lot] = []
    if quantity:
        back = restore(
            (_used(row) for row in rows if row["used"]), quantity, rows[0]["at"], plan.grace
        )
        ids = await lots.restore(plan.id, number, back)
        apart = [
            Lot(lot_id, each.quantity, each.expires_at)
            for lot_id, each in zip(ids, back, strict=True)
            if each.is_apart
        ]
    available = [*_available(rows, back), *apart]
    taken = min(points - promised, sum(each.remaining for each in available))
    if taken:
        drawn = draw(available, taken)
        await lots.take([(each.lot_id, each.quantity) for each in drawn])
    if now:
        await lots.give_up(plan.order_id, now_minor=now, clawed=points)
    missing = points - promised - taken
    withheld = kept_for_points(found, missing, parts)
    if owed := missing - withheld.points:
        await lots.owe(plan.member_id, plan.currency, owed)
    value = found.earning.point_value_minor if found.earning else 1
    return Clawed(taken, owed, value, promised, withheld)


def _used(row: RowMapping) -> Used:
    return Used(row["id"], row["used"], row["expires_at"], bool(row["remaining"] or row["held"]))


def _available(rows: Sequence[RowMapping], back: Sequence[Restored]) -> list[Lot]:
    """What the locked lots hold now and can be spent."""
    returned = {each.lot_id: each for each in back if not each.is_apart}
    found = []
    for row in rows:
        here = returned.get(row["id"])
        if here is not None:
            found.append(Lot(row["id"], row["remaining"] + here.quantity, here.expires_at))
        elif row["is_live"]:
            found.append(Lot(row["id"], row["remaining"], row["expires_at"]))
    return found
