"""Money a company sends for all its orders of a group: kept as a deposit, taken order by order."""

from dataclasses import dataclass
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from app.core.actor import Actor
from app.core.enums.ledger import AccountKind
from app.core.enums.payments import PlanState
from app.repositories.payments.collections import CollectionRepository
from app.services import ledger, system
from app.services.payments.engine import journals
from app.services.payments.engine.by_hand import TRANSFER, received
from app.services.payments.open import captured
from app.services.payments.ports import PlanOwner
from app.services.payments.read import plan_of_order
from app.services.payments.settle import locked

__all__ = ["Deposit", "is_known", "pay_order", "send_back", "take_in"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Deposit:
    """Whose money it is, and for which group."""

    group_id: UUID
    member_id: UUID
    currency: str

    @property
    def account(self) -> ledger.Account:
        return ledger.Account(AccountKind.GROUP_DEPOSIT, self.group_id, currency=self.currency)


async def is_known(session: AsyncSession, reference: str) -> bool:
    """Whether a bank's number counts for a single order already; none takes it until commit."""
    repository = CollectionRepository(session)
    await repository.claim(reference)
    return await repository.known(TRANSFER, reference) is not None


async def take_in(
    session: AsyncSession, deposit: Deposit, transfer_id: UUID, amount_minor: int, *, actor: Actor
) -> None:
    """A transfer is on the account: it is the group's. Once for each transfer."""
    sides = (received(TRANSFER, deposit.currency), deposit.account)
    await _post(session, deposit, f"deposit:{transfer_id}", "deposit", sides, amount_minor, actor)


async def send_back(
    session: AsyncSession, deposit: Deposit, transfer_id: UUID, amount_minor: int, *, actor: Actor
) -> None:
    """Money of the group went back to the company. Raises `ledger.InsufficientFunds`."""
    sides = (deposit.account, received(TRANSFER, deposit.currency))
    key = f"deposit_return:{transfer_id}"
    await _post(session, deposit, key, "deposit_return", sides, amount_minor, actor)


async def pay_order(
    session: AsyncSession,
    deposit: Deposit,
    order_id: UUID,
    *,
    most_minor: int,
    reference: str,
    seen_by: tuple[str, str],
    owner: PlanOwner,
) -> int | None:
    """Pay an order that waits for its transfer from the deposit, whole; return what it took.

    None, with nothing changed, where it waits no more, or takes more than `most_minor`. `seen_by`
    are who recorded and who confirmed the money. The order's stock comes last (`owner.paid`).
    """
    known = await plan_of_order(session, order_id)
    plan = await locked(session, owner, order_id, known.id)
    tender = plan.by_hand
    if plan.state is not PlanState.AWAITING or tender is None or tender.kind is not TRANSFER:
        return None
    if tender.amount_minor > most_minor:
        return None
    repository = CollectionRepository(session)
    recorded_by, settled_by = seen_by
    await repository.from_deposit(
        {
            "order_id": plan.order_id,
            "plan_id": plan.id,
            "tender_id": tender.id,
            "member_id": plan.member_id,
            "kind": tender.kind,
            "amount_minor": tender.amount_minor,
            "currency": plan.currency,
            "reference": reference,
            "recorded_by": recorded_by,
            "settled_by": settled_by,
            "group_id": deposit.group_id,
        }
    )
    await repository.capture(plan.id)
    await system.publish(session, captured(plan))
    await ledger.post(session, [journals.capture(plan, deposit.account)])
    await owner.paid(session, plan.order_id)
    return tender.amount_minor


async def _post(
    session: AsyncSession,
    deposit: Deposit,
    key: str,
    kind: str,
    sides: tuple[ledger.Account, ledger.Account],
    amount_minor: int,
    actor: Actor,
) -> None:
    journal = ledger.Journal(
        key=key,
        kind=kind,
        entries=ledger.transfer(*sides, amount_minor),
        member_id=deposit.member_id,
    )
    await ledger.post(session, [journal], actor=actor)
