"""What was charged for goods that were sent instead goes back with them."""

from collections import Counter, defaultdict
from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import RowMapping
from sqlalchemy.ext.asyncio import AsyncSession

from app.core.enums.after_sales import ReturnKind
from app.core.enums.orders import ChargeState
from app.repositories.orders import ChargeRepository, SwapRepository
from app.services import payments
from app.services.orders.charge_owner import CHARGES
from app.services.orders.charges.back import ChargeBack

Piece = tuple[tuple[str, int], ...]
"""What each exchange that a piece stands for was charged, by the number of the exchange."""


async def charged_for(session: AsyncSession, row: RowMapping) -> tuple[ChargeBack, ...]:
    """What goes back of charges with the pieces of a return, of a locked order.

    As far as it has not gone back yet; what a waiting refund asks for counts as gone.
    """
    wanted = carried_by(await SwapRepository(session).of(row["order_id"], row["id"]), row["lines"])
    if not wanted:
        return ()
    found = []
    for each in await ChargeRepository(session).of_order(row["order_id"]):
        due = wanted[each["reference"]]
        if each["state"] != ChargeState.PAID or due <= 0:
            continue
        standing = await payments.read_standing(session, each["id"], owner=CHARGES)
        if taken := min(standing.left.total_minor, due):
            wanted[each["reference"]] -= taken
            found.append(ChargeBack(each["id"], taken))
    return tuple(found)


def carried_by(swaps: Sequence[RowMapping], lines: Sequence[RowMapping]) -> Counter[str]:
    """By number of exchange, what was charged for the pieces that these lines bring back.

    `swaps` are the order's exchanges that were sent and its returns for money, the oldest first.
    A piece that is exchanged once more takes along what it was charged before. Of equal goods the
    first that were had go first, as what is refunded of their line does.
    """
    had: dict[tuple[UUID, UUID], list[Piece]] = defaultdict(list)
    for each in swaps:
        own = (each["line_id"], each["own_sku_id"])
        if own not in had:
            had[own] = [()] * each["bought"]
        pieces = _taken(had[each["line_id"], each["sku_id"]], each["pieces"])
        if each["kind"] == ReturnKind.EXCHANGE:
            more = max(0, each["difference_minor"])
            charged = ((each["number"], more),) if more else ()
            had[each["line_id"], each["for_sku_id"]] += [piece + charged for piece in pieces]
    found: Counter[str] = Counter()
    for line in lines:
        there = had[UUID(line["order_line_id"]), UUID(line["sku_id"])]
        for piece in _taken(there, line["accepted"] or 0):
            for number, minor in piece:
                found[number] += minor
    return found


def _taken(there: list[Piece], count: int) -> list[Piece]:
    taken = there[:count]
    del there[:count]
    return taken
