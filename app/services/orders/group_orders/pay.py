"""Paying orders of groups from what their companies sent: each whole, each by itself."""

from uuid import UUID

from app.core.db import Sessions, unit_of_work
from app.repositories.orders.group_transfers import GroupTransferRepository
from app.services import payments
from app.services.orders.payment_owner import PAYMENT_OWNER


async def pay_rows(sessions: Sessions, *, limit: int) -> int:
    """Pay up to `limit` orders; return how many were paid.

    The oldest row first; where the deposit does not reach for the next one nothing after that is
    paid, so nobody has to guess which. Several machines may do so at once: the deposit is taken
    from under the lock of its group, and what ends in between has paid an order or has not.
    """
    async with unit_of_work(sessions) as session:
        due = await GroupTransferRepository(session).unpaid(limit)
    paid = 0
    short: set[UUID] = set()
    for each in due:
        if each["group_id"] in short:
            continue
        if await _pay(sessions, each["group_id"], each["order_id"], each["position"]):
            paid += 1
        else:
            short.add(each["group_id"])
    return paid


async def _pay(sessions: Sessions, group_id: UUID, order_id: UUID, position: int) -> bool:
    async with unit_of_work(sessions) as session:
        repository = GroupTransferRepository(session)
        row = await repository.deposit(group_id)
        if row is None:
            return False
        taken = await payments.deposits.pay_order(
            session,
            payments.deposits.Deposit(
                group_id=group_id, member_id=row["member_id"], currency=row["currency"]
            ),
            order_id,
            most_minor=row["deposit_minor"],
            reference=f"{row['number']}/{position}",
            seen_by=(row["recorded_by"], row["settled_by"]),
            owner=PAYMENT_OWNER,
        )
        if taken is None:
            return False
        await repository.move(group_id, -taken)
        return True
