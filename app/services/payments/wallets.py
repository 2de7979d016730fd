"""A member's balance as a whole: what of it can be withdrawn, and whether it is frozen."""

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import Row
from sqlalchemy.ext.asyncio import AsyncSession

from app.core.actor import Actor
from app.core.errors import NotFound
from app.repositories.payments.stored_value import StoredValueRepository
from app.repositories.payments.wallets import WalletRepository
from app.services import ledger, system
from app.services.payments.engine import journals
from app.services.payments.engine.journals_top_up import balance_debt
from app.services.payments.engine.own_money import Move, Split, split
from app.services.payments.errors import BalanceFrozen


@dataclass(frozen=True, slots=True, kw_only=True)
class Withdrawable:
    """`own_minor` and `given_minor` are the balance, with what orders hold of it.

    `owed_minor` was spent of top-ups whose money a bank took back.
    """

    currency: str
    own_minor: int
    given_minor: int
    owed_minor: int
    withdrawable_minor: int
    is_frozen: bool


async def read_withdrawable(session: AsyncSession, member_id: UUID, currency: str) -> Withdrawable:
    """How much of a balance could be paid out."""
    found = await read_split(session, member_id, currency)
    own = journals.balance(member_id, ledger.AVAILABLE, currency)
    available = (await ledger.balances(session, [own]))[own]
    owed = await read_owed(session, member_id, currency)
    is_frozen = await WalletRepository(session).frozen(member_id) is not None
    return Withdrawable(
        currency=currency,
        own_minor=found.own_minor,
        given_minor=found.given_minor,
        owed_minor=owed,
        withdrawable_minor=0 if is_frozen else found.withdrawable(available, owed),
        is_frozen=is_frozen,
    )


async def freeze_balance(
    session: AsyncSession, member_id: UUID, *, reason: str, actor: Actor
) -> Row[Any]:
    """Keep a member's balance from paying and from being paid out; again changes nothing.

    What an order holds already stays held, and money still comes back to it. Raises `NotFound`.
    """
    if not await StoredValueRepository(session).has_member(member_id):
        raise NotFound("No such member")
    wallets = WalletRepository(session)
    await wallets.lock_all(member_id)  # whoever asks for money waits and sees it
    if await wallets.freeze(member_id, reason=reason, actor=actor.principal):
        changes = {"reason": reason}
        await system.record(session, actor, "payments.freeze_balance", "member", member_id, changes)
    row = await wallets.frozen(member_id)
    if row is None:
        raise AssertionError("thawed under its lock")
    return row


async def unfreeze_balance(session: AsyncSession, member_id: UUID, *, actor: Actor) -> None:
    """Let a frozen balance pay again. Raises `NotFound` when it is not frozen."""
    if not await WalletRepository(session).unfreeze(member_id):
        raise NotFound("The balance is not frozen")
    await system.record(session, actor, "payments.unfreeze_balance", "member", member_id)


async def require_thawed(session: AsyncSession, member_id: UUID) -> None:
    """Raise `BalanceFrozen`."""
    if await WalletRepository(session).frozen(member_id) is not None:
        raise BalanceFrozen("Ask customer service about it")


async def locked_split(session: AsyncSession, member_id: UUID, currency: str) -> tuple[Split, int]:
    """Own and given money of a balance nobody else moves now, and what is available of it."""
    available = journals.balance(member_id, ledger.AVAILABLE, currency)
    held = journals.balance(member_id, ledger.HELD, currency)
    found = await ledger.lock(session, [available, held])
    return await read_split(session, member_id, currency), found[available]


async def read_owed(session: AsyncSession, member_id: UUID, currency: str) -> int:
    """What a member owes of top-ups that a bank took back."""
    debt = balance_debt(member_id, currency)
    return (await ledger.balances(session, [debt]))[debt]


async def read_split(session: AsyncSession, member_id: UUID, currency: str) -> Split:
    """Own and given money of a balance."""
    available = journals.balance(member_id, ledger.AVAILABLE, currency)
    held = journals.balance(member_id, ledger.HELD, currency)
    rows = await WalletRepository(session).moves(available.id, held.id)
    return split(Move(row.kind, row.order_id, row.available_minor, row.held_minor) for row in rows)
